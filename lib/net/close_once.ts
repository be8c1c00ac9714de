/** Closes a connection that somebody else may have closed before. */
export function closeOnce(tcp: Deno.Conn): void {
  try {
    tcp.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  }
}
