import { ExpressionError } from "../expression/mod.ts";
import { type Answer, RemoteError } from "../message/mod.ts";
import type { ConnectionFact } from "../net/mod.ts";
import { ProtocolError, type Watch } from "../protocol/mod.ts";
import { print } from "../terminal/print.ts";
import { printable, printableJson } from "../terminal/printable.ts";
import { showAnswer, showError, showFailure } from "./show.ts";
import { styleFor } from "../terminal/style.ts";
import { windowSize } from "../terminal/window.ts";

/** Prints what a client does, and the results. */
export interface Report {
  /** Prints a fact of the connection. */
  readonly watch: Watch<ConnectionFact>;
  /** Prints the result of an expression. */
  answer(expression: string, answer: Answer): void;
  /** Prints why what was typed, or the expression that it is, has no result. */
  error(typed: string, expression: string, error: Error, peer: string): void;
}

/**
 * Prints text: log lines, results and steps. Errors go to standard error,
 * unless they are log lines.
 */
export function textReport(isQuiet: boolean): Report {
  const stdout = styleFor(Deno.stdout);
  const stderr = styleFor(Deno.stderr);
  const line = (peer: string, text: string) =>
    `${stdout.dim(`{${peer}}`)} ${text}`;
  return {
    watch(fact) {
      if (!isQuiet) print(line(fact.peer, sentence(fact)));
    },
    answer(_expression, answer) {
      print(showAnswer(answer, stdout, columnsOf(Deno.stdout)));
    },
    error(typed, _expression, error, peer) {
      if (error instanceof ExpressionError) {
        const columns = columnsOf(Deno.stderr);
        console.error(showError(typed, error, stderr, columns));
      } else if (error instanceof RemoteError && !isQuiet) {
        const message = stdout.red(printable(error.message));
        print(`${line(peer, "Got error:")} ${message}`);
      } else if (error instanceof RemoteError) {
        console.error(showFailure(typed, error.message, stderr));
      } else {
        console.error(stderr.red(printable(error.message)));
      }
    },
  };
}

/** How many columns a line has on a terminal, which may change any time. */
function columnsOf(output: { isTerminal(): boolean }): number | undefined {
  return output.isTerminal() ? windowSize().columns : undefined;
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
    answer(expression, { result, steps }) {
      print(printableJson({ expression, result, steps }));
    },
    error(_typed, expression, error) {
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
          expression,
          error: { name, message, status, position },
        }),
      );
    },
  };
}
