/**
 * A real Chromium, for the tests and the pictures of the page.
 *
 * @module
 */

import { type Browser, launch } from "puppeteer-core";

/** Where Debian and others install it. */
const PROGRAMS = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
];

/** The path of Chromium, or `undefined` if it is not installed. */
export async function findChromium(): Promise<string | undefined> {
  for (const program of PROGRAMS) {
    try {
      await Deno.stat(program);
      return program;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
}

/** Starts Chromium without a window. */
export function startChromium(executablePath: string): Promise<Browser> {
  return launch({
    executablePath,
    // Containers have neither user namespaces nor a large /dev/shm.
    args: ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"],
  });
}
