/// <reference lib="dom" />
/**
 * The page in a real browser. Elements are found by their accessible names, as a
 * person with a screen reader finds them.
 *
 * @module
 */

import axe from "axe-core";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { Browser, Page } from "puppeteer-core";
import { encodeRequest, encodeSuccess } from "../../lib/message/mod.ts";
import { formatAddress } from "../../lib/net/mod.ts";
import { serve } from "../../lib/serve.ts";
import { BarePeer } from "../../tools/harness/bare_peer.ts";
import { findChromium, startChromium } from "../../tools/harness/browser.ts";
import { hasRedis, RedisServer } from "../../tools/harness/redis_server.ts";
import { RoleProcess } from "../../tools/harness/role_process.ts";
import { unusedAddress } from "../../tools/harness/unused_address.ts";
import { behind, startWithPage } from "./live_role.ts";

const chromium = await findChromium();
if (!chromium) {
  console.error("The tests of the page in a browser need Chromium: skipped");
}

/** An open page, and what its console has said. */
interface Visit {
  readonly page: Page;
  readonly messages: string[];
  /** Waits until a region contains a text. */
  shows(region: string, text: string): Promise<void>;
  /** The text of a region. */
  read(region: string): Promise<string>;
  /** Clicks what has this accessible name and role. */
  click(name: string, role?: string): Promise<void>;
  /** Replaces the expression. */
  type(expression: string): Promise<void>;
}

