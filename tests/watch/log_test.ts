import { assertEquals, assertMatch } from "@std/assert";
import type { LogOptions } from "../../lib/watch/log.ts";

const HOSTILE = 'no "\x9b2J\u202e"';

/** What a log prints for a fault. */
async function logged(options: LogOptions): Promise<string> {
  const script = `
    import { Log } from "${import.meta.resolve("../../lib/watch/log.ts")}";
    const log = new Log("server", ${JSON.stringify(options)});
    const client = { id: 1, address: "127.0.0.1:64031" };
    const error = new Error(${JSON.stringify(HOSTILE)});
    log.watch({ type: "fault", client, error });
    await log.finished();
  `;
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", script],
    env: { NO_COLOR: "1" },
  }).output();
  return new TextDecoder().decode(stdout);
}

Deno.test("log: text lines have untrusted text escaped", async () => {
  assertEquals(
    await logged({ format: "text", isVerbose: false }),
    '{127.0.0.1:64031} no "\\x9b2J\\u202e"\n',
  );
});

Deno.test("log: JSON has it escaped, and means the same", async () => {
  const line = await logged({ format: "json", isVerbose: false });
  assertEquals(line.includes('no \\"\\u009b2J\\u202e\\"'), true, line);
  const { time, ...fact } = JSON.parse(line);
  assertEquals(new Date(time).toISOString(), time);
  assertEquals(fact, {
    event: "failure",
    client: "127.0.0.1:64031",
    error: HOSTILE,
  });
});

Deno.test("log: when it is verbose, lines begin with the time of day", async () => {
  const line = await logged({ format: "text", isVerbose: true });
  assertMatch(
    line,
    /^([01]\d|2[0-3])(:[0-5]\d){2}\.\d{3} \{127\.0\.0\.1:64031\} no "/,
  );
});
