/** Stands in for `@std/msgpack/encode` where JSR is out of reach. @module */
export { encode } from "npm:@msgpack/msgpack@3.1.3/dist.esm/encode.mjs";
