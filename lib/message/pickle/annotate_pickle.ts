import { formatValue } from "../../expression/mod.ts";
import { ProtocolError } from "../../protocol/mod.ts";
import { type Annotation, counted } from "../annotation.ts";
import { OP } from "./opcodes.ts";

/**
 * Annotates a pickle: each opcode by the name that Python's pickletools gives
 * it, with its argument, and the text of a string. The opcodes are not executed:
 * what they would do to the stack is not checked.
 *
 * @param payload The pickle.
 */
export function* annotatePickle(
  payload: Uint8Array,
): Generator<Annotation, void> {
  const operations = new Operations(payload);
  let end = 0;
  try {
    while (!operations.hasStopped) {
      yield* operations.next();
      end = operations.at;
    }
    if (end < payload.length) throw new ProtocolError("bytes after STOP");
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    const length = payload.length - end;
    yield { at: end, length, field: "not decoded", value: error.message };
  }
}

/** How the argument of an opcode is written. Most numbers are little-endian. */
type Argument =
  | "none"
  | "uint8"
  | "uint16"
  | "int32"
  | "uint32"
  | "uint64"
  | "float64"
  /** The number of a memo: given with 8 or 32 bits, or the next one. */
  | "memo8"
  | "memo32"
  | "next memo"
  /** An integer or a string after its length, which has 8 or 32 bits. */
  | "integer8"
  | "integer32"
  | "string8"
  | "string32"
  /** Two texts that end with a line feed each. */
  | "lines";

/** An opcode in words; `_` stands for its argument. */
type Operation = readonly [name: string, does: string, argument?: Argument];

const OPERATIONS: ReadonlyMap<number, Operation> = new Map([
  [OP.mark, ["MARK", "begin a group"]],
  [OP.emptyTuple, ["EMPTY_TUPLE", "push ()"]],
  [OP.stop, ["STOP", "the end"]],
  [OP.binFloat, ["BINFLOAT", "push _", "float64"]],
  [OP.binInt, ["BININT", "push _", "int32"]],
  [OP.binInt1, ["BININT1", "push _", "uint8"]],
  [OP.binInt2, ["BININT2", "push _", "uint16"]],
  [OP.none, ["NONE", "push None"]],
  [OP.reduce, ["REDUCE", "a call, which is never made"]],
  [OP.binUnicode, ["BINUNICODE", "push a string of _", "string32"]],
  [OP.emptyList, ["EMPTY_LIST", "push []"]],
  [OP.append, ["APPEND", "append to the list"]],
  [OP.build, ["BUILD", "give the object its attributes"]],
  [OP.global, ["GLOBAL", "name a class or a function", "lines"]],
  [OP.appends, ["APPENDS", "append the group to the list"]],
  [OP.binGet, ["BINGET", "push memo _", "uint8"]],
  [OP.longBinGet, ["LONG_BINGET", "push memo _", "uint32"]],
  [OP.binPut, ["BINPUT", "keep as memo _", "memo8"]],
  [OP.longBinPut, ["LONG_BINPUT", "keep as memo _", "memo32"]],
  [OP.setItem, ["SETITEM", "put an item into the dict"]],
  [OP.tuple, ["TUPLE", "make a tuple of the group"]],
  [OP.setItems, ["SETITEMS", "put the group into the dict"]],
  [OP.emptyDict, ["EMPTY_DICT", "push {}"]],
  [OP.proto, ["PROTO", "protocol _", "uint8"]],
  [OP.newObject, ["NEWOBJ", "make an object of the class"]],
  [OP.tuple1, ["TUPLE1", "make a tuple of 1"]],
  [OP.tuple2, ["TUPLE2", "make a tuple of 2"]],
  [OP.tuple3, ["TUPLE3", "make a tuple of 3"]],
  [OP.long1, ["LONG1", "push _", "integer8"]],
  [OP.long4, ["LONG4", "push _", "integer32"]],
  [OP.shortBinUnicode, ["SHORT_BINUNICODE", "push a string of _", "string8"]],
  [OP.stackGlobal, ["STACK_GLOBAL", "name a class or a function"]],
  [OP.memoize, ["MEMOIZE", "keep as memo _", "next memo"]],
  [OP.frame, ["FRAME", "_ bytes to come", "uint64"]],
]);

