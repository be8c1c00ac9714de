import { formatAddress } from "../net/mod.ts";
import type { Frame, Watch } from "../protocol/mod.ts";
import { frameLines } from "../terminal/frame_lines.ts";
import { styleFor } from "../terminal/style.ts";
import { columnsOf } from "../terminal/window.ts";
import type { Fact } from "./fact.ts";
import type { LineWriter } from "./line_writer.ts";
import type { RoleName } from "./sentence.ts";

/**
 * Makes a watcher that prints every frame that a role receives or sends: its
 * sender, its receiver and the meaning of its bytes.
 *
 * @param lines Where to print.
 * @param role The role that receives and sends.
 */
export function traceTo(lines: LineWriter, role: RoleName): Watch<Fact> {
  const { bold } = styleFor(Deno.stdout);
  function trace(from: string, to: string, frame: Frame): void {
    lines.write(bold(`${from} → ${to}`));
    for (const line of frameLines(frame, columnsOf(Deno.stdout) ?? Infinity)) {
      lines.write(line);
    }
  }
  return (fact) => {
    switch (fact.type) {
      case "request":
        return trace(`client ${fact.client.address}`, role, fact.request);
      case "response":
      case "closing":
        return trace(role, `client ${fact.client.address}`, fact.response);
      case "sending":
        return trace(
          role,
          `server ${formatAddress(fact.upstream)}`,
          fact.request,
        );
      case "answered":
        return trace(
          `server ${formatAddress(fact.upstream)}`,
          role,
          fact.response,
        );
    }
  };
}
