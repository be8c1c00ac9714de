// The script of page.html, which evaluates expressions in a browser, without a server.
// deno bundle --format iife --minify -o dist/page.js docs/examples/page.ts
/// <reference lib="dom" />

import {
  evaluate,
  ExpressionError,
  formatValue,
} from "@calculator/tcp/expression";

const input = document.querySelector("input");
const output = document.querySelector("output");

input?.addEventListener("input", () => {
  if (output) output.textContent = answer(input.value);
});

function answer(text: string): string {
  try {
    const { value, steps } = evaluate(text, { steps: true });
    return steps.length > 0 ? steps.join("\n= ") : formatValue(value);
  } catch (error) {
    if (error instanceof ExpressionError) return error.message;
    throw error;
  }
}
