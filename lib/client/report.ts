import { ExpressionError } from "../expression/mod.ts";
import { type Answer, RemoteError } from "../message/mod.ts";
import { ProtocolError } from "../protocol/mod.ts";
import { about } from "../watch/log.ts";
import { print } from "../terminal/print.ts";
import { printable, printableJson } from "../terminal/printable.ts";
import { showAnswer, showError, showFailure } from "./show.ts";
import { styleFor } from "../terminal/style.ts";

/** How a client tells its user what it does and what comes of it. */
export interface Report {
  /** Something has happened on the connection with a peer. */
  log(peer: string, message: string): void;
  /** An expression has been computed. */
  answer(expression: string, answer: Answer): void;
  /** An expression has not been computed; without a peer, it was not even sent. */
  error(expression: string, error: Error, peer?: string): void;
}

/** For people: log lines, results and steps; what cannot be a log line, on standard error. */
export function textReport(isQuiet: boolean): Report {
  const stdout = styleFor(Deno.stdout);
  const stderr = styleFor(Deno.stderr);
  return {
    log(peer, message) {
      if (!isQuiet) print(about(peer, message));
    },
    answer(_expression, answer) {
      print(showAnswer(answer, stdout));
    },
    error(expression, error, peer) {
      if (error instanceof ExpressionError) {
        console.error(showError(expression, error, stderr));
      } else if (error instanceof RemoteError && peer && !isQuiet) {
        const message = stdout.red(printable(error.message));
        print(`${about(peer, "Got error:")} ${message}`);
      } else if (error instanceof RemoteError) {
        console.error(showFailure(expression, error.message, stderr));
      } else {
        console.error(stderr.red(printable(error.message)));
      }
    },
  };
}

/** For programs: one line of JSON for each expression, and nothing else. */
export function jsonReport(): Report {
  return {
    log() {},
    answer(expression, { result, steps }) {
      print(printableJson({ expression, result, steps }));
    },
    error(expression, error) {
      const { name, message } = error;
      const status = error instanceof RemoteError
        ? error.status
        // What was not fit to be sent is the asker's fault as well.
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
