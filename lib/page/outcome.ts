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
