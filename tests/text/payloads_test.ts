/**
 * The rules of docs/protocol.md about payloads in MessagePack, at a server and at a
 * proxy in front of it.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import {
  decodeResponse,
  encodeRequest,
  messagePack,
  pickle,
} from "../../lib/message/mod.ts";
import { join } from "../../tools/harness/join.ts";
import { assertRefused, errorIn, frameOf } from "./frames.ts";
import { atBoth, exchange } from "./roles.ts";

const one = encodeRequest("1 + 2");

/** An integer of this many digits. */
const digits = (count: number) => "7".repeat(count);

atBoth(
  "payloads-1: values are written in their shortest form",
  async (address) => {
    const starts: [string, string][] = [
      [digits(31), "92bf"],
      [digits(32), "92d920"],
      [digits(255), "92d9ff"],
      [digits(256), "92da0100"],
    ];
    for (const [expression, start] of starts) {
      const [response] = await exchange(
        address,
        encodeRequest(expression).bytes,
      );
      assert(response?.payload.toHex().startsWith(start), start);
    }
    for (const [count, header] of [[14, "9f"], [15, "dc0010"]] as const) {
      const sent = encodeRequest("0" + "+1".repeat(count));
      const [response] = await exchange(address, sent.bytes);
      const result = messagePack.encodeExpression(`${count}`).toHex();
      assert(response?.payload.toHex().startsWith(`92${result}${header}`));
    }
    const positions = [[127, "7f"], [128, "cc80"], [255, "ccff"], [
      256,
      "cd0100",
    ]];
    for (const [position, form] of positions) {
      const sent = encodeRequest(`${" ".repeat(Number(position))})`);
      const [response] = await exchange(address, sent.bytes);
      assert(response?.payload.toHex().endsWith(`6f6e${form}`), `${position}`);
    }
  },
);

atBoth("payloads-1: longer forms are read", async (address) => {
  for (const form of ["a131", "d90131", "da000131", "db0000000131"]) {
    const sent = frameOf({}, Uint8Array.fromHex(form));
    const [response] = await exchange(address, sent.bytes);
    assertEquals(response?.payload.toHex(), "92a13190");
  }
});

atBoth("payloads-2: without steps, their array is empty", async (address) => {
  const [response] = await exchange(address, encodeRequest("7").bytes);
  assertEquals(response?.payload.toHex(), "92a13790");
});

atBoth(
  "payloads-3, payloads-5: positions count UTF-16 code units, and a byte order mark",
  async (address) => {
    for (const [before, position] of [["\u2003", 1], ["\ufeff \u00a0", 3]]) {
      const [response] = await exchange(
        address,
        encodeRequest(`${before}x`).bytes,
      );
      assert(response);
      assertEquals(errorIn(response).position, position);
    }
  },
);

const UNDECODABLE = {
  "nothing": "",
  "an integer": "07",
  "binary data": "c40131",
  "an array": "91a131",
  "a string that is cut off": "a231",
  "two values": "a131a131",
  "an overlong form": "a2c0b1",
  "a surrogate": "a3eda080",
  "a truncated character": "a1c3",
  "an empty map, or a pickle that is cut off": "80",
};

atBoth(
  "payloads-6, payloads-7, caching-10: what cannot be decoded is refused, and the next request answered",
  async (address) => {
    for (const [what, payload] of Object.entries(UNDECODABLE)) {
      const sent = frameOf({}, Uint8Array.fromHex(payload));
      const [refused, answered] = await exchange(
        address,
        join(sent.bytes, one.bytes),
      );
      assertRefused(refused, what);
      assert(answered);
      assertEquals(decodeResponse(answered).result, "3");
    }
  },
);

atBoth(
  "payloads-8: a response is in the format of the request, and one without a request in MessagePack",
  async (address) => {
    const pickled = encodeRequest("1 / 0", { format: pickle });
    const bad = Uint8Array.fromHex("638f6081" + "0001" + "1c00ffff0000");
    const frames = await exchange(
      address,
      join(pickled.bytes, encodeRequest("1 / 0").bytes, bad),
    );
    const firsts = frames.map(({ payload: [first] }) => first);
    assertEquals(firsts, [0x80, 0x82, 0x82]);
  },
);
