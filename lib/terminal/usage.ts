import { wrap } from "./wrap.ts";

/** A flag without a value. */
export interface Switch {
  /** The one-letter form. */
  readonly short?: string;
  /** What it does. */
  readonly help: string;
}

/** A flag that takes a value. */
export interface ValueFlag extends Switch {
  /** The placeholder for its value, such as `PORT`. */
  readonly takes: string;
  /** The default, as on the command line, if it has one. */
  readonly fallback?: string;
  /** Whether it may be repeated. */
  readonly isRepeatable?: boolean;
}

/** Flags by their long names. */
export type Flags = Readonly<Record<string, Switch | ValueFlag>>;

/** The command-line interface of a program. */
export interface Command {
  /** The name of the program, such as `server` for server.ts. */
  readonly name: string;
  /** The command to run it, if not `deno run -N` and its file. */
  readonly typed?: string;
  /** One sentence about what it does. */
  readonly summary: string;
  /** Its own flags, in titled groups. */
  readonly flags: Readonly<Record<string, Flags>>;
  /** The placeholder for its operands, if it takes any. */
  readonly operands?: string;
  /**
   * Matches operands that begin with a minus sign and a letter but are not flags.
   * Leading white space in them must be insignificant.
   */
  readonly negative?: RegExp;
  /** Examples of arguments, each with an explanation. */
  readonly examples: readonly (readonly [typed: string, why: string])[];
  /** Text after the examples, in titled groups of at most 78 columns. */
  readonly notes?: Readonly<Record<string, readonly string[]>>;
}

/** The flags that every program has. */
const COMMON: Flags = {
  quiet: { short: "q", help: "print no log lines" },
  help: { short: "h", help: "print this help and exit" },
  version: { help: "print the version and exit" },
};

/** All flags of a program. */
export function flagsOf({ flags }: Command): Flags {
  return Object.assign({}, ...Object.values(flags), COMMON);
}

/** The usage of a program in one line. */
export function synopsis(command: Command): string {
  return `Usage: ${program(command)} [FLAGS] ${command.operands ?? ""}`
    .trimEnd();
}

/** The help text of a program, in lines of at most 80 columns. */
export function usage(command: Command): string {
  const groups = { ...command.flags, General: COMMON };
  return [
    synopsis(command),
    "",
    ...wrap(command.summary.split(" "), WIDTH),
    ...Object.entries(groups).flatMap(([title, flags]) => [
      "",
      `${title}:`,
      ...Object.entries(flags).flatMap(([name, flag]) =>
        columns(named(name, flag), described(flag))
      ),
    ]),
    "",
    "Examples:",
    ...command.examples.flatMap(([typed, why]) =>
      columns(`${program(command)} ${typed}`.trimEnd(), why)
    ),
    ...Object.entries(command.notes ?? {}).flatMap(([title, lines]) => [
      "",
      `${title}:`,
      ...lines.map((line) => `  ${line}`),
    ]),
  ].join("\n");
}

/** The command to run a program, without its flags. */
export function program(
  { name, typed = `deno run -N ${name}.ts` }: Pick<Command, "name" | "typed">,
): string {
  return Deno.build.standalone ? `calc-${name}` : typed;
}

function named(name: string, flag: Switch | ValueFlag): string {
  const short = flag.short ? `-${flag.short},` : "   ";
  const takes = "takes" in flag ? ` ${flag.takes}` : "";
  return `${short} --${name}${takes}`;
}

function described(flag: Switch | ValueFlag): string {
  if (!("takes" in flag)) return flag.help;
  const { help, isRepeatable, fallback } = flag;
  const text = isRepeatable ? `${help}; may be repeated` : help;
  return fallback === undefined ? text : `${text} [${fallback}]`;
}

/** The maximum width of a line. */
const WIDTH = 80;

/** The start of the right column. */
const RIGHT = 32;

/** Two columns. A text too wide for the left one gets a line to itself. */
function columns(left: string, right: string): string[] {
  const lines = wrap(right.split(" "), WIDTH - RIGHT);
  const first = `  ${left}`;
  if (first.length + 2 <= RIGHT) {
    const [beside = "", ...below] = lines;
    return [first.padEnd(RIGHT) + beside, ...below.map(indented)];
  }
  return [first, ...lines.map(indented)];
}

function indented(line: string): string {
  return " ".repeat(RIGHT) + line;
}
