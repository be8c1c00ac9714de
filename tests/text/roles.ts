import { calculator } from "../../lib/calculator.ts";
import type { Caching } from "../../lib/message/mod.ts";
import type { Address } from "../../lib/net/mod.ts";
import { proxy } from "../../lib/proxy.ts";
import { serve } from "../../lib/serve.ts";

/** The addresses of a server and of a proxy in front of it. */
export interface Roles {
  readonly server: Address;
  readonly proxy: Address;
}

/** Runs a test against a server and a proxy on free ports. */
export async function withRoles(
  test: (roles: Roles) => Promise<void>,
  caching?: Caching,
): Promise<void> {
  await using server = serve({ port: 0 }, calculator(caching));
  await using between = serve({ port: 0 }, proxy(server.address));
  await test({ server: server.address, proxy: between.address });
}
