/** Writes all of the bytes, in as many writes as it takes. */
export async function writeAll(
  tcp: Deno.Conn,
  bytes: Uint8Array,
): Promise<void> {
  for (let written = 0; written < bytes.length;) {
    written += await tcp.write(bytes.subarray(written));
  }
}
