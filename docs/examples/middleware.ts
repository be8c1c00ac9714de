// Middleware, a handler around a handler: answers clients at one address only.
// deno run -N docs/examples/middleware.ts

import { calculate, calculator, type Handler, serve } from "@calculator/tcp";
import { encodeClientError, formatOf } from "@calculator/tcp/message";
import { parseAddress } from "@calculator/tcp/net";

function allow(hostname: string, handler: Handler): Handler {
  return (request, client) => {
    if (parseAddress(client.address)?.hostname === hostname) {
      return handler(request, client);
    }
    const error = { name: "Forbidden", message: `only for ${hostname}` };
    return encodeClientError(error, { format: formatOf(request.payload) });
  };
}

for (const hostname of ["127.0.0.1", "192.0.2.1"]) {
  await using server = serve({ port: 0 }, allow(hostname, calculator()));
  const answer = calculate(server.address, "6 * 7");
  console.log(await answer.catch((error) => `${error}`));
}
