/**
 * What the tests of the three doors share.
 *
 * @module
 */

import { LONG_EXAMPLE } from "../../lib/client/example.ts";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import type { Address } from "../../lib/net/mod.ts";
import { flagsIn } from "../../tools/harness/help.ts";
import {
  type ClientRun,
  RoleProcess,
  runClient,
  runRole,
} from "../../tools/harness/role_process.ts";

/** The two expressions of the recorded runs. */
export const LONG = LONG_EXAMPLE;
export const SHORT = "max(2, 3) + 3";

/** One of the three programs. */
export type Role = Parameters<typeof runRole>[0];

/** What its user may type, and what not. */
export interface Door {
  /** The titles of its groups of flags, in order. */
  readonly groups: readonly string[];
  /** The flags as the usage shows them, with their defaults. */
  readonly flags: readonly (readonly [flag: string, fallback?: string])[];
  /** The operands as the usage shows them. */
  readonly operands?: string;
  /** Refused arguments, and the line that says why. */
  readonly refused: readonly (readonly [typed: string[], why: string])[];
}

/** Tests what all three doors have in common. */
export function testDoor(
  role: Role,
  { groups, flags, operands, refused }: Door,
): void {
  const typed = `deno run -N ${role}.ts`;
  const synopsis = `Usage: ${typed} [FLAGS] ${operands ?? ""}`.trimEnd();

  Deno.test(`${role}: --help and -h show every flag, its default and examples`, async () => {
    const [long, short] = await Promise.all([
      runRole(role, ["--help"]),
      runRole(role, ["-h"]),
    ]);
    assertEquals(long, short);
    assertEquals([long.status, long.stderr], [0, ""]);
    assert(long.stdout.startsWith(`${synopsis}\n\n`), long.stdout);
    const shown = flagsIn(long.stdout);
    assertEquals(new Set(shown.map(({ group }) => group)), new Set(groups));
    const common = [["-q, --quiet"], ["-h, --help"], ["--version"]] as const;
    for (const [name, fallback = ""] of [...flags, ...common]) {
      const flag = shown.find(({ flag }) => flag === name);
      assert(flag, `${name} is missing`);
      assertEquals(flag.fallback, fallback, name);
      assert(flag.help !== "", name);
    }
    assertEquals(shown.length, flags.length + common.length);
    const [, examples = ""] = long.stdout.split("\nExamples:\n");
    assertStringIncludes(examples, `${typed} -`);
  });

  Deno.test(`${role}: --help fits 80 columns`, async () => {
    const { stdout } = await runRole(role, ["--help"]);
    const wide = stdout.split("\n").filter((line) => line.length > 80);
    assertEquals(wide, []);
  });

  Deno.test(`${role}: --version prints its name and version`, async () => {
    assertEquals(await runRole(role, ["--version"]), {
      status: 0,
      stdout: `${role} ${config.version}\n`,
      stderr: "",
    });
  });

  Deno.test(`${role}: what it cannot take it refuses with the reason and the synopsis`, async () => {
    const runs = await Promise.all(
      refused.map(async ([typed, why]) =>
        // What it takes nevertheless fails there: no host has such a name.
        [why, await runRole(role, ["-H", "a..b", ...typed])] as const
      ),
    );
    for (const [why, { status, stdout, stderr }] of runs) {
      assertEquals(stderr, `${role}: ${why}\n${synopsis}\n--help for more\n`);
      assertEquals([status, stdout], [2, ""]);
    }
  });

  Deno.test(`${role}: without permission to use the network it says what to do`, async () => {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-prompt", `${role}.ts`],
      cwd: new URL("../..", import.meta.url),
      env: { NO_COLOR: "1" },
      stdin: "null",
    }).output();
    const text = new TextDecoder();
    assertEquals([code, text.decode(stdout), text.decode(stderr)], [
      1,
      "",
      `${role}: network access to 127.0.0.1:${
        role === "proxy" ? 9998 : 9999
      } is not allowed: run with -N\n`,
    ]);
  });
}

/** Asks a role that runs with `-q`, and collects what it prints. */
export async function askQuiet(
  role: "server" | "proxy",
  args: string[],
  expression: string,
): Promise<{ answer: ClientRun; printed: string }> {
  await using quiet = await RoleProcess.startQuiet(role, args, {
    stderr: "piped",
  });
  const answer = await runClient(quiet.address, [expression]);
  await quiet.end();
  return { answer, printed: quiet.lines.join("\n") + quiet.complaint };
}

/** Listens, lets one client ask, answers with something that is no frame, and hangs up. */
export function rudeServer(
  words: string,
): AsyncDisposable & { readonly address: Address } {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  async function meet(): Promise<void> {
    using tcp = await listener.accept();
    await tcp.read(new Uint8Array(1024));
    await tcp.write(new TextEncoder().encode(words));
  }
  const met = meet();
  return {
    address: listener.addr,
    async [Symbol.asyncDispose]() {
      listener.close();
      await met;
    },
  };
}

/** Lines with letters for their addresses: A for the first, B for the next. */
export function lettered(lines: readonly string[]): string[] {
  const letters = new Map<string, string>();
  return lines.map((line) =>
    line.replace(/127\.0\.0\.1:\d+/g, (address) => {
      const letter = letters.get(address) ??
        String.fromCharCode("A".charCodeAt(0) + letters.size);
      letters.set(address, letter);
      return letter;
    })
  );
}
