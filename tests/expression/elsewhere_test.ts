/**
 * Runs lib/expression, which does not need Deno, in Node and in a browser.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import * as expression from "../../lib/expression/mod.ts";
import { findChromium, startChromium } from "../../tools/harness/browser.ts";
import vectors from "../fixtures/vectors.json" with { type: "json" };

const ROOT = new URL("../../", import.meta.url);

/** The expressions of the reference's vectors, and some errors of other kinds. */
const EXPRESSIONS = [
  ...vectors.flatMap(({ expression }) => expression ?? []),
  ...["2 ** 64", "7 % -3", "1 +", "sine(1)", "2,5 + 1", "9 ** 9 ** 9", "nan"],
];

/**
 * Evaluates expressions with the exports of lib/expression. It is sent to other
 * runtimes as text, so it uses nothing else.
 */
function evaluateAll(
  { evaluate, formatValue }: typeof expression,
  expressions: string[],
): string[] {
  return expressions.map((source) => {
    try {
      const options = { steps: true, random: () => 0.25 };
      const { value, steps } = evaluate(source, options);
      return [formatValue(value), ...steps].join(" = ");
    } catch (error) {
      return `${error}`;
    }
  });
}

const expected = evaluateAll(expression, EXPRESSIONS);

/** Bundles lib/expression into one module, as README says. */
async function bundle(): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["bundle", "--quiet", "--minify", "lib/expression/mod.ts"],
    cwd: ROOT,
  }).output();
  const decoder = new TextDecoder();
  assert(success, decoder.decode(stderr));
  return decoder.decode(stdout);
}

/** The major version of Node, or `undefined` if it is not installed. */
async function nodeVersion(): Promise<number | undefined> {
  try {
    const command = new Deno.Command("node", { args: ["--version"] });
    const { stdout } = await command.output();
    return parseInt(new TextDecoder().decode(stdout).slice(1));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

const hasNode = (await nodeVersion() ?? 0) >= 20;
const chromium = await findChromium();

Deno.test("expression: as a minified module, its size is about what README says", async () => {
  const readme = await Deno.readTextFile(new URL("README.md", ROOT));
  const [, stated] = /minified, it is about (\d+) kB/.exec(readme) ?? [];
  const kilobytes = new TextEncoder().encode(await bundle()).length / 1000;
  assert(Math.abs(kilobytes - Number(stated)) < 2, `${kilobytes} kB`);
});

Deno.test({
  name: `expression: Node evaluates as Deno does${
    hasNode ? "" : " (needs Node 20)"
  }`,
  ignore: !hasNode,
  async fn() {
    const directory = await Deno.makeTempDir();
    try {
      await Deno.writeTextFile(`${directory}/expression.mjs`, await bundle());
      await Deno.writeTextFile(
        `${directory}/main.mjs`,
        `import * as expression from "./expression.mjs";
        const evaluateAll = ${evaluateAll};
        const results = evaluateAll(expression, ${JSON.stringify(EXPRESSIONS)});
        console.log(JSON.stringify(results));`,
      );
      const { stdout, stderr } = await new Deno.Command("node", {
        args: [`${directory}/main.mjs`],
      }).output();
      const decoder = new TextDecoder();
      assertEquals(decoder.decode(stderr), "");
      assertEquals(JSON.parse(decoder.decode(stdout)), expected);
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  },
});

Deno.test({
  name: `expression: Chromium evaluates as Deno does${
    chromium ? "" : " (needs Chromium)"
  }`,
  ignore: !chromium,
  async fn() {
    assert(chromium !== undefined);
    const browser = await startChromium(chromium);
    try {
      const page = await browser.newPage();
      const results = await page.evaluate(
        async (module: string, evaluateAll: string, expressions: string[]) => {
          const script = new Blob([
            `${module}; export const evaluateAll = ${evaluateAll};`,
          ], { type: "text/javascript" });
          const loaded = await import(URL.createObjectURL(script));
          return loaded.evaluateAll(loaded, expressions);
        },
        await bundle(),
        `${evaluateAll}`,
        EXPRESSIONS,
      );
      assertEquals(results, expected);
    } finally {
      await browser.close();
    }
  },
});
