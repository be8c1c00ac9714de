import type { Conversation } from "./conversation.ts";

/** Limits on the number of connections. */
export interface ConnectionLimitOptions {
  /**
   * The maximum number of connections. Above it, the longest idle connection is
   * closed to make room for a new one; if none is idle, the new one is refused.
   *
   * @default {500}
   */
  maxConnections?: number | undefined;
  /**
   * The maximum number of connections from one address, or from one IPv6 /64
   * network. Clients with certificates are counted by identity instead, once the
   * handshake is complete. Above the limit, only connections of the same client are
   * closed to make room.
   *
   * @default {Infinity}
   */
  maxConnectionsPerClient?: number | undefined;
}

/**
 * The connections that count toward the limits: not those refused or closed to
 * make room.
 */
export class ConnectionLimits {
  readonly #max: number;
  readonly #maxPerClient: number;
  /** Conversations, with the key of their client: its network or identity. */
  readonly #admitted = new Map<Conversation, string>();

  /** @param options The limits. */
  constructor(
    { maxConnections = 500, maxConnectionsPerClient = Infinity }:
      ConnectionLimitOptions,
  ) {
    this.#max = maxConnections;
    this.#maxPerClient = maxConnectionsPerClient;
  }

  /** The number of connections that count. */
  get size(): number {
    return this.#admitted.size;
  }

  /** The conversations on these connections. */
  conversations(): Iterable<Conversation> {
    return this.#admitted.keys();
  }

  /** Whether another connection under a key would exceed a limit. */
  isReached(key: string): boolean {
    return this.#rivals(key) !== undefined;
  }

  /**
   * Admits a conversation, in place of an idle one if necessary.
   *
   * @param conversation The conversation.
   * @param key The key that its client is counted under: its network.
   * @returns Whether there was room.
   */
  admit(conversation: Conversation, key: string): boolean {
    const idle = longestIdle(this.#rivals(key) ?? []);
    if (idle) {
      idle.makeRoom();
      this.#admitted.delete(idle);
    }
    if (this.isReached(key)) return false;
    this.#admitted.set(conversation, key);
    return true;
  }

  /**
   * Counts a conversation under the identity of its client from now on, in place of
   * an idle one with the same identity if necessary.
   *
   * @returns Whether there was room. If not, the conversation is no longer admitted.
   */
  identify(conversation: Conversation, identity: string): boolean {
    this.#admitted.delete(conversation);
    // No network contains a space.
    return this.admit(conversation, `identity ${identity}`);
  }

  /** Removes a conversation that has ended. */
  delete(conversation: Conversation): void {
    this.#admitted.delete(conversation);
  }

  /**
   * The conversations of which one must be closed to make room, or `undefined`
   * if there is room.
   */
  #rivals(key: string): Iterable<Conversation> | undefined {
    if (this.#maxPerClient < Infinity) {
      const own = this.#admitted.entries()
        .filter(([, other]) => other === key)
        .map(([conversation]) => conversation)
        .toArray();
      if (own.length >= this.#maxPerClient) return own;
    }
    return this.size >= this.#max ? this.conversations() : undefined;
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
