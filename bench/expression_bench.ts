import { evaluate, format, parse } from "../lib/expression/mod.ts";
import { LONG } from "./requests.ts";

for (const text of ["max(2, 3) + 3", LONG]) {
  const size = text === LONG ? "long" : "short";
  const expression = parse(text);

  Deno.bench(`${size} expression: parse`, () => {
    parse(text);
  });

  Deno.bench(`${size} expression: evaluate`, () => {
    evaluate(expression);
  });

  Deno.bench(`${size} expression: evaluate with steps`, () => {
    evaluate(expression, { steps: true });
  });

  Deno.bench(`${size} expression: format`, () => {
    format(expression);
  });
}
