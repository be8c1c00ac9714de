import { assertEquals } from "@std/assert";
import { Upstreams } from "../../lib/page/upstreams.ts";
import { facts } from "../watch/facts.ts";

Deno.test("upstreams: each server has its attempts and its failures", () => {
  const upstreams = new Upstreams(["[::1]:9999", "127.0.0.1:1"]);
  upstreams.watch(facts.asking);
  upstreams.watch(facts.asking);
  upstreams.watch(facts["no answer"]);
  const upstream = { hostname: "127.0.0.1", port: 2 };
  upstreams.watch({ ...facts["no answer"], upstream });
  assertEquals(upstreams.read(), {
    "[::1]:9999": { attempts: 2, failures: 1 },
    "127.0.0.1:1": { attempts: 0, failures: 0 },
    "127.0.0.1:2": { attempts: 0, failures: 1 },
  });
});
