import { type CommandLine, UsageError } from "./command_line.ts";
import type { Flags } from "./usage.ts";

/** How much a program prints about its work. */
export interface Detail {
  /** No log lines. */
  readonly isQuiet: boolean;
  /** More log lines, with more in them. */
  readonly isVerbose: boolean;
  /** Every frame, byte by byte. */
  readonly isTraced: boolean;
}

/**
 * The flags for more detail.
 *
 * @param added What `--verbose` adds to the log.
 */
export function detailFlags(added: string): Flags {
  return {
    verbose: { short: "v", help: `log more: ${added}` },
    trace: { help: "print every frame with the meaning of its bytes" },
  };
}

/**
 * Reads the flags for more or less detail.
 *
 * @param line The flags.
 * @param json The flag that asks for JSON, if it was given.
 * @throws {UsageError} If flags contradict each other.
 */
export function detail(line: CommandLine, json?: string): Detail {
  const isQuiet = line.has("quiet");
  const isVerbose = line.has("verbose");
  const isTraced = line.has("trace");
  if (isQuiet && isVerbose) {
    throw new UsageError("--verbose and --quiet contradict each other");
  }
  if (isTraced && json !== undefined) {
    throw new UsageError(
      `--trace prints text and cannot be combined with ${json}`,
    );
  }
  return { isQuiet, isVerbose, isTraced };
}
