import { print } from "../terminal/print.ts";
import type { Session } from "./session.ts";

/** The exit status of an expression that is wrong: it will not get better. */
const NOT_SENT = 2;

/**
 * Evaluates expressions again and again, until Ctrl-C. If none of them could be
 * sent, it ends after the first round.
 *
 * @param session The session that evaluates them.
 * @param expressions The expressions. They are read to the end first.
 * @param interval The time from one round to the next, in milliseconds. A round
 * that takes longer is followed by the next at once.
 * @returns The highest exit status so far.
 */
export async function repeat(
  session: Session,
  expressions: AsyncIterable<string>,
  interval: number,
): Promise<number> {
  const all = await Array.fromAsync(expressions);
  const abort = new AbortController();
  const { signal } = abort;
  const interrupt = () => {
    // The terminal has echoed ^C.
    if (Deno.stdout.isTerminal()) print("");
    abort.abort();
  };
  Deno.addSignalListener("SIGINT", interrupt);
  let status = 0;
  try {
    while (!signal.aborted) {
      const next = pause(interval, signal);
      let isSent = false;
      for (const expression of all) {
        const each = await session.calculate(expression, { signal });
        status = Math.max(status, each);
        isSent ||= each !== NOT_SENT;
      }
      if (!isSent) abort.abort();
      await next;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    Deno.removeSignalListener("SIGINT", interrupt);
  }
  return status;
}

/** Waits for a time in milliseconds, or until a signal is aborted. */
async function pause(time: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, time);
  signal.addEventListener("abort", () => resolve(), { once: true });
  await promise;
  clearTimeout(timer);
}
