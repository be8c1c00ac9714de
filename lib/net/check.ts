/**
 * Checks of options, before anything else happens. An option that is `undefined` has
 * its default, and is valid.
 *
 * @module
 */

import type { Address } from "./address.ts";
// Evaluated on first use: most programs do not need TLS.
import defer * as tls from "./tls/check_tls.ts";
import type { TlsOptions } from "./tls/tls_options.ts";

/** The values of options of one type, by name. */
type Named<T> = Readonly<Record<string, T | undefined>>;

/**
 * Checks times in milliseconds.
 *
 * @param times The times.
 * @param least The minimum.
 * @throws {RangeError} If one is less, or not a number.
 */
export function checkTimes(times: Named<number>, least: 0 | 1): void {
  check(
    times,
    (time) => typeof time === "number" && time >= least,
    `a time in milliseconds, at least ${least}`,
  );
}

/**
 * Checks counts. `Infinity` is valid.
 *
 * @param counts The counts.
 * @param least The minimum.
 * @throws {RangeError} If one is less, or not a whole number.
 */
export function checkCounts(counts: Named<number>, least: 0 | 1): void {
  check(
    counts,
    (count) =>
      (Number.isInteger(count) || count === Infinity) && count >= least,
    `a whole number, at least ${least}`,
  );
}

/**
 * Checks an address to listen on or to connect to.
 *
 * @throws {RangeError} If the host name is empty, or the port is not a whole number
 * from 0 to 65,535.
 */
export function checkAddress(
  { hostname, port }:
    & Partial<Record<"hostname", string | undefined>>
    & Pick<Address, "port">,
): void {
  check(
    { hostname },
    (name) => typeof name === "string" && name !== "",
    "a host name or an IP address",
  );
  check(
    { port: port ?? NaN },
    (port) => Number.isInteger(port) && port >= 0 && port <= 65_535,
    "a whole number from 0 to 65535",
  );
}

/**
 * Checks TLS options.
 *
 * @throws {TypeError} If one of them is unknown or cannot be parsed.
 */
export function checkTlsOptions(options: TlsOptions | undefined): void {
  if (options) tls.checkTls(options);
}

function check<T>(
  options: Named<T>,
  isRight: (value: T) => boolean,
  expected: string,
): void {
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || isRight(value)) continue;
    throw new RangeError(
      `"${name}" must be ${expected}: received ${Deno.inspect(value)}`,
    );
  }
}
