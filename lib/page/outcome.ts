import type { Fact } from "../watch/fact.ts";

/** How a request was answered. A server without a cache has the last two. */
export type Outcome = "hit" | "miss" | "stale" | "answered" | "error";

/** All outcomes, in the order in which they are shown. */
export const OUTCOMES: readonly Outcome[] = [
  "hit",
  "miss",
  "stale",
  "answered",
  "error",
];

/** The outcome that a fact of the cache decides. */
export function outcomeOf(fact: Fact): Outcome | undefined {
  switch (fact.type) {
    case "hit":
      return "hit";
    case "stored":
    case "joined":
    case "not stored":
      return "miss";
    case "stale":
    case "stale on error":
      return "stale";
  }
}
