import { calculator } from "../../lib/calculator.ts";
import type { Caching } from "../../lib/message/mod.ts";
import type { Address } from "../../lib/net/mod.ts";
import type { Frame } from "../../lib/protocol/mod.ts";
import { proxy } from "../../lib/proxy.ts";
import { serve } from "../../lib/serve.ts";
import { BarePeer } from "../../tools/harness/bare_peer.ts";

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

/** Runs a test at a server and at a proxy. */
export function atBoth(
  name: string,
  test: (address: Address, role: string) => Promise<void>,
): void {
  Deno.test(name, async () => {
    await withRoles(async (roles) => {
      await test(roles.server, "server");
      await test(roles.proxy, "proxy");
    });
  });
}

/** The frames that a peer sends in return, until it closes the connection. */
export async function exchange(
  to: Address,
  ...pieces: Uint8Array[]
): Promise<Frame[]> {
  using peer = await BarePeer.connect(to);
  for (const piece of pieces) await peer.write(piece);
  await peer.tcp.closeWrite();
  const frames: Frame[] = [];
  for (let frame; (frame = await peer.frame()) !== undefined;) {
    frames.push(frame.copy());
  }
  return frames;
}
