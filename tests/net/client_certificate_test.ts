import { connect as connectNode } from "node:tls";
import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { calculator } from "../../lib/calculator.ts";
import { calculate } from "../../lib/client/calculate.ts";
import {
  decodeResponse,
  encodeRequest,
  messagePack,
} from "../../lib/message/mod.ts";
import {
  type Address,
  ask,
  connect,
  NoAnswerError,
  type ServeFact,
  type ServeOptions,
  type Server,
} from "../../lib/net/mod.ts";
import { writeAll } from "../../lib/net/conn.ts";
import { proxy } from "../../lib/proxy.ts";
import { serve } from "../../lib/serve.ts";
import { Frame } from "../../lib/protocol/mod.ts";
import {
  Authority,
  canCertify,
  Certified,
  CLIENTS_ONLY,
  type KeyPair,
  SERVERS_ONLY,
} from "../../tools/harness/certificate.ts";
import { CLIENT } from "../../tools/harness/client.ts";

const ignore = !await canCertify();

function test(name: string, run: (by: Certified) => Promise<void>): void {
  const missing = ignore ? " (needs openssl)" : "";
  Deno.test(`client certificates: ${name}${missing}`, { ignore }, async () => {
    await using certified = await Certified.make();
    await run(certified);
  });
}

const request = encodeRequest("6 * 7");

const at = (year: number) => new Date(Date.UTC(year, 0, 31));

/** Starts a server that trusts the authority. */
function start(
  { ca, cert, key }: Certified,
  options: Partial<ServeOptions> = {},
): Server {
  const tls = { cert, key, caCerts: [ca] };
  return serve({ port: 0, tls, ...options }, calculator());
}

/** The certificates that a client may have, and why a server refuses them. */
async function certificates(
  by: Certified,
  other: Authority,
): Promise<[name: string, pair: KeyPair | undefined, refusal?: RegExp][]> {
  const { authority } = by;
  const middle = await authority.issueAuthority("middle");
  const leaf = await middle.issue("leaf", { subject: "/CN=bob" });
  const chain = { ...leaf, cert: leaf.cert + middle.ca };
  return [
    ["good", await authority.issue("good", { extensions: CLIENTS_ONLY })],
    ["of an intermediate authority", chain],
    ["without its chain", leaf, /its chain is incomplete/],
    ["none", undefined, /a client certificate is required/],
    [
      "of another authority",
      await other.issue("good", { extensions: CLIENTS_ONLY }),
      /was not issued by a trusted authority/,
    ],
    [
      "expired",
      await authority.issue("expired", { from: at(2020), to: at(2021) }),
      /the client's certificate has expired/,
    ],
    [
      "early",
      await authority.issue("early", { from: at(2098), to: at(2099) }),
      /the client's certificate is not valid yet/,
    ],
    [
      "for servers only",
      await authority.issue("server", { extensions: SERVERS_ONLY }),
      /the client's certificate is not meant for clients/,
    ],
    [
      "of the authority itself",
      await authority.own(),
      /the client's certificate is that of an authority/,
    ],
  ];
}

/** Sends a request with a version of TLS, and returns the response. */
async function askWith(
  version: "TLSv1.2" | "TLSv1.3",
  { port }: Address,
  by: Certified,
  pair: KeyPair | undefined,
): Promise<Frame> {
  const socket = connectNode({
    port,
    host: "localhost",
    ca: [by.ca],
    minVersion: version,
    maxVersion: version,
    ...(pair && { cert: pair.cert, key: pair.key }),
  });
  let protocol: string | null = null;
  socket.once("secureConnect", () => protocol = socket.getProtocol());
  socket.end(request.bytes);
  const bytes = await new Promise<Uint8Array>((resolve, reject) => {
    const chunks: Uint8Array[] = [];
    socket.on("data", (chunk) => chunks.push(chunk));
    socket.on(
      "end",
      () => resolve(Uint8Array.from(chunks.flatMap((c) => [...c]))),
    );
    socket.on("error", reject);
  });
  assertEquals(protocol, version);
  return new Frame(bytes);
}

