import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { calculator } from "../../lib/calculator.ts";
import { constants } from "../../lib/expression/constants.ts";
import { functions } from "../../lib/expression/functions.ts";
import { encodeSuccess } from "../../lib/message/mod.ts";
import { type Address, formatAddress, serve } from "../../lib/net/mod.ts";
import { canCertify, Certified } from "../../tools/harness/certificate.ts";
import {
  missing,
  PseudoTerminal,
  type PseudoTerminalOptions,
} from "../../tools/harness/pseudo_terminal.ts";
import { RoleProcess } from "../../tools/harness/role_process.ts";
import { unusedAddress } from "../../tools/harness/unused_address.ts";

/** The command line of a client. */
function clientOf(
  { hostname, port }: Address,
  flags: readonly string[] = [],
  permissions: readonly string[] = ["-N"],
): [string, ...string[]] {
  const args = [...permissions, "client.ts", "-H", hostname, "-p", `${port}`];
  return [Deno.execPath(), "run", ...args, ...flags];
}

const ENTER = "\r";
const TAB = "\t";
const UP = "\x1b[A";
const DOWN = "\x1b[B";
const LEFT = "\x1b[D";
const BACKSPACE = "\x7f";
const CTRL_A = "\x01";
const CTRL_C = "\x03";
const CTRL_D = "\x04";
const CTRL_L = "\x0c";
const CTRL_W = "\x17";
const CTRL_Y = "\x19";
const CTRL_Z = "\x1a";

/** What switches a colour or another style on or off. */
// deno-lint-ignore no-control-regex
const COLOUR = /\x1b\[[\d;]*m/;

/** Whatever controls a terminal. */
// deno-lint-ignore no-control-regex
const CONTROL = /\x1b[^m]*?[a-zA-Z]/g;

const PLAIN = { NO_COLOR: "1" };

/** Results alone, without colours. */
const QUIET = { env: PLAIN, flags: ["-q", "--no-steps"] };

interface PromptOptions extends PseudoTerminalOptions {
  readonly flags?: readonly string[];
}

/** Tests what happens at a terminal, where there can be one. */
function testTerminal(name: string, run: () => Promise<void>): void {
  Deno.test(`prompt: ${name}${missing}`, { ignore: missing !== "" }, run);
}

/** Tests what happens at the prompt of a client that asks a server. */
function testPrompt(
  name: string,
  run: (terminal: PseudoTerminal, server: RoleProcess) => Promise<void>,
  options: PromptOptions = {},
): void {
  testTerminal(name, async () => {
    await using server = await RoleProcess.start("server");
    await using terminal = open(server.address, options);
    await terminal.shows("> ");
    await run(terminal, server);
  });
}

/** Opens a terminal on which a client runs. */
function open(asked: Address, options: PromptOptions = {}): PseudoTerminal {
  return new PseudoTerminal(clientOf(asked, options.flags), options);
}

/** How many requests a server has got. */
function requests({ lines }: RoleProcess): number {
  return lines.filter((line) => line.includes("Got request")).length;
}

testPrompt(
  "answers, and Ctrl-D ends it with status 0",
  async (terminal, server) => {
    await terminal.type("max(2, 3) + 3\r", "Result: 6\r\nSteps:\r\n");
    await terminal.shows("\x1b[4mmax(2, 3)\x1b[24m + 3 = ");
    await terminal.shows("> ");
    assertEquals(await terminal.end(CTRL_D), 0);
    const { shown } = terminal;
    // On a separate line, not behind the prompt.
    const end = `\r\n{${formatAddress(server.address)}} Connection closed\r\n`;
    assert(shown.endsWith(end), shown);
    assert(!shown.includes("Deno requests"), "asks for a permission");
  },
  { env: PLAIN },
);

for (const word of ["exit", "quit", "EXIT"]) {
  testPrompt(`${word} ends it with status 0`, async (terminal) => {
    assertEquals(await terminal.end(`${word}\r`), 0);
  });
}

testPrompt("Ctrl-C on an empty line says how to leave", async (terminal) => {
  await terminal.type(CTRL_C, "^C\r\nTo exit, press Ctrl-D or type exit.\r\n");
  await terminal.type("6 * 7\r", "Result: 42\r\n");
}, QUIET);

testPrompt("Ctrl-C drops the line that is typed", async (terminal, server) => {
  await terminal.type("1 + 2", "1 + 2");
  await terminal.type(CTRL_C, "1 + 2^C\r\n");
  assert(!terminal.shown.includes("To exit"));
  await terminal.type("6 * 7\r", "Result: 42\r\n");
  await server.printed("Sending response");
  assertEquals(requests(server), 1);
}, QUIET);

testTerminal(
  "Ctrl-C cancels a request, closes its connection and sends nothing more",
  async () => {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    await using terminal = open(listener.addr, { env: PLAIN });
    await terminal.shows("> ");
    await terminal.type("1 + 2\r3 + 4\r", "Sending request of length 18 bytes");
    using tcp = await listener.accept();
    const request = new Uint8Array(1_000);
    assertEquals(await tcp.read(request), 18);
    await terminal.type(CTRL_C, "^C\r\n");
    assertEquals(await tcp.read(request), null);
    await terminal.shows("Connection closed\r\n");
    await terminal.shows("> ");
    // The line typed before Ctrl-C is gone, and the next one has a connection.
    await terminal.type("5 + 6\r", "Connection established\r\n");
    using next = await listener.accept();
    assertEquals(await next.read(request), 18);
    assert(!terminal.shown.includes("3 + 4"), terminal.shown);
  },
);

testTerminal("Ctrl-C cancels a TLS handshake", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const flags = [...QUIET.flags, "--tls"];
  await using terminal = open(listener.addr, { ...QUIET, flags });
  await terminal.shows("> ");
  await terminal.type("1 + 2\r", "1 + 2\r\n");
  using tcp = await listener.accept();
  assert((await tcp.read(new Uint8Array(1_000)) ?? 0) > 18);
  await terminal.type(CTRL_C, "^C\r\n");
  assertEquals(await tcp.read(new Uint8Array(1_000)), null);
  await terminal.shows("> ");
});

