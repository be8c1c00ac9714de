let known: boolean | undefined;

/**
 * Whether the terminal understands no control sequences, as TERM=dumb says. To
 * read TERM takes a permission, which `node:readline` does not need: it draws its
 * prompt without any control sequences then.
 */
export function isDumb(): boolean {
  return known ??= drawsPlainly();
}

function drawsPlainly(): boolean {
  // Imports would load them at every start, even where there is no terminal.
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