for (const version of ["TLSv1.2", "TLSv1.3"] as const) {
  test(`${version}: only clients with a certificate from the authority are served; the others learn why`, async (by) => {
    await using other = await Authority.make();
    let facts: ServeFact[] = [];
    let closed = Promise.withResolvers<unknown>();
    await using server = start(by, {
      watch(fact) {
        facts.push(fact);
        if (fact.type === "closed") closed.resolve(fact.reason);
      },
    });
    for (const [name, pair, refusal] of await certificates(by, other)) {
      facts = [];
      closed = Promise.withResolvers();
      const response = await askWith(version, server.address, by, pair);
      const reason = await closed.promise;
      const types = facts.map(({ type }) => type);
      if (refusal) {
        const report = messagePack.decodeReport(response.payload);
        assertEquals([response.status, report.name], [500, "Untrusted"], name);
        assertMatch(report.message, refusal);
        assert(reason instanceof Error);
        assertMatch(reason.message, refusal);
        assertEquals(types, ["connected", "closing", "closed"], name);
      } else {
        assertEquals(decodeResponse(response).result, "42", name);
        assertEquals(reason, undefined);
        assertEquals(
          types,
          ["connected", "identified", "request", "response", "closed"],
          name,
        );
      }
    }
  });

  test(`${version}: a resumed session proves nothing, and is refused`, async (by) => {
    await using other = await Authority.make();
    const session = await Deno.makeTempFile();
    try {
      for (const authority of [other, by.authority]) {
        const { files } = await authority.issue("mallory");
        await Deno.truncate(session);
        const handshake = async (file: string) => {
          const over = Promise.withResolvers<unknown>();
          await using server = start(by, {
            watch(fact) {
              if (fact.type === "identified") over.resolve("identified");
              if (fact.type === "closed") over.resolve(fact.reason);
            },
          });
          await using _client = new Deno.Command("openssl", {
            args: [
              ...["s_client", "-quiet", version.replace("TLSv1.", "-tls1_")],
              ...["-connect", `127.0.0.1:${server.address.port}`],
              ...["-cert", files.cert, "-key", files.key, file, session],
            ],
            stdin: "null",
            stdout: "null",
            stderr: "null",
          }).spawn();
          const outcome = await over.promise;
          while ((await Deno.stat(session)).size === 0) {
            await new Promise((resolve) => setTimeout(resolve, 10));
          }
          return `${outcome}`;
        };
        const first = await handshake("-sess_out");
        assertEquals(first === "identified", authority === by.authority);
        assertMatch(await handshake("-sess_in"), /has resumed a TLS session/);
      }
    } finally {
      await Deno.remove(session);
    }
  });

  test(`${version}: a client explains why a foreign server has refused it`, async (by) => {
    await using other = await Authority.make();
    const words = new Map([
      ["none", /client certificate/],
      ["without its chain", /its chain is incomplete$/],
      ["of another authority", /its authority is not trusted/],
      ["expired", /it has expired$/],
      ["early", /refused this client's certificate: it is not valid$/],
      ["for servers only", /it is not meant for clients$/],
    ]);
    await using openssl = await OpenSslServer.start(by, version);
    for (const [name, pair] of await certificates(by, other)) {
      const message = words.get(name);
      if (!message) continue;
      const error = await assertRejects(
        () =>
          ask(openssl.address, request, {
            tls: { caCerts: [by.ca], ...(pair && pairOf(pair)) },
          }),
        NoAnswerError,
      );
      assertEquals(error.reason, "untrusted", name);
      assertMatch(error.message, /^localhost:\d+ (?:refused|requires)/);
      assertMatch(error.message, message);
    }
  });
}

function pairOf({ cert, key }: KeyPair): { cert: string; key: string } {
  return { cert, key };
}

/** A server of openssl that requires certificates of clients. */
class OpenSslServer implements AsyncDisposable {
  readonly address: Address;
  readonly #child: Deno.ChildProcess;

  private constructor(address: Address, child: Deno.ChildProcess) {
    this.address = address;
    this.#child = child;
  }

  static async start(
    { files }: Certified,
    version: "TLSv1.2" | "TLSv1.3",
  ): Promise<OpenSslServer> {
    const child = new Deno.Command("openssl", {
      args: [
        ...["s_server", "-accept", "localhost:0", "-Verify", "3"],
        ...["-cert", files.cert, "-key", files.key, "-CAfile", files.ca],
        ...[
          "-verify_return_error",
          version === "TLSv1.2" ? "-tls1_2" : "-tls1_3",
        ],
      ],
      // At its end, openssl would close the connection.
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    let printed = "";
    const decoder = new TextDecoder();
    const reader = child.stdout.getReader();
    let port: string | undefined;
    while (port === undefined) {
      const { value, done } = await reader.read();
      if (done) throw new Error(`openssl has ended: ${printed}`);
      printed += decoder.decode(value);
      port = /ACCEPT \S+:(\d+)\n/.exec(printed)?.[1];
    }
    reader.releaseLock();
    child.stdout.pipeTo(new WritableStream()).catch(() => {});
    return new OpenSslServer(
      { hostname: "localhost", port: Number(port) },
      child,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#child.stdin.close();
    await this.#child.status;
  }
}

test("the name of a client is in its facts, and known to the handler at its first request", async (by) => {
  const names: [subject: string, extensions: string, name: string | RegExp][] =
    [
      ["/CN=alice", CLIENTS_ONLY, "alice"],
      [
        "/CN=alice",
        "subjectAltName = DNS:alice.example,email:alice@mail.example",
        "alice.example",
      ],
      [
        "/CN=a",
        "subjectAltName = email:alice@mail.example",
        "alice@mail.example",
      ],
      [
        "/CN=a",
        "subjectAltName = IP:127.0.0.1,URI:spiffe://calc.example/alice",
        "spiffe://calc.example/alice",
      ],
      ["/CN=alice/CN=bob", CLIENTS_ONLY, "alice"],
      // Neither a line break nor other kinds of names make a name of a part.
      ["/O=a\nCN=admin/CN=alice", CLIENTS_ONLY, "alice"],
      [
        "/CN=alice",
        "subjectAltName = dirName:name\n[name]\nCN = a, DNS:admin",
        "alice",
      ],
      ["/O=Example", CLIENTS_ONLY, /^(?:[0-9A-F]{2}:){31}[0-9A-F]{2}$/],
    ];
  const seen: (string | undefined)[] = [];
  const calculate = calculator();
  const { cert, key } = by;
  await using server = serve({
    port: 0,
    tls: { cert, key, caCerts: [by.ca] },
    watch(fact) {
      const { type, client } = fact;
      if (type !== "connected" && type !== "closed") seen.push(client.identity);
    },
  }, (request, client) => {
    seen.push(client.identity);
    return calculate(request, client);
  });
  for (const [subject, extensions, name] of names) {
    const pair = await by.authority.issue("client", { subject, extensions });
    const tls = { caCerts: [by.ca], ...pairOf(pair) };
    using connection = await connect(server.address, { tls });
    await connection.ask(request);
    // Identified, request, the handler, response.
    assertEquals(new Set(seen.splice(0)).size, 1);
    await connection.ask(request);
    for (const identity of seen.splice(0)) {
      if (typeof name === "string") assertEquals(identity, name);
      else assertMatch(identity ?? "", name);
    }
  }
});

test("the authority of the clients need not be that of the server", async (by) => {
  await using other = await Authority.make();
  const { cert, key } = by;
  await using server = serve({
    port: 0,
    tls: { cert, key, caCerts: [other.ca] },
  }, calculator());
  for (
    const [authority, status] of [[other, 200], [by.authority, 500]] as const
  ) {
    const pair = await authority.issue("alice");
    for (const version of ["TLSv1.2", "TLSv1.3"] as const) {
      const response = await askWith(version, server.address, by, pair);
      assertEquals(response.status, status);
    }
    const tls = { caCerts: [by.ca], ...pairOf(pair) };
    const response = await ask(server.address, request, { tls });
    assertEquals(response.status, status);
  }
});

test("without authorities, a server asks for no certificate", async (by) => {
  const seen: (string | undefined)[] = [];
  const { cert, key } = by;
  await using server = serve({ port: 0, tls: { cert, key } }, (_, client) => {
    seen.push(client.identity);
    return encodeRequest("1");
  });
  const pair = await by.authority.issue("alice");
  const tls = { caCerts: [by.ca], ...pairOf(pair) };
  await ask(server.address, request, { tls }).catch(() => {});
  assertEquals(seen, [undefined]);
});

test("calculate and a proxy report a refusal as no answer, untrusted", async (by) => {
  await using server = start(by);
  const { port } = server.address;
  const tls = { caCerts: [by.ca] };
  const message =
    `127.0.0.1:${port} refused this client: a client certificate is required`;
  const error = await assertRejects(
    () => calculate(server.address, "6 * 7", { tls }),
    NoAnswerError,
    message,
  );
  assertEquals(error.reason, "untrusted");
  const failures: string[] = [];
  const handler = proxy(server.address, {
    tls,
    watch: (fact) =>
      fact.type === "failure" && failures.push(fact.error.message),
  });
  const response = await handler(request, CLIENT);
  assertEquals([response.status, failures], [500, [message]]);
  assertStringIncludes(
    messagePack.decodeReport(response.payload).message,
    "Server and proxy do not trust each other",
  );
});

test("a proxy with a certificate is served, and can renew it", async (by) => {
  const identities: (string | undefined)[] = [];
  await using server = start(by, {
    watch: (fact) =>
      fact.type === "request" && identities.push(fact.client.identity),
  });
  const caCerts = [by.ca];
  let tls = { caCerts, ...pairOf(await by.authority.issue("old")) };
  const handler = proxy(server.address, { tls: () => tls });
  await handler(encodeRequest("1"), CLIENT);
  tls = { caCerts, ...pairOf(await by.authority.issue("new")) };
  await handler(encodeRequest("2"), CLIENT);
  assertEquals(identities, ["old", "new"]);
});

test("stalled handshakes are ended by the read timeout, and others are served meanwhile", async (by) => {
  const reasons: string[] = [];
  const ended = Promise.withResolvers<void>();
  await using server = start(by, {
    readTimeout: 400,
    watch(fact) {
      if (fact.type !== "closed" || fact.client.identity) return;
      reasons.push(`${fact.reason}`);
      if (reasons.length === 20) ended.resolve();
    },
  });
  const silent = await Promise.all(
    Array.from({ length: 20 }, () => Deno.connect(server.address)),
  );
  // Half of them begin a handshake.
  for (const tcp of silent.slice(10)) {
    await writeAll(tcp, new Uint8Array([22, 3, 1, 2, 0, 1]));
  }
  const pair = await by.authority.issue("alice");
  const tls = { caCerts: [by.ca], ...pairOf(pair) };
  const response = await ask(server.address, request, { tls });
  assertEquals(decodeResponse(response).result, "42");
  await ended.promise;
  const late = "Error: the client took too long to finish the TLS handshake";
  assertEquals(new Set(reasons), new Set([late]));
  for (const tcp of silent) {
    assertEquals(await tcp.read(new Uint8Array(1)).catch(() => null), null);
    tcp.close();
  }
});

test("a client that does not speak TLS is explained, and one that only connects is not reported", async (by) => {
  const reasons: unknown[] = [];
  let closed = Promise.withResolvers<void>();
  await using server = start(by, {
    watch(fact) {
      if (fact.type !== "closed") return;
      reasons.push(fact.reason);
      closed.resolve();
    },
  });
  const plain = await assertRejects(
    () => ask(server.address, request),
    NoAnswerError,
  );
  assertStringIncludes(plain.message, "speaks TLS: connect with TLS");
  await closed.promise;
  closed = Promise.withResolvers();
  const tcp = await Deno.connect(server.address);
  tcp.close();
  await closed.promise;
  assertEquals(reasons.map(String), [
    "Error: the client does not speak TLS",
    "undefined",
  ]);
});

test("refused clients that never close make room for others", async (by) => {
  const refused = Promise.withResolvers<void>();
  await using server = start(by, {
    maxConnections: 1,
    watch: ({ type }) => type === "closing" && refused.resolve(),
  });
  using _stranger = await connect(server.address, {
    tls: { caCerts: [by.ca] },
  });
  await refused.promise;
  const pair = await by.authority.issue("alice");
  const tls = { caCerts: [by.ca], ...pairOf(pair) };
  const response = await ask(server.address, request, { tls });
  assertEquals(decodeResponse(response).result, "42");
});

test("connections are counted by identity", async (by) => {
  const waiting: (() => void)[] = [];
  let asked = Promise.withResolvers<void>();
  const answer = calculator();
  await using server = serve(
    {
      port: 0,
      maxConnectionsPerClient: 2,
      tls: { cert: by.cert, key: by.key, caCerts: [by.ca] },
    },
    async (request, client) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      waiting.push(resolve);
      asked.resolve();
      await promise;
      return await answer(request, client);
    },
  );
  const caCerts = [by.ca];
  const [alice, bob] = [
    { caCerts, ...pairOf(await by.authority.issue("alice")) },
    { caCerts, ...pairOf(await by.authority.issue("bob")) },
  ];
  // All come from one address. Each has two connections with a request under way.
  const answers: Promise<Frame>[] = [];
  for (const tls of [alice, alice, bob, bob]) {
    asked = Promise.withResolvers();
    answers.push(ask(server.address, request, { tls }));
    await asked.promise;
  }
  const response = await ask(server.address, request, { tls: alice });
  assertEquals(messagePack.decodeReport(response.payload).name, "Busy");
  for (const resolve of waiting) resolve();
  for (const response of await Promise.all(answers)) {
    assertEquals(decodeResponse(response).result, "42");
  }
});

test("an idle connection of the same identity makes room", async (by) => {
  const made = Promise.withResolvers<number>();
  await using server = start(by, {
    maxConnectionsPerClient: 1,
    watch(fact) {
      if (fact.type === "closed" && fact.reason) made.resolve(fact.client.id);
    },
  });
  const caCerts = [by.ca];
  const alice = { caCerts, ...pairOf(await by.authority.issue("alice")) };
  const bob = { caCerts, ...pairOf(await by.authority.issue("bob")) };
  using first = await connect(server.address, { tls: alice });
  await first.ask(request);
  using other = await connect(server.address, { tls: bob });
  await other.ask(request);
  using second = await connect(server.address, { tls: alice });
  assertEquals(decodeResponse(await second.ask(request)).result, "42");
  assertEquals(await made.promise, 1);
  assertEquals(decodeResponse(await other.ask(request)).result, "42");
});

test("a server uses new certificates and authorities for new connections", async (by) => {
  await using renewed = await Certified.make();
  await using server = start(by);
  const old = { caCerts: [by.ca], ...pairOf(await by.authority.issue("a")) };
  const fresh = {
    caCerts: [renewed.ca],
    ...pairOf(await renewed.authority.issue("a")),
  };
  using open = await connect(server.address, { tls: old });
  await open.ask(request);
  for (
    const [tls, message] of [
      [{ cert: renewed.cert }, "TLS needs a certificate and its private key"],
      [{ cert: renewed.cert, key: by.key }, "does not match the certificate"],
      [{ cert: by.cert, key: by.key, caCerts: ["x"] }, "Expected a CA certif"],
      [{ cert: by.cert, key: by.key, caCerts: [] }, "at least one CA certif"],
    ] as const
  ) {
    assertThrows(() => server.reloadTls(tls), TypeError, message);
    await ask(server.address, request, { tls: old });
  }
  const { cert, key, ca } = renewed;
  server.reloadTls({ cert, key, caCerts: [ca] });
  const response = await ask(server.address, request, { tls: fresh });
  assertEquals(decodeResponse(response).result, "42");
  await assertRejects(
    () => ask(server.address, request, { tls: old }),
    NoAnswerError,
    "unable to verify",
  );
  assertEquals(decodeResponse(await open.ask(request)).result, "42");
});

test("a server without TLS has nothing to reload", async (by) => {
  await using server = serve({ port: 0 }, calculator());
  const { cert, key } = by;
  assertThrows(
    () => server.reloadTls({ cert, key }),
    TypeError,
    "the server does not listen with TLS",
  );
});

test("a client's certificate is checked before it connects", async (by) => {
  await using server = start(by);
  const pair = pairOf(await by.authority.issue("alice"));
  for (
    const [tls, message] of [
      [{ cert: pair.cert }, "TLS needs a certificate and its private key"],
      [{ key: pair.key }, "TLS needs a certificate and its private key"],
      [{ ...pair, key: by.key }, "The private key does not match"],
      [{ ...pair, cert: "nonsense" }, "Expected a certificate in PEM"],
      [{ ...pair, key: "nonsense" }, "Expected a private key in PEM"],
    ] as const
  ) {
    await assertRejects(
      () => ask(server.address, request, { tls }),
      TypeError,
      message,
    );
  }
});

test("1,000 handshakes leave no sockets behind", async (by) => {
  let open = 0;
  const server = start(by, {
    watch({ type }) {
      if (type === "connected") open++;
      if (type === "closed") open--;
    },
  });
  const caCerts = [by.ca];
  const good = { caCerts, ...pairOf(await by.authority.issue("alice")) };
  const files = () => [...Deno.readDirSync("/proc/self/fd")].length;
  const before = Deno.build.os === "linux" ? files() : 0;
  for (let round = 0; round < 50; round++) {
    await Promise.all(Array.from({ length: 20 }, async (_, index) => {
      // One in ten is refused.
      const tls = index < 18 ? good : { caCerts };
      const { status } = await ask(server.address, request, { tls });
      assertEquals(status, index < 18 ? 200 : 500);
    }));
  }
  await server.shutdown();
  assertEquals(open, 0);
  if (Deno.build.os === "linux") assert(files() <= before);
});
