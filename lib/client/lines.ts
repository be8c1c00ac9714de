import process from "node:process";
import { createInterface } from "node:readline";

/** The lines of standard input, without the empty ones. */
export async function* readLines(): AsyncGenerator<string> {
  for await (const line of createInterface({ input: process.stdin })) {
    if (line.trim() !== "") yield line;
  }
}
