import { parseArgs } from "@std/cli/parse-args";
import { didYouMean } from "../did_you_mean.ts";
import { type Command, type Flags, flagsOf } from "./usage.ts";
import type { FlagValue } from "./flag_values.ts";

/** Reports an invalid command line. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** The parsed arguments of a program. */
export class CommandLine {
  /** The arguments that are neither flags nor their values. */
  readonly operands: readonly string[];
  readonly #flags: Flags;
  readonly #given: Readonly<Record<string, unknown>>;

  /**
   * @param command The program, with its flags.
   * @param args The arguments.
   * @throws {UsageError} If a flag is unknown, a switch has a value, or there are
   * operands but the program takes none.
   */
  constructor(command: Command, args: readonly string[]) {
    const flags = flagsOf(command);
    const names = Object.keys(flags);
    const switches: string[] = [];
    const repeatable: string[] = [];
    const alias: Record<string, string> = {};
    for (const [name, flag] of Object.entries(flags)) {
      if (!("takes" in flag)) switches.push(name);
      else if (flag.isRepeatable) repeatable.push(name);
      if (flag.short) alias[flag.short] = name;
    }
    for (const name of switches) {
      const isGiven = (arg: string) => arg.startsWith(`--${name}=`);
      if (args.some(isGiven)) throw takesNoValue(name);
    }
    // Negative numbers are not flags. A leading space hides them from parseArgs.
    const shield = (arg: string) =>
      /^-+[^a-z-]/i.test(arg) || command.negative?.test(arg) ? ` ${arg}` : arg;
    const { _, ...given } = parseArgs(args.map(shield), {
      boolean: switches,
      string: [...names.filter((name) => !switches.includes(name)), "_"],
      collect: repeatable,
      alias,
      unknown: (arg, key) => {
        if (key !== undefined) throw unknownFlag(arg, key, command);
      },
    });
    for (const name of switches) {
      if (typeof given[name] !== "boolean") throw takesNoValue(name);
    }
    this.operands = _.map((operand) => `${operand}`.trim());
    if (!command.operands && this.operands.length > 0) {
      throw new UsageError(
        `takes flags only: received "${this.operands[0]}"`,
      );
    }
    this.#flags = flags;
    this.#given = given;
  }

  /** Whether a switch was given. */
  has(name: string): boolean {
    return this.#given[name] === true;
  }

  /** Reads the value of a flag that was given, or returns `undefined`. */
  optional<T>(name: string, takes: FlagValue<T>): T | undefined {
    return this.#given[name] === undefined
      ? undefined
      : this.value(name, takes);
  }

  /**
   * Reads the value of a flag, or its default.
   *
   * @param name The long name of the flag.
   * @param takes The type of its value.
   * @throws {UsageError} If the value is not of that type.
   */
  value<T>(name: string, takes: FlagValue<T>): T {
    return read(name, this.#given[name] ?? this.#fallback(name), takes);
  }

  /**
   * Reads all values of a flag that may be repeated, or its default. If it has no
   * default either, there are none.
   *
   * @param name The long name of the flag.
   * @param takes The type of its values.
   * @throws {UsageError} If a value is not of that type.
   */
  values<T>(name: string, takes: FlagValue<T>): T[] {
    const given = [this.#given[name] ?? []].flat();
    const fallback = this.#fallback(name);
    if (given.length === 0 && fallback !== undefined) given.push(fallback);
    return given.map((text) => read(name, text, takes));
  }

  #fallback(name: string): string | undefined {
    const flag = this.#flags[name];
    return flag && "takes" in flag ? flag.fallback : undefined;
  }
}

function read<T>(name: string, given: unknown, takes: FlagValue<T>): T {
  const text = `${given ?? ""}`.trim();
  const value = takes.read(text);
  if (value === undefined) {
    const received = text === "" ? "nothing" : `"${text}"`;
    throw new UsageError(
      `--${name} takes ${takes.expected}: received ${received}`,
    );
  }
  return value;
}

function takesNoValue(name: string): UsageError {
  return new UsageError(`--${name} takes no value`);
}

function unknownFlag(arg: string, key: string, command: Command): UsageError {
  const isLong = arg.startsWith("--");
  const flag = isLong ? `--${key}` : `-${key}`;
  const known = Object.keys(flagsOf(command));
  const hint = isLong
    ? didYouMean(key, known, (name) => `--${name}`)
    : command.operands
    ? `: after "--", ${arg} is an expression`
    : "";
  return new UsageError(`unknown flag ${flag}${hint}`);
}
