import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { printable, printableJson } from "../../lib/terminal/printable.ts";

const CASES: [character: string, shown: string, json: string][] = [
  ["\0", "\\x00", "\\u0000"],
  ["\n", "\\x0a", "\\n"],
  ["\x1b", "\\x1b", "\\u001b"],
  ["\x7f", "\\x7f", "\\u007f"],
  ["\x9b", "\\x9b", "\\u009b"],
  ["\xad", "\\xad", "\\u00ad"],
  ["\u061c", "\\u061c", "\\u061c"],
  ["\u200b", "\\u200b", "\\u200b"],
  ["\u202e", "\\u202e", "\\u202e"],
  ["\u2028", "\\u2028", "\\u2028"],
  ["\u2029", "\\u2029", "\\u2029"],
  ["\u2066", "\\u2066", "\\u2066"],
  ["\ufeff", "\\ufeff", "\\ufeff"],
  ["\ud800", "\\ud800", "\\ud800"],
  ["\udfff", "\\udfff", "\\udfff"],
  ["\u{e0001}", "\\u{e0001}", "\\udb40\\udc01"],
  ["\u{e007f}", "\\u{e007f}", "\\udb40\\udc7f"],
];

Deno.test("printable: control and format characters, separators and lone surrogates are escaped", () => {
  for (const [character, shown] of CASES) {
    assertEquals(printable(`a${character}b`), `a${shown}b`);
  }
});

Deno.test("printable: everything else is printed as it is", () => {
  const text = "max(2, π) \\ é e\u0301 😀 数 עברית \xa0\u3000\ufffd";
  assertEquals(printable(text), text);
  assertEquals(printableJson(text), JSON.stringify(text));
});

Deno.test("printableJson: such characters are escaped as in JSON", () => {
  for (const [character, , json] of CASES) {
    assertEquals(printableJson([`a${character}b`]), `["a${json}b"]`);
    assertEquals(printableJson({ [character]: 1 }), `{"${json}":1}`);
  }
});

Deno.test("printableJson: any value parses to the same value", () => {
  const aString = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.string({ unit: fc.constantFrom(...CASES.map(([first]) => first)) }),
  );
  fc.assert(fc.property(fc.dictionary(aString, aString), (value) => {
    const json = printableJson(value);
    assertEquals(JSON.parse(json), JSON.parse(JSON.stringify(value)));
    assert(!/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u.test(json), json);
  }));
});
