/**
 * Makes the captures in docs/captures: the recorded runs of the calculator, and
 * one with pickles.
 *
 * Real processes exchange every byte, through relays that keep a copy. Nobody
 * needs the right to capture packets, therefore, and the packets around the
 * bytes are written here: in the order and at the times of the recorded runs,
 * with a client on 127.0.0.1, a proxy on 127.0.0.2 and a server on 127.0.0.3.
 * The time stamps of the frames are moved to the same clock, so that the files
 * are the same each time.
 *
 * @module
 */

import { LONG_EXAMPLE } from "../lib/client/example.ts";
import { formatAddress } from "../lib/net/mod.ts";
import { Frame } from "../lib/protocol/mod.ts";
import { captureFile, type Packet } from "./captures/capture_file.ts";
import { type Exchange, Relay } from "./captures/relay.ts";
import { TcpConnection } from "./captures/tcp_connection.ts";
import type { Endpoint } from "./captures/tcp_packet.ts";
import { RoleProcess, runClient } from "./harness/role_process.ts";

const LONG = LONG_EXAMPLE;
const SHORT = "max(2, 3) + 3";

const CLIENT = [127, 0, 0, 1];
const PROXY: Endpoint = { ip: [127, 0, 0, 2], port: 9998 };
const SERVER: Endpoint = { ip: [127, 0, 0, 3], port: 9999 };

/** A quarter of a second after 2022-12-06T15:32:17Z, in microseconds since 1970. */
const BEGINNING = 1_670_340_737_250_000;

/** From one question to the next, in microseconds. */
const PAUSE = 3_000_000;

/** How many times, and after what time in microseconds, the proxy tries a dead server. */
const ATTEMPTS = 5;
const RETRY_DELAY = 502_000;

/**
 * Makes the captures.
 *
 * @returns The contents of the files by their names.
 */
export async function makeCaptures(): Promise<Map<string, Uint8Array>> {
  return new Map([
    ["direct.pcap", await direct(64_031)],
    ["proxy.pcap", await throughProxy(65_120)],
    ["server-down.pcap", await serverShutDown(65_130)],
    ["pickle.pcap", await direct(64_041, ["--payload", "pickle"])],
  ]);
}

/** The client asks the server itself. */
async function direct(
  firstPort: number,
  flags: string[] = [],
): Promise<Uint8Array> {
  await using server = await RoleProcess.start("server");
  await using relay = new Relay(server.address);
  const capture = new Capture(firstPort);
  for (const expression of [LONG, LONG, SHORT]) {
    await runClient(relay.address, [...flags, expression]);
    capture.answered(last(relay.exchanges), SERVER);
  }
  return capture.file();
}

/** The second time, the proxy knows the answer. */
async function throughProxy(firstPort: number): Promise<Uint8Array> {
  await using server = await RoleProcess.start("server");
  await using toServer = new Relay(server.address);
  await using proxy = await startProxy(toServer);
  await using toProxy = new Relay(proxy.address);
  const capture = new Capture(firstPort);
  for (const expression of [LONG, LONG, SHORT]) {
    const before = toServer.exchanges.length;
    await runClient(toProxy.address, [expression]);
    const isHit = toServer.exchanges.length === before;
    if (isHit) capture.hit(last(toProxy.exchanges));
    else capture.miss(last(toProxy.exchanges));
  }
  return capture.file();
}

/** With the server shut down, the proxy answers what it knows. */
async function serverShutDown(firstPort: number): Promise<Uint8Array> {
  const capture = new Capture(firstPort);
  const server = await RoleProcess.start("server");
  const toServer = new Relay(server.address);
  await using proxy = await startProxy(toServer);
  await using toProxy = new Relay(proxy.address);
  await runClient(toProxy.address, [LONG]);
  capture.miss(last(toProxy.exchanges));
  await server[Symbol.asyncDispose]();
  await toServer[Symbol.asyncDispose]();
  await runClient(toProxy.address, [LONG]);
  capture.hit(last(toProxy.exchanges));
  await runClient(toProxy.address, [SHORT]);
  capture.refused(last(toProxy.exchanges));
  return capture.file();
}

function startProxy(toServer: Relay): Promise<RoleProcess> {
  return RoleProcess.start("proxy", ["-s", formatAddress(toServer.address)]);
}

