import { messagePack } from "./message/mod.ts";
import { NoAnswerError } from "./net/mod.ts";
import type { Frame } from "./protocol/mod.ts";

/**
 * The error if a response with status 500 refuses this client, rather than answers
 * its request: the server has too many connections, or does not trust the client's
 * certificate.
 *
 * @param response The response.
 * @param peer The server, as `HOST:PORT`.
 */
export function refusal(
  { payload }: Frame,
  peer: string,
): NoAnswerError | undefined {
  const { name, message } = reportIn(payload);
  switch (name) {
    case "Busy":
      return new NoAnswerError("busy", `${peer} is busy`);
    case "Untrusted":
      return new NoAnswerError(
        "untrusted",
        `${peer} refused this client: ${message}`,
        { phase: "waiting" },
      );
  }
}

function reportIn(payload: Uint8Array): { name?: string; message?: string } {
  try {
    return messagePack.decodeReport(payload);
  } catch {
    // Any other error, perhaps in another format.
    return {};
  }
}
