import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  evaluate,
  ExpressionError,
  type ExpressionErrorName,
  format,
  formatValue,
  MAX_DEPTH,
  MAX_INTEGER_DIGITS,
  parse,
} from "../../lib/expression/mod.ts";

function assertRefused(
  source: string,
  name: ExpressionErrorName,
  position: number,
  message: string,
): void {
  const error = assertThrows(() => parse(source), ExpressionError);
  assertEquals(
    [source, error.name, error.position, error.message],
    [source, name, position, message],
  );
}

Deno.test("parse: operators bind as in arithmetic", () => {
  const cases: [source: string, canonical: string][] = [
    ["1+2*3", "1 + (2 * 3)"],
    ["1*2+3", "(1 * 2) + 3"],
    ["1-2-3", "(1 - 2) - 3"],
    ["8/4/2", "(8 / 4) / 2"],
    ["7*3%4", "(7 * 3) % 4"],
    ["2**3**2", "2 ** (3 ** 2)"],
    ["2*3**2", "2 * (3 ** 2)"],
    ["-2**2", "-(2 ** 2)"],
    ["-pi**2", "-(pi ** 2)"],
    ["2**-1", "2 ** -1"],
    ["2**-1**2", "2 ** -(1 ** 2)"],
    ["2**-3*4", "(2 ** -3) * 4"],
    ["-2*3", "-2 * 3"],
    ["-pi*3", "-(pi) * 3"],
    ["1--2", "1 - -2"],
    ["- - 2", "-(-2)"],
    ["+-+2", "+(-(2))"],
    ["((1))", "1"],
    ["(1+2)*3", "(1 + 2) * 3"],
    ["sin((1+2))", "sin(1 + 2)"],
    ["max(((1)),(2+3))", "max(1, (2 + 3))"],
    ["(-2)**2", "(-2) ** 2"],
    ["(-pi)**2", "(-(pi)) ** 2"],
  ];
  for (const [source, canonical] of cases) {
    assertEquals([source, format(parse(source))], [source, canonical]);
  }
});

Deno.test("parse: a sign directly before digits belongs to the number", () => {
  const negative = { kind: "literal", value: -5n } as const;
  assertEquals(parse("-5"), negative);
  assertEquals(parse("(- 5)"), negative);
  assertEquals(parse("+5"), { kind: "literal", value: 5n });
  assertEquals(parse("-2.5"), { kind: "literal", value: -2.5 });
  assertEquals(parse("-(5)").kind, "unary");
  assertEquals(parse("--5").kind, "unary");
  assertEquals(parse("-5 ** 2").kind, "unary");
});

Deno.test("parse: numbers are integers, decimals and powers of ten", () => {
  const cases: [source: string, written: string][] = [
    ["7", "7"],
    ["007", "7"],
    ["1.5", "1.5"],
    [".5", "0.5"],
    ["2.", "2.0"],
    ["1e3", "1000.0"],
    ["1E-5", "1e-05"],
    ["2.e+2", "200.0"],
    [".5e1", "5.0"],
    ["1e400", "inf"],
    ["-1e400", "-(inf)"],
    ["1e-400", "0.0"],
    ["123456789012345678901234567890", "123456789012345678901234567890"],
  ];
  for (const [source, written] of cases) {
    assertEquals([source, format(parse(source))], [source, written]);
  }
});

Deno.test("parse: names come in any case and keep their spelling", () => {
  assertEquals(format(parse("PI + Tau - E")), "(PI + Tau) - E");
  assertEquals(format(parse("MAX(Sin(1), inf, NaN)")), "MAX(Sin(1), inf, NaN)");
});

Deno.test("parse: any white space may stand between tokens", () => {
  const spaced = " \tmax\n(\r\n2\u00a0,\u20033 )\f+\v3 ";
  assertEquals(format(parse(spaced)), "max(2, 3) + 3");
});

Deno.test("parse: a syntax error says what was expected and where", () => {
  const operand = 'expected a number, a name, "(" or a sign, found';
  const cases: [source: string, position: number, message: string][] = [
    ["max(2, 3 + * 4)", 11, `${operand} "*"`],
    ["", 0, `${operand} the end`],
    ["  ", 2, `${operand} the end`],
    ["1 +", 3, `${operand} the end`],
    ["()", 1, `${operand} ")"`],
    ["max(1,)", 6, `${operand} ")"`],
    ["max(,1)", 4, `${operand} ","`],
    ["* 2", 0, `${operand} "*"`],
    ["1 2", 2, 'expected an operator or the end, found "2"'],
    ["1)", 1, 'expected an operator or the end, found ")"'],
    ["1.2.3", 3, 'expected an operator or the end, found ".3"'],
    ["5 😀", 2, 'expected an operator or the end, found "😀"'],
    ["(1", 2, 'expected an operator or ")", found the end'],
    ["(1 + (2)", 8, 'expected an operator or ")", found the end'],
    ["(1, 2)", 2, 'expected an operator or ")", found ","'],
    ["max(1, 2", 8, 'expected an operator, "," or ")", found the end'],
    ["max(1 2)", 6, 'expected an operator, "," or ")", found "2"'],
    [".", 0, `${operand} "."`],
  ];
  for (const [source, position, message] of cases) {
    assertRefused(source, "SyntaxError", position, message);
  }
});

