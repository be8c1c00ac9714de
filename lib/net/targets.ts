import { type Address, formatAddress } from "./address.ts";
import { lookUp } from "./look_up.ts";

/** A server to connect to. */
export interface Target {
  /** Where to connect. */
  readonly address: Address;
  /** The host as it was given: with TLS, the certificate must be valid for it. */
  readonly hostname: string;
}

/** Options for {@linkcode Targets}. */
export interface TargetsOptions {
  /** How long the first requests wait for names to resolve, in milliseconds. */
  readonly patience: number;
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
export class Targets {
  readonly #options: Required<TargetsOptions>;
  /** The targets of each address, by `HOST:PORT`. */
  readonly #found: Map<string, readonly Target[]>;
  readonly #names: readonly Address[];
  /** When the names are to be resolved again. */
  #isDueAt: number;
  #all: readonly Target[];
  /** The first time that all names are resolved. */
  #resolving: Promise<void> | undefined;

  /**
   * @param addresses The addresses. Duplicates count once.
   * @param options How to resolve names.
   */
  constructor(addresses: readonly Address[], options: TargetsOptions) {
    this.#options = { lookUp, now: () => performance.now(), ...options };
    this.#found = new Map(
      addresses.map((address) => [formatAddress(address), [asGiven(address)]]),
    );
    this.#all = [...this.#found.values()].flat();
    this.#names = this.#all.map(({ address }) => address).filter(isName);
    this.#isDueAt = this.#names.length > 0 ? -Infinity : Infinity;
  }

  /**
   * The targets as they were last resolved: the same array as long as nothing
   * changes.
   */
  async read(): Promise<readonly Target[]> {
    const { now, patience } = this.#options;
    if (now() >= this.#isDueAt) {
      this.#isDueAt = now() + RESOLVE_AGAIN_AFTER;
      const resolving = this.#resolve();
      this.#resolving ??= atMost(patience, resolving);
    }
    await this.#resolving;
    return this.#all;
  }

  async #resolve(): Promise<void> {
    await Promise.all(this.#names.map(async (name) => {
      try {
        const found = await this.#targetsOf(name);
        this.#found.set(formatAddress(name), found);
      } catch {
        // It may still work, or resolve again later.
      }
    }));
    const all = [...this.#found.values()].flat();
    if (!isSame(all, this.#all)) this.#all = all;
  }

  async #targetsOf(name: Address): Promise<readonly Target[]> {
    const { hostname, port } = name;
    // Deno would ask the user about a host that the program may not resolve.
    if (!isAllowed(hostname)) return [asGiven(name)];
    const addresses = new Set(await this.#options.lookUp(hostname));
    const targets = [...addresses].toSorted()
      .map((ip) => ({ address: { hostname: ip, port }, hostname }));
    const isWhole = targets.length < 2 ||
      !targets.every(({ address }) => isAllowed(formatAddress(address)));
    return isWhole ? [asGiven(name)] : targets;
  }
}

function asGiven(address: Address): Target {
  return { address, hostname: address.hostname };
}

function isName({ hostname }: Address): boolean {
  return !hostname.includes(":") && /[^\d.]/.test(hostname);
}

function isSame(some: readonly Target[], others: readonly Target[]): boolean {
  return some.length === others.length && some.every((target, index) => {
    const other = others[index]!;
    return target.hostname === other.hostname &&
      target.address.hostname === other.address.hostname;
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
