import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { complete, hint, paint } from "../../lib/client/typing.ts";

Deno.test("complete: names that begin as typed, in any case", () => {
  assertEquals(complete("1 + sq"), { begun: "sq", words: ["sqrt("] });
  assertEquals(complete("2 * T"), { begun: "T", words: ["tan(", "tau"] });
  assertEquals(complete("max(an"), { begun: "an", words: ["ans"] });
  assertEquals(complete("x"), { begun: "x", words: [] });
});

Deno.test("complete: commands at the start of a line, topics behind help", () => {
  assertEquals(complete("he").words, ["help"]);
  assertEquals(complete("1 + he").words, []);
  assertEquals(complete("help ma").words, ["max"]);
});

Deno.test("hint: the form of the innermost call that is open", () => {
  assertEquals(hint("log("), "log(x[, base])");
  assertEquals(hint("LOG(sqrt(2), "), "log(x[, base])");
  assertEquals(hint("log((1 + 2"), undefined);
  assertEquals(hint("log(max(1, 2"), "max(a, b, …)");
  assertEquals(hint("log(2)"), undefined);
  assertEquals(hint("log"), undefined);
  assertEquals(hint("nosuch("), undefined);
  assertEquals(hint(")))("), undefined);
});

Deno.test("paint: names that mean something are bold, and no character changes", () => {
  const style = {
    bold: (text: string) => `<${text}>`,
    dim: (text: string) => text,
    red: (text: string) => text,
    next: (text: string) => text,
    changed: (text: string) => text,
  };
  assertEquals(
    paint(" 2*PI + max(ans, foo, 1e5) é ", style),
    " 2*<PI> + <max>(<ans>, foo, 1e5) é ",
  );
  const letters = fc.constantFrom(..."maxpi2 .+(,)漢e\u00a0");
  fc.assert(fc.property(fc.string({ unit: letters }), (text) => {
    assertEquals(paint(text, style).replace(/[<>]/g, ""), text);
  }));
});
