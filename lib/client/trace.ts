import type { ConnectionFact } from "../net/mod.ts";
import type { Frame } from "../protocol/mod.ts";
import { frameLines } from "../terminal/frame_lines.ts";
import { print } from "../terminal/print.ts";
import { styleFor } from "../terminal/style.ts";
import { columnsOf } from "../terminal/window.ts";

/** Prints every frame that is sent or received, with the meaning of its bytes. */
export function trace(fact: ConnectionFact): void {
  if (fact.type === "request") {
    printFrame("client", fact.peer, fact.request);
  } else if (fact.type === "response") {
    printFrame(fact.peer, "client", fact.response);
  }
}

function printFrame(from: string, to: string, frame: Frame): void {
  const { bold } = styleFor(Deno.stdout);
  const lines = frameLines(frame, columnsOf(Deno.stdout) ?? Infinity);
  print([bold(`${from} → ${to}`), ...lines].join("\n"));
}
