/**
 * The hint at the end of a message about an unknown name, or nothing if no known
 * name is similar enough.
 *
 * @param name The unknown name.
 * @param known The names to choose from.
 * @param write Formats the name in the hint.
 * @returns `: did you mean …?` or an empty string.
 */
export function didYouMean(
  name: string,
  known: Iterable<string>,
  write: (name: string) => string,
): string {
  const meant = nearest(name, known);
  return meant === undefined ? "" : `: did you mean ${write(meant)}?`;
}

/** The nearest name, if fewer than half of the letters differ. */
function nearest(name: string, known: Iterable<string>): string | undefined {
  const typed = name.toLowerCase();
  let best: string | undefined;
  let least = Math.max(typed.length / 2, 1.5);
  for (const candidate of known) {
    // The distance is at least the difference in length.
    if (Math.abs(candidate.length - typed.length) >= least) continue;
    // A single letter is near to any other: it can only begin a name.
    if (typed.length === 1 && !candidate.startsWith(typed)) continue;
    const edits = distance(typed, candidate);
    if (edits < least) [best, least] = [candidate, edits];
  }
  return best;
}

/** The number of letters to insert, delete, replace or transpose. */
function distance(from: string, to: string): number {
  let previous: number[] = [];
  let current = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row++) {
    const next = [row];
    for (let column = 1; column <= to.length; column++) {
      const same = from[row - 1] === to[column - 1];
      const edits = [
        current[column]! + 1,
        next[column - 1]! + 1,
        current[column - 1]! + (same ? 0 : 1),
      ];
      if (
        from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]
      ) {
        edits.push((previous[column - 2] ?? Infinity) + 1);
      }
      next.push(Math.min(...edits));
    }
    [previous, current] = [current, next];
  }
  return current[to.length]!;
}
