// A server that knows one more function and one more constant, and its client.
// deno run -N docs/examples/vocabulary.ts

import {
  calculate,
  calculator,
  ExpressionError,
  serve,
  Vocabulary,
} from "@calculator/tcp";
import type { Value } from "@calculator/tcp/expression";

function gcd(left: Value, right: Value): Value {
  if (typeof left === "number" || typeof right === "number") {
    throw new ExpressionError("DomainError", "gcd takes integers only");
  }
  if (right === 0n) return left < 0n ? -left : left;
  return gcd(right, left % right);
}

const vocabulary = new Vocabulary({
  functions: [{ name: "gcd", arity: [2, 2], apply: gcd }],
  constants: [{ name: "dozen", value: 12n }],
});

await using server = serve({ port: 0 }, calculator({ vocabulary }));
for (const expression of ["gcd(2 * dozen, 18)", "gcd(1.5, 2)", "gdc(1, 2)"]) {
  const answer = calculate(server.address, expression, { vocabulary });
  console.log(await answer.catch(String));
}
