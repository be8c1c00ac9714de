import { calculator } from "./lib/calculator.ts";
import { runRole } from "./lib/role/role.ts";
import { roleFlags } from "./lib/role/role_flags.ts";
import { maxAge } from "./lib/terminal/flag_values.ts";
import { run } from "./lib/terminal/run.ts";

await run({
  name: "server",
  summary: "Evaluates arithmetic expressions, step by step.",
  flags: roleFlags(9999, {
    Listening: {
      "share-port": {
        help: "share the port with other servers, one per core (Linux)",
      },
    },
    Caching: {
      "max-age": {
        takes: "SECONDS",
        fallback: "inf",
        help: "how long answers may be cached, inf for no limit",
      },
      "no-cache": { help: "forbid caching of answers" },
    },
  }),
  examples: [
    ["", "listen on 127.0.0.1:9999"],
    ["-H :: -p 0", "on all interfaces, any free port"],
    ["--max-age 60", "answers may be cached for a minute"],
  ],
}, (line) => {
  const handler = calculator({
    cache: !line.has("no-cache"),
    maxAge: line.value("max-age", maxAge),
  });
  return runRole(line, { name: "server", handler: () => handler });
});
