import { assertEquals } from "@std/assert";
import { didYouMean } from "../lib/did_you_mean.ts";

const KNOWN = ["max", "min", "sqrt", "no-cache", "no-steps", "e"];

function hint(name: string, known: Iterable<string> = KNOWN): string {
  return didYouMean(name, known, (name) => `"${name}"`);
}

Deno.test("didYouMean: suggests the nearest name", () => {
  const cases = {
    maxx: "max",
    mx: "max",
    nax: "max",
    amx: "max",
    sqtr: "sqrt",
    "nocache": "no-cache",
    "no-stpes": "no-steps",
    MIN: "min",
  };
  for (const [typed, meant] of Object.entries(cases)) {
    assertEquals(hint(typed), `: did you mean "${meant}"?`, typed);
  }
});

Deno.test("didYouMean: suggests nothing if no name is near", () => {
  for (const typed of ["verbose", "zz", "xyz", "x".repeat(60_000)]) {
    assertEquals(hint(typed), "", typed.slice(0, 10));
  }
  assertEquals(hint("max", []), "");
});

Deno.test("didYouMean: of two names equally near, suggests the first", () => {
  assertEquals(hint("mx", ["mix", "max"]), ': did you mean "mix"?');
});

Deno.test("didYouMean: formats the name as the caller says", () => {
  assertEquals(
    didYouMean("prot", ["port"], (name) => `--${name}`),
    ": did you mean --port?",
  );
});
