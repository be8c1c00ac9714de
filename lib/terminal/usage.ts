/** A flag that is given or not. */
export interface Switch {
  /** Its one-letter form. */
  readonly short?: string;
  /** What it does. */
  readonly help: string;
}

/** A flag that takes a value. */
export interface Option extends Switch {
  /** What stands for its value in the usage, such as `PORT`. */
  readonly takes: string;
  /** The value that counts where it is not given, as one would type it, if any does. */
  readonly fallback?: string;
}

/** A flag of a program. */
export type Flag = Switch | Option;

/** A program as its user sees it. */
export interface Command {
  /** `server` for server.ts. */
  readonly name: string;
  /** What one types to run it, where that is not `deno run -N` and its file. */
  readonly typed?: string;
  /** What it does, in a sentence. */
  readonly summary: string;
  /** Its own flags by their long names. */
  readonly flags: Readonly<Record<string, Flag>>;
  /** What its operands are, if it takes any. */
  readonly operands?: string;
  /**
   * Which operands begin with a minus sign and a letter and are no flags all the
   * same. White space before them must mean nothing.
   */
  readonly negative?: RegExp;
  /** What one might type after its name, and why. */
  readonly examples: readonly (readonly [typed: string, why: string])[];
}

/** The flags of a program, with those that every program has. */
export function flagsOf(command: Command): Readonly<Record<string, Flag>> {
  return {
    ...command.flags,
    quiet: { short: "q", help: "print no log lines" },
    help: { short: "h", help: "print this and end" },
    version: { help: "print the version and end" },
  };
}

/** How to use a program, in lines for the terminal. */
export function usage(command: Command): string {
  const program = Deno.build.standalone
    ? `calc-${command.name}`
    : command.typed ?? `deno run -N ${command.name}.ts`;
  const flags = Object.entries(flagsOf(command)).map(([name, flag]) => {
    const names = `${flag.short ? `-${flag.short},` : "   "} --${name}`;
    if (!("takes" in flag)) return [names, flag.help] as const;
    const fallback = flag.fallback === undefined ? "" : ` [${flag.fallback}]`;
    return [`${names} ${flag.takes}`, `${flag.help}${fallback}`] as const;
  });
  const examples = command.examples.map(([typed, why]) =>
    [`${program} ${typed}`.trimEnd(), why] as const
  );
  return [
    command.summary,
    "",
    `Usage: ${program} [FLAGS] ${command.operands ?? ""}`.trimEnd(),
    "",
    "Flags:",
    ...columns(flags),
    "",
    "Examples:",
    ...columns(examples),
  ].join("\n");
}

function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
}
