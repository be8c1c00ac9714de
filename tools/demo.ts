/**
 * Replays the three recorded runs of the calculator with real processes on free
 * ports, prefixing every line with the role that printed it. The exit status is 0
 * only if all answers are as expected.
 *
 * @module
 */

import { LONG_EXAMPLE } from "../lib/client/example.ts";
import { formatAddress } from "../lib/net/mod.ts";
import { RoleProcess, runClient } from "./harness/role_process.ts";

/** An expression of the recorded runs, and the output of a client for it. */
interface Recorded {
  readonly expression: string;
  readonly shown: string;
}

const LONG: Recorded = {
  expression: LONG_EXAMPLE,
  shown: `\
Result: -0.38748277824137206
Steps:
(sin(max(2, (3 * 4), 5, (6 * ((7 * 8) / 9)), (10 / 11))) / 12) * 13 = (sin(max(2, 12, 5, (6 * ((7 * 8) / 9)), (10 / 11))) / 12) * 13
                                                                    = (sin(max(2, 12, 5, (6 * (56 / 9)), (10 / 11))) / 12) * 13
                                                                    = (sin(max(2, 12, 5, (6 * 6.222222222222222), (10 / 11))) / 12) * 13
                                                                    = (sin(max(2, 12, 5, 37.333333333333336, (10 / 11))) / 12) * 13
                                                                    = (sin(max(2, 12, 5, 37.333333333333336, 0.9090909090909091)) / 12) * 13
                                                                    = (sin(37.333333333333336) / 12) * 13
                                                                    = (-0.35767641068434347 / 12) * 13
                                                                    = -0.02980636755702862 * 13
                                                                    = -0.38748277824137206
`,
};

const SHORT: Recorded = {
  expression: "max(2, 3) + 3",
  shown: `\
Result: 6
Steps:
max(2, 3) + 3 = 3 + 3
              = 6
`,
};

const REFUSED =
  "Got error: Internal proxy error: Connection refused by server and the request was not in the cache or was stale";

let failures = 0;

await direct();
await throughProxy();
await serverShutDown();

console.log(
  failures === 0
    ? "\nAll answers are as expected."
    : `\n${failures} answers were not the expected ones.`,
);
Deno.exitCode = failures === 0 ? 0 : 1;

/** The client connects directly to the server. */
async function direct(): Promise<void> {
  title("1. Client and server");
  await using server = await start("server");
  for (const { expression, shown } of [LONG, LONG, SHORT]) {
    await ask(server, expression, shown);
  }
}

/** The second request is a cache hit. */
async function throughProxy(): Promise<void> {
  title("2. Through the proxy");
  await using server = await start("server");
  await using proxy = await start("proxy", [
    "-s",
    formatAddress(server.address),
  ]);
  for (const { expression, shown } of [LONG, LONG, SHORT]) {
    await ask(proxy, expression, shown);
  }
  const connections = server.lines.filter((line) =>
    line.startsWith("Connection established")
  );
  expect("two connections to the server", connections.length === 2);
}

/** With the server shut down, the proxy answers from its cache. */
async function serverShutDown(): Promise<void> {
  title("3. Through the proxy, the server shut down after the first answer");
  const server = await start("server");
  await using proxy = await start("proxy", [
    "-s",
    formatAddress(server.address),
  ]);
  await ask(proxy, LONG.expression, LONG.shown);
  await server[Symbol.asyncDispose]();
  print("server", "(shut down)");
  await ask(proxy, LONG.expression, LONG.shown);
  await ask(proxy, SHORT.expression, REFUSED);
}

function start(
  role: "server" | "proxy",
  args?: string[],
): Promise<RoleProcess> {
  return RoleProcess.start(role, args, { onLine: (line) => print(role, line) });
}

/** Runs a client and waits until the role has closed the connection. */
async function ask(
  role: RoleProcess,
  expression: string,
  expected: string,
): Promise<void> {
  const closed = "Connection closed";
  const before = role.lines.filter((line) => line.includes(closed)).length;
  const { stdout } = await runClient(role.address, [expression], {
    onLine: (line) => print("client", line),
  });
  await role.printed(closed, before + 1);
  expect(`the answer to ${expression}`, stdout.includes(expected));
}

function expect(what: string, isAsExpected: boolean): void {
  if (isAsExpected) return;
  failures++;
  console.log(`        Not as expected: ${what}`);
}

function title(text: string): void {
  console.log(`\n${text}\n`);
}

function print(role: string, line: string): void {
  console.log(`${role.padEnd(6)}  ${line}`);
}
