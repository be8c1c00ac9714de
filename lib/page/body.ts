import type { IncomingMessage } from "node:http";

/** The longest body of a request, in bytes: a frame, escaped. */
const MAX_BODY = 512 * 1024;

/**
 * Reads the body of a request.
 *
 * @throws {RangeError} If it is too long.
 */
export async function readBody(request: IncomingMessage): Promise<string> {
  const decoder = new TextDecoder();
  let length = 0;
  let text = "";
  for await (const chunk of request) {
    length += chunk.length;
    if (length > MAX_BODY) {
      throw new RangeError(`The body has more than ${MAX_BODY} bytes`);
    }
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
