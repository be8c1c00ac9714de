/**
 * `--trace` and `--verbose` at the three doors.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { encodeRequest } from "../../lib/message/mod.ts";
import { formatAddress } from "../../lib/net/mod.ts";
import { BarePeer, BareServer } from "../../tools/harness/bare_peer.ts";
import { RoleProcess, runClient } from "../../tools/harness/role_process.ts";
import { unusedAddress } from "../../tools/harness/unused_address.ts";

/** Where frames go, and the first field of each. */
function frames(lines: readonly string[]): string[] {
  return lines.flatMap((line, index) =>
    line.includes(" → ")
      ? [line.replace(/127\.0\.0\.1:\d+/g, "ADDRESS")]
      : line.includes("type: ")
      ? [
        `${line.includes("request") ? "request" : "response"} ${
          /= (\d+)/.exec(lines[index + 1] ?? "")?.[1]
        }`,
      ]
      : []
  );
}

Deno.test("trace: the client prints what it sends and what it receives", async () => {
  await using server = await RoleProcess.start("server");
  const where = formatAddress(server.address);
  const args = ["-q", "--no-steps", "--trace", "6*7"];
  const { status, stdout, stderr } = await runClient(server.address, args);
  const lines = stdout.split("\n");
  assertMatch(lines[1] ?? "", /^([\da-f]{2} ){3}[\da-f]{2} {5}time stamp: /);
  const stamped = (line: string) => !line.includes("time stamp");
  assertEquals(lines.filter(stamped), [
    `client → ${where}`,
    "00 12           length: 18 bytes",
    "14              reserved: 000",
    "                cache: 1 (may be cached)",
    "                steps: 0 (leave them out)",
    "                type: 1 (a request)",
    "00              status: 00 00000000 = 0",
    "ff ff           max-age: no limit",
    "00 00           padding: 0",
    "a5              expression: string of 5 bytes",
    "36 20 2a 20     6 space * space",
    "37              7",
    `${where} → client`,
    "00 11           length: 17 bytes",
    "10              reserved: 000",
    "                cache: 1 (may be cached)",
    "                steps: 0 (none)",
    "                type: 0 (a response)",
    "c8              status: 00 11001000 = 200 (success)",
    "ff ff           max-age: no limit",
    "00 00           padding: 0",
    "92              payload: array of 2",
    "a2              result: string of 2 bytes",
    "34 32           4 2",
    "90              steps: array of 0",
    "Result: 42",
    "",
  ]);
  assertEquals([status, stderr], [0, ""]);
});

Deno.test("trace: the client prints a frame that is not a response, too", async () => {
  await using server = new BareServer(async (peer) => {
    const request = await peer.frame();
    if (request) await peer.write(request.bytes);
  });
  const args = ["-q", "--trace", "6*7"];
  const { status, stdout, stderr } = await runClient(server.address, args);
  assertEquals(frames(stdout.split("\n")), [
    ...["client → ADDRESS", "request 0"],
    ...["ADDRESS → client", "request 0"],
  ]);
  assertEquals(status, 3);
  assertMatch(stderr, /expected a response: found a request/);
});

Deno.test("trace: server and proxy print whom each frame comes from and goes to", async () => {
  const server = await RoleProcess.start("server", ["--trace"]);
  const proxy = await RoleProcess.start("proxy", [
    ...["--trace", "-s", formatAddress(server.address)],
  ]);
  await runClient(proxy.address, ["6*7", "6*7"]);
  await proxy.end();
  await server.end();
  assertEquals(frames(proxy.lines), [
    ...["client ADDRESS → proxy", "request 0"],
    ...["proxy → server ADDRESS", "request 0"],
    ...["server ADDRESS → proxy", "response 200"],
    ...["proxy → client ADDRESS", "response 200"],
    ...["client ADDRESS → proxy", "request 0"],
    ...["proxy → client ADDRESS", "response 200"],
  ]);
  assertEquals(frames(server.lines), [
    ...["client ADDRESS → server", "request 0"],
    ...["server → client ADDRESS", "response 200"],
  ]);
  // The log stays as it is.
  assert(server.lines.some((line) => line.endsWith("of length 18 bytes")));
});

Deno.test("trace: with -q a role prints frames alone, also the one before it hangs up", async () => {
  await using server = await RoleProcess.startQuiet("server", ["--trace"]);
  using peer = await BarePeer.connect(server.address);
  await peer.write(new Uint8Array(12));
  assertEquals((await peer.frame())?.status, 400);
  await server.printed("key: string of 7 bytes");
  assertEquals(frames(server.lines), [
    ...["server → client ADDRESS", "response 400"],
  ]);
});

