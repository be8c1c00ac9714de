import { messagePack } from "./message/mod.ts";
import { NoAnswerError } from "./net/mod.ts";
import type { Frame } from "./protocol/mod.ts";

/**
 * Checks that a response is not the one to a client whose certificate the server
 * does not trust.
 *
 * @param response The response.
 * @param peer The server, as `HOST:PORT`.
 * @throws {NoAnswerError} If it is, with the reason `untrusted`.
 */
export function assertTrusted(response: Frame, peer: string): void {
  if (response.status !== 500) return;
  const message = untrustedMessage(response);
  if (message === undefined) return;
  throw new NoAnswerError(
    "untrusted",
    `${peer} refused this client: ${message}`,
    {
      phase: "waiting",
    },
  );
}

function untrustedMessage({ payload }: Frame): string | undefined {
  try {
    const { name, message } = messagePack.decodeReport(payload);
    return name === "Untrusted" ? message : undefined;
  } catch {
    // Any other error, perhaps in another format.
    return undefined;
  }
}
