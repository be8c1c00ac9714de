// @ts-check
/** How numbers, times and text are written. */

const integer = new Intl.NumberFormat("en");

/** @param {number} value */
export function count(value) {
  return integer.format(value);
}

/**
 * A size in bytes.
 *
 * @param {number} bytes
 */
export function size(bytes) {
  if (bytes < 10_000) return `${count(bytes)} B`;
  if (bytes < 1024 ** 2) return `${(bytes / 1024).toFixed(0)} KiB`;
  return `${(bytes / 1024 ** 2).toFixed(1)} MiB`;
}

/**
 * A duration, from milliseconds.
 *
 * @param {number} ms
 */
export function duration(ms) {
  if (ms < 0.1) return `${Math.ceil(1000 * ms)} µs`;
  if (ms < 1) return `${ms.toFixed(2)} ms`;
  if (ms < 100) return `${ms.toFixed(1)} ms`;
  if (ms < 10_000) return `${count(Math.round(ms))} ms`;
  return `${(ms / 1000).toFixed(1)} s`;
}

/**
 * A time in seconds, `null` or `"inf"` for no limit.
 *
 * @param {number | string | null | undefined} time
 */
export function seconds(time) {
  return typeof time === "number" ? `${count(time)} s` : "no limit";
}

/**
 * The local time of day, with milliseconds.
 *
 * @param {number} time In milliseconds since 1970.
 */
export function timeOfDay(time) {
  const date = new Date(time);
  const clock = date.toTimeString().slice(0, 8);
  return `${clock}.${`${date.getMilliseconds()}`.padStart(3, "0")}`;
}

/** Control and format characters, line and paragraph separators, lone surrogates. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/**
 * Escapes characters that cannot be seen, or that could reorder or hide others, as
 * `\x1b`, `\u202e` or `\u{e0001}`: the same as in the log.
 *
 * @param {string} text
 */
export function printable(text) {
  return text.replace(UNPRINTABLE, (character) => {
    const code = character.codePointAt(0) ?? 0;
    const hex = code.toString(16);
    if (code <= 0xff) return `\\x${hex.padStart(2, "0")}`;
    return code <= 0xffff ? `\\u${hex.padStart(4, "0")}` : `\\u{${hex}}`;
  });
}
