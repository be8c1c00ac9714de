/**
 * The rooms of the project and their layers. As a command, it redraws the picture
 * in docs/architecture.md.
 *
 * @module
 */

import { type Import, importsFrom } from "./import_graph.ts";

/**
 * The layers, top first, and what each room holds. A file may import from its own
 * room and from lower layers.
 */
export const LAYERS: readonly Readonly<Record<string, string>>[] = [
  {
    "server.ts": "flags",
    "proxy.ts": "flags",
    "client.ts": "flags",
    "lib/mod.ts": "names to import",
  },
  { "lib/role": "a role from start to end" },
  { "lib/page": "the live page, metrics" },
  { "lib/client": "session, prompt, report", "lib/watch": "log, counters" },
  {
    "lib/terminal": "command line",
    "lib/*.ts": "calculator, proxy, serve",
    "lib/redis": "a cache shared by proxies",
  },
  {
    "lib/message": "payloads",
    "lib/cache": "freshness, store",
    "lib/net": "both ends of a connection",
  },
  {
    "lib/expression": "text to value and steps",
    "lib/protocol": "frames, facts",
  },
  { "lib/did_you_mean.ts": "the nearest name" },
];

const [TOP = {}] = LAYERS;

/** The files that a user runs or imports. */
export const DOORS: readonly string[] = Object.keys(TOP);

/** The room that a file belongs to; one that a layer names is a room by itself. */
export function roomOf(file: string): string {
  if (LAYERS.some((layer) => file in layer)) return file;
  const [, room = "*.ts"] = /^lib\/([^/]+)\//.exec(file) ?? [];
  return `lib/${room}`;
}

/** The imports between rooms, each once. */
export function importsOfRooms(files: readonly Import[]): Import[] {
  const rooms = new Map<string, Import>();
  for (const file of files) {
    const [from, to] = [roomOf(file.from), roomOf(file.to)];
    if (from === to) continue;
    const key = `${from} ${to}`;
    const isTypeOnly = file.isTypeOnly && (rooms.get(key)?.isTypeOnly ?? true);
    rooms.set(key, { from, to, isTypeOnly });
  }
  return [...rooms.values()];
}

/** All direct and indirect imports of a file or room. */
export function reachedFrom(
  start: string,
  imports: readonly Import[],
): Set<string> {
  const reached = new Set<string>();
  const next = [start];
  for (let from; (from = next.pop()) !== undefined;) {
    for (const { to } of imports.filter((each) => each.from === from)) {
      if (!reached.has(to)) next.push(to);
      reached.add(to);
    }
  }
  return reached;
}

/**
 * Draws the rooms as a Mermaid flow chart, doors at the top. An arrow is left
 * out where a longer path leads to the same room, and dotted if it is for types
 * only.
 *
 * @param imports The imports between rooms, without a cycle.
 */
export function diagram(imports: readonly Import[]): string {
  const used = new Set(imports.flatMap(({ from, to }) => [from, to]));
  const rooms = LAYERS.flatMap((layer) => Object.entries(layer))
    .filter(([room]) => used.has(room));
  const order = rooms.map(([room]) => room);
  const below = order.find((room) => !(room in TOP)) ?? "";
  const arrows = order.flatMap((from) =>
    order.flatMap((to) =>
      imports.filter((each) => each.from === from && each.to === to)
    )
  );
  return [
    "flowchart TD",
    ...rooms.map(([room, purpose]) => {
      const label = `"<b>${room}</b><br>${purpose}"`;
      return `  ${node(room)}${room in TOP ? `([${label}])` : `[${label}]`}`;
    }),
    // Invisible, to keep the doors side by side.
    `  ${DOORS.map(node).join(" & ")} ~~~ ${node(below)}`,
    ...arrows.filter((arrow) => !isImplied(arrow, imports))
      .map(({ from, to, isTypeOnly }) =>
        `  ${node(from)} ${isTypeOnly ? "-.->" : "-->"} ${node(to)}`
      ),
  ].join("\n");
}

/** Whether a longer path leads to the same room. */
function isImplied({ from, to }: Import, imports: readonly Import[]): boolean {
  return imports.some((other) =>
    other.from === from && reachedFrom(other.to, imports).has(to)
  );
}

/** The identifier of a room in Mermaid. */
function node(room: string): string {
  return room.replaceAll(/\W+/g, "_");
}

/** Where a page has the {@linkcode diagram}. */
export const PICTURE = /(?<=^```mermaid\n)flowchart [^`]*(?=\n```$)/m;

if (import.meta.main) {
  const page = new URL("../docs/architecture.md", import.meta.url);
  const text = await Deno.readTextFile(page);
  const picture = diagram(importsOfRooms(await importsFrom(DOORS)));
  await Deno.writeTextFile(page, text.replace(PICTURE, () => picture));
}
