import { OP } from "./opcodes.ts";
import { Call, Global, Instance, Tuple, type Value } from "./pickle_values.ts";

/**
 * Writes a pickle of protocol 4, byte for byte as CPython does, including which
 * values it memoizes and which it gets from the memo.
 *
 * @param value The value. An object that occurs twice is written once.
 * @returns The pickle.
 */
export function writePickle(value: Value): Uint8Array {
  const writer = new PickleWriter();
  writer.write(value);
  return writer.finish();
}

/** CPython writes the items of a list or a dict in batches of this size. */
const BATCH = 1000;

/** CPython frames only pickles of at least this many bytes. */
const MIN_FRAME = 4;

const utf8 = new TextEncoder();

class PickleWriter {
  readonly #bytes: number[] = [];
  /** The memo indexes of objects and shared strings. */
  readonly #memo = new Map<Value, number>();
  #memoized = 0;

  finish(): Uint8Array {
    this.#put(OP.stop);
    const length = this.#bytes.length;
    const frame = length < MIN_FRAME
      ? []
      : [OP.frame, ...littleEndian(BigInt(length), 8)];
    return Uint8Array.from([OP.proto, 4, ...frame, ...this.#bytes]);
  }

  write(value: Value): void {
    if (typeof value === "bigint") this.#integer(value);
    else if (typeof value === "number") this.#float(value);
    else if (typeof value === "string") this.#string(value);
    else if (value === null) this.#put(OP.none);
    else if (!this.#get(value)) this.#object(value);
  }

  #put(...bytes: number[]): void {
    this.#bytes.push(...bytes);
  }

  /** Memoizes what was written last. Pass the value to reuse it later. */
  #memoize(value?: Value): void {
    this.#put(OP.memoize);
    if (value !== undefined) this.#memo.set(value, this.#memoized);
    this.#memoized++;
  }

  /** Gets a value from the memo, if it is there. */
  #get(value: Value): boolean {
    const number = this.#memo.get(value);
    if (number === undefined) return false;
    if (number < 256) this.#put(OP.binGet, number);
    else this.#put(OP.longBinGet, ...littleEndian(BigInt(number), 4));
    return true;
  }

  #integer(value: bigint): void {
    if (value >= 0n && value < 256n) {
      this.#put(OP.binInt1, Number(value));
    } else if (value >= 0n && value < 65_536n) {
      this.#put(OP.binInt2, ...littleEndian(value, 2));
    } else if (BigInt.asIntN(32, value) === value) {
      this.#put(OP.binInt, ...littleEndian(value, 4));
    } else {
      let length = 5;
      while (BigInt.asIntN(8 * length, value) !== value) length++;
      if (length < 256) this.#put(OP.long1, length);
      else this.#put(OP.long4, ...littleEndian(BigInt(length), 4));
      this.#put(...littleEndian(value, length));
    }
  }

  #float(value: number): void {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setFloat64(0, value);
    this.#put(OP.binFloat, ...bytes);
  }

  #string(value: string): void {
    // CPython has only one object for each string of a single character.
    if (value.length === 1) this.#sharedString(value);
    else this.#newString(value);
  }

  /** Writes an interned string: the name of an attribute or a module. */
  #sharedString(value: string): void {
    if (!this.#get(value)) this.#newString(value, value);
  }

  #newString(value: string, memoized?: string): void {
    const bytes = utf8.encode(value);
    if (bytes.length < 256) this.#put(OP.shortBinUnicode, bytes.length);
    else this.#put(OP.binUnicode, ...littleEndian(BigInt(bytes.length), 4));
    for (const byte of bytes) this.#put(byte);
    this.#memoize(memoized);
  }

  #object(value: Exclude<Value, bigint | number | string | null>): void {
    if (value instanceof Tuple) {
      this.#tuple(value);
    } else if (value instanceof Global) {
      this.#sharedString(value.module);
      this.#newString(value.name);
      this.#put(OP.stackGlobal);
      this.#memoize(value);
    } else if (value instanceof Call) {
      this.write(value.callee);
      this.write(value.given);
      this.#put(OP.reduce);
      this.#memoize(value);
    } else if (value instanceof Instance) {
      this.write(value.of);
      this.#put(OP.emptyTuple, OP.newObject);
      this.#memoize(value);
      this.write(value.attributes);
      this.#put(OP.build);
    } else if (value instanceof Map) {
      this.#put(OP.emptyDict);
      this.#memoize(value);
      this.#batches([...value], OP.setItem, OP.setItems, ([key, item]) => {
        if (typeof key === "string") this.#sharedString(key);
        else this.write(key);
        this.write(item);
      });
    } else {
      this.#put(OP.emptyList);
      this.#memoize(value);
      this.#batches(value, OP.append, OP.appends, (item) => this.write(item));
    }
  }

  #tuple(value: Tuple): void {
    const { items } = value;
    const small =
      [OP.emptyTuple, OP.tuple1, OP.tuple2, OP.tuple3][items.length];
    if (small === undefined) this.#put(OP.mark);
    for (const item of items) this.write(item);
    this.#put(small ?? OP.tuple);
    if (items.length > 0) this.#memoize(value);
  }

  #batches<T>(
    items: readonly T[],
    one: number,
    many: number,
    write: (item: T) => void,
  ): void {
    const [only] = items;
    if (items.length === 1 && only !== undefined) {
      write(only);
      this.#put(one);
      return;
    }
    for (let at = 0; at < items.length; at += BATCH) {
      this.#put(OP.mark);
      for (const item of items.slice(at, at + BATCH)) write(item);
      this.#put(many);
    }
  }
}

/** An integer in two's complement, little-endian. */
function littleEndian(value: bigint, length: number): Uint8Array {
  const digits = BigInt.asUintN(8 * length, value).toString(16);
  return Uint8Array.fromHex(digits.padStart(2 * length, "0")).reverse();
}
