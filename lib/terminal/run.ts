import config from "../../deno.json" with { type: "json" };
import { type Command, synopsis, usage } from "./usage.ts";
import { CommandLine, UsageError } from "./command_line.ts";
import { printable } from "./printable.ts";

/**
 * Runs a program: handles `--help` and `--version`, and prints errors without a
 * stack trace.
 *
 * @param command The program.
 * @param main Runs the program with its command line and returns the exit status.
 */
export async function run(
  command: Command,
  main: (line: CommandLine) => Promise<number>,
): Promise<void> {
  try {
    const line = new CommandLine(command, Deno.args);
    if (line.has("help")) {
      console.log(usage(command));
    } else if (line.has("version")) {
      console.log(`${command.name} ${config.version}`);
    } else {
      Deno.exitCode = await main(line);
    }
  } catch (error) {
    if (error instanceof UsageError) {
      fail(2, command, error.message);
      console.error(`${synopsis(command)}\n--help for more`);
    } else if (error instanceof Deno.errors.NotCapable) {
      // Deno says `Requires net access to "127.0.0.1:9999"`, and more.
      const [, address = ""] = /( to ".*?")/.exec(error.message) ?? [];
      const access = `network access${address.replaceAll('"', "")}`;
      fail(1, command, `${access} is not allowed: run with -N`);
    } else {
      fail(1, command, error instanceof Error ? error.message : `${error}`);
    }
  }
}

function fail(status: number, { name }: Command, message: string): void {
  console.error(`${name}: ${printable(message)}`);
  Deno.exitCode = status;
}
