/** Stands in for `@std/msgpack/decode` where JSR is out of reach. @module */
export { decode } from "npm:@msgpack/msgpack@3.1.3";