/** Longer integers, in bytes, are not written out. */
const MAX_SHOWN_INTEGER = 16;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The opcodes of a pickle, read one after the other. */
class Operations {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #memo = new Set<number>();
  /** Where the next opcode begins. */
  at = 0;
  hasStopped = false;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  /** @throws {ProtocolError} If the next opcode cannot be read. */
  next(): Annotation[] {
    const { at } = this;
    const opcode = this.#view.getUint8(this.#take(1));
    const operation = OPERATIONS.get(opcode);
    if (!operation) {
      const hex = opcode.toString(16).padStart(2, "0");
      throw new ProtocolError(`an opcode that is not used here, 0x${hex}`);
    }
    this.hasStopped = opcode === OP.stop;
    const [field, does, kind = "none"] = operation;
    const texts: Annotation[] = [];
    const value = does.replace("_", this.#argument(kind, texts));
    const length = (texts[0]?.at ?? this.at) - at;
    return [{ at, length, field, value }, ...texts];
  }

  /** Reads an argument, and adds its texts to `texts`. */
  #argument(kind: Argument, texts: Annotation[]): string {
    const view = this.#view;
    switch (kind) {
      case "none":
        return "";
      case "uint8":
        return `${this.#uint8()}`;
      case "uint16":
        return `${view.getUint16(this.#take(2), true)}`;
      case "int32":
        return `${view.getInt32(this.#take(4), true)}`;
      case "uint32":
        return `${this.#uint32()}`;
      case "uint64":
        return view.getBigUint64(this.#take(8), true).toLocaleString("en");
      case "float64":
        return formatValue(view.getFloat64(this.#take(8)));
      case "memo8":
        return this.#memoize(this.#uint8());
      case "memo32":
        return this.#memoize(this.#uint32());
      case "next memo":
        return this.#memoize(this.#memo.size);
      case "integer8":
        return this.#integer(this.#uint8());
      case "integer32":
        return this.#integer(this.#uint32());
      case "string8":
        return this.#string(this.#uint8(), texts);
      case "string32":
        return this.#string(this.#uint32(), texts);
      case "lines":
        this.#line(texts);
        this.#line(texts);
        return "";
    }
  }

  /** Advances over some bytes, and returns where they begin. */
  #take(count: number): number {
    const start = this.at;
    if (count > this.#bytes.length - start) {
      throw new ProtocolError("the pickle ends too early");
    }
    this.at = start + count;
    return start;
  }

  #uint8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  #uint32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  #memoize(number: number): string {
    this.#memo.add(number);
    return `${number}`;
  }

  /** Reads an integer in two's complement, the lowest byte first. */
  #integer(length: number): string {
    const start = this.#take(length);
    if (length > MAX_SHOWN_INTEGER) {
      return `an integer of ${counted(length, "byte")}`;
    }
    const digits = this.#bytes.slice(start, start + length).reverse().toHex();
    return `${BigInt.asIntN(8 * length, BigInt(`0x0${digits}`))}`;
  }

  #string(length: number, texts: Annotation[]): string {
    const start = this.#take(length);
    if (length > 0) texts.push(this.#text(start));
    return counted(length, "byte");
  }

  #line(texts: Annotation[]): void {
    const start = this.at;
    const end = this.#bytes.indexOf(0x0a, start);
    if (end === -1) throw new ProtocolError("a line without an end");
    this.#take(end + 1 - start);
    texts.push(this.#text(start));
  }

  /** The text that has just been read. */
  #text(at: number): Annotation {
    const bytes = this.#bytes.subarray(at, this.at);
    try {
      const value = utf8.decode(bytes);
      return { at, length: bytes.length, field: "text", value };
    } catch {
      throw new ProtocolError("text that is not UTF-8");
    }
  }
}
