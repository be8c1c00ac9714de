import type { Client } from "../../lib/protocol/mod.ts";

/** Who sends a request, where a handler is called without a network. */
export const CLIENT: Client = { id: 1, address: "127.0.0.1:64031" };
