import { assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  evaluate,
  ExpressionError,
  formatValue,
} from "../../lib/expression/mod.ts";
import { type Sketch, sketches, write } from "./sketch.ts";

const PYTHON = "python3";

/** What computing an expression comes to. */
type Outcome = { result: string; steps: string[] } | { error: string };

function outcome(source: string): Outcome {
  try {
    const { value, steps } = evaluate(source, { steps: true });
    return { result: formatValue(value), steps };
  } catch (error) {
    if (error instanceof ExpressionError) return { error: error.name };
    throw error;
  }
}

async function askPython(asked: Sketch[]): Promise<Outcome[]> {
  const python = new Deno.Command(PYTHON, {
    args: [new URL("oracle.py", import.meta.url).pathname],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const output = python.output();
  const writer = python.stdin.getWriter();
  const lines = asked.map((sketch) => `${JSON.stringify(sketch)}\n`);
  await writer.write(new TextEncoder().encode(lines.join("")));
  await writer.close();
  const { stdout } = await output;
  return new TextDecoder().decode(stdout).trimEnd().split("\n")
    .map((line) => JSON.parse(line));
}

async function isMissing(): Promise<boolean> {
  // The last digits of powers are those of glibc, where the reference ran.
  if (Deno.build.os !== "linux") return true;
  try {
    const { success } = await new Deno.Command(PYTHON, { args: ["-V"] })
      .output();
    return !success;
  } catch {
    return true;
  }
}

const ignore = await isMissing();

Deno.test({
  name:
    `evaluate: five thousand random expressions have the value, the text and the steps that Python's numbers give them${
      ignore ? " (needs python3 on Linux)" : ""
    }`,
  ignore,
  async fn() {
    const asked = fc.sample(sketches({ exact: true }), {
      numRuns: 5000,
      seed: 9999,
    });
    const answers = await askPython(asked);
    assertEquals(answers.length, asked.length);
    for (const [index, sketch] of asked.entries()) {
      const source = write(sketch);
      assertEquals([source, outcome(source)], [source, answers[index]]);
    }
  },
});
