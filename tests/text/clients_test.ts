/**
 * The rules of docs/protocol.md about clients, at a server that breaks others.
 *
 * @module
 */

import { assertEquals, assertRejects } from "@std/assert";
import {
  encodeRequest,
  encodeSuccess,
  RemoteError,
} from "../../lib/message/mod.ts";
import { ask, connect, NoAnswerError } from "../../lib/net/mod.ts";
import { calculate } from "../../lib/client/calculate.ts";
import { BareServer } from "../../tools/harness/bare_peer.ts";
import { frameOf } from "./frames.ts";
import { withRoles } from "./roles.ts";

const success = encodeSuccess({ result: "3", steps: ["1 + 2", "3"] });

/** A response with the payload of the success, or another. */
function response(
  header: Parameters<typeof frameOf>[0],
  payload = success.payload,
): Uint8Array {
  return frameOf({ type: "response", status: 200, ...header }, payload).bytes;
}

const NO_RESPONSES: Record<string, Uint8Array> = {
  "a closed connection": new Uint8Array(),
  "half a frame": success.bytes.slice(0, -1),
  "a length of 11": Uint8Array.fromHex("638f6081000b18c8ffff0000"),
  "a request": encodeRequest("1").bytes,
};

/** Frames that are read before they are refused. */
const UNDECODABLE: Record<string, Uint8Array> = {
  "status 0": response({ status: 0 }),
  "status 201": response({ status: 201 }),
  "status 399": response({ status: 399 }),
  "status 600": response({ status: 600 }),
  "another shape": response({}, Uint8Array.of(0xa1, 0x33)),
  "a payload that is cut off": response({}, success.payload.subarray(0, 5)),
  "steps without S": response({ steps: false }),
  "S without steps": response({}, Uint8Array.fromHex("92a13390")),
};

for (const [what, bytes] of Object.entries(NO_RESPONSES)) {
  Deno.test(`clients-3, clients-4: ${what} is no response, and the connection is closed`, async () => {
    const closed = Promise.withResolvers<void>();
    await using server = new BareServer(async (peer) => {
      await peer.frame();
      await peer.write(bytes);
      // Two of them end the connection, the client ends the others.
      const isOpen = what !== "a closed connection" && what !== "half a frame";
      if (isOpen) await peer.frame();
      closed.resolve();
    });
    using connection = await connect(server.address);
    await assertRejects(
      () => connection.ask(encodeRequest("1 + 2")),
      NoAnswerError,
    );
    await closed.promise;
  });
}

for (const [what, bytes] of Object.entries(UNDECODABLE)) {
  Deno.test(`clients-3: a response with ${what} is no response`, async () => {
    await using server = new BareServer(async (peer) => {
      await peer.frame();
      await peer.write(bytes);
    });
    await assertRejects(
      () => calculate(server.address, "1 + 2"),
      NoAnswerError,
    );
  });
}

Deno.test("clients-4: a client that stops waiting closes the connection", async () => {
  const closed = Promise.withResolvers<void>();
  await using server = new BareServer(async (peer) => {
    await peer.frame();
    assertEquals(await peer.frame(), undefined);
    closed.resolve();
  });
  using connection = await connect(server.address, { timeout: 50 });
  await assertRejects(
    () => connection.ask(encodeRequest("1 + 2")),
    NoAnswerError,
  );
  await closed.promise;
});

Deno.test("header-5, header-7, errors-1, clients-3: any status from 400 to 599 is an error, whatever its name and S", async () => {
  const payload = Uint8Array.fromHex("82a46e616d65a3466f6fa76d657373616765a0");
  for (const status of [400, 499, 500, 599]) {
    await using server = new BareServer(async (peer) => {
      await peer.frame();
      await peer.write(response({ status, steps: true }, payload));
    });
    const error = await assertRejects(
      () => calculate(server.address, "1 + 2"),
      RemoteError,
    );
    assertEquals([error.status, error.name], [status, "Foo"]);
  }
});

Deno.test("clients-1: a server answers expressions that are not in canonical text", async () => {
  await withRoles(async ({ server }) => {
    const { status } = await ask(server, encodeRequest("  1+ 2 "));
    assertEquals(status, 200);
  });
});

Deno.test("clients-5: bytes that no request asked for are not taken for a response", async () => {
  await using server = new BareServer(async (peer) => {
    await peer.frame();
    await peer.write(success.bytes);
    await peer.write(success.bytes);
    await peer.frame();
  });
  using connection = await connect(server.address);
  await connection.ask(encodeRequest("1 + 2"));
  await connection.closed;
  await assertRejects(
    () => connection.ask(encodeRequest("3 + 4")),
    NoAnswerError,
  );
});
