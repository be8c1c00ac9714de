import { wrap } from "./wrap.ts";

/** A flag that is given or not. */
export interface Switch {
  /** Its one-letter form. */
  readonly short?: string;
  /** What it does. */
  readonly help: string;
}

/** A flag that takes a value. */
export interface ValueFlag extends Switch {
  /** What stands for its value in the usage, such as `PORT`. */
  readonly takes: string;
  /** Its default, as one would type it, if it has one. */
  readonly fallback?: string;
}

/** Flags by their long names. */
export type Flags = Readonly<Record<string, Switch | ValueFlag>>;

/** A program as its user sees it. */
export interface Command {
  /** `server` for server.ts. */
  readonly name: string;
  /** How it is run, where that is not `deno run -N` and its file. */
  readonly typed?: string;
  /** What it does, in a sentence. */
  readonly summary: string;
  /** Its own flags, in groups with a title. */
  readonly flags: Readonly<Record<string, Flags>>;
  /** What its operands are, if it takes any. */
  readonly operands?: string;
  /**
   * Operands that begin with a minus sign and a letter and yet are no flags.
   * White space before them must mean nothing.
   */
  readonly negative?: RegExp;
  /** Examples of what to type after its name, and why. */
  readonly examples: readonly (readonly [typed: string, why: string])[];
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

/** How to run a program, in one line. */
export function synopsis(command: Command): string {
  return `Usage: ${program(command)} [FLAGS] ${command.operands ?? ""}`
    .trimEnd();
}

/** How to use a program, in lines of at most 80 columns. */
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
  ].join("\n");
}

function program({ name, typed = `deno run -N ${name}.ts` }: Command): string {
  return Deno.build.standalone ? `calc-${name}` : typed;
}

function named(name: string, flag: Switch | ValueFlag): string {
  const short = flag.short ? `-${flag.short},` : "   ";
  const takes = "takes" in flag ? ` ${flag.takes}` : "";
  return `${short} --${name}${takes}`;
}

function described(flag: Switch | ValueFlag): string {
  return "takes" in flag && flag.fallback !== undefined
    ? `${flag.help} [${flag.fallback}]`
    : flag.help;
}

/** How many columns a line has at most. */
const WIDTH = 80;

/** Where the right one of two columns begins. */
const RIGHT = 32;

/** Two columns; what is too wide for the left one has a line to itself. */
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
