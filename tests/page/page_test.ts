import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { encodeRequest } from "../../lib/message/mod.ts";
import { formatAddress } from "../../lib/net/mod.ts";
import { canCertify, Certified } from "../../tools/harness/certificate.ts";
import { BarePeer } from "../../tools/harness/bare_peer.ts";
import { RoleProcess, runRole } from "../../tools/harness/role_process.ts";
import { unusedAddress } from "../../tools/harness/unused_address.ts";
import { behind, startWithPage } from "./live_role.ts";

/** The answer of the page to a request with headers that fetch would not send. */
async function raw(page: string, head: string, body = ""): Promise<string> {
  const { hostname, port } = new URL(page);
  using conn = await Deno.connect({ hostname, port: Number(port) });
  await conn.write(
    new TextEncoder().encode(
      `${head}\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    ),
  );
  return await new Response(conn.readable).text();
}

async function hasPromtool(): Promise<boolean> {
  try {
    await new Deno.Command("promtool", { args: ["--version"] }).output();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

async function ask(page: string, question: object): Promise<Response> {
  return await fetch(`${page}/ask`, {
    method: "POST",
    body: JSON.stringify(question),
  });
}

/** The events of a stream of facts, as they arrive. */
async function* events(
  page: string,
  signal?: AbortSignal,
): AsyncGenerator<{ name: string; data: Record<string, unknown> }> {
  const { body } = await fetch(`${page}/facts`, signal ? { signal } : {});
  assert(body);
  let rest = "";
  for await (const text of body.pipeThrough(new TextDecoderStream())) {
    const blocks = (rest + text).split("\n\n");
    rest = blocks.pop() ?? "";
    for (const block of blocks) {
      const [, name = "message"] = /^event: (.*)$/m.exec(block) ?? [];
      const [, data] = /^data: (.*)$/m.exec(block) ?? [];
      if (data !== undefined) yield { name, data: JSON.parse(data) };
    }
  }
}

/** The facts of the first exchange, in order. */
async function firstExchange(page: string): Promise<Record<string, unknown>[]> {
  const facts = [];
  for await (const { name, data } of events(page)) {
    if (name !== "message" || data.exchange !== 1) continue;
    facts.push(data);
    if (data.event === "closed") break;
  }
  return facts;
}

Deno.test("page: an expression that is asked is a real request, told fact by fact", async () => {
  await using server = await RoleProcess.start("server", ["--max-age", "60"]);
  await using proxy = await startWithPage("proxy", behind(server));
  const response = await ask(proxy.page, { expression: "max(2,3)+3" });
  const client = response.headers.get("client");
  assertEquals(await response.json(), {
    result: "6",
    steps: [
      { text: "max(2, 3) + 3", next: [{ start: 0, end: 9 }] },
      { text: "3 + 3", next: [{ start: 0, end: 5 }] },
      { text: "6", next: [] },
    ],
  });
  const facts = await firstExchange(proxy.page);
  assert(facts.every((fact) => fact.client === client));
  assertEquals(facts.map(({ event }) => event), [
    ...["connected", "request", "asking", "upstream opened", "sending"],
    ...["answered", "upstream closed", "stored", "response", "closed"],
  ]);
  const times = facts.map(({ at }) => Number(at));
  assertEquals(times, times.toSorted((one, other) => one - other));
  const request = facts[1];
  assertEquals([request?.expression, request?.bytes], ["max(2, 3) + 3", 26]);
  const frame = await fetch(`${proxy.page}/frames/${request?.frame}`);
  const { hex, annotations } = await frame.json();
  assertEquals(hex.length, 2 * 26);
  assertEquals(annotations.at(-1).value, "max(2, 3) + 3");
});

Deno.test("page: an error has the expression and the position that it is about", async () => {
  await using server = await startWithPage("server");
  const unsent = await (await ask(server.page, { expression: "1 +* 2" }))
    .json();
  assertEquals(
    [unsent.error.name, unsent.error.expression, unsent.error.position],
    ["SyntaxError", "1 +* 2", 3],
  );
  const sent = await (await ask(server.page, { expression: "1+(2/0)" })).json();
  const { name, status, expression } = sent.error;
  assertEquals([name, status, expression], [
    "DivisionByZero",
    400,
    "1 + (2 / 0)",
  ]);
});

Deno.test({
  name:
    "page: a role with TLS is asked over TLS, if its file has the authority",
  ignore: !await canCertify(),
  async fn() {
    await using certified = await Certified.make();
    const chain = await Deno.makeTempFile();
    await Deno.writeTextFile(chain, certified.cert + certified.ca);
    await using server = await startWithPage("server", [
      ...["--tls-cert", chain, "--tls-key", certified.files.key],
    ], { permissions: ["-N", "-R"] });
    const response = await ask(server.page, { expression: "2 × π" });
    assertEquals((await response.json()).result, "6.283185307179586");
    const slow = await ask(server.page, { expression: "1+1", byByte: true });
    assertEquals((await slow.json()).result, "2");
    await Deno.remove(chain);
  },
});

Deno.test({
  name:
    "page: a role that does not trust the page, or is not trusted, says why",
  ignore: !await canCertify(),
  async fn() {
    await using certified = await Certified.make();
    const { ca, cert, key } = certified.files;
    const chain = await Deno.makeTempFile();
    await Deno.writeTextFile(chain, certified.cert + certified.ca);
    const permissions = ["-N", "-R"];
    const refusal = async (...flags: string[]) => {
      const args = ["--tls-key", key, ...flags];
      await using server = await startWithPage("server", args, { permissions });
      const response = await ask(server.page, { expression: "1+1" });
      return (await response.json()).error.message;
    };
    assertEquals(
      await refusal("--tls-cert", chain, "--client-ca", ca),
      "a client certificate is required, and the page has none",
    );
    assertMatch(
      await refusal("--tls-cert", cert),
      /^The page trusts only the certificates in --tls-cert: unable to /,
    );
    await Deno.remove(chain);
  },
});

Deno.test("page: a request can be sent byte by byte", async () => {
  await using server = await startWithPage("server");
  const response = await ask(server.page, { expression: "1+1", byByte: true });
  assertEquals((await response.json()).result, "2");
});

Deno.test("page: the number of pending questions is limited", async () => {
  await using server = await startWithPage("server");
  const { host, hostname, port } = new URL(server.page);
  using waiting = new DisposableStack();
  for (let count = 0; count < 16; count++) {
    const conn = waiting.use(
      await Deno.connect({ hostname, port: Number(port) }),
    );
    await conn.write(
      new TextEncoder().encode(
        `POST /ask HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 9\r\n` +
          "Expect: 100-continue\r\n\r\n",
      ),
    );
    // It is read after "100 Continue".
    const answer = new Uint8Array(12);
    await conn.read(answer);
    assertEquals(new TextDecoder().decode(answer), "HTTP/1.1 100");
  }
  const refused = await ask(server.page, { expression: "1 + 1" });
  assertEquals(refused.status, 429);
  assertStringIncludes(await refused.text(), "16 questions");
});

Deno.test("page: a client that is slow to send its request is disconnected", async () => {
  await using server = await startWithPage("server");
  const { hostname, port } = new URL(server.page);
  using conn = await Deno.connect({ hostname, port: Number(port) });
  await conn.write(new TextEncoder().encode("GET / HTTP/1.1\r\nHo"));
  const text = await new Response(conn.readable).text();
  assertMatch(text, /^HTTP\/1\.1 408 /);
});

Deno.test("page: an invalid question is refused with the reason", async () => {
  await using server = await startWithPage("server");
  for (
    const [body, status, reason] of [
      ["{", 400, "JSON"],
      ["7", 400, '"expression" must be a string'],
      ['{"expression":"1","maxAge":-1}', 400, '"maxAge" must be'],
      [
        `{"expression":"${"1+".repeat(40_000)}1"}`,
        413,
        '"expression" has more than 65523 characters',
      ],
      [
        `{"expression":"${"1".repeat(600_000)}"}`,
        413,
        "The body has more than",
      ],
    ] as const
  ) {
    const response = await fetch(`${server.page}/ask`, {
      method: "POST",
      body,
    });
    assertEquals(response.status, status);
    assertStringIncludes(await response.text(), reason);
  }
});

Deno.test("page: a question that does not arrive is not waited for", async () => {
  await using server = await startWithPage("server");
  const { host, hostname, port } = new URL(server.page);
  using conn = await Deno.connect({ hostname, port: Number(port) });
  await conn.write(
    new TextEncoder().encode(
      `POST /ask HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 100\r\n\r\n{`,
    ),
  );
  const answer = new Uint8Array(12);
  assertEquals(await conn.read(answer), answer.length);
  assertEquals(new TextDecoder().decode(answer), "HTTP/1.1 408");
});

Deno.test("page: the limit of a question is in bytes, not characters", async () => {
  await using server = await startWithPage("server");
  const expression = "π".repeat(300_000);
  const response = await ask(server.page, { expression });
  await response.body?.cancel();
  assertEquals(response.status, 413);
});

Deno.test("page: a wrong method is refused with the right ones", async () => {
  await using proxy = await startWithPage("proxy", [
    ...["-s", formatAddress(unusedAddress())],
  ]);
  for (
    const [method, path, status, allow] of [
      ["HEAD", "/health", 200, null],
      ["HEAD", "/metrics", 200, null],
      ["HEAD", "/facts", 405, "GET"],
      ["POST", "/health", 405, "GET, HEAD"],
      ["PUT", "/main.js", 405, "GET, HEAD"],
      ["GET", "/ask", 405, "POST"],
      ["PATCH", "/cache", 405, "GET, HEAD, DELETE"],
      ["GET", "/cache/1", 405, "DELETE"],
      ["DELETE", "/frames/1", 405, "GET, HEAD"],
      ["DELETE", "/nothing", 404, null],
    ] as const
  ) {
    const response = await fetch(proxy.page + path, { method });
    await response.body?.cancel();
    assertEquals(
      [method, path, response.status, response.headers.get("allow")],
      [method, path, status, allow],
    );
  }
});

Deno.test("page: after a burst, the next exchanges are shown again", async () => {
  await using server = await startWithPage("server");
  using peer = await BarePeer.connect(server.role.address);
  const ask = async (expression: string) => {
    await peer.write(encodeRequest(expression).bytes);
    assert(await peer.frame());
  };
  for (let count = 0; count < 100; count++) await ask("1 + 1");
  let figures = 0;
  for await (const { name, data } of events(server.page)) {
    // Three seconds later.
    if (name === "figures" && ++figures === 3) await ask("7 + 7");
    if (data.expression === "7 + 7") break;
    assert(figures < 5, "It was not shown");
  }
});

Deno.test("page: hostile text stays text in every answer", async () => {
  const hostile = '<img src=x onerror="alert(1)">';
  await using server = await startWithPage("server");
  const response = await ask(server.page, { expression: hostile });
  assertEquals(response.headers.get("content-type"), "application/json");
  assertEquals(response.headers.get("x-content-type-options"), "nosniff");
  assertEquals((await response.json()).error.expression, hostile);
});

Deno.test("page: only requests to its own host are answered", async () => {
  await using server = await startWithPage("server");
  const { port } = new URL(server.page);
  const get = (host: string) =>
    raw(server.page, `GET /counters HTTP/1.1\r\nHost: ${host}`);
  for (
    const own of [`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`]
  ) {
    assertMatch(await get(own), /^HTTP\/1\.1 200 /);
  }
  // A name that the attacker lets resolve to 127.0.0.1.
  for (
    const other of [
      `attacker.example:${port}`,
      "127.0.0.1.attacker.example",
      // Malformed, although they begin with an address of this machine.
      `127.0.0.1:${port}:1`,
      `127.0.0.1:${port}/path`,
      "127.0.0.1:99999",
      "127.999.0.1",
    ]
  ) {
    const answer = await get(other);
    assertMatch(answer, /^HTTP\/1\.1 403 /);
    assertStringIncludes(answer, other);
  }
});

Deno.test("page: other origins can neither ask, nor empty the cache, nor read facts", async () => {
  await using server = await startWithPage("server");
  const { host } = new URL(server.page);
  const body = '{"expression":"1+1"}';
  const answer = (route: string, header: string) =>
    raw(server.page, `${route} HTTP/1.1\r\nHost: ${host}\r\n${header}`, body);
  for (const route of ["POST /ask", "DELETE /cache", "GET /facts"]) {
    for (
      const header of [
        "Origin: https://attacker.example",
        "Origin: null",
        "Origin: http://127.0.0.1:1",
        "Sec-Fetch-Site: cross-site",
        "Sec-Fetch-Site: same-site",
      ]
    ) {
      assertMatch(await answer(route, header), /^HTTP\/1\.1 403 /);
    }
  }
  assertMatch(
    await answer("POST /ask", `Origin: http://${host}`),
    /^HTTP\/1\.1 200 /,
  );
  // A link on another site may lead here.
  const link = "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate";
  assertMatch(await answer("GET /", link), /^HTTP\/1\.1 200 /);
});

Deno.test("page: every answer has a strict Content-Security-Policy", async () => {
  await using server = await startWithPage("server");
  for (const path of ["/", "/main.js", "/library/preact.js", "/nothing"]) {
    const response = await fetch(server.page + path);
    await response.body?.cancel();
    const policy = response.headers.get("content-security-policy") ?? "";
    assertStringIncludes(policy, "default-src 'none'");
    assert(!/unsafe|https?:|\*/.test(policy), policy);
  }
});

Deno.test("page: all that it loads is served from its own origin", async () => {
  await using server = await startWithPage("server");
  const html = await (await fetch(server.page)).text();
  const [, map = ""] = /importmap">([^<]*)</.exec(html) ?? [];
  const { imports } = JSON.parse(map);
  const paths = [
    ...html.matchAll(/(?:href|src)="([^"]*)"/g).map(([, path = ""]) => path),
    ...Object.values<string>(imports),
  ];
  for (const path of paths) {
    assert(path.startsWith("/"), path);
    const response = await fetch(server.page + path);
    assertEquals(response.status, 200, path);
    const text = await response.text();
    for (const [, name = ""] of text.matchAll(/from ?"([^".]+)"/g)) {
      assert(name in imports, `${path} imports ${name}`);
    }
  }
});

