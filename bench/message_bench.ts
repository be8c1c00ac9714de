import { evaluate, formatValue, parse } from "../lib/expression/mod.ts";
import { messagePack, pickle } from "../lib/message/mod.ts";
import { LONG } from "./requests.ts";

const { value, steps } = evaluate(parse(LONG), { steps: true });
const answer = { result: formatValue(value), steps };

for (const [name, format] of Object.entries({ messagePack, pickle })) {
  const expression = format.encodeExpression(LONG);
  const answered = format.encodeAnswer(answer);

  Deno.bench(`${name}: write an expression`, () => {
    format.encodeExpression(LONG);
  });

  Deno.bench(`${name}: read an expression`, () => {
    format.decodeExpression(expression);
  });

  Deno.bench(`${name}: write an answer with steps`, () => {
    format.encodeAnswer(answer);
  });

  Deno.bench(`${name}: read an answer with steps`, () => {
    format.decodeAnswer(answered);
  });
}
