import { type Address, formatAddress } from "../net/mod.ts";
import type { CommandLine } from "../terminal/command_line.ts";
import { hostname, listenPort } from "../terminal/flag_values.ts";

/**
 * Refuses to run a proxy whose server would be itself.
 *
 * @param line Where it is to listen.
 * @param server The server that it is to ask.
 * @throws {Error} If these are one and the same.
 */
export async function refuseSelfLoop(
  line: CommandLine,
  server: Address,
): Promise<void> {
  const listening = {
    hostname: line.value("host", hostname),
    port: line.value("port", listenPort),
  };
  if (await isItself(listening, server)) {
    const where = formatAddress(server);
    throw new Error(
      `the server at ${where} is this proxy itself: choose another one with -s`,
    );
  }
}

/**
 * Whether a role that listens at an address would ask itself if its server were
 * at another. Nothing is connected to: an address is this machine's if one can
 * listen on it. A name that is not resolved leads nowhere for now.
 *
 * @param listening Where the role listens.
 * @param server Where it asks.
 */
export async function isItself(
  listening: Address,
  server: Address,
): Promise<boolean> {
  if (listening.port !== server.port) return false;
  const own = localAddress(listening.hostname);
  if (own === undefined) return false;
  const addresses = await resolve(server.hostname);
  return addresses.some((address) => {
    const local = localAddress(address);
    return local !== undefined && arrives(DESTINATION[local] ?? local, own);
  });
}

/** Where a connection to an unspecified address goes. */
const DESTINATION: Readonly<Record<string, string>> = {
  "0.0.0.0": "127.0.0.1",
  "::": "::1",
};

/** Whether a connection to a local address comes in where one listens. */
function arrives(to: string, own: string): boolean {
  if (own === "::") return true;
  return own === "0.0.0.0" ? !to.includes(":") : to === own;
}

/** An address of this machine as the system writes it, or `undefined` for any other. */
function localAddress(hostname: string): string | undefined {
  try {
    using listener = Deno.listen({ hostname, port: 0 });
    return listener.addr.hostname.replace(/^::ffff:(?=.*\.)/, "");
  } catch {
    return undefined;
  }
}

/** All addresses that a name may stand for. */
async function resolve(hostname: string): Promise<string[]> {
  // Loaded here, as few roles need it.
  const { lookup } = await import("node:dns/promises");
  try {
    const found = await lookup(hostname, { all: true });
    return found.map(({ address }) => address);
  } catch {
    return [];
  }
}
