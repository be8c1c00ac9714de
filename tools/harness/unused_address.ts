import type { Address } from "../../lib/net/mod.ts";

/** An address with a port that nothing listens on. */
export function unusedAddress(): Address {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr;
}
