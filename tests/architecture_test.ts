import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  diagram,
  DOORS,
  importsOfRooms,
  LAYERS,
  PICTURE,
  reachedFrom,
  roomOf,
} from "../tools/architecture.ts";
import { type Import, importsFrom } from "../tools/import_graph.ts";

const ROOT = new URL("..", import.meta.url);

const files = await importsFrom(DOORS);
const rooms = importsOfRooms(files);
const fileNames = new Set(files.flatMap(({ from, to }) => [from, to]));
const roomNames = new Set([...fileNames].map(roomOf));

/** The layer of a room, counted from the top; `NaN` if it has none. */
function depth(room: string): number {
  const index = LAYERS.findIndex((layer) => room in layer);
  return index < 0 ? NaN : index;
}

/** The files or rooms that import themselves indirectly. */
function onCycles(imports: readonly Import[]): string[] {
  return [...new Set(imports.map(({ from }) => from))]
    .filter((each) => reachedFrom(each, imports).has(each));
}

/** The rooms that the files of a room import directly. */
function importedBy(room: string): string[] {
  return rooms.filter(({ from }) => from === room).map(({ to }) => to);
}

/** The imports that break a rule, in words. */
function breaches(isBreach: (from: string, to: string) => boolean): string[] {
  return files.filter(({ from, to }) => isBreach(roomOf(from), roomOf(to)))
    .map(({ from, to }) => `${from} imports ${to}`);
}

async function modulesBelow(folder: string): Promise<string[]> {
  const modules: string[] = [];
  for await (
    const { name, isDirectory } of Deno.readDir(new URL(folder, ROOT))
  ) {
    if (isDirectory) modules.push(...await modulesBelow(`${folder}${name}/`));
    else if (name.endsWith(".ts")) modules.push(`${folder}${name}`);
  }
  return modules;
}

Deno.test("architecture: the doors lead to every module of lib/", async () => {
  const modules = new Set(await modulesBelow("lib/"));
  assertEquals([...modules.difference(fileNames)], []);
});

Deno.test("architecture: LAYERS names the rooms that exist", () => {
  const named = new Set(LAYERS.flatMap((layer) => Object.keys(layer)));
  assertEquals([...roomNames.symmetricDifference(named)], []);
});

Deno.test("architecture: imports lead to lower layers or stay within a room", () => {
  const upwards = breaches((from, to) =>
    from !== to && !(depth(from) < depth(to))
  );
  assertEquals(upwards, []);
});

Deno.test("architecture: there is no cycle of files", () => {
  assertEquals(onCycles(files), []);
});

Deno.test("architecture: there is no cycle of rooms", () => {
  assertEquals(onCycles(rooms), []);
});

for (const room of ["lib/net", "lib/cache"]) {
  Deno.test(`architecture: ${room} imports lib/protocol alone`, () => {
    const others = breaches((from, to) =>
      from === room && to !== room && to !== "lib/protocol"
    );
    assertEquals(others, []);
    assertEquals(importedBy(room), ["lib/protocol"]);
  });

  Deno.test(`architecture: ${room} never reaches lib/message`, () => {
    const reached = files.filter(({ from }) => roomOf(from) === room)
      .flatMap(({ from }) => [...reachedFrom(from, files)].map(roomOf));
    assert(!reached.includes("lib/message"));
  });
}

Deno.test("docs/architecture.md shows the imports as they are", async () => {
  const page = await Deno.readTextFile(new URL("docs/architecture.md", ROOT));
  assertMatch(page, PICTURE);
  const [picture] = PICTURE.exec(page) ?? [];
  assertEquals(picture, diagram(rooms), "deno task picture redraws it");
});
