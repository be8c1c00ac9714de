import { formatAddress } from "../net/mod.ts";
import type { Page, PageOptions } from "../page/page.ts";
import type { CommandLine } from "../terminal/command_line.ts";
import { listenAddress } from "../terminal/flag_values.ts";
import { cannotListen } from "./listen.ts";

/** Serves the live page, if there is a flag for it. */
export async function startPage(
  line: CommandLine,
  options: Omit<PageOptions, "listen">,
): Promise<Page | undefined> {
  const listen = line.optional("page", listenAddress);
  if (!listen) return undefined;
  // Loaded lazily: without the flag, it costs nothing.
  const { Page } = await import("../page/page.ts");
  try {
    const page = await Page.start({ ...options, listen });
    if (!page.isLoopback) {
      const rights = new Intl.ListFormat("en-GB").format([
        "see all requests",
        ...(options.tls()?.caCerts ? [] : ["send requests"]),
        ...(options.store ? ["empty the cache"] : []),
      ]);
      console.error(
        `Warning: --page: everyone who can reach ${page.url} can ${rights}.`,
      );
    }
    return page;
  } catch (error) {
    throw cannotListen(formatAddress(listen), error, "--page");
  }
}
