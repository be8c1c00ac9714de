/**
 * What a pickle holds, as data: nothing is imported, called or built. An
 * integer is a `bigint`, a float a `number`, a list an array.
 *
 * @module
 */

/** A value in a pickle. */
export type Value =
  | bigint
  | number
  | string
  | null
  | Value[]
  | Map<Value, Value>
  | Tuple
  | Global
  | Instance
  | Call;

/** A Python tuple. */
export class Tuple {
  /** @param items What it holds. */
  constructor(readonly items: readonly Value[]) {}
}

/** Something that a pickle names: a class or a function. It is a name and no more. */
export class Global {
  /**
   * @param module Where it is defined.
   * @param name What it is called there.
   */
  constructor(readonly module: string, readonly name: string) {}

  /** The name in full, such as `_operator.add`. */
  get path(): string {
    return `${this.module}.${this.name}`;
  }
}

/** An object: its class and its attributes. */
export class Instance {
  /**
   * @param class What it is an object of.
   * @param attributes Its attributes by name.
   */
  constructor(
    readonly of: Global,
    readonly attributes: Map<Value, Value> = new Map(),
  ) {}
}

/** The result of a call that a pickle asks for, and that is never made. */
export class Call {
  /**
   * @param callee What would be called.
   * @param given What it would be given.
   */
  constructor(readonly callee: Global, readonly given: Tuple) {}
}
