import { MAX_INTEGER_BITS } from "../../expression/integers.ts";
import { integerTooLarge } from "../../expression/integer_limit.ts";
import { ProtocolError } from "../../protocol/mod.ts";
import { OP } from "./opcodes.ts";
import { Call, Global, Instance, Tuple, type Value } from "./pickle_values.ts";

/** The maximum length of an integer, in bytes. */
const MAX_INTEGER_BYTES = Math.ceil(MAX_INTEGER_BITS / 8) + 1;

/** More than any object of the reference has. Bounds the cost of copying. */
const MAX_ATTRIBUTES = 8;

/**
 * Reads a pickle of protocol 2 to 5 as data. Opcodes only move values around, so
 * time and memory are linear in the length of the pickle.
 *
 * @param bytes Exactly one pickle.
 * @param mayName Whether the pickle may name a global.
 * @returns The value that it leaves on the stack.
 * @throws {ProtocolError} If it has an unknown opcode, a global that it may not
 * name or an invalid reference, or is truncated or followed by other bytes.
 * @throws {ExpressionError} If an integer has too many digits.
 */
export function readPickle(
  bytes: Uint8Array,
  mayName: (global: Global) => boolean,
): Value {
  return new PickleReader(bytes, mayName).whole();
}

/** A stack machine: opcodes push values and combine those on top. */
class PickleReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #mayName: (global: Global) => boolean;
  readonly #stack: Value[] = [];
  /** The height of the stack at each open mark. */
  readonly #marks: number[] = [];
  readonly #memo = new Map<number, Value>();
  #at = 0;

  constructor(bytes: Uint8Array, mayName: (global: Global) => boolean) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#mayName = mayName;
  }

  whole(): Value {
    if (this.#byte() !== OP.proto) throw broken("it does not begin with 0x80");
    const protocol = this.#byte();
    if (protocol < 2 || protocol > 5) {
      throw broken(`expected protocol 2 to 5, found ${protocol}`);
    }
    let opcode = this.#byte();
    for (; opcode !== OP.stop; opcode = this.#byte()) this.#execute(opcode);
    const value = this.#pop();
    if (this.#stack.length > 0 || this.#at < this.#bytes.length) {
      throw broken("it holds more than one value");
    }
    return value;
  }

  #execute(opcode: number): void {
    switch (opcode) {
      case OP.frame:
        this.#take(8);
        return;
      case OP.none:
        return this.#push(null);
      case OP.binInt1:
        return this.#push(BigInt(this.#byte()));
      case OP.binInt2:
        return this.#push(BigInt(this.#view.getUint16(this.#take(2), true)));
      case OP.binInt:
        return this.#push(BigInt(this.#view.getInt32(this.#take(4), true)));
      case OP.long1:
        return this.#push(this.#integer(this.#byte()));
      case OP.long4:
        return this.#push(this.#integer(this.#uint32()));
      case OP.binFloat:
        return this.#push(this.#view.getFloat64(this.#take(8)));
      case OP.shortBinUnicode:
        return this.#push(this.#string(this.#byte()));
      case OP.binUnicode:
        return this.#push(this.#string(this.#uint32()));
      case OP.mark:
        this.#marks.push(this.#stack.length);
        return;
      case OP.emptyTuple:
        return this.#push(new Tuple([]));
      case OP.tuple1:
        return this.#push(new Tuple(this.#popItems(1)));
      case OP.tuple2:
        return this.#push(new Tuple(this.#popItems(2)));
      case OP.tuple3:
        return this.#push(new Tuple(this.#popItems(3)));
      case OP.tuple:
        return this.#push(new Tuple(this.#popToMark()));
      case OP.emptyList:
        return this.#push([]);
      case OP.append:
        return this.#append(this.#popItems(1));
      case OP.appends:
        return this.#append(this.#popToMark());
      case OP.emptyDict:
        return this.#push(new Map());
      case OP.setItem:
        return this.#setItems(this.#popItems(2));
      case OP.setItems:
        return this.#setItems(this.#popToMark());
      case OP.global:
        return this.#push(this.#global(this.#line(), this.#line()));
      case OP.stackGlobal: {
        const [module, name] = this.#popItems(2);
        return this.#push(this.#global(module, name));
      }
      case OP.newObject: {
        const [of, given] = this.#popItems(2);
        if (of instanceof Global && given instanceof Tuple) {
          if (given.items.length === 0) return this.#push(new Instance(of));
        }
        throw broken("it creates an object from something other than a class");
      }
      case OP.reduce: {
        const [callee, given] = this.#popItems(2);
        if (callee instanceof Global && given instanceof Tuple) {
          return this.#push(new Call(callee, given));
        }
        throw broken("it calls something other than a name");
      }
      case OP.build:
        return this.#build();
      case OP.memoize:
        this.#memo.set(this.#memo.size, this.#top());
        return;
      case OP.binPut:
        this.#memo.set(this.#byte(), this.#top());
        return;
      case OP.longBinPut:
        this.#memo.set(this.#uint32(), this.#top());
        return;
      case OP.binGet:
        return this.#push(this.#recall(this.#byte()));
      case OP.longBinGet:
        return this.#push(this.#recall(this.#uint32()));
      default:
        throw broken(`it has the opcode 0x${opcode.toString(16)}`);
    }
  }

  /** Advances over some bytes and returns their start. */
  #take(count: number): number {
    const start = this.#at;
    if (count > this.#bytes.length - start) throw broken("it ends too early");
    this.#at = start + count;
    return start;
  }

  #byte(): number {
    return this.#view.getUint8(this.#take(1));
  }

  #uint32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  /** Reads an integer in two's complement, little-endian. */
  #integer(length: number): bigint {
    const start = this.#take(length);
    if (length > MAX_INTEGER_BYTES) throw integerTooLarge();
    const digits = this.#bytes.slice(start, start + length).reverse().toHex();
    const unsigned = length === 0 ? 0n : BigInt(`0x${digits}`);
    return BigInt.asIntN(8 * length, unsigned);
  }

  #string(length: number): string {
    const start = this.#take(length);
    return decodeText(this.#bytes.subarray(start, start + length));
  }

  /** Reads a line, without its end. */
  #line(): string {
    const end = this.#bytes.indexOf(0x0a, this.#at);
    if (end === -1) throw broken("it ends too early");
    const line = this.#string(end - this.#at);
    this.#take(1);
    return line;
  }

  #push(value: Value): void {
    this.#stack.push(value);
  }

  #top(): Value {
    const top = this.#stack.at(-1);
    if (top === undefined || this.#stack.length <= this.#floor()) {
      throw broken("it takes a value that is not on the stack");
    }
    return top;
  }

  #pop(): Value {
    const top = this.#top();
    this.#stack.pop();
    return top;
  }

  /** Pops the topmost values, in the order in which they were pushed. */
  #popItems(count: number): Value[] {
    if (this.#stack.length - count < this.#floor()) {
      throw broken("it takes a value that is not on the stack");
    }
    return this.#stack.splice(-count, count);
  }

  #popToMark(): Value[] {
    const mark = this.#marks.pop();
    if (mark === undefined) {
      throw broken("it pops to a mark that was never set");
    }
    return this.#stack.splice(mark);
  }

  /** Values below the last mark are out of reach. */
  #floor(): number {
    return this.#marks.at(-1) ?? 0;
  }

  #recall(index: number): Value {
    const value = this.#memo.get(index);
    if (value === undefined) throw broken(`memo entry ${index} was never set`);
    return value;
  }

  #append(items: Value[]): void {
    const list = this.#top();
    if (!Array.isArray(list)) {
      throw broken("it appends to something other than a list");
    }
    for (const item of items) list.push(item);
  }

  #setItems(items: Value[]): void {
    const dict = this.#top();
    if (!(dict instanceof Map) || items.length % 2 !== 0) {
      throw broken("it sets items on something other than a dict");
    }
    for (let at = 0; at < items.length; at += 2) {
      dict.set(items[at] ?? null, items[at + 1] ?? null);
    }
  }

  #global(module: Value | undefined, name: Value | undefined): Global {
    if (typeof module !== "string" || typeof name !== "string") {
      throw broken("it names a global with something other than a string");
    }
    const global = new Global(PYTHON_2_MODULES.get(module) ?? module, name);
    if (!this.#mayName(global)) {
      throw new ProtocolError(`the pickle may not name ${quoted(global.path)}`);
    }
    return global;
  }

  /** Sets the attributes of an object. The state of a call result is ignored. */
  #build(): void {
    const [state] = this.#popItems(1);
    const object = this.#top();
    if (object instanceof Call) return;
    if (!(object instanceof Instance) || !(state instanceof Map)) {
      throw broken("it sets attributes on something other than an object");
    }
    if (state.size > MAX_ATTRIBUTES) {
      throw broken(`it gives an object more than ${MAX_ATTRIBUTES} attributes`);
    }
    for (const [key, value] of state) object.attributes.set(key, value);
  }
}

/** Protocol 2 names modules as Python 2 did. */
const PYTHON_2_MODULES: ReadonlyMap<string, string> = new Map([
  ["__builtin__", "builtins"],
  ["exceptions", "builtins"],
]);

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function decodeText(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw broken("it has text that is not UTF-8");
  }
}

function broken(why: string): ProtocolError {
  return new ProtocolError(`the payload is not a readable pickle: ${why}`);
}

/** Quotes untrusted text, truncated. */
function quoted(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}
