/**
 * The packets of docs/walkthrough.md, captured while the roles run.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { formatAddress } from "../../lib/net/mod.ts";
import {
  linesOf,
  RoleProcess,
  runClient,
} from "../../tools/harness/role_process.ts";

const ignore = !await canCapture();

/** Whether packets can be captured here at all. */
async function canCapture(): Promise<boolean> {
  if (Deno.build.os !== "linux") return false;
  try {
    const { stdout } = await new Deno.Command("tshark", { args: ["-D"] })
      .output();
    return /\blo\b/.test(new TextDecoder().decode(stdout));
  } catch {
    return false;
  }
}

/** Who listens where. A proxy, where there is one, is who asks the server. */
interface Ports {
  readonly server: number;
  readonly proxy?: number;
}

/**
 * Captures what a client's run causes, one `FROM > TO: WHAT` a packet, until
 * the last one of interest. Mere acknowledgements are left out.
 */
async function capture(
  ports: Ports,
  run: () => Promise<unknown>,
  last: string,
): Promise<string[]> {
  using probed = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const probe = probed.addr.port;
  const filter = [...Object.values(ports), probe]
    .map((port) => `tcp port ${port}`);
  await using tshark = new Deno.Command("tshark", {
    args: [
      ...["-i", "lo", "-l", "-f", filter.join(" or "), "-T", "fields"],
      ...["-e", "tcp.srcport", "-e", "tcp.dstport"],
      ...["-e", "tcp.flags.str", "-e", "tcp.len"],
    ],
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const packets: string[] = [];
  let running: Promise<unknown> | undefined;
  // Nothing tells that the capture has begun, so it is probed until it shows.
  const probing = setInterval(() => connectAndClose(probe), 20);
  try {
    for await (const line of linesOf(tshark.stdout)) {
      clearInterval(probing);
      running ??= run();
      const [from, to, flags = "", length = ""] = line.split("\t");
      const what = meaning(flags, length);
      if (what === undefined) continue;
      const packet = `${between(ports, Number(from), Number(to))}: ${what}`;
      if (![Number(from), Number(to)].includes(probe)) packets.push(packet);
      if (packets.at(-1) === last) break;
    }
  } finally {
    clearInterval(probing);
  }
  await running;
  return packets;
}

async function connectAndClose(port: number): Promise<void> {
  const tcp = await Deno.connect({ port });
  tcp.close();
}

/** What a packet says, or `undefined` if it only acknowledges another. */
function meaning(flags: string, length: string): string | undefined {
  if (flags.includes("S")) return flags.includes("A") ? "SYN, ACK" : "SYN";
  if (flags.includes("R")) return "RST";
  if (length !== "0") return `${length} bytes`;
  return flags.includes("F") ? "FIN" : undefined;
}

function between({ server, proxy }: Ports, from: number, to: number): string {
  const name = (port: number, other: number) => {
    if (port === server) return "server";
    if (port === proxy) return "proxy";
    return other === server && proxy !== undefined ? "proxy" : "client";
  };
  return `${name(from, to)} > ${name(to, from)}`;
}

function test(name: string, fn: () => Promise<void>): void {
  const why = ignore ? " (needs tshark, and the right to capture)" : "";
  Deno.test({ name: `${name}${why}`, ignore, fn });
}

const EXPRESSION = "max(2, 3) + 3";

test("packets: the client asks the server, and closes first", async () => {
  await using server = await RoleProcess.start("server");
  const packets = await capture(
    { server: server.address.port },
    () => runClient(server.address, [EXPRESSION]),
    "server > client: FIN",
  );
  assertEquals(packets, [
    "client > server: SYN",
    "server > client: SYN, ACK",
    "client > server: 26 bytes",
    "server > client: 38 bytes",
    "client > server: FIN",
    "server > client: FIN",
  ]);
});

test("packets: a miss is finished at the server before the client is answered, a hit never gets there", async () => {
  await using server = await RoleProcess.start("server");
  const address = formatAddress(server.address);
  await using proxy = await RoleProcess.start("proxy", ["-s", address]);
  const ports = { server: server.address.port, proxy: proxy.address.port };
  const ask = () => runClient(proxy.address, [EXPRESSION]);
  const miss = await capture(ports, ask, "proxy > client: FIN");
  // The server's FIN may cross with what the proxy sends meanwhile.
  assertEquals(miss.filter((packet) => packet !== "server > proxy: FIN"), [
    "client > proxy: SYN",
    "proxy > client: SYN, ACK",
    "client > proxy: 26 bytes",
    "proxy > server: SYN",
    "server > proxy: SYN, ACK",
    "proxy > server: 26 bytes",
    "server > proxy: 38 bytes",
    "proxy > server: FIN",
    "proxy > client: 38 bytes",
    "client > proxy: FIN",
    "proxy > client: FIN",
  ]);
  const hit = await capture(ports, ask, "proxy > client: FIN");
  assertEquals(hit.filter((packet) => packet !== "server > proxy: FIN"), [
    "client > proxy: SYN",
    "proxy > client: SYN, ACK",
    "client > proxy: 26 bytes",
    "proxy > client: 38 bytes",
    "client > proxy: FIN",
    "proxy > client: FIN",
  ]);
});

test("packets: a dead server is tried --attempts times, then the client gets an error", async () => {
  const server = await RoleProcess.start("server");
  const { port } = server.address;
  await server[Symbol.asyncDispose]();
  await using proxy = await RoleProcess.start("proxy", [
    ...["-s", `127.0.0.1:${port}`, "--attempts", "5", "--retry-delay", "20"],
  ]);
  const packets = await capture(
    { server: port, proxy: proxy.address.port },
    () => runClient(proxy.address, [EXPRESSION]),
    "proxy > client: FIN",
  );
  const refused = ["proxy > server: SYN", "server > proxy: RST"];
  assertEquals(packets, [
    "client > proxy: SYN",
    "proxy > client: SYN, ACK",
    "client > proxy: 26 bytes",
    ...Array.from({ length: 5 }, () => refused).flat(),
    "proxy > client: 139 bytes",
    "client > proxy: FIN",
    "proxy > client: FIN",
  ]);
});