async function visit(browser: Browser, url: string): Promise<Visit> {
  const page = await browser.newPage();
  const messages: string[] = [];
  page.on("console", (message) => messages.push(message.text()));
  page.on("pageerror", (error) => messages.push(`${error}`));
  page.on("dialog", (dialog) => {
    messages.push(`dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
  await page.setViewport({ width: 1440, height: 1000 });
  await page.goto(url);
  const find = (name: string, role: string) =>
    page.locator(`::-p-aria([name="${name}"][role="${role}"])`);
  await find("Expression", "textbox").wait();
  return {
    page,
    messages,
    async shows(region, text) {
      await page.waitForFunction(
        (region: string, text: string) =>
          [...document.querySelectorAll("section")].some((section) =>
            section.querySelector("h2")?.textContent === region &&
            section.textContent.replace(/\s+/g, " ").includes(text)
          ),
        { timeout: 10_000 },
        region,
        text,
      );
    },
    async read(region) {
      const text = await page.$eval(
        `::-p-aria([name="${region}"][role="region"])`,
        (section) => section.textContent ?? "",
      );
      return text.replace(/\s+/g, " ");
    },
    click: (name, role = "button") => find(name, role).click(),
    async type(expression) {
      await find("Expression", "textbox").fill(expression);
    },
  };
}

/** A test with a browser, or a skipped one where it is missing. */
function inBrowser(
  name: string,
  test: (browser: Browser) => Promise<void>,
): void {
  Deno.test({
    name: `page in a browser: ${name}`,
    ignore: !chromium,
    fn: () => withBrowser(test),
  });
}

async function withBrowser(
  test: (browser: Browser) => Promise<void>,
): Promise<void> {
  const browser = await startChromium(chromium ?? "");
  try {
    await test(browser);
  } finally {
    await browser.close();
  }
}

inBrowser("a miss, a hit, an error, and the cache", async (browser) => {
  const server = await RoleProcess.start("server", ["--max-age", "3"]);
  await using proxy = await startWithPage("proxy", behind(server));
  const { messages, shows, read, click, type } = await visit(
    browser,
    proxy.page,
  );
  await click("Ask");
  await shows("Ask", "= 6");
  await shows("Exchanges", "not in the cache");
  const miss = await read("Exchanges");
  const where = formatAddress(server.address);
  for (
    const part of [
      `server ${where}`,
      ...["open", "request, 26", "200, 38", "stored for 3 s", "close"],
    ]
  ) assertStringIncludes(miss, part);
  await click("Ask again");
  await shows("Exchanges", "in the cache: ");
  await shows("Cache", "max(2, 3) + 3");
  // Its max-age runs down.
  await shows("Cache", "stale");
  await click("Ask again");
  await shows("Exchanges", "s old, stale");
  await click("Drop max(2, 3) + 3");
  await shows("Cache", "The cache is empty.");
  await type("1 + (2 *");
  await click("Ask");
  await shows("Ask", "expected a number");
  await server.end();
  await type("1 + 1");
  await click("Ask");
  // Each attempt is seen when it is made.
  await shows("Exchanges", "refused, attempt 2 of 5");
  assertStringIncludes(await read("Ask"), "Asking the proxy");
  await shows("Ask", "Connection refused by server");
  await shows("Exchanges", "refused, attempt 5 of 5");
  assertEquals(messages, []);
});

const hasSharedCache = await hasRedis();

Deno.test({
  name: "page in a browser: a hit in the shared cache counts once",
  ignore: !chromium || !hasSharedCache,
  fn: () =>
    withBrowser(async (browser) => {
      await using redis = await RedisServer.start();
      await using server = await RoleProcess.start("server");
      await using proxy = await startWithPage("proxy", [
        ...behind(server),
        ...["--shared", redis.url],
      ]);
      await proxy.role.printed("Shared cache");
      const { messages, shows, click } = await visit(browser, proxy.page);
      await click("Ask");
      await shows("Exchanges", "stored in the shared cache without limit");
      await shows("Cache", "in memory; the shared cache is not listed");
      await click("Empty the cache");
      await shows("Cache", "The cache is empty.");
      await click("Ask again");
      await shows("Exchanges", "in the shared cache: ");
      await shows("Figures", "Hit ratio50.0 %");
      await shows("Figures", "shared hits1");
      assertEquals(messages, []);
    }),
});

inBrowser(
  "a frame is shown byte by byte beside its meaning",
  async (browser) => {
    await using server = await startWithPage("server");
    const { page, messages, shows, click } = await visit(browser, server.page);
    await click("Byte by byte");
    await shows("Ask", "= 6");
    await page.locator('[aria-label^="request, 26"]').click();
    await shows("Exchanges", "26 bytes");
    await shows("Exchanges", "expression string of 13 bytes");
    await page.locator(".bits span:nth-child(4)").hover();
    const marked = await page.$$eval(
      ".meaning .marked",
      (rows) => rows.map(({ textContent }) => textContent.trim()),
    );
    assertEquals(marked, ["steps 1 (include them)"]);
    await click("Show what TCP sends", "checkbox");
    await shows("Exchanges", "SYN, ACK");
    await shows("Exchanges", "implied, not captured");
    assertEquals(messages, []);
  },
);

inBrowser("hostile text from either side is text", async (browser) => {
  const hostile =
    "<img src=x onerror=alert(1)><script>alert(2)</script>\u202e\u200b";
  const drawn = hostile.replace("\u202e\u200b", "\\u202e\\u200b");
  await using upstream = serve(
    { port: 0 },
    () => encodeSuccess({ result: hostile, steps: [hostile] }),
  );
  await using proxy = await startWithPage("proxy", [
    ...["-s", formatAddress(upstream.address)],
  ]);
  const { page, messages, shows, click, type } = await visit(
    browser,
    proxy.page,
  );
  await click("Ask");
  await shows("Ask", `= ${drawn}`);
  using peer = await BarePeer.connect(proxy.role.address);
  await peer.write(encodeRequest(hostile).bytes);
  assert(await peer.frame());
  await shows("Exchanges", drawn);
  await shows("Cache", drawn);
  await type(hostile);
  await click("Ask");
  await shows("Ask", "SyntaxError");
  assertEquals(await page.$$("section img, section script"), []);
  assertEquals(messages, []);
});

inBrowser(
  "a thousand exchanges a second neither freeze nor grow it",
  async (browser) => {
    await using server = await RoleProcess.start("server");
    await using proxy = await startWithPage("proxy", behind(server));
    const { page, messages, shows } = await visit(browser, proxy.page);
    using peer = await BarePeer.connect(proxy.role.address);
    const request = encodeRequest("1 + 1").bytes;
    const heap = async () => {
      const session = await page.createCDPSession();
      await session.send("HeapProfiler.collectGarbage");
      const { usedSize } = await session.send("Runtime.getHeapUsage");
      return usedSize;
    };
    const sizes: number[] = [];
    for (let second = 0; second < 10; second++) {
      const end = performance.now() + 1_000;
      for (let batch = 0; batch < 20; batch++) {
        const many = new Uint8Array(50 * request.length);
        for (let at = 0; at < many.length; at += request.length) {
          many.set(request, at);
        }
        await peer.write(many);
        for (let count = 0; count < 50; count++) assert(await peer.frame());
        const left = end - performance.now() - 50 * (19 - batch);
        await new Promise((resolve) => setTimeout(resolve, Math.max(left, 0)));
      }
      sizes.push(await heap());
      // The list is renewed although it changes all the time.
      await shows("Cache", "1 + 1");
    }
    await shows("Exchanges", "counted, not shown");
    await shows("Figures", "requests10,000");
    const rows = await page.$$eval(".list li", ({ length }) => length);
    assert(rows > 20 && rows <= 200, `${rows} rows`);
    const [, second = 0] = sizes;
    const last = sizes.at(-1) ?? 0;
    assert(last < second + 8 * 1024 ** 2, `${sizes}`);
    assertEquals(messages, []);
  },
);

inBrowser("no column of the cache is cut on a desktop", async (browser) => {
  await using server = await RoleProcess.start("server", ["--max-age", "60"]);
  await using proxy = await startWithPage("proxy", behind(server));
  const { page, messages, shows, click, type } = await visit(
    browser,
    proxy.page,
  );
  await click("Ask");
  await shows("Cache", "max(2, 3) + 3");
  await type(Array.from({ length: 30 }, () => "100").join(" + "));
  await click("Ask");
  await shows("Cache", "100 + 100");
  for (const width of [1080, 1279, 1280, 1440, 1900, 2560]) {
    await page.setViewport({ width, height: 1000 });
    const hidden = await page.$eval(
      ".cache .scroll",
      ({ scrollWidth, clientWidth }) => scrollWidth - clientWidth,
    );
    assertEquals(hidden, 0, `${width} pixels`);
  }
  assertEquals(messages, []);
});

inBrowser(
  "a hidden tab keeps up, and keeps nothing that is gone",
  async (browser) => {
    await using server = await startWithPage("server");
    const { page } = await visit(browser, server.page);
    // In front of it.
    await browser.newPage();
    assertEquals(await page.evaluate(() => document.visibilityState), "hidden");
    using peer = await BarePeer.connect(server.role.address);
    for (let round = 1; round <= 4; round++) {
      await peer.write(encodeRequest(`${round} + 1`).bytes);
      assert(await peer.frame());
      await page.waitForFunction(
        (title: string) =>
          document.querySelector("h3 .expression")?.textContent === title,
        { polling: 100 },
        `${round} + 1`,
      );
    }
    // A transition does not end while hidden, and keeps its element in memory.
    const animated = await page.evaluate(() =>
      document.getAnimations().map(({ effect }) =>
        effect instanceof KeyframeEffect && effect.target?.className
      )
    );
    assertEquals(animated, ["lamp open"]);
  },
);

inBrowser("the last page of the cache may become empty", async (browser) => {
  await using server = await RoleProcess.start("server");
  await using proxy = await startWithPage("proxy", behind(server));
  using peer = await BarePeer.connect(proxy.role.address);
  for (let n = 0; n <= 50; n++) {
    await peer.write(encodeRequest(`${n} + 1`).bytes);
    assert(await peer.frame());
  }
  const { shows, click } = await visit(browser, proxy.page);
  await shows("Cache", "1 of 2");
  await click("Next");
  await click("Drop 0 + 1");
  await shows("Cache", "50 + 1");
});

inBrowser("it reconnects after a restart", async (browser) => {
  const { port } = unusedAddress();
  const flags = ["--page", `${port}`];
  const first = await startWithPage("server", flags);
  const { page, shows, click } = await visit(browser, first.page);
  await first.role.end();
  await page.locator("::-p-text(is lost)").wait();
  await using second = await startWithPage("server", flags);
  await shows("Exchanges", formatAddress(second.role.address));
  assertEquals(await page.$$(".banner"), []);
  await click("Ask");
  await shows("Ask", "= 6");
});

inBrowser("the keyboard suffices", async (browser) => {
  await using server = await startWithPage("server");
  const { page, messages, shows } = await visit(browser, server.page);
  /** Moves on until what is focused has a name that begins so. */
  const tabTo = async (name: string) => {
    for (let presses = 0; presses < 60; presses++) {
      await page.keyboard.press("Tab");
      const focused = await page.evaluate(() => {
        const { activeElement: element } = document;
        return element?.getAttribute("aria-label") ?? element?.textContent ??
          "";
      });
      if (focused.startsWith(name)) return;
    }
    throw new Error(`No way to ${name}`);
  };
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await shows("Ask", "= 6");
  await tabTo("Ask again");
  await page.keyboard.press("Space");
  await shows("Figures", "requests2");
  await tabTo("Pause");
  await page.keyboard.press("Enter");
  await shows("Exchanges", "paused");
  await tabTo("request, 26");
  await page.keyboard.press("Enter");
  await shows("Exchanges", "26 bytes");
  assertEquals(messages, []);
});

/** What axe finds on a page in light and dark, and where it is too wide. */
async function problemsOf(page: Page): Promise<string[]> {
  const problems: string[] = [];
  await page.evaluate(axe.source);
  for (const [scheme, width] of [["light", 1440], ["dark", 360]] as const) {
    await page.emulateMediaFeatures([
      { name: "prefers-color-scheme", value: scheme },
      { name: "prefers-reduced-motion", value: "reduce" },
    ]);
    await page.setViewport({ width, height: 1000 });
    const found = await page.evaluate(async () => {
      const { violations } = await Reflect.get(globalThis, "axe").run();
      return violations.map(
        ({ id, nodes }: { id: string; nodes: { html: string }[] }) =>
          `${id}: ${nodes.map(({ html }) => html).join("\n")}`,
      );
    });
    problems.push(...found.map((text: string) => `${scheme}: ${text}`));
  }
  // Zoomed to 200 %, 1280 pixels are 640.
  for (const width of [360, 640, 1440, 2560]) {
    await page.setViewport({ width, height: 1000 });
    const overflow = await page.evaluate(() =>
      document.documentElement.scrollWidth - innerWidth
    );
    if (overflow !== 0) problems.push(`${width}: ${overflow} pixels hidden`);
  }
  return problems;
}

inBrowser("axe finds nothing in any state of it", async (browser) => {
  await using server = await RoleProcess.start("server", ["--max-age", "60"]);
  await using proxy = await startWithPage("proxy", [
    ...behind(server),
    ...["--attempts", "1"],
  ]);
  const { page, messages, shows, click, type } = await visit(
    browser,
    proxy.page,
  );
  await shows("Cache", "The cache is empty.");
  assertEquals(await problemsOf(page), [], "empty");
  await click("Ask");
  await shows("Cache", "max(2, 3) + 3");
  await page.locator('[aria-label^="200, 38"]').click();
  await shows("Exchanges", "38 bytes");
  assertEquals(await problemsOf(page), [], "with the bytes of a frame");
  const peer = await BarePeer.connect(proxy.role.address);
  for (let n = 0; n < 60; n++) {
    await peer.write(encodeRequest(`${n} * 1`).bytes);
    assert(await peer.frame());
  }
  peer[Symbol.dispose]();
  await shows("Cache", "61 entries");
  await shows("Cache", "1 of 2");
  await type("1 + (2 *");
  await click("Ask");
  await shows("Ask", "expected a number");
  assertEquals(await problemsOf(page), [], "with entries and an error");
  await server.end();
  await type("7 + 7");
  await click("Ask");
  await shows("Ask", "Connection refused by server");
  await click("Show what TCP sends", "checkbox");
  await shows("Exchanges", "RST");
  assertEquals(await problemsOf(page), [], "with a refused connection");
  assertEquals(messages, []);
  await proxy.role.end();
  await page.locator("::-p-text(is lost)").wait();
  assertEquals(await problemsOf(page), [], "without a connection");
});
