/**
 * The imports between the doors and the files in lib/, as `deno info` reports
 * them.
 *
 * @module
 */

const ROOT = new URL("..", import.meta.url);

/** A file that imports another. Paths start at the root of the project. */
export interface Import {
  readonly from: string;
  readonly to: string;
  /** Whether it imports only types: such an import is erased at run time. */
  readonly isTypeOnly: boolean;
}

/** The part of the output of `deno info --json` that is used here. */
interface Info {
  readonly modules: readonly {
    readonly specifier: string;
    readonly error?: string;
    readonly dependencies?: readonly {
      readonly code?: Resolved;
      readonly type?: Resolved;
    }[];
  }[];
}

interface Resolved {
  readonly specifier?: string;
}

/**
 * Lists the imports of some files and, recursively, of the files that they
 * import: static, dynamic and type-only.
 *
 * @param entries Paths from the root of the project.
 * @throws {Error} If a module cannot be found or parsed.
 */
export async function importsFrom(
  entries: readonly string[],
): Promise<Import[]> {
  const imports = new Map<string, Import>();
  const infos = await Promise.all(entries.map(info));
  for (const { modules } of infos) {
    for (const { specifier, error, dependencies = [] } of modules) {
      const from = pathOf(specifier);
      if (!from) continue;
      if (error) {
        throw new Error(`Cannot read the imports of ${from}: ${error}`);
      }
      for (const { code, type } of dependencies) {
        const to = pathOf((code ?? type)?.specifier);
        if (!to) continue;
        imports.set(`${from} ${to}`, { from, to, isTypeOnly: !code });
      }
    }
  }
  return [...imports.values()];
}

async function info(entry: string): Promise<Info> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", entry],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
  }).output();
  const text = new TextDecoder();
  if (!success) {
    throw new Error(`deno info ${entry} failed: ${text.decode(stderr)}`);
  }
  return JSON.parse(text.decode(stdout));
}

/** The path of a door or of a file in lib/, `undefined` for anything else. */
function pathOf(specifier: string | undefined): string | undefined {
  if (!specifier?.startsWith(ROOT.href)) return undefined;
  const path = decodeURI(specifier.slice(ROOT.href.length));
  return /^(lib\/.*|[^/]+\.ts)$/.test(path) ? path : undefined;
}
