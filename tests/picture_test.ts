import { assert, assertEquals } from "@std/assert";
import { draw, record } from "../tools/picture.ts";

const picture = await Deno.readTextFile(
  new URL("../docs/session.svg", import.meta.url),
);

Deno.test("docs/session.svg shows what the roles print", async () => {
  assertEquals(
    picture,
    draw(await record()),
    "deno task picture redraws it",
  );
});

Deno.test("docs/session.svg is small and refers to nothing outside itself", () => {
  assert(picture.length < 20_000);
  const [, rest = ""] = picture.split('xmlns="http://www.w3.org/2000/svg"');
  assertEquals(
    rest.match(/<script|<image|<use|href|url\(|@import|:\/\//),
    null,
  );
});

Deno.test("draw() escapes what would be markup", () => {
  const drawn = draw([{ command: "a < b", client: ["<b>&"], proxy: [] }]);
  assert(drawn.includes("</tspan>a &lt; b</text>"));
  assert(drawn.includes(">&lt;b>&amp;</text>"));
});
