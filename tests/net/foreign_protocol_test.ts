/**
 * Peers that speak another protocol, by mistake.
 *
 * @module
 */

import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { calculator } from "../../lib/calculator.ts";
import { encodeRequest } from "../../lib/message/mod.ts";
import { ask, NoAnswerError, type ServeFact } from "../../lib/net/mod.ts";
import { foreignProtocol } from "../../lib/net/foreign_protocol.ts";
import { serve } from "../../lib/serve.ts";
import { BarePeer, BareServer } from "../../tools/harness/bare_peer.ts";
import { canCertify, Certified } from "../../tools/harness/certificate.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);
const request = encodeRequest("1 + 1");
const CLIENT_HELLO = new Uint8Array([22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3, 0]);

Deno.test("foreignProtocol() knows how HTTP and TLS begin", () => {
  for (
    const line of [
      "GET / HTTP/1.1",
      "POST /x",
      "QUERY /x",
      "PROPFIND /x",
      "MKCALENDAR /x",
      "PRI * HTTP/2.0",
      "HTTP/1.1 400",
    ]
  ) {
    assertEquals(foreignProtocol(bytesOf(line)), "HTTP", line);
  }
  assertEquals(foreignProtocol(CLIENT_HELLO), "TLS");
  assertEquals(foreignProtocol(new Uint8Array([21, 3, 1, 0, 2])), "TLS");
  for (const other of ["", "GET", "GETAWAY", "hello", "CONNECTED"]) {
    assertEquals(foreignProtocol(bytesOf(other)), undefined, other);
  }
  assertEquals(foreignProtocol(request.bytes), undefined);
  // A request whose sender's clock says 1981.
  const old = request.bytes.slice();
  old.set([0x16, 0x03, 0x03, 0x00]);
  assertEquals(foreignProtocol(old), undefined);
});

/** A server, and why connections to it were closed. */
function watched() {
  const closed = Promise.withResolvers<string>();
  const watch = (fact: ServeFact) => {
    if (fact.type === "closed") closed.resolve(`${fact.reason}`);
  };
  return { options: { port: 0, watch }, closed: closed.promise };
}

Deno.test("serve: an HTTP client gets an HTTP error, even if its request arrives in pieces", async () => {
  const line = bytesOf("GET /index.html HTTP/1.1\r\nHost: localhost\r\n\r\n");
  for (
    const pieces of [
      [line],
      [...line].map((byte) => new Uint8Array([byte])),
    ]
  ) {
    const { options, closed } = watched();
    await using server = serve(options, calculator());
    using peer = await BarePeer.connect(server.address);
    peer.tcp.setNoDelay();
    for (const piece of pieces) await peer.write(piece).catch(() => {});
    const response = await new Response(peer.tcp.readable).text();
    assertStringIncludes(response, "HTTP/1.1 400 Bad Request\r\n");
    assertStringIncludes(response, "calculator protocol, not HTTP");
    assertEquals(
      await closed,
      "ProtocolError: the client speaks HTTP, this port does not",
    );
  }
});

Deno.test("serve: a TLS client on a plain port is closed at once", async () => {
  const { options, closed } = watched();
  await using server = serve(options, calculator());
  using peer = await BarePeer.connect(server.address);
  await peer.write(CLIENT_HELLO);
  const response = await peer.frame();
  assertEquals(response?.status, 400);
  assertEquals(
    await closed,
    "ProtocolError: the client speaks TLS, this port does not",
  );
});

Deno.test("ask: a peer that speaks another protocol is named", async () => {
  const cases = [
    ["HTTP/1.1 400 Bad Request\r\n\r\n", "speaks HTTP: not a calculator"],
    ["\x15\x03\x01\x00\x02\x02\x46", "speaks TLS: connect with TLS"],
  ] as const;
  for (const [answer, message] of cases) {
    await using server = new BareServer(async (peer) => {
      await peer.frame();
      await peer.write(bytesOf(answer));
    });
    await assertRejects(
      () => ask(server.address, request),
      NoAnswerError,
      message,
    );
  }
});

Deno.test("ask: a frame that is cut short says how much came", async () => {
  await using server = new BareServer(async (peer) => {
    await peer.frame();
    await peer.write(request.bytes.subarray(0, 14));
  });
  await assertRejects(
    () => ask(server.address, request),
    NoAnswerError,
    `closed the connection in the middle of its answer: 14 of ${request.bytes.length} bytes of a frame (`,
  );
});

const ignore = !await canCertify();

Deno.test({
  name: `tls: plain clients and plain servers are named${
    ignore ? " (needs openssl)" : ""
  }`,
  ignore,
  async fn() {
    await using by = await Certified.make();
    const { options, closed } = watched();
    const { cert, key } = by;
    await using server = serve(
      { ...options, tls: { cert, key } },
      calculator(),
    );
    await assertRejects(
      () => ask(server.address, request),
      NoAnswerError,
      "speaks TLS: connect with TLS",
    );
    assertEquals(await closed, "Error: the client does not speak TLS");
    await using plain = serve({ port: 0 }, calculator());
    await assertRejects(
      () => ask(plain.address, request, { tls: { caCerts: [by.ca] } }),
      NoAnswerError,
      "does not speak TLS: connect without it",
    );
  },
});
