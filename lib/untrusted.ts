import { messagePack } from "./message/mod.ts";
import { refusedBy } from "./net/no_answer_error.ts";
import type { Frame } from "./protocol/mod.ts";

/**
 * The reason why a response with status 500 refuses the certificate of a client, or
 * `undefined` if it does not.
 *
 * @param response The response.
 */
export function refusal({ payload }: Frame): string | undefined {
  try {
    const { name, message } = messagePack.decodeReport(payload);
    return name === "Untrusted" ? message : undefined;
  } catch {
    // Any other error, perhaps in another format.
    return undefined;
  }
}

/**
 * Checks that a response does not refuse the certificate of this client.
 *
 * @param response The response.
 * @param peer The server, as `HOST:PORT`.
 * @throws {NoAnswerError} If it does, with the reason `untrusted`.
 */
export function assertTrusted(response: Frame, peer: string): void {
  const why = response.status === 500 ? refusal(response) : undefined;
  if (why !== undefined) throw refusedBy(peer, why);
}
