import {
  decodeResponse,
  encodeRequest,
  RemoteError,
} from "../../lib/message/mod.ts";
import {
  type Address,
  ask,
  connect,
  NoAnswerError,
} from "../../lib/net/mod.ts";
import type { Frame } from "../../lib/protocol/mod.ts";

/** How many clients ask at the same time, by default. */
export const CLIENTS = 8;

/** The shape of a load. */
export interface LoadOptions {
  /** How many clients ask at the same time. */
  readonly clients?: number;
  /** Whether they open a connection for each request. */
  readonly oneEach?: boolean;
}

/**
 * Clients that each ask for something new as soon as they are answered, as long as
 * none of them fails.
 */
export class Load implements Disposable {
  /** How many answers there are. */
  answers = 0;
  /** What has failed. */
  readonly errors: string[] = [];
  /** The longest time to an answer, in milliseconds, of the requests sent since `mark`. */
  longest = 0;
  #mark = 0;
  readonly #address: Address;
  readonly #oneEach: boolean;
  readonly #clients: Promise<void[]>;
  #isStopped = false;
  #progress = Promise.withResolvers<void>();

  /**
   * @param address Where to ask.
   * @param options The shape.
   */
  constructor(
    address: Address,
    { clients = CLIENTS, oneEach = false }: LoadOptions = {},
  ) {
    this.#address = address;
    this.#oneEach = oneEach;
    this.#clients = Promise.all(
      Array.from({ length: clients }, (_, client) => this.#run(client)),
    );
  }

  /** Waits until there are so many more answers, or a client has failed. */
  async answered(count: number): Promise<void> {
    const goal = this.answers + count;
    while (this.answers < goal && !this.#isStopped) {
      await Promise.race([this.#progress.promise, this.#clients]);
    }
  }

  /** Begins to measure the time to an answer, of requests sent from now on. */
  mark(): void {
    this.#mark = performance.now();
    this.longest = 0;
  }

  /** Lets the clients take their last answers. */
  async stop(): Promise<void> {
    this[Symbol.dispose]();
    await this.#clients;
  }

  [Symbol.dispose](): void {
    this.#isStopped = true;
  }

  async #run(client: number): Promise<void> {
    const options = { timeout: 60_000 };
    using connection = this.#oneEach
      ? undefined
      : await connect(this.#address, options);
    const send = (request: Frame) =>
      connection?.ask(request) ?? ask(this.#address, request, options);
    for (let count = 0; !this.#isStopped; count++) {
      // Long enough that some of it is under way whenever a server ends.
      const request = encodeRequest(`9 ** 4000 % 7 + ${client}.${count}`);
      const sent = performance.now();
      try {
        decodeResponse(await send(request));
        this.answers++;
        if (sent >= this.#mark) {
          this.longest = Math.max(this.longest, performance.now() - sent);
        }
      } catch (error) {
        if (!isFailure(error)) throw error;
        this.errors.push(`${error}`);
        this.#isStopped = true;
      }
      this.#progress.resolve();
      this.#progress = Promise.withResolvers();
    }
  }
}

function isFailure(error: unknown): boolean {
  return error instanceof RemoteError || error instanceof NoAnswerError;
}
