// Parses and evaluates expressions without a network: values, steps and errors.
// deno run docs/examples/without_network.ts

import {
  evaluate,
  ExpressionError,
  format,
  formatValue,
  parse,
} from "@calculator/tcp/expression";

for (const text of ["7/(1+2*3)", "2 ** 64", "max(2, 3 + * 4)", "1 / 0"]) {
  try {
    const tree = parse(text);
    const { value, steps } = evaluate(tree, { steps: true });
    console.log(`${format(tree)} is the ${typeof value} ${formatValue(value)}`);
    console.log(steps);
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    const indent = " ".repeat(error.position ?? 0);
    console.log(`${text}\n${indent}^ ${error}`);
  }
}
