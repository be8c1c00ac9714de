import { assertEquals, assertThrows } from "@std/assert";
import { ExpressionError, parse } from "../../lib/expression/mod.ts";

const PRODUCT = "a product is written *";
const COMPARISONS = "there are no comparisons";
const VARIABLES = "there are no variables";
const TRIGONOMETRY = "of these functions, only sin, cos and tan are built in";
const PERCENTAGE = "% is the remainder of a division: write 50 / 100";

/** Where an error stands, what was found there, and the hint behind it. */
const HINTS: [source: string, position: number, found: string, hint: string][] =
  [
    ["1,000", 1, '","', "digits are not grouped: write 1000"],
    ["12,345,678.5", 2, '","', "digits are not grouped: write 12345678.5"],
    ["1 000", 2, '"000"', "digits are not grouped: write 1000"],
    ["1\u202f000", 2, '"000"', "digits are not grouped: write 1000"],
    ["1'000", 1, '"\'"', "digits are not grouped: write 1000"],
    ["1.000.000", 5, '".000"', "digits are not grouped: write 1000000"],
    ["1.000,5", 5, '","', "digits are not grouped: write 1000.5"],
    ["1_000", 1, '"_000"', "digits are not grouped: write 1000"],
    ["max(1 000, 2)", 6, '"000"', "digits are not grouped: write 1000"],
    ["3,14", 1, '","', "the decimal point is a dot: write 3.14"],
    ["5!", 1, '"!"', "factorials are not built in"],
    ["5! + 1,000", 1, '"!"', "factorials are not built in"],
    ["2(3 + 4)", 1, '"("', PRODUCT],
    ["(1 + 2)(3 + 4)", 7, '"("', PRODUCT],
    ["(1 + 2) 3", 8, '"3"', PRODUCT],
    ["2 pi", 2, '"pi"', PRODUCT],
    ["2 sqrt(4)", 2, '"sqrt"', PRODUCT],
    ["2x", 1, '"x"', PRODUCT],
    ["2 x 3", 2, '"x"', PRODUCT],
    ["2 × 3", 2, '"×"', PRODUCT],
    ["6 ÷ 2", 2, '"÷"', "a quotient is written /"],
    ["6 : 2", 2, '":"', "a quotient is written /"],
    ["7 div 2", 2, '"div"', "a quotient is written /"],
    ["2 ^ 3", 2, '"^"', "a power is written **"],
    ["2²", 1, '"²"', "a power is written **"],
    ["7 mod 3", 2, '"mod"', "a remainder is written %"],
    ["5 plus 3", 2, '"plus"', "a sum is written +"],
    ["0xff", 1, '"xff"', "numbers are decimal: write 255"],
    ["0B101", 1, '"B101"', "numbers are decimal: write 5"],
    ["0o17", 1, '"o17"', "numbers are decimal: write 15"],
    ["0xfg", 1, '"xfg"', "numbers are decimal"],
    ["1e", 1, '"e"', `${PRODUCT}, and an exponent has digits, as in 1e5`],
    ["1 e", 2, '"e"', PRODUCT],
    [
      "7 // 2",
      3,
      '"/"',
      "there is no integer division: write (a - a % b) / b",
    ],
    ["50 %", 4, "the end", PERCENTAGE],
    ["50% * 2", 4, '"*"', PERCENTAGE],
    ["(50%)", 4, '")"', PERCENTAGE],
    ["pi = 3", 3, '"="', VARIABLES],
    ["2 + 3 =", 6, '"="', "leave out the ="],
    ["=2 + 3", 0, '"="', "leave out the ="],
    ["2 + 2 = 4", 6, '"="', COMPARISONS],
    ["2 == 2", 2, '"="', COMPARISONS],
    ["pi == 3", 3, '"="', COMPARISONS],
    ["2 != 3", 2, '"!"', COMPARISONS],
    ["2 < 3", 2, '"<"', COMPARISONS],
    ["6 & 3", 2, '"&"', "there are no bitwise operators"],
    ["|2 - 3|", 0, '"|"', "the absolute value is max(x, -x)"],
    ["[1 + 2]", 0, '"["', "only parentheses group, ( and )"],
    ['"1 + 2"', 0, '"\\""', "an expression has no quotes"],
    ["√4", 0, '"√"', "a square root is written sqrt(x)"],
    ["½", 0, '"½"', "a fraction is written with /"],
    ["1; 2", 1, '";"', "each expression has a line to itself"],
  ];

Deno.test("parse: a syntax error says how the thing is written here", () => {
  for (const [source, position, found, hint] of HINTS) {
    const error = assertThrows(() => parse(source), ExpressionError);
    const [, end] = /, found (.*)$/.exec(error.message) ?? [];
    assertEquals(
      [source, error.name, error.position, end],
      [source, "SyntaxError", position, `${found}: ${hint}`],
    );
  }
});

Deno.test("parse: a name of another calculator gets its name here", () => {
  const cases: [source: string, message: string][] = [
    ["ln(2)", 'function "ln": the natural logarithm is log(x)'],
    ["log10(2)", 'function "log10": the logarithm to base 10 is log(x, 10)'],
    ["LOG2(2)", 'function "LOG2": the logarithm to base 2 is log(x, 2)'],
    ["exp(2)", 'function "exp": write e ** x'],
    ["abs(x)", 'function "abs": the absolute value is max(x, -x)'],
    ["asin(1)", `function "asin": ${TRIGONOMETRY}`],
    ["round(2.5)", 'function "round": write x + 0.5 - (x + 0.5) % 1'],
    ["floor(2.5)", 'function "floor": write x - x % 1'],
    ["mod(7, 3)", 'function "mod": a remainder is written %'],
    ["random()", 'function "random": write rand(0, 1)'],
    ["2 * infinity", 'name "infinity": write inf'],
    ["50 % of 20", `name "of": ${PERCENTAGE}`],
  ];
  for (const [source, message] of cases) {
    const error = assertThrows(() => parse(source), ExpressionError);
    assertEquals(
      [source, error.name, error.message],
      [source, "UnknownName", `unknown ${message}`],
    );
  }
});

Deno.test("parse: there are no variables, and no letter is taken for a constant", () => {
  for (const source of ["x = 5", "x := 5", "x == 5", "x", "2 * y", "n ** 2"]) {
    const error = assertThrows(() => parse(source), ExpressionError);
    assertEquals(error.message.slice(-24), `: ${VARIABLES}`, source);
  }
  const error = assertThrows(() => parse("f(2)"), ExpressionError);
  assertEquals(error.message, 'unknown function "f"');
});

Deno.test("parse: a comma within an argument's number is pointed out", () => {
  for (
    const [source, hint] of [
      ["sqrt(2,5)", "the decimal point is a dot: write 2.5"],
      ["sqrt(1,000)", "digits are not grouped: write 1000"],
    ] as const
  ) {
    const error = assertThrows(() => parse(source), ExpressionError);
    assertEquals(error.message, `sqrt takes 1 argument, 2 given: ${hint}`);
  }
});
