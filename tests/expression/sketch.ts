/**
 * Random expressions for the property tests, and two ways to write them down
 * that owe nothing to the library: as a user might type them, and as JSON.
 *
 * @module
 */

import fc from "fast-check";

/** An expression before anybody has parsed it. */
export type Sketch =
  | { kind: "number"; digits: string }
  | { kind: "name"; name: string }
  | { kind: "sign"; symbol: string; operand: Sketch }
  | { kind: "operation"; symbol: string; left: Sketch; right: Sketch }
  | { kind: "call"; name: string; given: Sketch[] };

const integers = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 0, max: 20 }).map(String) },
  fc.bigInt({ min: 0n, max: 10n ** 30n }).map(String),
);

const decimals = fc.oneof(
  fc.constantFrom("0.5", "1.5", ".25", "2.", "1e3", "1E-7", "0.1", "1e300"),
  fc.double({ min: 0, noDefaultInfinity: true, noNaN: true }).map(String),
);

const numbers = fc.oneof({ weight: 3, arbitrary: integers }, decimals)
  .map((digits): Sketch => ({ kind: "number", digits }));

/** Functions that IEEE 754 or exact arithmetic gives one right result for. */
const EXACT = ["max", "min", "sqrt", "pow"];
const ROUNDED = ["sin", "cos", "tan", "log"];

/** Random expressions; with `exact`, without the functions whose last digit is a matter of taste. */
export function sketches({ exact }: { exact: boolean }): fc.Arbitrary<Sketch> {
  const names = exact
    ? ["pi", "TAU", "e", "Inf", "nan"]
    : ["pi", "tau", "E", "inf", "NaN"];
  const functions = exact ? EXACT : [...EXACT, ...ROUNDED];
  return fc.letrec<{ sketch: Sketch }>((tie) => ({
    sketch: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      { weight: 4, arbitrary: numbers },
      {
        weight: 1,
        arbitrary: fc.constantFrom(...names)
          .map((name): Sketch => ({ kind: "name", name })),
      },
      {
        weight: 2,
        arbitrary: fc.record({
          kind: fc.constant("sign" as const),
          symbol: fc.constantFrom("-", "+"),
          operand: tie("sketch"),
        }),
      },
      {
        weight: 8,
        arbitrary: fc.record({
          kind: fc.constant("operation" as const),
          symbol: fc.constantFrom("+", "-", "*", "/", "%", "**"),
          left: tie("sketch"),
          right: tie("sketch"),
        }),
      },
      {
        weight: 2,
        arbitrary: fc.constantFrom(...functions).chain((name) =>
          fc.record({
            kind: fc.constant("call" as const),
            name: fc.constant(name),
            given: fc.array(tie("sketch"), arity(name)),
          })
        ),
      },
    ),
  })).sketch;
}

function arity(name: string): { minLength: number; maxLength: number } {
  if (name === "max" || name === "min") return { minLength: 2, maxLength: 4 };
  if (name === "pow") return { minLength: 2, maxLength: 3 };
  return { minLength: 1, maxLength: name === "log" ? 2 : 1 };
}

/** Writes a sketch with every bracket that there can be. */
export function write(sketch: Sketch): string {
  switch (sketch.kind) {
    case "number":
      return sketch.digits;
    case "name":
      return sketch.name;
    case "sign":
      return `${sketch.symbol}(${write(sketch.operand)})`;
    case "operation":
      return `(${write(sketch.left)})${sketch.symbol}(${write(sketch.right)})`;
    case "call":
      return `${sketch.name}(${sketch.given.map(write).join(",")})`;
  }
}