function last(exchanges: readonly Exchange[]): Exchange {
  const exchange = exchanges.at(-1);
  if (!exchange) throw new Error("Expected an exchange: found none");
  return exchange;
}

/**
 * The packets of a run: one question after another, each as the recorded runs
 * show it. Offsets within a question are in microseconds.
 */
class Capture {
  readonly #packets: Packet[] = [];
  #nextPort: number;
  #beginning = BEGINNING;
  /** The responses that the proxy has passed on, as captured, by what they were. */
  readonly #stored = new Map<string, Uint8Array>();

  /** @param firstPort The port of the first client. */
  constructor(firstPort: number) {
    this.#nextPort = firstPort;
  }

  /** A question that the role which the client asks answers by itself. */
  answered(exchange: Exchange, role: Endpoint): void {
    const asked = this.#ask(role, exchange, 720);
    asked.connection.send(this.#at(2160), "server", this.#made(exchange));
    this.#finish(asked.connection, 3230);
  }

  /** A question that the proxy passes on. */
  miss(exchange: Exchange): void {
    const asked = this.#ask(PROXY, exchange, 720);
    const upstream = this.#connect(PROXY.ip, SERVER);
    const response = this.#made(exchange);
    this.#stored.set(exchange.sentBy("server").toHex(), response);
    upstream.open(this.#at(1390));
    upstream.send(this.#at(1600), "client", asked.request);
    upstream.send(this.#at(3040), "server", response);
    upstream.close(this.#at(3230), "client", this.#at(3340));
    asked.connection.send(this.#at(3490), "server", response);
    this.#finish(asked.connection, 4560);
  }

  /** A question that the proxy answers from its cache, bit for bit as before. */
  hit(exchange: Exchange): void {
    const stored = this.#stored.get(exchange.sentBy("server").toHex());
    if (!stored) throw new Error("Expected a stored response: found another");
    const { connection } = this.#ask(PROXY, exchange, 660);
    connection.send(this.#at(890), "server", stored);
    this.#finish(connection, 1840);
  }

  /** A question for which the proxy finds nobody at its server's address. */
  refused(exchange: Exchange): void {
    const { connection } = this.#ask(PROXY, exchange, 720);
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const time = 1390 + attempt * RETRY_DELAY;
      this.#connect(PROXY.ip, SERVER).refuse(this.#at(time));
    }
    const end = 1390 + (ATTEMPTS - 1) * RETRY_DELAY;
    connection.send(
      this.#at(end + 480),
      "server",
      this.#made(exchange, end + 480),
    );
    this.#finish(connection, end + 1550);
  }

  /** All packets so far, as a file. */
  file(): Uint8Array {
    return captureFile(this.#packets);
  }

  #ask(
    role: Endpoint,
    exchange: Exchange,
    offset: number,
  ): { connection: TcpConnection; request: Uint8Array } {
    const connection = this.#connect(CLIENT, role);
    const request = stamped(exchange.sentBy("client"), this.#at(offset));
    connection.open(this.#at(0));
    connection.send(this.#at(offset), "client", request);
    return { connection, request };
  }

  #connect(ip: readonly number[], role: Endpoint): TcpConnection {
    const client = { ip, port: this.#nextPort++ };
    return new TcpConnection(this.#packets, client, role);
  }

  /** The response, as if it had been made now. */
  #made(exchange: Exchange, offset = 0): Uint8Array {
    return stamped(exchange.sentBy("server"), this.#at(offset));
  }

  /** The client closes first. The next question comes later. */
  #finish(connection: TcpConnection, offset: number): void {
    connection.close(this.#at(offset), "client");
    this.#beginning = this.#at(offset) + PAUSE;
  }

  #at(offset: number): number {
    return this.#beginning + offset;
  }
}

/** The same frame, made at a time in microseconds since 1970. */
function stamped(bytes: Uint8Array, time: number): Uint8Array {
  const moved = new Frame(bytes).bytes.slice();
  new DataView(moved.buffer).setUint32(0, Math.floor(time / 1_000_000));
  return moved;
}

if (import.meta.main) {
  const directory = new URL("../docs/captures/", import.meta.url);
  for (const [name, bytes] of await makeCaptures()) {
    await Deno.writeFile(new URL(name, directory), bytes);
    console.log(`docs/captures/${name}: ${bytes.length} bytes`);
  }
}
