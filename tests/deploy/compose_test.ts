/**
 * Checks the Containerfile and the Compose file in docs/deploy. It does not run
 * them, as there may be no container engine.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { parse } from "yaml";
import { flagsIn } from "../../tools/harness/help.ts";
import { runRole } from "../../tools/harness/role_process.ts";

const ROOT = new URL("../../", import.meta.url);

const read = (path: string) => Deno.readTextFile(new URL(path, ROOT));

const containerfile = await read("docs/deploy/Containerfile");

/** The parts of a service that are checked here. */
interface Service {
  readonly image: string;
  readonly build?: { readonly context: string; readonly dockerfile: string };
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly healthcheck?: unknown;
  readonly depends_on?: Readonly<Record<string, { condition: string }>>;
}

const { services }: { services: Readonly<Record<string, Service>> } = parse(
  await read("docs/deploy/compose.yaml"),
  { merge: true },
);

Deno.test("Containerfile: it has the Deno version of CI", async () => {
  const [, version] = /deno@([\d.]+)/.exec(await read(".ci/run")) ?? [];
  assertStringIncludes(
    containerfile,
    `\nFROM docker.io/denoland/deno:${version}\n`,
  );
});

Deno.test("Containerfile: it copies all that the programs import", async () => {
  const copied = containerfile.matchAll(/^COPY (.*) \S+$/gm)
    .flatMap(([, sources = ""]) => sources.split(" "))
    .map((source) => new URL(source, ROOT).href)
    .toArray();
  for (const program of ["server.ts", "proxy.ts", "client.ts"]) {
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["info", "--json", program],
      cwd: ROOT,
    }).output();
    const { modules }: { modules: { specifier: string }[] } = JSON.parse(
      new TextDecoder().decode(stdout),
    );
    const missing = modules.map(({ specifier }) => specifier)
      .filter((specifier) => specifier.startsWith(ROOT.href))
      // Stand-ins for packages that an image gets from JSR.
      .filter((specifier) => !/\/(?:\.std|tools\/npm_std)\//.test(specifier))
      .filter((specifier) =>
        !copied.some((path) =>
          specifier === path || specifier.startsWith(`${path}/`)
        )
      );
    assertEquals(missing, []);
  }
});

Deno.test("compose.yaml: third-party images are pinned", () => {
  for (const { image, build } of Object.values(services)) {
    if (!build) assert(/:\d+\.\d+/.test(image), image);
  }
});

Deno.test("compose.yaml: a service that others wait for has a health check", () => {
  const isChecked = (name: string) =>
    services[name]?.healthcheck ??
      (services[name]?.build && containerfile.includes("\nHEALTHCHECK "));
  for (const { depends_on = {} } of Object.values(services)) {
    for (const [name, { condition }] of Object.entries(depends_on)) {
      assertEquals(condition, "service_healthy");
      assert(isChecked(name), name);
    }
  }
});

Deno.test("compose.yaml: HAProxy is given what haproxy.cfg reads", async () => {
  const configuration = await read("docs/deploy/haproxy.cfg");
  for (const name of Object.keys(services["haproxy"]?.environment ?? {})) {
    assert(configuration.includes("${" + name), name);
  }
});

Deno.test("compose.yaml: the roles have the flags that they are given", async () => {
  for (const role of ["server", "proxy"] as const) {
    const { stdout } = await runRole(role, ["--help"]);
    const known = flagsIn(stdout).flatMap(({ flag }) => flag.split(/[ ,]+/));
    const given = Object.values(services)
      .filter(({ command }) => command?.includes(`${role}.ts`))
      .flatMap(({ command = [] }) => command.slice(2))
      .filter((word) => word.startsWith("-"));
    assert(given.length > 0);
    assertEquals(given.filter((flag) => !known.includes(flag)), []);
  }
});
