/** The constants by name in lower case. To add one, add a row here. */
export const constants: ReadonlyMap<string, number> = new Map([
  ["pi", Math.PI],
  ["tau", 2 * Math.PI],
  ["e", Math.E],
  ["inf", Infinity],
  ["nan", NaN],
]);
