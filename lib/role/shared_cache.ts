/**
 * The flags for a cache that several proxies share. Without them, a proxy caches
 * only in memory, and `lib/redis` is not loaded.
 *
 * @module
 */

import type { Watch } from "../protocol/mod.ts";
import type { RedisFact, RedisStore } from "../redis/mod.ts";
import { type CommandLine, UsageError } from "../terminal/command_line.ts";
import {
  fileName,
  type FlagValue,
  wholeNumber,
} from "../terminal/flag_values.ts";
import { readFile, readPem } from "../terminal/read_file.ts";
import type { Flags } from "../terminal/usage.ts";

/** The flags of a program that can use a shared cache. */
export const sharedCacheFlags: Flags = {
  shared: {
    takes: "URL",
    isRepeatable: true,
    help: "Redis or Valkey cache shared with other proxies",
  },
  "shared-file": {
    takes: "FILE",
    help: "file with these URLs, one per line, to hide passwords",
  },
  "shared-ca": {
    takes: "FILE",
    help: "with rediss://: certificate authority to trust, in PEM",
  },
  "shared-timeout": {
    takes: "MS",
    fallback: "50",
    help: "how long to wait for the shared cache",
  },
};

/** Connects to a shared cache, until the signal is aborted. */
export type OpenSharedCache = (
  watch: Watch<RedisFact>,
  signal: AbortSignal,
) => RedisStore;

/**
 * Reads the flags.
 *
 * @param line The command line.
 * @returns A function that connects to the shared cache, or `undefined` if there is
 * none.
 * @throws {UsageError} If a URL is invalid. Its message has no password.
 */
export async function sharedCache(
  line: CommandLine,
): Promise<OpenSharedCache | undefined> {
  const urls = line.values("shared", anyText);
  const file = line.optional("shared-file", fileName);
  const ca = line.optional("shared-ca", fileName);
  const timeout = line.value("shared-timeout", wholeNumber(1, 10_000));
  if (file !== undefined) urls.push(...urlsIn(readFile("--shared-file", file)));
  const flag = file === undefined ? "--shared" : "--shared-file";
  if (urls.length === 0) {
    if (file !== undefined) throw new UsageError(`${flag} ${file} has no URL`);
    for (const name of ["shared-ca", "shared-timeout"]) {
      if (line.optional(name, anyText) === undefined) continue;
      throw new UsageError(`--${name} requires --shared`);
    }
    return undefined;
  }
  if (ca !== undefined && !urls.every((url) => url.startsWith("rediss:"))) {
    throw new UsageError("--shared-ca requires rediss://");
  }
  const pem = ca === undefined
    ? undefined
    : readPem("--shared-ca", ca, "CERTIFICATE");
  // Loaded lazily: it takes longer to load than the rest of a proxy.
  const { parseEngineUrls } = await import("../redis/engine_url.ts");
  const { RedisStore } = await import("../redis/mod.ts");
  try {
    parseEngineUrls(urls);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new UsageError(`${flag}: ${error.message}`);
  }
  return (watch, signal) =>
    new RedisStore(urls, { timeout, ca: pem, watch, signal });
}

/** Any text: an error must not quote a URL, which may have a password. */
const anyText: FlagValue<string> = { expected: "a URL", read: (text) => text };

/** The URLs in a file: one per line, besides empty lines and comments. */
function urlsIn(text: string): string[] {
  return text.split("\n").map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
}
