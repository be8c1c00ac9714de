import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { RoundRobin } from "../../lib/net/upstream/round_robin.ts";

interface Server {
  readonly name: string;
}

const REST = 1_000;

function roundRobinOf(count: number) {
  const clock = { now: 0 };
  const servers: Server[] = Array.from(
    { length: count },
    (_, index) => ({ name: `${index}` }),
  );
  const roundRobin = new RoundRobin<Server>({
    rest: REST,
    now: () => clock.now,
  });
  /** The order in which a request would try the servers. */
  function order(): string {
    const tried = new Set<Server>();
    let names = "";
    for (
      let server;
      (server = roundRobin.next(servers, tried));
      names += server.name
    ) {
      tried.add(server);
    }
    return names;
  }
  const first = () => roundRobin.next(servers, new Set())?.name;
  const rested = () => roundRobin.rested(servers).map(({ name }) => name);
  return { roundRobin, servers, clock, order, first, rested };
}

Deno.test("round robin: servers take turns", () => {
  const { first } = roundRobinOf(3);
  const asked = Array.from({ length: 7 }, first);
  assertEquals(asked.join(""), "0120120");
});

Deno.test("round robin: the others evenly share the requests of a resting server", () => {
  const { roundRobin, servers, first } = roundRobinOf(3);
  roundRobin.fail(servers[1]!, false);
  const asked = Array.from({ length: 7 }, first);
  assertEquals(asked.join(""), "0202020");
});

Deno.test("round robin: a resting server is asked last, a silent one after all others", () => {
  const { roundRobin, servers, order } = roundRobinOf(4);
  roundRobin.fail(servers[0]!, true);
  roundRobin.fail(servers[1]!, false);
  assertEquals(order(), "2310");
});

Deno.test("round robin: after its rest, a server is due, as long as another is healthy", () => {
  const { roundRobin, servers, clock, rested } = roundRobinOf(2);
  const [one, other] = servers;
  assertEquals(roundRobin.fail(one!, false), true);
  clock.now = REST - 1;
  assertEquals(rested(), []);
  // It has failed again, and rests again.
  assertEquals(roundRobin.fail(one!, false), false);
  clock.now = REST + 1;
  assertEquals(rested(), []);
  clock.now = 2 * REST;
  assertEquals(rested(), ["0"]);
  roundRobin.fail(other!, false);
  assertEquals(rested(), []);
  assertEquals(roundRobin.answer(other!), true);
  assertEquals(roundRobin.answer(other!), false);
  assertEquals(rested(), ["0"]);
  roundRobin.answer(one!);
  assertEquals(rested(), []);
});

Deno.test("round robin: whatever happens, each server is tried once, and resting ones come last", () => {
  const event = fc.record({
    server: fc.nat(4),
    what: fc.constantFrom("silent", "refused", "answered", "asked"),
    later: fc.nat(REST),
  });
  fc.assert(fc.property(
    fc.integer({ min: 1, max: 5 }),
    fc.array(event),
    (count, events) => {
      const { roundRobin, servers, clock, order, rested } = roundRobinOf(count);
      const resting = new Map<string, number>();
      for (const { server: index, what, later } of events) {
        const server = servers[index % count]!;
        clock.now += later;
        if (what === "answered") {
          assertEquals(roundRobin.answer(server), resting.delete(server.name));
        } else if (what !== "asked") {
          const wasWell = !resting.has(server.name);
          resting.set(server.name, clock.now + REST);
          assertEquals(roundRobin.fail(server, what === "silent"), wasWell);
        }
        const names = order();
        assertEquals([...names].toSorted(), servers.map(({ name }) => name));
        const isResting = [...names].map((name) => resting.has(name));
        assertEquals(isResting, isResting.toSorted());
        const due = [...resting]
          .filter(([, isOverAt]) => clock.now >= isOverAt)
          .map(([name]) => name)
          .toSorted();
        assertEquals(rested(), resting.size < count ? due : []);
      }
    },
  ));
});
