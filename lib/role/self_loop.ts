import { lookUp } from "../net/upstream/resolver.ts";
import { type Address, formatAddress } from "../net/mod.ts";
import type { CommandLine } from "../terminal/command_line.ts";
import { hostname, listenPort } from "../terminal/flag_values.ts";

/**
 * Refuses to run a proxy that would forward to itself.
 *
 * @param line The command line, with the address to listen on.
 * @param servers The servers to forward to.
 * @throws {Error} If one of them is the proxy.
 */
export async function refuseSelfLoop(
  line: CommandLine,
  servers: readonly Address[],
): Promise<void> {
  const listening = {
    hostname: line.value("host", hostname),
    port: line.value("port", listenPort),
  };
  for (const server of servers) {
    if (!await isItself(listening, server)) continue;
    const where = formatAddress(server);
    throw new Error(
      `the server at ${where} is this proxy itself: choose another one with -s`,
    );
  }
}

/**
 * Whether a connection to the server would reach the listening address. It does
 * not connect: an address is local if it is possible to listen on it. A name that
 * does not resolve counts as remote.
 *
 * @param listening The address to listen on.
 * @param server The address to forward to.
 */
async function isItself(
  listening: Address,
  server: Address,
): Promise<boolean> {
  if (listening.port !== server.port) return false;
  const own = localAddress(listening.hostname);
  if (own === undefined) return false;
  const addresses = await resolve(server.hostname);
  return addresses.some((address) => {
    const local = localAddress(address);
    return local !== undefined && reaches(DESTINATION[local] ?? local, own);
  });
}

/** The destination of a connection to an unspecified address. */
const DESTINATION: Readonly<Record<string, string>> = {
  "0.0.0.0": "127.0.0.1",
  "::": "::1",
};

/** Whether a connection to a local address reaches the listening address. */
function reaches(to: string, own: string): boolean {
  if (own === "::") return true;
  return own === "0.0.0.0" ? !to.includes(":") : to === own;
}

/** A local address in the notation of the system, or `undefined` for a remote one. */
function localAddress(hostname: string): string | undefined {
  try {
    using listener = Deno.listen({ hostname, port: 0 });
    return listener.addr.hostname.replace(/^::ffff:(?=.*\.)/, "");
  } catch {
    return undefined;
  }
}

/** All addresses that a name resolves to. */
async function resolve(hostname: string): Promise<string[]> {
  try {
    return await lookUp(hostname);
  } catch {
    return [];
  }
}
