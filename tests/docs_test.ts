import { assertEquals } from "@std/assert";
import { flagsIn } from "../tools/harness/help.ts";
import { runRole } from "../tools/harness/role_process.ts";

/** The rows of a table of README, by what its first heading is. */
async function flagTable(heading: string): Promise<string[]> {
  const readme = await Deno.readTextFile(
    new URL("../README.md", import.meta.url),
  );
  const [, table = ""] = readme.split(`| \`${heading}\` `);
  const [rows = ""] = table.split("\n\n");
  return rows.split("\n").slice(2).map((row) =>
    row.split("|").slice(1, -1).map((cell) => cell.replaceAll("`", "").trim())
      .join(" | ")
  );
}

for (const role of ["server", "proxy", "client"] as const) {
  Deno.test(`README.md: the flags of the ${role} are those in its --help`, async () => {
    const { stdout } = await runRole(role, ["--help"]);
    // Flags that all of them have are listed once, above the tables.
    const shown = flagsIn(stdout).filter(({ group }) => group !== "General");
    assertEquals(
      await flagTable(`${role}.ts`),
      shown.map(({ flag, help, fallback }) =>
        `${flag} | ${help} | ${fallback}`
      ),
    );
  });
}
