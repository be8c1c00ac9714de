/**
 * The contents of a pickle as data: nothing is imported, called or instantiated.
 * An integer is a `bigint`, a float a `number`, a list an array.
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
  /** @param items Its items. */
  constructor(readonly items: readonly Value[]) {}
}

/** The name of a class or a function. It is never looked up. */
export class Global {
  /**
   * @param module The module that defines it.
   * @param name Its name in the module.
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
   * @param of Its class.
   * @param attributes Its attributes by name.
   */
  constructor(
    readonly of: Global,
    readonly attributes: Map<Value, Value> = new Map(),
  ) {}
}

/** The result of a call in a pickle. The call is never made. */
export class Call {
  /**
   * @param callee The function.
   * @param given The arguments.
   */
  constructor(readonly callee: Global, readonly given: Tuple) {}
}
