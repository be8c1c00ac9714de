import { assert, assertEquals } from "@std/assert";
import { encodeRequest, encodeSuccess } from "../../lib/message/mod.ts";
import type { Client } from "../../lib/protocol/mod.ts";
import type { ExchangeRecord } from "../../lib/page/exchange_record.ts";
import { Exchanges } from "../../lib/page/exchanges.ts";
import { Figures } from "../../lib/page/figures.ts";
import { Frames } from "../../lib/page/frames.ts";
import { OUTCOMES } from "../../lib/page/outcome.ts";
import type { Fact } from "../../lib/watch/fact.ts";
import { facts } from "../watch/facts.ts";

const request = encodeRequest("1 + 2");
const response = encodeSuccess({ result: "3", steps: [] });
const remaining = { server: 60, client: 60 };

/** A fact about a client. */
type ClientFact = Extract<Fact, { client: Client }>;

function start() {
  const figures = new Figures();
  const records: ExchangeRecord[] = [];
  const exchanges = new Exchanges({
    figures,
    frames: new Frames(),
    show: (record) => records.push(record),
  });
  let clients = 0;
  /** A connection of a client, and what is reported about it. */
  const connect = (details: Partial<Client> = {}) => {
    const id = ++clients;
    const client = { id, address: `127.0.0.1:${id}`, ...details };
    exchanges.watch({ type: "connected", client });
    return (...between: ClientFact[]) => {
      exchanges.watch({ type: "request", client, request });
      for (const fact of between) {
        // Middleware may pass a copy of the client on.
        exchanges.watch({ ...fact, client: { ...client } });
      }
      exchanges.watch({ type: "response", client, response });
    };
  };
  const counts = () => {
    exchanges.tick(performance.now());
    return Object.fromEntries(
      OUTCOMES.map((outcome) => [
        outcome,
        figures.histogram(outcome).counts.reduce((sum, one) => sum + one, 0),
      ]).filter(([, count]) => count !== 0),
    );
  };
  return { exchanges, records, connect, counts };
}

Deno.test("exchanges: all are counted exactly, and only some are shown under load", () => {
  const { exchanges, records, connect, counts } = start();
  const ask = connect();
  for (let second = 0; second < 3; second++) {
    for (let n = 0; n < 10_000; n++) {
      ask(n % 4 === 0 ? facts["not stored"] : facts.hit);
    }
    exchanges.tick(performance.now());
  }
  assertEquals(counts(), { hit: 22_500, miss: 7_500 });
  const shown = new Set(records.map(({ exchange }) => exchange)).size;
  assertEquals(shown + exchanges.unshown, 30_000);
  assert(shown >= 20 && shown < 200, `${shown}`);
});

Deno.test("exchanges: a hit in either tier is a hit, otherwise a stale response counts", () => {
  const tier = "shared";
  const { stored, hit, stale, joined } = facts;
  const onError = facts["stale on error"];
  for (
    const [between, outcome] of [
      [[{ ...hit, tier }, stored], "hit"],
      [[{ ...hit, tier }, stale], "hit"],
      [[{ ...stored, tier }, stored], "miss"],
      [[{ ...stale, tier }, stored], "stale"],
      [[{ ...stored, tier }, stale], "stale"],
      [[onError], "stale"],
      [[joined], "miss"],
      [[], "answered"],
    ] as const
  ) {
    const { connect, counts } = start();
    connect()(...between);
    assertEquals(counts(), { [outcome]: 1 });
  }
});

Deno.test("exchanges: a favorite is shown, however many there are", () => {
  const { exchanges, records, connect } = start();
  const busy = connect();
  for (let n = 0; n < 5_000; n++) busy();
  exchanges.tick(performance.now());
  for (let n = 0; n < 10; n++) busy();
  exchanges.favorites.add("127.0.0.1:7777");
  connect({ address: "127.0.0.1:7777", identity: "ann" })(facts.hit);
  const own = records.filter(({ client }) => client === "127.0.0.1:7777");
  assertEquals(own.map(({ event }) => event), [
    ...["connected", "request", "hit", "response"],
  ]);
  assertEquals(own[0]?.identity, "ann");
});

Deno.test("exchanges: a refused client is an exchange, not a connection", () => {
  const { exchanges, records } = start();
  const client = { id: 7, address: "127.0.0.1:7" };
  exchanges.watch({ type: "refused", client });
  exchanges.watch({ type: "closed", client, reason: undefined });
  assertEquals(records.map(({ event }) => event), ["connected", "refused"]);
  assertEquals(exchanges.connections, 0);
});

Deno.test("exchanges: a stale response is reported before the server is asked", () => {
  const { records, connect } = start();
  connect()(facts.refreshing, facts.asking, { ...facts.stale, remaining });
  assertEquals(records.map(({ event }) => event), [
    ...["connected", "request", "refreshing", "asking", "stale", "response"],
  ]);
});
