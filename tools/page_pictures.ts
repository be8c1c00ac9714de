/**
 * Takes the pictures of the live page in README.md, in a real Chromium: wide and
 * light, and as narrow as a phone.
 *
 * @module
 */

import { formatAddress } from "../lib/net/mod.ts";
import { findChromium, startChromium } from "./harness/browser.ts";
import { RoleProcess, runClient } from "./harness/role_process.ts";
import { unusedAddress } from "./harness/unused_address.ts";

const PICTURES = [
  { file: "page-light.png", width: 1280, height: 960 },
  { file: "page-360.png", width: 360, height: 960 },
] as const;

const chromium = await findChromium();
if (!chromium) {
  console.error("The pictures of the page need Chromium: not taken.");
  Deno.exit(1);
}
const { port } = unusedAddress();
await using server = await RoleProcess.start("server", ["--max-age", "60"]);
await using proxy = await RoleProcess.start("proxy", [
  ...["-s", formatAddress(server.address), "--page", `${port}`],
]);
for (const expression of ["2 ** 100", "sqrt(16) / 3", "7 // 0", "2 ** 100"]) {
  await runClient(proxy.address, [expression]);
}
const browser = await startChromium(chromium);
const page = await browser.newPage();
for (const { file, width, height } of PICTURES) {
  await page.setViewport({ width, height });
  await page.emulateMediaFeatures([
    { name: "prefers-color-scheme", value: "light" },
    { name: "prefers-reduced-motion", value: "reduce" },
  ]);
  await page.goto(`http://127.0.0.1:${port}/`);
  await page.locator('::-p-aria([name="Empty the cache"])').click();
  await page.locator('::-p-aria([name="Ask"][role="button"])').click();
  await page.locator("::-p-text(stored for 60 s)").wait();
  await page.locator("tbody ::-p-text(max)").wait();
  await page.mouse.move(0, 0);
  const path = new URL(`../docs/${file}`, import.meta.url);
  await Deno.writeFile(path, await page.screenshot());
}
await browser.close();
