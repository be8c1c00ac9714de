let known: boolean | undefined;

/**
 * Whether TERM is `dumb`: the terminal understands no control sequences. Reading
 * TERM would take a permission. `node:readline` needs none, and draws its prompt
 * without control sequences on such a terminal.
 */
export function isDumb(): boolean {
  return known ??= drawsPlainly();
}

function drawsPlainly(): boolean {
  // Imports would be loaded at every start, even without a terminal.
  const { createInterface } = process.getBuiltinModule("node:readline");
  const { PassThrough } = process.getBuiltinModule("node:stream");
  const output = new PassThrough();
  const lines = createInterface({
    input: new PassThrough(),
    output,
    terminal: true,
    prompt: "",
  });
  lines.prompt();
  lines.close();
  return output.read() === null;
}
