/**
 * Reads the PEM file given for a flag.
 *
 * @param flag The flag, with its dashes.
 * @param file The name of the file.
 * @param kind What it must contain, such as `CERTIFICATE`.
 * @throws {Error} If it cannot be read, or contains no such block.
 */
export function readPem(flag: string, file: string, kind: string): string {
  const pem = readFile(flag, file);
  if (!pem.includes(`${kind}-----`)) {
    throw new Error(`${flag} ${file} has no ${kind} in PEM`);
  }
  return pem;
}

/**
 * Reads the file given for a flag.
 *
 * @param flag The flag, with its dashes.
 * @param file The name of the file.
 * @throws {Error} If it cannot be read; the message says why.
 */
export function readFile(flag: string, file: string): string {
  try {
    return Deno.readTextFileSync(file);
  } catch (cause) {
    const why = cause instanceof Deno.errors.NotCapable
      ? "run with -N -R"
      : cause instanceof Deno.errors.NotFound
      ? "there is no such file"
      : `${cause instanceof Error ? cause.message : cause}`;
    throw new Error(`cannot read ${flag} ${file}: ${why}`, { cause });
  }
}
