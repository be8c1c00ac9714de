import { assertEquals } from "@std/assert";
import {
  jsonFormat,
  logCacheEvent,
  logFailure,
  type LogFormat,
  serverLog,
  textFormat,
} from "../../lib/watch/log.ts";

const CLIENT = "127.0.0.1:64031";
const HOSTILE = 'no "\x9b2J\u202e"';

/** The lines that are logged of a message in which a stranger is quoted. */
function logged(format: LogFormat): string[] {
  const lines: string[] = [];
  const log = (line: string, fact: Parameters<LogFormat>[1]) =>
    lines.push(format(line, fact));
  const error = new Error(HOSTILE);
  logFailure(log, error, CLIENT);
  logCacheEvent(log, { outcome: "stale on error", error }, CLIENT);
  const events = serverLog(log);
  events.failed?.(error, CLIENT);
  events.closed?.(CLIENT, error);
  return lines;
}

Deno.test("log: what strangers sent is escaped in lines for people", () => {
  const shown = 'no "\\x9b2J\\u202e"';
  assertEquals(logged(textFormat), [
    `{${CLIENT}} ${shown}`,
    `{${CLIENT}} Cache miss, stale response sent all the same: ${shown}`,
    `{${CLIENT}} ${shown}`,
    `{${CLIENT}} Connection closed: ${shown}`,
  ]);
});

Deno.test("log: JSON has it escaped, and means the same", () => {
  for (const line of logged(jsonFormat)) {
    assertEquals(line.includes('no \\"\\u009b2J\\u202e\\"'), true, line);
    const { error, reason } = JSON.parse(line);
    assertEquals(error ?? reason, HOSTILE);
  }
});
