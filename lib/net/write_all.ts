/** Where bytes go: a `Deno.Conn`, standard output. */
export interface Writer {
  /** Writes some of the bytes: how many. */
  write(bytes: Uint8Array): Promise<number>;
}

/** Writes all of the bytes, in as many writes as it takes. */
export async function writeAll(
  writer: Writer,
  bytes: Uint8Array,
): Promise<void> {
  for (let written = 0; written < bytes.length;) {
    written += await writer.write(bytes.subarray(written));
  }
}