testTerminal(
  "Ctrl-C behind pasted lines cancels what is under way",
  async () => {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    await using terminal = open(listener.addr, QUIET);
    await terminal.shows("> ");
    await terminal.type(`1 + 2\r3 + 4\r5 + 6${CTRL_C}`, "^C\r\n");
    await terminal.shows("> ");
    assertEquals(await terminal.end("exit\r"), 0);
    assert(!terminal.shown.includes("3 + 4"), terminal.shown);
  },
);

testPrompt("Ctrl-Z and fg: in the middle of a line", async (terminal) => {
  await terminal.type(`1 + 3${LEFT}`, "1 + 3");
  await terminal.type(CTRL_Z, "1 + 3^Z\r\nsuspended\r\n");
  await terminal.type(ENTER, "> 1 + 3");
  // The cursor is where it was.
  await terminal.type("2 + \r", "Result: 6\r\n");
}, QUIET);

testPrompt("Ctrl-Z and fg: before and after a request", async (terminal) => {
  await terminal.type(CTRL_Z, "^Z\r\nsuspended\r\n");
  await terminal.type(ENTER, "> ");
  await terminal.type("1 + 2\r", "Result: 3\r\n");
  await terminal.type(CTRL_Z, "^Z\r\nsuspended\r\n");
  await terminal.type(ENTER, "> ");
  await terminal.type("6 * 7\r", "Result: 42\r\n");
  assertEquals(await terminal.end(CTRL_D), 0);
}, QUIET);

