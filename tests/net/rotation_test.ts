import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { Rotation } from "../../lib/net/rotation.ts";

interface Server {
  readonly name: string;
}

const REST = 1_000;

function rotationOf(count: number) {
  const clock = { now: 0 };
  const servers: Server[] = Array.from(
    { length: count },
    (_, index) => ({ name: `${index}` }),
  );
  const rotation = new Rotation<Server>({ rest: REST, now: () => clock.now });
  /** The order in which a request would try the servers. */
  function order(): string {
    const tried = new Set<Server>();
    let names = "";
    for (
      let server;
      (server = rotation.next(servers, tried));
      names += server.name
    ) {
      tried.add(server);
    }
    return names;
  }
  const first = () => rotation.next(servers, new Set())?.name;
  const rested = () => rotation.rested(servers).map(({ name }) => name);
  return { rotation, servers, clock, order, first, rested };
}

Deno.test("rotation: servers take turns", () => {
  const { first } = rotationOf(3);
  const asked = Array.from({ length: 7 }, first);
  assertEquals(asked.join(""), "0120120");
});

Deno.test("rotation: the others evenly share the requests of a resting server", () => {
  const { rotation, servers, first } = rotationOf(3);
  rotation.fail(servers[1]!, false);
  const asked = Array.from({ length: 7 }, first);
  assertEquals(asked.join(""), "0202020");
});

Deno.test("rotation: a resting server is asked last, a silent one after all others", () => {
  const { rotation, servers, order } = rotationOf(4);
  rotation.fail(servers[0]!, true);
  rotation.fail(servers[1]!, false);
  assertEquals(order(), "2310");
});

Deno.test("rotation: after its rest, a server is due, as long as another is healthy", () => {
  const { rotation, servers, clock, rested } = rotationOf(2);
  const [one, other] = servers;
  assertEquals(rotation.fail(one!, false), true);
  clock.now = REST - 1;
  assertEquals(rested(), []);
  // It has failed again, and rests again.
  assertEquals(rotation.fail(one!, false), false);
  clock.now = REST + 1;
  assertEquals(rested(), []);
  clock.now = 2 * REST;
  assertEquals(rested(), ["0"]);
  rotation.fail(other!, false);
  assertEquals(rested(), []);
  assertEquals(rotation.answer(other!), true);
  assertEquals(rotation.answer(other!), false);
  assertEquals(rested(), ["0"]);
  rotation.answer(one!);
  assertEquals(rested(), []);
});

Deno.test("rotation: whatever happens, each server is tried once, and resting ones come last", () => {
  const event = fc.record({
    server: fc.nat(4),
    what: fc.constantFrom("silent", "refused", "answered", "asked"),
    later: fc.nat(REST),
  });
  fc.assert(fc.property(
    fc.integer({ min: 1, max: 5 }),
    fc.array(event),
    (count, events) => {
      const { rotation, servers, clock, order, rested } = rotationOf(count);
      const resting = new Map<string, number>();
      for (const { server: index, what, later } of events) {
        const server = servers[index % count]!;
        clock.now += later;
        if (what === "answered") {
          assertEquals(rotation.answer(server), resting.delete(server.name));
        } else if (what !== "asked") {
          const wasWell = !resting.has(server.name);
          resting.set(server.name, clock.now + REST);
          assertEquals(rotation.fail(server, what === "silent"), wasWell);
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
