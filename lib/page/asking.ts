import { parseTyped } from "../client/parse_typed.ts";
import { stepChanges } from "../client/step_changes.ts";
import { ExpressionError, format } from "../expression/mod.ts";
import { decodeResponse, encodeRequest, RemoteError } from "../message/mod.ts";
import {
  type Address,
  type Conn,
  Connection,
  formatAddress,
  type TlsOptions,
} from "../net/mod.ts";
// Evaluated on first use: most roles do not need TLS.
import defer * as tls from "../net/tls/start_tls.ts";
import type { Frame } from "../protocol/mod.ts";
import type { Question } from "./question.ts";

/** How long to wait for an answer, in milliseconds: all attempts of a proxy. */
const TIMEOUT = 60_000;

/** The time between two bytes that are sent one by one, in milliseconds. */
const BETWEEN_BYTES = 20;

/** The most bytes that are sent one by one; the rest follows together. */
const MAX_SLOW_BYTES = 200;

/** A step as the page shows it. */
export interface Step {
  readonly text: string;
  /** The parts that are computed next: where they begin and end. */
  readonly next: readonly { readonly start: number; readonly end: number }[];
}

/** An error as the page shows it. */
export interface ShownError {
  readonly name: string;
  readonly message: string;
  readonly status?: number;
  /** The expression as it was sent, or as it was typed if it was not sent. */
  readonly expression: string;
  readonly position?: number;
}

/** The answer as the page shows it. */
export type Reply =
  | { readonly result: string; readonly steps: readonly Step[] }
  | { readonly error: ShownError };

/** Options for {@linkcode askSelf}. */
export interface AskOptions {
  /** The certificate of the role, if it listens with TLS. */
  readonly tls?: TlsOptions;
  /** Called with the local address of the connection, as `HOST:PORT`. */
  readonly onConnect: (address: string) => void;
}

/**
 * Sends a question to the role over TCP, as any client would.
 *
 * @param role The address that the role listens on.
 * @param question What to ask.
 * @param options TLS, and what to call once connected.
 * @returns The answer or the error; it does not throw.
 */
export async function askSelf(
  role: Address,
  question: Question,
  options: AskOptions,
): Promise<Reply> {
  let { expression } = question;
  try {
    expression = format(parseTyped(expression));
    const request = encodeRequest(expression, question);
    const { result, steps } = decodeResponse(
      await exchange(role, request, question.byByte, options),
    );
    return {
      result,
      steps: steps.map((text, index) => ({
        text,
        next: stepChanges(text, steps[index + 1] ?? text)
          .map(({ before }) => before),
      })),
    };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const { name } = error;
    const isAbout = error instanceof ExpressionError ||
      error instanceof RemoteError;
    return {
      error: {
        name,
        message: messageOf(error),
        expression,
        ...(error instanceof RemoteError && { status: error.status }),
        ...(isAbout && error.position !== undefined &&
          { position: error.position }),
      },
    };
  }
}

function messageOf({ name, message }: Error): string {
  return name === "Untrusted" ? `${message}, and the page has none` : message;
}

async function exchange(
  { hostname, port }: Address,
  request: Frame,
  byByte: boolean,
  { tls: options, onConnect }: AskOptions,
): Promise<Frame> {
  const address = { hostname: DESTINATION[hostname] ?? hostname, port };
  const tcp = await Deno.connect(address);
  tcp.setNoDelay();
  onConnect(formatAddress(tcp.localAddr));
  const late = AbortSignal.timeout(TIMEOUT);
  const conn = options
    ? await tls.startTls(tcp, address.hostname, options, late).catch(untrusted)
    : tcp;
  using connection = new Connection(
    byByte ? slowly(conn) : conn,
    formatAddress(address),
    { timeout: TIMEOUT },
  );
  return await connection.ask(request);
}

function untrusted(cause: Error): never {
  const { message } = cause;
  throw new Error(
    `The page trusts only the certificates in --tls-cert: ${message}`,
    { cause },
  );
}

/** The destination of a connection to an unspecified address. */
const DESTINATION: Readonly<Record<string, string>> = {
  "0.0.0.0": "127.0.0.1",
  "::": "::1",
};

/** A connection that writes byte by byte, with a pause after each. */
function slowly(conn: Conn): Conn {
  let written = 0;
  return {
    remoteAddr: conn.remoteAddr,
    read: (buffer) => conn.read(buffer),
    async write(bytes) {
      if (written++ >= MAX_SLOW_BYTES) return await conn.write(bytes);
      const count = await conn.write(bytes.subarray(0, 1));
      await new Promise((resolve) => setTimeout(resolve, BETWEEN_BYTES));
      return count;
    },
    setNoDelay: () => conn.setNoDelay(),
    closeWrite: () => conn.closeWrite(),
    close: () => conn.close(),
  };
}
