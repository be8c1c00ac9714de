import type { Address } from "../../lib/net/mod.ts";

/** The address of a port that nobody listens on. */
export function unusedAddress(): Address {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr;
}
