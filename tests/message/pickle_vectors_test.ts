/**
 * The recorded requests and responses of the reference, byte for byte.
 *
 * @module
 */

import { LONG_EXAMPLE } from "../../lib/client/example.ts";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { calculator } from "../../lib/calculator.ts";
import {
  decodeRequest,
  decodeResponse,
  encodeClientError,
  encodeRequest,
  encodeServerError,
  encodeSuccess,
  pickle,
  RemoteError,
} from "../../lib/message/mod.ts";
import { Frame } from "../../lib/protocol/mod.ts";
import vectors from "../fixtures/vectors.json" with { type: "json" };
import { CLIENT } from "../../tools/harness/client.ts";

/** A recorded frame. */
function recorded(hexadecimal: string): Frame {
  return new Frame(Uint8Array.fromHex(hexadecimal));
}

/** A frame's bytes as they would have been at the time of the records. */
function atThatTime({ bytes }: Frame): string {
  return `638f6081${bytes.subarray(4).toHex()}`;
}

/** Requests that no parser of ours lets through, but the reference's clients send. */
const WRONG_ARITY = ["max()", "max(1)", "sin(1, 2)"];

for (const vector of vectors) {
  const { request, response, expression, note, mended } = vector;
  const name = expression ?? note ?? "";
  const flags = vector.flags ? ` ${JSON.stringify(vector.flags)}` : "";
  const isReadable = !WRONG_ARITY.includes(name);

  // What a request for rand carries of a generator's state need not be written.
  if (request !== undefined && isReadable && response !== undefined) {
    Deno.test(`pickle: the request for ${name}${flags} is written as it was read`, () => {
      const frame = recorded(request);
      const { steps, cache, maxAge } = frame;
      const options = { steps, cache, maxAge, format: pickle };
      const written = encodeRequest(decodeRequest(frame), options);
      assertEquals(atThatTime(written), request);
    });
  }

  if (request !== undefined && response !== undefined && !mended) {
    Deno.test(`pickle: ${name}${flags} is answered as the reference does`, async () => {
      const answer = await calculator()(recorded(request), CLIENT);
      assertEquals(atThatTime(answer), response);
    });
  }

  if (request !== undefined && response !== undefined && mended) {
    Deno.test(`pickle: ${name} is answered as by the reference, except for its steps`, async () => {
      const answer = await calculator()(recorded(request), CLIENT);
      const { result } = decodeResponse(recorded(response));
      assertEquals(decodeResponse(answer).result, result);
    });
  }

  if (response !== undefined) {
    Deno.test(`pickle: the response to ${name}${flags} is written as it was read`, () => {
      const frame = recorded(response);
      const { cache, maxAge, status } = frame;
      const options = { cache, maxAge, format: pickle };
      if (status === 200) {
        const written = encodeSuccess(decodeResponse(frame), options);
        assertEquals(atThatTime(written), response);
        return;
      }
      const error = assertThrows(() => decodeResponse(frame), RemoteError);
      const written = status === 400
        ? encodeClientError(error, options)
        : encodeServerError(error, options);
      assertEquals(written.payload.toHex(), frame.payload.toHex());
    });
  }
}

Deno.test("pickle: the requests of the recorded runs have 687 and 376 bytes, their answers 564 and 60", async () => {
  const runs: [expression: string, request: number, response: number][] = [
    [LONG_EXAMPLE, 687, 564],
    ["max(2, 3) + 3", 376, 60],
  ];
  for (const [expression, requestLength, responseLength] of runs) {
    const request = encodeRequest(expression, { format: pickle });
    const response = await calculator()(request, CLIENT);
    assertEquals(request.bytes.length, requestLength);
    assertEquals(response.bytes.length, responseLength);
  }
});

Deno.test("pickle: the state of a random generator is read over", () => {
  const vector = vectors.find(({ expression }) => expression === "rand(1, 2)");
  assert(vector?.request);
  assertEquals(decodeRequest(recorded(vector.request)), "rand(1, 2)");
});
