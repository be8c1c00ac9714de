import type { Conversation } from "./conversation.ts";

/** How many connections there may be. */
export interface ConnectionLimitOptions {
  /**
   * The maximum number of connections. Beyond it, the connection that has been
   * idle longest makes room for a new one; if a request is under way on all of
   * them, the new one is refused.
   *
   * @default {500}
   */
  maxConnections?: number;
  /**
   * The maximum number of connections from one address, or from one IPv6
   * network of 64 bits. Beyond it, the client's own idle connections make room.
   *
   * @default {Infinity}
   */
  maxConnectionsPerClient?: number;
}

/** The connections of a server that count: neither refused nor closed to make room. */
export class ConnectionLimits {
  readonly #most: number;
  readonly #mostPerClient: number;
  /** Conversations with the network that their client is in. */
  readonly #admitted = new Map<Conversation, { readonly network: string }>();

  /** @param options How many there may be. */
  constructor(
    { maxConnections = 500, maxConnectionsPerClient = Infinity }:
      ConnectionLimitOptions,
  ) {
    this.#most = maxConnections;
    this.#mostPerClient = maxConnectionsPerClient;
  }

  /** How many connections count. */
  get size(): number {
    return this.#admitted.size;
  }

  /** The conversations over these connections. */
  conversations(): Iterable<Conversation> {
    return this.#admitted.keys();
  }

  /** Whether there is no room for one more from a network. */
  isReached(network: string): boolean {
    return this.#rivals(network) !== undefined;
  }

  /**
   * Admits a conversation, if need be in place of an idle one.
   *
   * @returns Whether there was room.
   */
  admit(conversation: Conversation, network: string): boolean {
    const idle = longestIdle(this.#rivals(network) ?? []);
    if (idle) {
      idle.makeRoom();
      this.#admitted.delete(idle);
    }
    if (this.isReached(network)) return false;
    this.#admitted.set(conversation, { network });
    return true;
  }

  /** Forgets a conversation that has ended. */
  delete(conversation: Conversation): void {
    this.#admitted.delete(conversation);
  }

  /** Those of which one must go before there is room, or `undefined` if there is. */
  #rivals(network: string): Iterable<Conversation> | undefined {
    if (this.#mostPerClient < Infinity) {
      const own = this.#admitted.entries()
        .filter(([, client]) => client.network === network)
        .map(([conversation]) => conversation)
        .toArray();
      if (own.length >= this.#mostPerClient) return own;
    }
    return this.size >= this.#most ? this.conversations() : undefined;
  }
}

function longestIdle(
  conversations: Iterable<Conversation>,
): Conversation | undefined {
  let longest: Conversation | undefined;
  let since = Infinity;
  for (const conversation of conversations) {
    const { idleSince = Infinity } = conversation;
    if (idleSince < since) [longest, since] = [conversation, idleSince];
  }
  return longest;
}
