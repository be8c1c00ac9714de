/**
 * What is written to standard error by `console.error`, collected until it is
 * disposed of.
 */
export function complaints(): Disposable & { readonly lines: string[] } {
  const { error } = console;
  const lines: string[] = [];
  console.error = (...parts) => lines.push(parts.join(" "));
  return {
    lines,
    [Symbol.dispose]() {
      console.error = error;
    },
  };
}
