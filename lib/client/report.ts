import { age } from "../cache/freshness.ts";
import { ExpressionError } from "../expression/mod.ts";
import { type Answer, RemoteError } from "../message/mod.ts";
import {
  type ConnectionFact,
  NoAnswerError,
  type NoAnswerReason,
} from "../net/mod.ts";
import { ProtocolError, type Watch } from "../protocol/mod.ts";
import type { Detail } from "../terminal/detail_flags.ts";
import { rounded } from "../terminal/duration.ts";
import { print } from "../terminal/print.ts";
import { printable, printableJson } from "../terminal/printable.ts";
import type { Exchange } from "./exchange.ts";
import { showAnswer, showError, showFailure } from "./show.ts";
import { showResponse } from "./show_response.ts";
import { styleFor } from "../terminal/style.ts";
import { columnsOf } from "../terminal/window.ts";
import { wrap } from "../terminal/wrap.ts";

/** Prints what a client does, and the results. */
export interface Report {
  /** Prints a fact of the connection. */
  readonly watch: Watch<ConnectionFact>;
  /** Prints the result of an expression. */
  answer(exchange: Exchange, answer: Answer, peer: string): void;
  /** Prints why an expression has no result. */
  error(exchange: Exchange, error: Error, peer: string): void;
}

/**
 * Prints text: log lines, results and steps. Errors go to standard error,
 * unless they are log lines.
 *
 * @param detail How much to print.
 * @param hints What to say on a terminal, by why there was no answer.
 */
export function textReport(
  { isQuiet, isVerbose }: Detail,
  hints: Partial<Record<NoAnswerReason, string>>,
): Report {
  const stdout = styleFor(Deno.stdout);
  const stderr = styleFor(Deno.stderr);
  const line = (peer: string, text: string) =>
    `${stdout.dim(`{${peer}}`)} ${text}`;
  function printHeader(exchange: Exchange, peer: string, error?: Error): void {
    const now = Math.floor(Date.now() / 1000);
    const shown = showResponse(exchange, now, error);
    if (!isVerbose || !shown) return;
    const [first = "", ...below] = wrap(
      [`{${peer}}`, ...shown.split(" ")],
      columnsOf(Deno.stdout) ?? Infinity,
    );
    const rest = first.slice(`{${peer}} `.length);
    print([line(peer, rest), ...below].join("\n"));
  }
  return {
    watch(fact) {
      if (!isQuiet) print(line(fact.peer, sentence(fact)));
    },
    answer(exchange, answer, peer) {
      printHeader(exchange, peer);
      print(showAnswer(answer, stdout, columnsOf(Deno.stdout)));
    },
    error(exchange, error, peer) {
      printHeader(exchange, peer, error);
      const { input } = exchange;
      if (error instanceof ExpressionError) {
        const columns = columnsOf(Deno.stderr);
        console.error(showError(input, error, stderr, columns));
      } else if (error instanceof RemoteError && !isQuiet) {
        const message = stdout.red(printable(error.message));
        print(`${line(peer, "Got error:")} ${message}`);
      } else if (error instanceof RemoteError) {
        console.error(showFailure(input, error.message, stderr));
      } else {
        console.error(stderr.red(printable(error.message)));
        const hint = error instanceof NoAnswerError && hints[error.reason];
        if (hint && Deno.stderr.isTerminal()) console.error(hint);
      }
    },
  };
}

/** The log line for a fact. */
function sentence(fact: ConnectionFact): string {
  switch (fact.type) {
    case "connected":
      return "Connection established";
    case "request":
      return `Sending request of length ${fact.request.bytes.length} bytes`;
    case "response":
      return `Got response of length ${fact.response.bytes.length} bytes`;
    case "closed":
      return "Connection closed";
  }
}

/** Prints one JSON object per expression, and nothing else. */
export function jsonReport(): Report {
  return {
    watch() {},
    answer(exchange, { result, steps }) {
      const { input, expression } = exchange;
      print(printableJson({
        input,
        expression,
        result,
        steps,
        ...measured(exchange),
      }));
    },
    error(exchange, error) {
      const { input, expression } = exchange;
      const { name, message } = error;
      const status = error instanceof RemoteError
        ? error.status
        // An expression that could not be sent is a client error as well.
        : error instanceof ExpressionError || error instanceof ProtocolError
        ? 400
        : undefined;
      const position =
        error instanceof ExpressionError || error instanceof RemoteError
          ? error.position
          : undefined;
      print(
        printableJson({
          input,
          expression,
          error: { name, message, status, position },
          ...measured(exchange),
        }),
      );
    },
  };
}

/** The measurements and, if there is a response, the fields of its header. */
function measured({ request, response, elapsed }: Exchange) {
  const now = Math.floor(Date.now() / 1000);
  return {
    timeStamp: response?.timeStamp,
    age: response && age(response, now),
    maxAge: response?.maxAge === Infinity ? "inf" : response?.maxAge,
    cache: response?.cache,
    requestBytes: request?.bytes.length,
    responseBytes: response?.bytes.length,
    elapsed: elapsed && rounded(elapsed),
  };
}
