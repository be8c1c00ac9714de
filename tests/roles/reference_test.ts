/**
 * Peers of the reference, in Python, with our roles.
 *
 * @module
 */

import { LONG_EXAMPLE } from "../../lib/client/example.ts";
import { assert, assertEquals } from "@std/assert";
import { calculator } from "../../lib/calculator.ts";
import {
  decodeRequest,
  decodeResponse,
  encodeRequest,
  encodeServerError,
  pickle,
} from "../../lib/message/mod.ts";
import { Frame } from "../../lib/protocol/mod.ts";
import {
  linesOf,
  RoleProcess,
  runClient,
} from "../../tools/harness/role_process.ts";
import { CLIENT } from "../../tools/harness/client.ts";

const SCRIPT = new URL("reference_peer.py", import.meta.url);

async function hasPython(): Promise<boolean> {
  try {
    const python = new Deno.Command("python3", { args: ["--version"] });
    return (await python.output()).success;
  } catch {
    return false;
  }
}

const ignore = !await hasPython();

function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name: `${name}${ignore ? " (needs python3)" : ""}`, ignore, fn });
}

function python(...args: string[]): Deno.ChildProcess {
  return new Deno.Command("python3", {
    args: [SCRIPT.pathname, ...args],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
}

/** What the reference prints for some lines, or for none. */
async function ask(args: string[], lines: string[] = []): Promise<string[]> {
  const process = python(...args);
  const output = process.output();
  const writer = process.stdin.getWriter();
  await writer.write(new TextEncoder().encode(lines.join("\n")));
  await writer.close();
  const { stdout } = await output;
  return new TextDecoder().decode(stdout).trimEnd().split("\n");
}

const EXPRESSIONS = [
  LONG_EXAMPLE,
  "max(2, 3) + 3",
  "-(-((1 + (2 + 3)) ** -(4 + 5)))",
  "sin(tau / 4) + sin(PI) + log(E) + log(8, 2)",
  "2 ** 100 + 300 - 70000 + 4900000000 * 0.1",
  "pow(2, 3, 5) % 2 - min(1, 2.5, +(3))",
];

test("reference: requests in the protocols 2 to 5 are read", async () => {
  const lines = await ask(["requests"], [...EXPRESSIONS, "rand(1, 2)"]);
  for (const [index, line] of lines.entries()) {
    const texts = line.split(" ").map((hexadecimal) =>
      decodeRequest(new Frame(Uint8Array.fromHex(hexadecimal)))
    );
    assertEquals(new Set(texts).size, 1, line);
    const expected = [...EXPRESSIONS, "rand(1, 2)"][index] ?? "";
    const sent = encodeRequest(texts[0] ?? "", { format: pickle });
    const typed = encodeRequest(expected, { format: pickle });
    assertEquals(sent.payload, typed.payload);
  }
});

test("reference: unpickles our requests to the same values", async () => {
  const requests = EXPRESSIONS.map((expression) =>
    encodeRequest(expression, { format: pickle }).payload.toHex()
  );
  const values = await ask(["values"], requests);
  for (const [index, expression] of EXPRESSIONS.entries()) {
    const answer = await calculator()(encodeRequest(expression), CLIENT);
    assertEquals(values[index], decodeResponse(answer).result);
  }
});

test("reference: unpickles our answers and errors", async () => {
  const answered = async (expression: string) => {
    const request = encodeRequest(expression, { format: pickle });
    return (await calculator()(request, CLIENT)).payload.toHex();
  };
  const failure = encodeServerError({
    name: "ProxyError",
    message: "Internal proxy error: Connection refused by server " +
      "and the request was not in the cache or was stale",
  }, { format: pickle });
  const shown = await ask(["values"], [
    await answered("max(2, 3) + 3"),
    await answered("1 / 3"),
    await answered("-(10 ** 100)"),
    await answered("1 / 0"),
    await answered("10.0 ** 400"),
    await answered("9 ** 9 ** 9"),
    failure.payload.toHex(),
  ]);
  const digits = `1${"0".repeat(100)}`;
  assertEquals(shown, [
    "(6, ['max(2, 3) + 3', '3 + 3', '6'])",
    "(0.3333333333333333, ['1 / 3', '0.3333333333333333'])",
    `(-${digits}, ['-(10 ** 100)', '-(${digits})', '-${digits}'])`,
    "ZeroDivisionError('division by zero')",
    "OverflowError(34, 'Numerical result out of range')",
    "CalculatorClientError('an integer may have at most 4300 digits')",
    "CalculatorServerError('Internal proxy error', CalculatorServerError(" +
    "'Connection refused by server and the request was not in the cache/it was stale'))",
  ]);
});

test("reference: its client asks our server and our proxy", async () => {
  await using server = await RoleProcess.start("server");
  const { hostname, port } = server.address;
  await using proxy = await RoleProcess.start("proxy", [
    ...["-s", `${hostname}:${port}`],
  ]);
  for (const role of [server, proxy, proxy]) {
    const shown = await ask(
      ["ask", `${role.address.port}`, "max(2, 3) + 3", "1 / 0"],
    );
    assertEquals(shown.map((line) => line.slice(25)), [
      "(6, ['max(2, 3) + 3', '3 + 3', '6'])",
      "ZeroDivisionError('division by zero')",
    ]);
  }
  await proxy.printed("Cache hit", 2);
});

test("reference: its server answers our client and, through our proxy, its own client", async () => {
  await using process = python("serve");
  const lines = linesOf(process.stdout);
  const { value: listening = "" } = await lines.next();
  const port = Number(/:(\d+)$/.exec(listening)?.[1]);
  const address = { hostname: "127.0.0.1", port };
  const direct = await runClient(
    address,
    ["-q", "--payload", "pickle", "1 / 3"],
  );
  assertEquals(
    direct.stdout,
    "Result: 0.3333333333333333\nSteps:\n0.3333333333333333\n",
  );
  const failed = await runClient(address, ["--payload", "pickle", "1 / 0"]);
  assertEquals(failed.status, 1);
  assert(failed.stdout.includes("Got error: division by zero\n"));
  await using proxy = await RoleProcess.start("proxy", [
    ...["-s", `127.0.0.1:${port}`],
  ]);
  for (let times = 0; times < 2; times++) {
    const shown = await ask(["ask", `${proxy.address.port}`, "6 * 7"]);
    assertEquals(shown.map((line) => line.slice(25)), ["(42, ['42'])"]);
  }
  await proxy.printed("Cache hit");
  await process.stdin.close();
});

test("reference: its client gets its own error if our proxy has no server", async () => {
  await using proxy = await RoleProcess.start("proxy", [
    ...["-s", "127.0.0.1:1", "--attempts", "1"],
  ]);
  const shown = await ask(["ask", `${proxy.address.port}`, "1 + 2"]);
  assertEquals(shown, [
    `${shown[0]?.slice(0, 8)}00aa01f400000000 ` +
    "CalculatorServerError('Internal proxy error', CalculatorServerError(" +
    "'Connection refused by server and the request was not in the cache/it was stale'))",
  ]);
});
