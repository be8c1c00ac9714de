import { formatAddress } from "../net/mod.ts";
import type { Frame } from "../protocol/mod.ts";
import { duration } from "../terminal/duration.ts";
import { printable, printableStart } from "../terminal/printable.ts";
import { errorNameOf, expressionOf, firstBytes } from "./contents.ts";
import type { Fact } from "./fact.ts";
import {
  about,
  messageOf,
  type RoleName,
  sentence,
  timeRemaining,
} from "./sentence.ts";

/**
 * The log line for a fact with `--verbose`: the usual one with more detail, or one
 * for a fact that otherwise has none.
 *
 * @param fact The fact.
 * @param role The role that logs it.
 * @param elapsed How long a response has taken, in milliseconds, if that is known.
 * @param dim Styles the least important text.
 */
export function verboseSentence(
  fact: Fact,
  role: RoleName,
  elapsed: number | undefined,
  dim: (text: string) => string = (text) => text,
): string | undefined {
  switch (fact.type) {
    case "request":
      // A proxy's log usually has no line for it.
      return `${sentence(fact, "server", dim)}: ${asked(fact.request)}`;
    case "response":
      return `${sentence(fact, role, dim)}: ${answered(fact.response)}` +
        (elapsed === undefined ? "" : ` after ${duration(elapsed)}`);
    case "closing": {
      const { bytes } = fact.response;
      const sending = `Sending response of length ${bytes.length} bytes`;
      return about(fact.client, `${sending}: ${answered(fact.response)}`, dim);
    }
    case "stale": {
      if (fact.tier === "shared") break;
      const stored = fact.remaining
        ? `new response cached, ${timeRemaining(fact.remaining)}`
        : "new response not cached";
      return `${sentence(fact, role, dim)}: ${stored}`;
    }
    case "asking": {
      const server = formatAddress(fact.upstream);
      const asking = `Asking ${server}, attempt ${fact.attempt}`;
      return about(fact.client, asking, dim);
    }
    case "answered": {
      const server = formatAddress(fact.upstream);
      const { bytes } = fact.response;
      const got = `Got response of length ${bytes.length} bytes from ${server}`;
      return about(fact.client, `${got}: ${answered(fact.response)}`, dim);
    }
    case "no answer": {
      const failed = `Attempt ${fact.attempt} failed: ${messageOf(fact.error)}`;
      return about(fact.client, failed, dim);
    }
    case "not shared":
      return `Response not written to the shared cache: ${
        messageOf(fact.error)
      }`;
  }
  return sentence(fact, role, dim);
}

/** The maximum number of characters of an expression to show. */
const SHOWN = 60;

function asked(request: Frame): string {
  const expression = expressionOf(request);
  const what = expression === undefined
    ? `payload ${firstBytes(request) || "empty"}`
    : printableStart(expression, SHOWN);
  const steps = request.steps ? "steps" : "no steps";
  const { cache, maxAge } = request;
  const age = maxAge === Infinity ? "inf" : maxAge;
  return `${what} (${steps}, ${cache ? `cache, max-age ${age}` : "no cache"})`;
}

function answered(response: Frame): string {
  const name = errorNameOf(response);
  return `status ${response.status}${name ? ` ${printable(name)}` : ""}`;
}
