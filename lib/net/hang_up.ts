import { closeOnce, type Conn, LINGER } from "./conn.ts";
import { lookForInput } from "./fair_queue.ts";

/**
 * Closes a connection gracefully once its last responses are sent. Closing it
 * with unread input would reset it, and the responses could be lost, so the
 * client gets some time to close first.
 *
 * @param conn The connection.
 * @param sent Resolves when the last responses are sent.
 */
export async function hangUp(conn: Conn, sent?: Promise<void>): Promise<void> {
  const timer = setTimeout(() => closeOnce(conn), LINGER);
  try {
    await sent;
    await conn.closeWrite();
    const ignored = new Uint8Array(4096);
    // Serve other clients first, even if this one keeps sending.
    while (await conn.read(ignored) !== null) await lookForInput();
  } catch {
    // The client has already disconnected, or its time is up.
  } finally {
    clearTimeout(timer);
    closeOnce(conn);
  }
}
