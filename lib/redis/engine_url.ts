/** Where an engine listens and how to log in, from a URL. */
export interface EngineUrl {
  readonly hostname: string;
  readonly port: number;
  /** Whether it speaks TLS: the scheme is `rediss`. */
  readonly isSecure: boolean;
  readonly username?: string;
  readonly password?: string;
  /** The number of the database, 0 by default. */
  readonly database: number;
}

/** A single engine, or nodes of a cluster. */
export type EngineUrls = readonly [EngineUrl, ...EngineUrl[]];

/** What a URL must look like. Error messages never quote one: it may have a password. */
const EXPECTED =
  "redis://[[USER]:PASSWORD@]HOST[:PORT][/DB], or rediss:// for TLS";

const DEFAULT_PORT = 6379;

/**
 * Parses the URL of an engine. Special characters in the user and the password
 * are percent-encoded.
 *
 * @param text The URL, such as `redis://:secret@cache.example:6379/1`.
 * @returns Its parts.
 * @throws {TypeError} If it is invalid. The message does not contain the URL.
 */
export function parseEngineUrl(text: string): EngineUrl {
  if (!/^rediss?:\/\//i.test(text.trim())) {
    throw invalid("it begins with neither redis:// nor rediss://");
  }
  const url = URL.parse(text.trim());
  if (!url) {
    throw invalid(
      "its host or port is invalid, or its password needs encoding",
    );
  }
  if (url.hostname === "") throw invalid("it has no host");
  if (url.search !== "" || url.hash !== "") {
    throw invalid("it has a ? or a #, which a password must encode");
  }
  const [, digits = ""] = /^\/?(\d{0,5})$/.exec(url.pathname) ?? [];
  if (url.pathname.replace(/^\//, "") !== digits) {
    throw invalid("its path is not the number of a database");
  }
  if (url.username !== "" && url.password === "") {
    throw invalid("it has a user without a password");
  }
  const username = decoded(url.username);
  const password = decoded(url.password);
  return {
    hostname: url.hostname.replace(/^\[(.*)\]$/, "$1"),
    port: url.port === "" ? DEFAULT_PORT : Number(url.port),
    isSecure: url.protocol === "rediss:",
    ...(username !== "" && { username }),
    ...(password !== "" && { password }),
    database: Number(digits),
  };
}

/**
 * Parses the URLs of the nodes of a cluster, or of a single engine.
 *
 * @param texts The URLs, at least one.
 * @returns Their parts.
 * @throws {TypeError} If one is invalid, or they do not belong together.
 */
export function parseEngineUrls(texts: readonly string[]): EngineUrls {
  const [first, ...others] = texts.map(parseEngineUrl);
  if (!first) throw invalid("there is none");
  for (const other of others) {
    for (const part of ["isSecure", "username", "password"] as const) {
      if (other[part] === first[part]) continue;
      throw invalid(
        "all nodes of a cluster need the same scheme, user and password",
      );
    }
  }
  if (
    others.length > 0 && [first, ...others].some(({ database }) => database)
  ) {
    throw invalid("a cluster has only database 0");
  }
  return [first, ...others];
}

/** Formats a URL without user and password, for logs. */
export function withoutPassword(
  { hostname, port, isSecure, database }: EngineUrl,
): string {
  const host = hostname.includes(":") ? `[${hostname}]` : hostname;
  const path = database === 0 ? "" : `/${database}`;
  return `redis${isSecure ? "s" : ""}://${host}:${port}${path}`;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw invalid("its user or password has a % that encodes nothing");
  }
}

function invalid(why: string): TypeError {
  return new TypeError(`expected ${EXPECTED}: ${why}`);
}
