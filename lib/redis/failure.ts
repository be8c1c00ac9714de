import { connect } from "node:net";
import type { EngineUrl } from "./engine_url.ts";

/** What the client library says, and what it means. */
const MEANINGS: readonly (readonly [RegExp, string])[] = [
  [/\bECONNREFUSED\b/, "connection refused"],
  [/\b(?:ENOTFOUND|EAI_AGAIN)\b/, "its host name does not resolve"],
  [/\b(?:ECONNRESET|EPIPE)\b|^Socket closed/, "it closed the connection"],
  [/^Unknown RESP type/, "it does not speak the protocol of Redis"],
  [/\bInvalidContentType\b|wrong version number/, "it does not speak TLS"],
  [
    /alert: CertificateRequired/,
    "it requires a client certificate, which is not supported",
  ],
  [
    /^(?:MOVED|ASK) \d/,
    "it is a node of a cluster, which needs the URLs of several nodes",
  ],
  // The client library looks for the node of a slot that has none.
  [/reading 'replicas'/, "not all slots of the cluster are served"],
  // It cannot assign an error to a command if there is none.
  [/reading 'reject'/, "it refused the connection"],
];

/** How long to wait for a refusal, in milliseconds. */
const REFUSAL_TIME = 1_000;

/**
 * Why an engine cannot be used, in one sentence.
 *
 * @param error What the client library or the engine has said.
 */
export function explained(error: unknown): Error {
  const said = error instanceof Error ? textOf(error) : `${error}`;
  const [, meaning] = MEANINGS.find(([pattern]) => pattern.test(said)) ?? [];
  // Redis explains some errors at length.
  const [sentence] = /^.+?(?:[.?](?= [A-Z])|$)/.exec(said) ?? [said];
  return new Error(meaning ?? sentence, { cause: error });
}

/**
 * What an engine says to a new connection before it closes it: that it is in
 * protected mode, or has too many clients. The client library loses that if it
 * has not sent a command yet.
 *
 * @param url Where the engine listens.
 * @returns The error, or `undefined` if the engine says nothing.
 */
export async function refusal(
  { hostname: host, port, isSecure }: EngineUrl,
): Promise<Error | undefined> {
  if (isSecure) return undefined;
  const socket = connect({ host, port, timeout: REFUSAL_TIME });
  const said = await new Promise<string>((resolve) => {
    socket.once("data", (data) => resolve(`${data}`));
    for (const event of ["timeout", "error", "close"]) {
      socket.once(event, () => resolve(""));
    }
  });
  socket.destroy();
  const [, error] = /^-(.+)/.exec(said) ?? [];
  return error === undefined ? undefined : explained(error);
}

function textOf(error: Error): string {
  if (error.message !== "") return error.message;
  // An error of several addresses has a code alone.
  return "code" in error ? `${error.code}` : error.name;
}