Deno.test("trace: a proxy prints no frame that it could not send", async () => {
  await using proxy = await RoleProcess.start("proxy", [
    ...["--trace", "-s", formatAddress(unusedAddress()), "--attempts", "1"],
  ]);
  await runClient(proxy.address, ["6*7"]);
  await proxy.printed("Connection closed");
  assertEquals(frames(proxy.lines), [
    ...["client ADDRESS → proxy", "request 0"],
    ...["proxy → client ADDRESS", "response 500"],
  ]);
});

Deno.test("verbose: the client adds a line with status, age and time", async () => {
  await using server = await RoleProcess.start("server", ["--max-age", "60"]);
  const about = `{${formatAddress(server.address)}}`;
  const { stdout } = await runClient(server.address, [
    ...["-v", "--no-steps", "6*7", "1/0"],
  ]);
  const lines = stdout.split("\n").map((line) =>
    line.replace(/after [\d.]+ ms/, "after TIME")
      // A second may have passed.
      .replace(
        /made 1 s ago; good for 59 s more/,
        "made just now; good for 60 s",
      )
  );
  assertEquals(lines, [
    `${about} Connection established`,
    `${about} Sending request of length 18 bytes`,
    `${about} Got response of length 17 bytes`,
    `${about} Status 200 after TIME, made just now; good for 60 s`,
    "Result: 42",
    `${about} Sending request of length 18 bytes`,
    `${about} Got response of length 58 bytes`,
    `${about} Status 400 DivisionByZero after TIME, made just now; good for 60 s`,
    `${about} Got error: division by zero`,
    `${about} Connection closed`,
    "",
  ]);
});

/** The lines of a verbose log, without what differs from run to run. */
function log(lines: readonly string[]): string[] {
  return lines.map((line) => {
    assertMatch(line, /^\d\d:\d\d:\d\d\.\d{3} /);
    return line.slice("15:32:17.042 ".length)
      .replace(/after [\d.]+ ms$/, "after TIME")
      .replace(/\{[^}]*\} /, "").replace(/127\.0\.0\.1:\d+/, "ADDRESS");
  });
}

Deno.test("verbose: a server says what was asked, and what came of it", async () => {
  const server = await RoleProcess.start("server", ["-v"]);
  await runClient(server.address, ["--no-steps", "--max-age", "5", "6*7"]);
  await runClient(server.address, ["--no-cache", "1/0"]);
  {
    using peer = await BarePeer.connect(server.address);
    const bytes = encodeRequest("7").bytes.slice();
    bytes.set([0x91, 0x07], 12);
    await peer.write(bytes);
    await peer.frame();
  }
  await server.end();
  const wanted = log(server.lines).filter((line) => line.includes("bytes:"));
  assertEquals(wanted, [
    "Got request of length 18 bytes: 6 * 7 (no steps, cache, max-age 5)",
    "Sending response of length 17 bytes: status 200 after TIME",
    "Got request of length 18 bytes: 1 / 0 (steps, no cache)",
    "Sending response of length 58 bytes: status 400 DivisionByZero after TIME",
    "Got request of length 14 bytes: payload 91 07 (steps, cache, max-age inf)",
    `Sending response of length ${
      /response of length (\d+) bytes: status 400 P/.exec(wanted.join("\n"))
        ?.[1]
    } bytes: status 400 ProtocolError after TIME`,
  ]);
});

Deno.test("verbose: a proxy says each attempt as it happens, and that a stale answer is replaced", async () => {
  const address = unusedAddress();
  const where = formatAddress(address);
  const proxy = await RoleProcess.start("proxy", [
    ...["-v", "-s", where, "--attempts", "1000", "--retry-delay", "10"],
  ]);
  const asking = runClient(proxy.address, ["-q", "6*7"]);
  await proxy.printed("Attempt 2 failed: Connection refused");
  const server = await RoleProcess.start("server", [
    ...["-p", `${address.port}`, "--max-age", "1"],
  ]);
  await asking;
  // Until it is stale, it is a hit.
  while (!proxy.lines.some((line) => line.includes("stale"))) {
    await runClient(proxy.address, ["-q", "6*7"]);
  }
  await proxy.end();
  await server.end();
  const lines = log(proxy.lines);
  assertEquals(lines.slice(1, 8), [
    "Connection established",
    "Got request of length 18 bytes: 6 * 7 (steps, cache, max-age inf)",
    "Asking ADDRESS, attempt 1",
    "Attempt 1 failed: Connection refused by ADDRESS",
    "Asking ADDRESS, attempt 2",
    "Attempt 2 failed: Connection refused by ADDRESS",
    "Asking ADDRESS, attempt 3",
  ]);
  const stale = lines.findIndex((line) => line.includes("stale"));
  assertMatch(
    lines.slice(stale - 2, stale + 2).join("\n"),
    new RegExp([
      "Asking ADDRESS, attempt 1",
      "Got response of length 26 bytes from ADDRESS: status 200",
      "Cache miss, stale response: new response cached, server time remaining: [01].00, client time remaining: inf",
      "Sending response of length 26 bytes: status 200 after TIME",
    ].join("\n")),
  );
});
