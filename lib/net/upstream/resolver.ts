import { type Address, formatAddress } from "../address.ts";

/** A server to connect to. */
export interface Endpoint {
  /** Where to connect. */
  readonly address: Address;
  /** The host as it was given: with TLS, the certificate must be valid for it. */
  readonly hostname: string;
}

/** Options for {@linkcode Resolver}. */
export interface ResolverOptions {
  /** How long the first requests wait for names to resolve, in milliseconds. */
  readonly timeout: number;
  /** Resolves a name. */
  readonly lookUp?: (hostname: string) => Promise<readonly string[]>;
  /** The clock, in milliseconds. */
  readonly now?: () => number;
}

/** How long resolved names are used before they are resolved again, in milliseconds. */
const RESOLVE_AGAIN_AFTER = 10_000;

/**
 * The servers at some addresses. A name that resolves to several IP addresses
 * counts as several servers. Any other name is one server, and is resolved
 * whenever a connection is opened.
 */
export class Resolver {
  readonly #options: Required<ResolverOptions>;
  /** The endpoints of each address, by `HOST:PORT`. */
  readonly #found: Map<string, readonly Endpoint[]>;
  readonly #names: readonly Address[];
  /** When the names are to be resolved again. */
  #isDueAt: number;
  #all: readonly Endpoint[];
  /** The first time that all names are resolved. */
  #resolving: Promise<void> | undefined;

  /**
   * @param addresses The addresses. Duplicates count once.
   * @param options How to resolve names.
   */
  constructor(addresses: readonly Address[], options: ResolverOptions) {
    this.#options = { lookUp, now: () => performance.now(), ...options };
    this.#found = new Map(
      addresses.map((address) => [formatAddress(address), [asGiven(address)]]),
    );
    this.#all = [...this.#found.values()].flat();
    this.#names = this.#all.map(({ address }) => address).filter(isName);
    this.#isDueAt = this.#names.length > 0 ? -Infinity : Infinity;
  }

  /**
   * The endpoints as they were last resolved: the same array as long as nothing
   * changes.
   */
  async read(): Promise<readonly Endpoint[]> {
    const { now, timeout } = this.#options;
    if (now() >= this.#isDueAt) {
      this.#isDueAt = now() + RESOLVE_AGAIN_AFTER;
      const resolving = this.#resolve();
      this.#resolving ??= atMost(timeout, resolving);
    }
    await this.#resolving;
    return this.#all;
  }

  async #resolve(): Promise<void> {
    await Promise.all(this.#names.map(async (name) => {
      try {
        const found = await this.#endpointsOf(name);
        this.#found.set(formatAddress(name), found);
      } catch {
        // It may still work, or resolve again later.
      }
    }));
    const all = [...this.#found.values()].flat();
    if (!isSame(all, this.#all)) this.#all = all;
  }

  async #endpointsOf(name: Address): Promise<readonly Endpoint[]> {
    const { hostname, port } = name;
    // Deno would ask the user about a host that the program may not resolve.
    if (!isAllowed(hostname)) return [asGiven(name)];
    const addresses = new Set(await this.#options.lookUp(hostname));
    const endpoints = [...addresses].toSorted()
      .map((ip) => ({ address: { hostname: ip, port }, hostname }));
    const isWhole = endpoints.length < 2 ||
      !endpoints.every(({ address }) => isAllowed(formatAddress(address)));
    return isWhole ? [asGiven(name)] : endpoints;
  }
}

function asGiven(address: Address): Endpoint {
  return { address, hostname: address.hostname };
}

function isName({ hostname }: Address): boolean {
  return !hostname.includes(":") && /[^\d.]/.test(hostname);
}

function isSame(
  some: readonly Endpoint[],
  others: readonly Endpoint[],
): boolean {
  return some.length === others.length && some.every((endpoint, index) => {
    const other = others[index]!;
    return endpoint.hostname === other.hostname &&
      endpoint.address.hostname === other.address.hostname;
  });
}

function isAllowed(host: string): boolean {
  const { state } = Deno.permissions.querySync({ name: "net", host });
  return state === "granted";
}

/** Waits for a promise, but not longer than a time in milliseconds. */
async function atMost(time: number, promise: Promise<void>): Promise<void> {
  let timer;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, time);
  });
  await Promise.race([promise, late]);
  clearTimeout(timer);
}

/**
 * All addresses of a host name, by the resolver of the system, which also reads the
 * hosts file.
 *
 * @param hostname The name, or a literal IP address.
 * @throws {Error} If it does not resolve.
 */
export async function lookUp(hostname: string): Promise<string[]> {
  // Loaded lazily: most addresses are literal.
  const { lookup } = await import("node:dns/promises");
  const found = await lookup(hostname, { all: true });
  return found.map(({ address }) => address);
}