testTerminal("Ctrl-Z and fg: while an answer is awaited", async () => {
  const asked = Promise.withResolvers<void>();
  const answering = Promise.withResolvers<void>();
  const answer = calculator();
  await using server = serve({ port: 0 }, async (request, client) => {
    asked.resolve();
    await answering.promise;
    return answer(request, client);
  });
  // Whatever fails, the server can end.
  using _ = { [Symbol.dispose]: answering.resolve };
  const flags = [...QUIET.flags, "--timeout", "2"];
  await using terminal = open(server.address, { ...QUIET, flags });
  await terminal.shows("> ");
  await terminal.type("1 + 2\r", "1 + 2\r\n");
  await asked.promise;
  await terminal.type(CTRL_Z, "^Z\r\nsuspended\r\n");
  answering.resolve();
  // An answer that comes meanwhile is not too late, however long it waits.
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  await terminal.type(ENTER, "Result: 3\r\n");
  await terminal.type("6 * 7\r", "Result: 42\r\n");
});

testPrompt("each of several pasted lines has its answer", async (terminal) => {
  await terminal.type("1 + 2\r\n1 / 0\n6 * 7\r8", "> 1 + 2");
  await terminal.shows("Result: 3\r\n");
  await terminal.shows("> 1 / 0");
  await terminal.shows("1 / 0: division by zero\r\n");
  await terminal.shows("> 6 * 7");
  await terminal.shows("Result: 42\r\n");
  await terminal.shows("> 8");
  await terminal.type(" + 9\r", "Result: 17\r\n");
}, QUIET);

testPrompt(
  "a pasted line costs in proportion to its length",
  async (terminal) => {
    /** The shortest time to paste and drop a line, in milliseconds. */
    async function paste(characters: number): Promise<number> {
      let shortest = Infinity;
      for (let round = 0; round < 7; round++) {
        const start = performance.now();
        await terminal.type("1+".repeat(characters / 2) + CTRL_C, "^C\r\n");
        shortest = Math.min(shortest, performance.now() - start);
      }
      return shortest;
    }
    const [short, long] = [await paste(500), await paste(4_000)];
    // At quadratic cost, 8 times the length takes 64 times as long.
    assert(long < 32 * short, `${long} ms instead of ${short} ms`);
  },
  { ...QUIET, rows: 200 },
);

testPrompt("a line may be taller than the window", async (terminal) => {
  const sum = "1 + ".repeat(750);
  await terminal.type(`${sum}1`, "1");
  await terminal.type(`${CTRL_A}2 * `, "2 * ");
  await terminal.type("\r", "Result: 752\r\n");
}, { ...QUIET, columns: 40 });

testTerminal(
  "shows the address, and marks it while nobody answers",
  async () => {
    const address = unusedAddress();
    const peer = formatAddress(address);
    await using terminal = open(address, QUIET);
    await terminal.shows(`${peer}> `);
    await terminal.type("1 + 2\r", `Connection refused by ${peer}\r\n`);
    await terminal.shows(
      `To start a server in another terminal: deno run -N server.ts -p ${address.port}\r\n`,
    );
    await terminal.shows(`${peer} (no answer)> `);
    // What is not sent says nothing about the server.
    await terminal.type("1 +\r", "expected a number");
    await terminal.shows(`${peer} (no answer)> `);
    await using _ = await RoleProcess.start("server", [
      "-p",
      `${address.port}`,
    ]);
    await terminal.type("1 / 0\r", "division by zero\r\n");
    await terminal.shows(`${peer}> `);
  },
);

const uncertified = await canCertify() ? "" : " (needs openssl)";

