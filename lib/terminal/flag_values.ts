import { type Address, parseAddress } from "../net/mod.ts";
import { messagePack, type PayloadFormat, pickle } from "../message/mod.ts";
import { MAX_FINITE_MAX_AGE } from "../protocol/mod.ts";

/** A type of value that a flag can take. */
export interface FlagValue<T> {
  /** The description of the type, for error messages. */
  readonly expected: string;
  /** Parses a value, or returns `undefined` if it is invalid. */
  readonly read: (text: string) => T | undefined;
}

/** A host name or a literal IP address, with or without brackets. */
export const hostname: FlagValue<string> = {
  expected: "a host name or an IP address",
  read(text) {
    const host = text.replace(/^\[(.*)\]$/, "$1");
    const isName = /^[^\s/:[\]]+$/.test(host);
    const isIPv6 = /^[\da-f.]*(?::[\da-f.]*){2,}(?:%\w+)?$/i.test(host);
    return isName || isIPv6 ? host : undefined;
  },
};

/** A host and a port. */
export const address: FlagValue<Address> = {
  expected: "HOST:PORT, such as 127.0.0.1:9999 or [::1]:9999",
  read(text) {
    const address = parseAddress(text);
    return address && address.port > 0 ? address : undefined;
  },
};

/** Where to listen: a port, with or without a host. */
export const listenAddress: FlagValue<Address> = {
  expected: "[HOST:]PORT, such as 8080 or [::1]:8080",
  read(text) {
    const isPort = /^\d+$/.test(text);
    return parseAddress(isPort ? `127.0.0.1:${text}` : text);
  },
};

/** A max-age in whole seconds, or `inf` for no limit. */
export const maxAge: FlagValue<number> = {
  expected: `whole seconds from 0 to ${MAX_FINITE_MAX_AGE}, or inf`,
  read: (text) =>
    text === "inf" ? Infinity : wholeNumber(0, MAX_FINITE_MAX_AGE).read(text),
};

/** A number of bytes, optionally in K, M or G (powers of 1024). */
export const bytes: FlagValue<number> = {
  expected: "bytes from 1K to 64G, such as 500000, 512K or 64M",
  read(text) {
    const [, digits, unit = ""] = /^(\d+)([KMG]?)$/i.exec(text) ?? [];
    const value = Number(digits) *
      1024 ** ["", "K", "M", "G"].indexOf(unit.toUpperCase());
    return value >= 1024 && value <= 64 * 1024 ** 3 ? value : undefined;
  },
};

/** The name of a file. */
export const fileName: FlagValue<string> = {
  expected: "the name of a file",
  read: (text) => text === "" ? undefined : text,
};

/** A whole number in a range, inclusive. */
export function wholeNumber(min: number, max: number): FlagValue<number> {
  return {
    expected: `a whole number from ${min} to ${max}`,
    read(text) {
      const value = Number(text);
      const isInRange = value >= min && value <= max;
      return /^\d+$/.test(text) && isInRange ? value : undefined;
    },
  };
}

/** The format of payloads. */
export const payloadFormat: FlagValue<PayloadFormat> = {
  expected: "msgpack or pickle",
  read: (text) =>
    new Map([["msgpack", messagePack], ["pickle", pickle]]).get(text),
};

/** A TCP port to connect to. */
export const port: FlagValue<number> = wholeNumber(1, 65_535);

/** A TCP port to listen on; 0 picks any free port. */
export const listenPort: FlagValue<number> = wholeNumber(0, 65_535);

/** A time in seconds, up to a day. */
export const seconds: FlagValue<number> = {
  expected: "seconds from 0.1 to 86400",
  read(text) {
    const value = Number(text);
    const isInRange = value >= 0.1 && value <= 86_400;
    return /^\d+(\.\d+)?$/.test(text) && isInRange ? value : undefined;
  },
};

/** A time in milliseconds, up to a day. */
export const milliseconds: FlagValue<number> = wholeNumber(0, 86_400_000);
