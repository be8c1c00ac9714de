/**
 * Draws docs/session.svg, the picture at the top of README: the proxy answers
 * the first client from the server and the second one from its cache. The text is
 * what real processes print, with the ports of README in place of theirs, so
 * every run draws the same picture.
 *
 * @module
 */

import { formatAddress } from "../lib/net/mod.ts";
import { RoleProcess, runClient } from "./harness/role_process.ts";

/** A command and the output of the roles when it runs. */
export interface Exchange {
  readonly command: string;
  readonly client: readonly string[];
  readonly proxy: readonly string[];
}

const EXPRESSION = "sqrt(3 ** 2 + 4 ** 2)";

/** The ports of the two clients in README. */
const CLIENT_PORTS = [55340, 55344];

/** Runs a client twice: a miss, then a hit. */
export async function record(): Promise<Exchange[]> {
  await using server = await RoleProcess.start("server");
  const upstream = formatAddress(server.address);
  await using proxy = await RoleProcess.start("proxy", ["-s", upstream]);
  const exchanges: Exchange[] = [];
  for (const port of CLIENT_PORTS) {
    const before = proxy.lines.length;
    const { stdout } = await runClient(proxy.address, ["-q", EXPRESSION]);
    await proxy.printed("Connection closed", exchanges.length + 1);
    exchanges.push({
      command: `deno run -N client.ts -p 9998 -q "${EXPRESSION}"`,
      client: stdout.trimEnd().split("\n"),
      proxy: proxy.lines.slice(before).map((line) =>
        line.replace(/(?<=^\{127\.0\.0\.1:)\d+/, `${port}`)
      ),
    });
  }
  return exchanges;
}

// Lengths are in pixels. A character of most monospace fonts is 0.6 em wide.
const FONT_SIZE = 12;
const CHARACTER = 0.6 * FONT_SIZE;
const LINE = 18;
const MARGIN = 26;
/** The start of the lines, to the right of the roles. */
const INDENT = 86;
/** The space between the output of two roles. */
const GAP = 10;
/** The space between two exchanges, with a rule in the middle. */
const PAUSE = 36;

const STYLE = `\
text { font: ${FONT_SIZE}px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", "Liberation Mono", monospace; white-space: pre; fill: #1f2328 }
.card { fill: #fff; stroke: #d1d9e0 }
.rule { stroke: #e4e9ee }
.dim { fill: #656d76 }
.cache { fill: #0a58b0 }
.bold { font-weight: bold }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 }
  .card { fill: #0d1117; stroke: #30363d }
  .rule { stroke: #262c34 }
  .dim { fill: #8b949e }
  .cache { fill: #79b8ff }
}`;

/** Draws exchanges below one another, with the roles on the left. */
export function draw(exchanges: readonly Exchange[]): string {
  const shapes: string[] = [];
  let y = MARGIN + 0.75 * FONT_SIZE;
  let columns = 0;

  function print(role: string, lines: readonly string[]): void {
    shapes.push(text(MARGIN, y, span("dim", role)));
    for (const line of lines) {
      shapes.push(text(INDENT, y, styled(line)));
      columns = Math.max(columns, line.length);
      y += LINE;
    }
  }

  const rules: number[] = [];
  for (const { command, client, proxy } of exchanges) {
    if (shapes.length > 0) {
      rules.push(y + (PAUSE - LINE) / 2 - 3);
      y += PAUSE;
    }
    print("client", [`$ ${command}`, ...client]);
    y += GAP;
    print("proxy", proxy);
  }

  const width = Math.ceil(INDENT + columns * CHARACTER + MARGIN);
  const height = Math.ceil(y - LINE + MARGIN);
  return `\
<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="title desc">
<title id="title">A cache miss and a cache hit</title>
<desc id="desc">A client prints the result of ${EXPRESSION} and the steps to it, and the proxy logs a cache miss. A second client prints the same, and the proxy logs a cache hit.</desc>
<style>
${STYLE}
</style>
<rect class="card" x=".5" y=".5" width="${width - 1}" height="${
    height - 1
  }" rx="6"/>
${
    rules.map((y) =>
      `<path class="rule" d="M${MARGIN} ${y}H${width - MARGIN}"/>`
    ).join("\n")
  }
<g xml:space="preserve">
${shapes.join("\n")}
</g>
</svg>
`;
}

/** The markup of a line: bold as on a terminal, with cache facts in color. */
function styled(line: string): string {
  if (line.startsWith("$ ")) return span("dim", "$ ") + escaped(line.slice(2));
  const [, label, result] = /^(Result: )(.*)/.exec(line) ?? [];
  if (label && result) return label + span("bold", result);
  const [, peer, fact, details = ""] =
    /^(\{.*?\} )(Cache [^,]*)?(.*)/.exec(line) ?? [];
  if (!peer) return escaped(line);
  return fact
    ? span("dim", peer) + span("cache", fact) + span("dim", details)
    : span("dim", line);
}

function text(x: number, y: number, markup: string): string {
  return `<text x="${x}" y="${y}">${markup}</text>`;
}

function span(style: string, content: string): string {
  return `<tspan class="${style}">${escaped(content)}</tspan>`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}

if (import.meta.main) {
  const picture = new URL("../docs/session.svg", import.meta.url);
  await Deno.writeTextFile(picture, draw(await record()));
}