Deno.test({
  name:
    `prompt: names the flags for certificates if one is missing${missing}${uncertified}`,
  ignore: missing !== "" || uncertified !== "",
  async fn() {
    await using by = await Certified.make();
    const { ca, cert, key } = by.files;
    await using server = await RoleProcess.start("server", [
      ...["--tls-cert", cert, "--tls-key", key, "--client-ca", ca],
    ], { permissions: ["-N", "-R"] });
    await using terminal = new PseudoTerminal(
      clientOf(server.address, ["--tls", "--ca", ca], ["-N", "-R"]),
      { env: PLAIN },
    );
    await terminal.type("1 + 2\r", "a client certificate is required\r\n");
    await terminal.shows(
      "--ca names an authority to trust, --cert and --key prove who you are\r\n",
    );
  },
});

testTerminal("asks nobody before there is an expression to send", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  await using terminal = open(listener.addr);
  await terminal.shows("> ");
  await terminal.type("help\r", "Functions");
  assertEquals(await terminal.end("exit\r"), 0);
  const { hostname, port } = listener.addr;
  using ours = await Deno.connect({ hostname, port });
  using first = await listener.accept();
  assertEquals(first.remoteAddr, ours.localAddr);
});

testPrompt("help names every function, constant and key", async (terminal) => {
  await terminal.type("help\r", "Functions");
  for (const name of functions.keys()) await terminal.shows(` ${name}(`);
  await terminal.shows("Constants");
  for (const name of constants.keys()) await terminal.shows(` ${name}`);
  for (const key of ["Tab", "Up", "Ctrl-L", "Ctrl-C", "Ctrl-Z", "Ctrl-D"]) {
    await terminal.shows(key);
  }
});

for (const columns of [40, 80, 200]) {
  testPrompt(`help fits into ${columns} columns`, async (terminal) => {
    await terminal.type("help\rhelp log\rhelp mx\r", '"max"?');
    await terminal.shows("\r\n");
    const lines = terminal.shown.replace(CONTROL, "").split(/\r+\n/);
    const wide = lines.filter((line) => [...line].length > columns);
    assertEquals(wide.filter((line) => !line.includes("client.ts")), []);
  }, { ...QUIET, columns });
}

testPrompt("help NAME shows an example", async (terminal) => {
  await terminal.type("help log\r", "log(x[, base])\r\n");
  await terminal.shows("  Example: log(8, 2) = 3.0\r\n");
  await terminal.type("HELP Max(\r", "max(a, b, …)\r\n");
  await terminal.type("help **\r", "a ** b\r\n");
  await terminal.type(
    "help mx\r",
    'There is no help about "mx": did you mean "max"?\r\n',
  );
}, QUIET);

testPrompt("ans is the last result", async (terminal, server) => {
  await terminal.type(
    "2 * ans\r",
    "2 * ans\r\n    ^ there is no result yet for ans to stand for\r\n",
  );
  await terminal.type("2 - 5\r", "Result: -3\r\n");
  await terminal.type("ans ** 2\r", "Result: 9\r\n");
  await terminal.type("1 / 0\r", "division by zero\r\n");
  await terminal.type("ANS + ans\r", "Result: 18\r\n");
  await terminal.type("ans / 0\r", "ans / 0: division by zero\r\n");
  await terminal.type("ans + * 2\r", "ans + * 2\r\n      ^ expected");
  await server.printed("Sending response", 5);
  assertEquals(requests(server), 5);
}, QUIET);

testTerminal("what a server sends cannot control the terminal", async () => {
  const hostile = "\x1b]0;\x07\x9b2J\u202e";
  await using server = serve(
    { port: 0 },
    () => encodeSuccess({ result: hostile, steps: [hostile] }),
  );
  await using terminal = open(server.address, QUIET);
  await terminal.shows("> ");
  await terminal.type("1 + 2\r", "Result: \\x1b]0;\\x07\\x9b2J\\u202e\r\n");
  await terminal.type("ans\r", "\\x1b]0;\\x07\\x9b2J\\u202e");
  await terminal.shows("> ");
  // deno-lint-ignore no-control-regex
  assert(!/[\x07\x9b\u202e]|\x1b\]/.test(terminal.shown));
});

