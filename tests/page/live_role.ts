/**
 * Starts roles with a page, for the tests of the page.
 *
 * @module
 */

import { formatAddress } from "../../lib/net/mod.ts";
import {
  RoleProcess,
  type StartOptions,
} from "../../tools/harness/role_process.ts";

/** A role and where its page is. */
export interface WithPage extends AsyncDisposable {
  readonly role: RoleProcess;
  /** The URL of the page, without the slash at its end. */
  readonly page: string;
}

/** Starts a role with `--page`, on a free port unless `args` name one. */
export async function startWithPage(
  role: "server" | "proxy",
  args: string[] = [],
  options?: StartOptions,
): Promise<WithPage> {
  const flags = args.includes("--page") ? args : ["--page", "0", ...args];
  const process = await RoleProcess.start(role, flags, options);
  await process.printed("Page on ");
  const line = process.lines.find((line) => line.startsWith("Page on "));
  const [, page = ""] = /^Page on (.*)\/$/.exec(line ?? "") ?? [];
  return {
    role: process,
    page,
    [Symbol.asyncDispose]: () => process[Symbol.asyncDispose](),
  };
}

/** The flags of a proxy in front of a server that it asks once. */
export function behind(server: RoleProcess): string[] {
  return ["-s", formatAddress(server.address)];
}
