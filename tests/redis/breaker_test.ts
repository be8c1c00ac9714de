import { assertEquals } from "@std/assert";
import { Breaker } from "../../lib/redis/breaker.ts";

function watched() {
  const told: string[] = [];
  const breaker = new Breaker({
    onOpen: ({ message }) => told.push(message),
    onClose: () => told.push("up"),
  });
  const fail = (message: string, began = performance.now()) =>
    breaker.fail(new Error(message), began);
  return { breaker, told, fail };
}

Deno.test("breaker: several failures in a row open it, and are reported once", () => {
  const { breaker, told, fail } = watched();
  breaker.succeed();
  for (let times = 0; times < 4; times++) fail("late");
  breaker.succeed();
  for (let times = 0; times < 4; times++) fail("late");
  assertEquals([breaker.isClosed, breaker.admits()], [true, true]);
  fail("fifth");
  fail("late");
  assertEquals([breaker.isClosed, breaker.admits()], [false, false]);
  assertEquals(told, ["up", "fifth"]);
});

Deno.test("breaker: the first outcome is reported, whatever it is", () => {
  const good = watched();
  good.breaker.succeed();
  good.breaker.succeed();
  assertEquals(good.told, ["up"]);
  const bad = watched();
  bad.breaker.trip(new Error("refused"));
  bad.breaker.trip(new Error("refused"));
  assertEquals([bad.breaker.admits(), bad.told], [false, ["refused"]]);
});

Deno.test("breaker: one attempt at a time is admitted until one succeeds", () => {
  const { breaker, told } = watched();
  // Nothing is known yet.
  assertEquals([breaker.admits(), breaker.admits()], [true, false]);
  breaker.succeed();
  assertEquals([breaker.admits(), breaker.admits()], [true, true]);
  breaker.trip(new Error("closed"));
  breaker.succeed();
  assertEquals(breaker.admits(), true);
  assertEquals(told, ["up", "closed", "up"]);
});

Deno.test("breaker: attempts that fail together count once", () => {
  const { breaker, fail } = watched();
  breaker.succeed();
  const began = performance.now() - 50;
  for (let times = 0; times < 20; times++) fail("late", began);
  assertEquals(breaker.isClosed, true);
  for (let times = 0; times < 4; times++) fail("late");
  assertEquals(breaker.isClosed, false);
});
