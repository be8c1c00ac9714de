/** Stands in for `@std/msgpack/decode` where JSR is out of reach. @module */
import { decode as npmDecode } from "npm:@msgpack/msgpack@3.1.3/dist.esm/decode.mjs";

export function decode(bytes: Uint8Array): unknown {
  // The package allocates an array as long as the payload claims, so limit it.
  const most = bytes.length;
  return npmDecode(bytes, { maxArrayLength: most, maxMapLength: most });
}