Deno.test("parse: an unknown name gets the nearest known one as a suggestion", () => {
  const cases: [source: string, position: number, message: string][] = [
    ["sine(2)", 0, 'unknown function "sine": did you mean "sin"?'],
    ["1 + SQTR(2)", 4, 'unknown function "SQTR": did you mean "sqrt"?'],
    ["2 * p", 4, 'unknown name "p": did you mean "pi"?'],
    ["taou", 0, 'unknown name "taou": did you mean "tau"?'],
    ["banana", 0, 'unknown name "banana"'],
  ];
  for (const [source, position, message] of cases) {
    assertRefused(source, "UnknownName", position, message);
  }
});

Deno.test("parse: a wrong number of arguments is found before computing", () => {
  const cases: [source: string, position: number, message: string][] = [
    ["max()", 0, "max takes at least 2 arguments, 0 given"],
    ["1 + min(1)", 4, "min takes at least 2 arguments, 1 given"],
    ["sin(1, 2)", 0, "sin takes 1 argument, 2 given"],
    ["log()", 0, "log takes 1 or 2 arguments, 0 given"],
    ["pow(1)", 0, "pow takes 2 or 3 arguments, 1 given"],
    ["rand(1)", 0, "rand takes 2 arguments, 1 given"],
    ["pi(2)", 0, "pi is a constant and takes no arguments"],
    ["2 * Sin", 4, "Sin is a function: its arguments go in parentheses"],
  ];
  for (const [source, position, message] of cases) {
    assertRefused(source, "WrongArguments", position, message);
  }
});

Deno.test("parse: an integer may have 4300 digits", () => {
  const digits = "9".repeat(MAX_INTEGER_DIGITS);
  assertEquals(format(parse(`000${digits}`)), digits);
  assertRefused(
    `1 + 9${digits}`,
    "TooLarge",
    4,
    "an integer may have at most 4300 digits",
  );
});

Deno.test("parse: nesting goes 200 levels deep", () => {
  const nestings: ((inner: string) => string)[] = [
    (inner) => `1 - (${inner})`,
    (inner) => `-(${inner})`,
    (inner) => `sin(${inner})`,
    (inner) => `2 ** ${inner}`,
  ];
  for (const nest of nestings) {
    let deep = "1 ** 1";
    for (let level = 1; level < MAX_DEPTH; level++) deep = nest(deep);
    assertEquals(format(parse(format(parse(deep)))), format(parse(deep)));
    const error = assertThrows(() => parse(nest(deep)), ExpressionError);
    assertEquals(error.name, "TooDeep");
    assertEquals(error.message, "nested deeper than 200 levels");
  }
});

Deno.test("parse: a chain is flat, however long it is, and so is its canonical text", () => {
  const terms = 32_000;
  const chain = parse("1" + "+1".repeat(terms));
  assertEquals(formatValue(evaluate(chain).value), `${terms + 1}`);
  const canonical = format(chain);
  assertEquals(format(parse(canonical)), canonical);
});

Deno.test("parse: brackets alone nest without limit", () => {
  const depth = 30_000;
  assertEquals(format(parse("(".repeat(depth) + "7" + ")".repeat(depth))), "7");
  assertRefused(
    "(".repeat(depth),
    "SyntaxError",
    depth,
    'expected a number, a name, "(" or a sign, found the end',
  );
});

Deno.test("parse: any text is either parsed or rejected with a position", () => {
  const pieces = fc.constantFrom(
    ..."0 1 9 . e E + - * / % ** ( ) , max sin pi rand  \t $ é 😀".split(" "),
  );
  const sources = fc.oneof(
    fc.array(pieces).map((chosen) => chosen.join("")),
    fc.string({ unit: "binary" }),
  );
  fc.assert(fc.property(sources, (source) => {
    try {
      parse(source);
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      const { position = -1 } = error;
      return position >= 0 && position <= source.length;
    }
  }));
});