testPrompt(
  "history lists the lines, and Up searches them",
  async (terminal) => {
    await terminal.type("6 * 7\r", "Result: 42\r\n");
    await terminal.type("max(1, 2)\r", "Result: 2\r\n");
    await terminal.type("6 * 8\r", "Result: 48\r\n");
    await terminal.type(
      "history\r",
      "1  6 * 7\r\n2  max(1, 2)\r\n3  6 * 8\r\n",
    );
    await terminal.type(`ma${UP}`, "> max(1, 2)");
    await terminal.type("\r", "Result: 2\r\n");
    await terminal.type(`6${UP}${UP}`, "> 6 * 7");
    await terminal.type(DOWN, "> 6 * 8");
    await terminal.type(`${DOWN} * 9\r`, "Result: 54\r\n");
  },
  QUIET,
);

testTerminal("--history keeps the lines for later sessions", async () => {
  await using server = await RoleProcess.start("server");
  const folder = await Deno.makeTempDir();
  const file = `${folder}/history`;
  const start = () =>
    new PseudoTerminal(
      clientOf(server.address, [...QUIET.flags, "--history", file], [
        ...["-N", `-R=${folder}`, `-W=${folder}`],
      ]),
      { env: PLAIN },
    );
  try {
    await using first = start();
    await using second = start();
    await Promise.all([first.shows("> "), second.shows("> ")]);
    await first.type("1 + 2\r", "Result: 3\r\n");
    await second.type("6 * 7\r", "Result: 42\r\n");
    await first.type("3 + 4\r", "Result: 7\r\n");
    await Promise.all([first.end("exit\r"), second.end("exit\r")]);
    const kept = (await Deno.readTextFile(file)).split("\n");
    assertEquals(kept.slice(0, 3), ["1 + 2", "6 * 7", "3 + 4"]);
    if (Deno.build.os !== "windows") {
      assertEquals((await Deno.stat(file)).mode! & 0o777, 0o600);
    }
    await using third = start();
    await third.shows("> ");
    await third.type(`6${UP}\r`, "Result: 42\r\n");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

testTerminal("--history says which permissions it needs", async () => {
  await using terminal = open(unusedAddress(), {
    env: PLAIN,
    flags: ["--history", "kept"],
  });
  await terminal.shows("cannot use --history kept: run with -N -R -W\r\n");
  assertEquals(await terminal.end(""), 1);
});

testPrompt("lines can be edited, and names completed", async (terminal) => {
  await terminal.type(`6 * 8${BACKSPACE}7\r`, "Result: 42\r\n");
  await terminal.type(`${UP}0\r`, "Result: 420\r\n");
  await terminal.type(`1 + 20${CTRL_W}3 + ${CTRL_Y}\r`, "Result: 24\r\n");
  await terminal.type(`s${TAB}`, "\r\nsqrt(  sin(\r\n");
  await terminal.type(`q${TAB}16)\r`, "Result: 4.0\r\n");
  await terminal.type(`T${TAB}u\r`, "Result: 6.283185307179586\r\n");
  await terminal.type(`1 +${CTRL_L}`, "\x1b[2J");
  await terminal.type(" 1\r", "Result: 2\r\n");
}, QUIET);

testPrompt("wide characters count as two columns", async (terminal) => {
  const { length } = "127.0.0.1:65535> ";
  // The second one does not fit into the first row any more.
  await terminal.type("漢漢", "漢漢");
  await terminal.type(LEFT, `\r\x1b[`);
  await terminal.type(CTRL_C, "漢漢^C\r\n");
  assert(length < 20);
}, { ...QUIET, columns: 20 });

testPrompt(
  "a call that is typed has a hint of its arguments",
  async (terminal) => {
    await terminal.type("1 + log(8", "\x1b[2m  log(x[, base])\x1b[22m");
    await terminal.type(", 2)\r", "\x1b[1m4.0\x1b[22m\r\n");
  },
);

testPrompt(
  "an error ends neither it nor the connection, nor counts at the end",
  async (terminal, server) => {
    await terminal.type(
      "1 + * 2\r",
      '\r\n    ^ expected a number, a name, "("',
    );
    await terminal.shows("> ");
    await terminal.type("1 / 0\r", "Got error: division by zero\r\n");
    await terminal.shows("> ");
    await terminal.type("1 + 2\r", "Result: 3\r\n");
    await terminal.shows("> ");
    assertEquals(await terminal.end(CTRL_D), 0);
    await server.printed("Sending response", 2);
    const opened = server.lines.filter((line) => line.includes("established"));
    assertEquals(opened.length, 1);
  },
  { env: PLAIN },
);

testPrompt("a server may be restarted meanwhile", async (terminal, first) => {
  await terminal.type("1 + 2\r", "Result: \x1b[1m3");
  await terminal.shows("> ");
  await first[Symbol.asyncDispose]();
  await using _ = await RoleProcess.start("server", [
    ...["-p", `${first.address.port}`],
  ]);
  await terminal.type("6 * 7\r", "Result: \x1b[1m42");
});

testPrompt("log, results and errors have colours", async (terminal, server) => {
  const peer = formatAddress(server.address);
  await terminal.type("6 * 7\r", `\x1b[2m{${peer}}\x1b[22m Connection`);
  await terminal.shows("Result: \x1b[1m42\x1b[22m\r\n");
  await terminal.shows("> ");
  await terminal.type("1 / 0\r", "\x1b[31mdivision by zero\x1b[39m\r\n");
  await terminal.shows("> ");
  await terminal.type("1 +\r", "\r\n   \x1b[31m^ expected a number");
});

testPrompt(
  "what was typed ahead is answered before it ends",
  async (terminal) => {
    assertEquals(await terminal.end(`1 + 2\r6 * 7\r${CTRL_D}`), 0);
    assertStringIncludes(terminal.shown, "Result: 42");
  },
  { env: PLAIN },
);

testPrompt("with NO_COLOR nothing is coloured", async (terminal) => {
  await terminal.type("6 * 7\r", "Result: 42\r\n");
  await terminal.shows("> ");
  await terminal.type("log(1\r", 'expected an operator, "," or ")"');
  await terminal.shows("> ");
  await terminal.type("1 / 0\r", "Got error: division by zero\r\n");
  assertEquals(terminal.shown.match(COLOUR), null);
}, { env: PLAIN });

testPrompt("with TERM=dumb nothing controls the terminal", async (terminal) => {
  await terminal.type("6 * 8", "6 * 8");
  await terminal.type(`${BACKSPACE}7`, "> 6 * 7");
  await terminal.type("\r", "Result: 42\r\n");
  await terminal.type(`ma${TAB}1, 2`, "max(1, 2");
  await terminal.type(")\r", "Result: 2\r\n");
  await terminal.type("1 / 0\r", "division by zero\r\n");
  // Before it, Deno itself may have shown its progress.
  const [, shown = ""] = terminal.shown.split("Type an expression");
  assert(!shown.includes("\x1b"), shown);
}, { env: { TERM: "dumb" } });

Deno.test("prompt: without a terminal there is none, nor are there colours", async () => {
  await using server = await RoleProcess.start("server");
  const [program, ...args] = clientOf(server.address);
  const { stdout, stderr } = await new Deno.Command(program, {
    args: [...args, "1 + 2", "1 / 0", "1 +"],
    cwd: new URL("../..", import.meta.url),
    env: { TERM: "xterm" },
    stdin: "null",
  }).output();
  const text = new TextDecoder();
  const shown = text.decode(stdout) + text.decode(stderr);
  assertStringIncludes(shown, "Result: 3\n");
  assertEquals(shown.match(COLOUR), null);
  assert(!shown.includes("> "));
});
