import type { Value } from "./value.ts";

/** A number that expressions can refer to by name. */
export interface NamedConstant {
  /** The name. Names are case-insensitive. */
  readonly name: string;
  /** The number. */
  readonly value: Value;
}

const rows: readonly NamedConstant[] = [
  { name: "pi", value: Math.PI },
  { name: "tau", value: 2 * Math.PI },
  { name: "e", value: Math.E },
  { name: "inf", value: Infinity },
  { name: "nan", value: NaN },
];

/** The constants by name in lower case. To add one, add a row above. */
export const constants: ReadonlyMap<string, NamedConstant> = new Map(
  rows.map((row) => [row.name, Object.freeze(row)]),
);