Deno.test("page: metrics are in the text format of Prometheus", async () => {
  await using server = await RoleProcess.start("server");
  await using proxy = await startWithPage("proxy", behind(server));
  for (let times = 0; times < 3; times++) {
    await (await ask(proxy.page, { expression: "1+1" })).text();
  }
  const response = await fetch(`${proxy.page}/metrics`);
  assertStringIncludes(
    response.headers.get("content-type") ?? "",
    "text/plain; version=0.0.4",
  );
  const text = await response.text();
  const values = new Map<string, number>();
  let family = "";
  for (const line of text.trimEnd().split("\n")) {
    const [, help] = /^# HELP (\w+) .+\.$/.exec(line) ?? [];
    const [, typed, type] =
      /^# TYPE (\w+) (counter|gauge|histogram)$/.exec(line) ?? [];
    const [, name, labels = "", value] =
      /^(\w+)(\{(?:\w+="[^"]*",?)+\})? (\S+)$/.exec(line) ?? [];
    if (help) family = help;
    else if (typed) {
      assertEquals(typed, family);
      assertEquals(type === "counter", typed.endsWith("_total"), line);
    } else {
      assert(name?.startsWith(family), line);
      assert(Number.isFinite(Number(value)), line);
      values.set(name + labels, Number(value));
    }
  }
  assertEquals(values.get("calculator_requests_total"), 3);
  assertEquals(values.get("calculator_cache_hits_total"), 2);
  assertEquals(values.get("calculator_cache_entries"), 1);
  const label = `{server="${formatAddress(server.address)}"}`;
  assertEquals(values.get(`calculator_upstream_attempts_total${label}`), 1);
  assertEquals(values.get(`calculator_upstream_failures_total${label}`), 0);
  assertEquals(values.get(`calculator_upstream_resting${label}`), 0);
  const times = "calculator_answer_duration_seconds";
  assertEquals(values.get(`${times}_count{outcome="hit"}`), 2);
  assertEquals(values.get(`${times}_bucket{outcome="hit",le="+Inf"}`), 2);
  assertEquals(values.get(`${times}_count{outcome="miss"}`), 1);
});

Deno.test({
  name: "page: promtool accepts the metrics",
  ignore: !await hasPromtool(),
  async fn() {
    await using server = await RoleProcess.start("server");
    await using proxy = await startWithPage("proxy", behind(server));
    await (await ask(proxy.page, { expression: "1+1" })).text();
    const metrics = await fetch(`${proxy.page}/metrics`);
    const promtool = new Deno.Command("promtool", {
      args: ["check", "metrics"],
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    await metrics.body?.pipeTo(promtool.stdin);
    const { code, stderr } = await promtool.output();
    assertEquals([code, new TextDecoder().decode(stderr)], [0, ""]);
  },
});

Deno.test("page: the counters are those of the log", async () => {
  await using server = await startWithPage("server");
  await (await ask(server.page, { expression: "1+1" })).text();
  assertEquals(await (await fetch(`${server.page}/counters`)).json(), {
    accepted: 1,
    refused: 0,
    requests: 1,
    bytesReceived: 18,
    bytesSent: 24,
  });
});

Deno.test("page: entries of the cache are found, dropped and emptied", async () => {
  await using server = await RoleProcess.start("server", ["--max-age", "60"]);
  await using proxy = await startWithPage("proxy", behind(server));
  for (const expression of ["1 + 1", "2 + 2", "2 + 2", "1 / 0"]) {
    await (await ask(proxy.page, { expression })).text();
  }
  const list = async (query = "") =>
    await (await fetch(`${proxy.page}/cache?${query}`)).json();
  const { rows, entries } = await list("sort=hits");
  assertEquals(entries, 3);
  const [{ age, remaining, id, ...first }] = rows;
  assertEquals(first, {
    expression: "2 + 2",
    steps: true,
    status: 200,
    hits: 1,
    bytes: 18 + 24,
    tier: "memory",
  });
  assertEquals(age + remaining, 60);
  assertEquals((await list("search=%2F+0")).rows[0].status, 400);
  const drop = async (path: string) => {
    const response = await fetch(proxy.page + path, { method: "DELETE" });
    await response.body?.cancel();
    return response.status;
  };
  assertEquals(await drop(`/cache/${id}`), 200);
  assertEquals(await drop(`/cache/${id}`), 404);
  assertEquals((await list("sort=used")).entries, 2);
  assertEquals(await drop("/cache"), 200);
  assertEquals((await list("sort=remaining")).entries, 0);
  const wrong = await fetch(`${proxy.page}/cache?sort=size`);
  assertEquals([wrong.status, await wrong.text()], [
    400,
    '"sort" must be used, hits or remaining\n',
  ]);
});

Deno.test("page: a search finds what is in expressions, not in their encoding", async () => {
  await using server = await RoleProcess.start("server", ["--max-age", "60"]);
  await using proxy = await startWithPage("proxy", behind(server));
  // Its length, 50, is encoded as the byte of "2".
  const expression = `1 + ${"1".repeat(46)}`;
  await (await ask(proxy.page, { expression })).text();
  for (const [search, matching] of [["2", 0], ["1 + 1", 1]] as const) {
    const query = new URLSearchParams({ search });
    const list = await (await fetch(`${proxy.page}/cache?${query}`)).json();
    assertEquals([search, list.matching], [search, matching]);
  }
});

Deno.test("page: a server has no cache", async () => {
  await using server = await startWithPage("server");
  const response = await fetch(`${server.page}/cache`);
  await response.body?.cancel();
  assertEquals(response.status, 404);
});

Deno.test("page: five refusals half a second apart", async () => {
  await using proxy = await startWithPage("proxy", [
    "-s",
    formatAddress(unusedAddress()),
  ]);
  const reply = await (await ask(proxy.page, { expression: "1 + 1" })).json();
  assertEquals(reply.error.status, 500);
  const refusals = (await firstExchange(proxy.page))
    .filter(({ event }) => event === "no answer");
  assertEquals(refusals.map(({ attempt }) => attempt), [1, 2, 3, 4, 5]);
  for (const [index, { at }] of refusals.slice(1).entries()) {
    assert(Number(at) - Number(refusals[index]?.at) >= 500 - 1);
  }
});

Deno.test("page: while the role shuts down, it is not healthy, and then it is gone", async () => {
  await using server = await startWithPage("server", ["--grace", "5"]);
  const healthy = await fetch(`${server.page}/health`);
  assertEquals([healthy.status, await healthy.json()], [200, { status: "ok" }]);
  const facts = events(server.page);
  assertEquals((await facts.next()).value?.name, "hello");
  // Stays connected with half a request, so that shutting down takes a while.
  using peer = await BarePeer.connect(server.role.address);
  await server.role.printed("Connection established");
  await peer.write(encodeRequest("1 + 1").bytes.subarray(0, 5));
  const ended = server.role.end();
  for await (const { name } of facts) if (name === "draining") break;
  const draining = await fetch(`${server.page}/health`);
  assertEquals([draining.status, await draining.json()], [
    503,
    { status: "draining" },
  ]);
  peer.tcp.close();
  assertEquals(await ended, 0);
});

Deno.test("page: a reader that does not read neither stops the role nor grows it", async () => {
  await using server = await startWithPage("server");
  const { host, hostname, port } = new URL(server.page);
  using slow = await Deno.connect({ hostname, port: Number(port) });
  await slow.write(
    new TextEncoder().encode(`GET /facts HTTP/1.1\r\nHost: ${host}\r\n\r\n`),
  );
  using peer = await BarePeer.connect(server.role.address);
  const request = encodeRequest(`1 + ${"1".repeat(4000)}`).bytes;
  const many = new Uint8Array(100 * request.length);
  for (let at = 0; at < many.length; at += request.length) {
    many.set(request, at);
  }
  for (let round = 0; round < 20; round++) {
    const written = peer.write(many);
    for (let count = 0; count < 100; count++) assert(await peer.frame());
    await written;
  }
  const counts = await (await fetch(`${server.page}/counters`)).json();
  assertEquals(counts.requests, 2_000);
});

Deno.test("page: a flood of requests on a connection is answered once", async () => {
  await using server = await startWithPage("server");
  const { host, hostname, port } = new URL(server.page);
  using conn = await Deno.connect({ hostname, port: Number(port) });
  const request = `GET /counters HTTP/1.1\r\nHost: ${host}\r\n\r\n`;
  await conn.write(new TextEncoder().encode(request.repeat(1_000)));
  const answer = new Uint8Array(65_536);
  const length = await conn.read(answer);
  const text = new TextDecoder().decode(answer.subarray(0, length ?? 0));
  assertEquals(text.match(/200 OK/g)?.length, 1);
  assertStringIncludes(text.toLowerCase(), "connection: close");
});

Deno.test("page: at most 64 readers", async () => {
  await using server = await startWithPage("server");
  const closing = new AbortController();
  const readers = [];
  for (let count = 0; count < 64; count++) {
    const reader = events(server.page, closing.signal);
    assertEquals((await reader.next()).value?.name, "hello");
    readers.push(reader);
  }
  const refused = await fetch(`${server.page}/facts`);
  assertEquals(refused.status, 503);
  assertStringIncludes(await refused.text(), "64 readers");
  await Promise.all(readers.map((reader) => reader.return(undefined)));
  closing.abort();
});

Deno.test("page: it is not served without the flag, and its port is named if in use", async () => {
  const { port } = unusedAddress();
  using _listener = Deno.listen({ hostname: "127.0.0.1", port });
  const { status, stderr } = await runRole("server", [
    ...["-p", "0", "--page", `${port}`],
  ]);
  assertEquals([status, stderr], [
    1,
    `server: 127.0.0.1:${port} is in use: choose another port with --page\n`,
  ]);
});

Deno.test("page: without permission to listen, one line says what to do", async () => {
  const { port } = unusedAddress();
  const { status, stderr } = await runRole("server", [
    ...["-p", `${port}`, "--page", "0"],
  ], { permissions: ["--no-prompt", `-N=127.0.0.1:${port}`] });
  assertEquals([status, stderr], [
    1,
    "server: network access to 127.0.0.1:0 is not allowed: run with -N\n",
  ]);
});

Deno.test("page: a role that cannot listen does not stay for its page", async () => {
  await using server = await RoleProcess.start("server");
  const { port } = server.address;
  const { status } = await runRole("server", [
    ...["-p", `${port}`, "--page", "0"],
  ]);
  assertEquals(status, 1);
});

Deno.test("page: on localhost, nobody is warned", async () => {
  await using server = await startWithPage("server", [
    ...["--page", "localhost:0"],
  ], { stderr: "piped" });
  const response = await fetch(`${server.page}/health`);
  await response.body?.cancel();
  assertEquals(response.status, 200);
  await server.role.end();
  assertEquals(server.role.complaint, "");
});

Deno.test("page: a quiet role says where its page is, if its port is any free one", async () => {
  const { port } = unusedAddress();
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-N", "server.ts", "-q", "-p", `${port}`, "--page", "0"],
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const lines = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const { value } = await lines.read();
  assertMatch(value ?? "", /^Page on http:\/\/127\.0\.0\.1:\d+\/\n$/);
  await lines.cancel();
  child.kill("SIGTERM");
  await child.status;
});

Deno.test("page: serving it beyond loopback prints a warning", async () => {
  await using server = await startWithPage("server", [
    ...["--page", "0.0.0.0:0"],
  ], { stderr: "piped" });
  const { port } = new URL(server.page);
  const response = await fetch(`http://127.0.0.1:${port}/health`);
  await response.body?.cancel();
  assertEquals(response.status, 200);
  await server.role.end();
  assertStringIncludes(
    server.role.complaint,
    `Warning: --page: everyone who can reach http://0.0.0.0:${port}/ can see all requests and send requests.`,
  );
});
