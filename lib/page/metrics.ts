import type { Counters } from "../watch/counters.ts";
import type { ServerCounts } from "../watch/fact.ts";
import { BOUNDS, type Figures } from "./figures.ts";
import { OUTCOMES } from "./outcome.ts";

/** The present values that are not counts. */
export interface Gauges {
  readonly role: string;
  readonly version: string;
  readonly connections: number;
  /** How many exchanges were not shown on the page. */
  readonly unshown: number;
  /** The number of open pages. */
  readonly readers: number;
  /** The resident memory of the process, in bytes. */
  readonly memory: number;
  /** In seconds since 1970. */
  readonly started: number;
  /** What a proxy stores. */
  readonly cache?: { readonly entries: number; readonly bytes: number };
}

/** The names of counters for Prometheus, and what they count. */
const COUNTERS: Readonly<Record<string, readonly [string, string]>> = {
  accepted: ["connections_accepted_total", "Connections accepted."],
  refused: ["connections_refused_total", "Connections refused."],
  requests: ["requests_total", "Requests received."],
  hits: ["cache_hits_total", "Requests answered from the cache."],
  misses: ["cache_misses_total", "Requests that were not in the cache."],
  stale: ["cache_stale_total", "Requests whose stored response was stale."],
  stored: ["cache_stored_total", "Responses stored."],
  evicted: ["cache_evicted_total", "Responses evicted."],
  sharedHits: [
    "shared_cache_hits_total",
    "Requests answered from the shared cache.",
  ],
  sharedMisses: [
    "shared_cache_misses_total",
    "Requests that the shared cache did not answer.",
  ],
  notShared: [
    "shared_cache_write_failures_total",
    "Responses that were not written to the shared cache.",
  ],
  upstreamErrors: [
    "upstream_errors_total",
    "Requests that no server answered.",
  ],
  bytesReceived: ["received_bytes_total", "Bytes of requests received."],
  bytesSent: ["sent_bytes_total", "Bytes of responses sent."],
};

/**
 * Writes the counts in the text format of Prometheus, version 0.0.4.
 *
 * @param counters The counters of the role.
 * @param gauges The present values.
 * @param figures The times to answer.
 */
export function metrics(
  counters: Counters,
  gauges: Gauges,
  figures: Figures,
): string {
  const lines: string[] = [];
  const family = (type: string, name: string, help: string) => {
    lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`);
  };
  const metric = (type: string, name: string, help: string, value: number) => {
    family(type, name, help);
    lines.push(`${name} ${value}`);
  };
  family("gauge", "calculator_info", "The role and its version.");
  lines.push(
    `calculator_info{role="${gauges.role}",version="${gauges.version}"} 1`,
  );
  for (const [key, count] of Object.entries(counters.read())) {
    const [name, help] = COUNTERS[key] ?? [];
    if (name) metric("counter", `calculator_${name}`, help ?? "", count);
  }
  const servers = [...counters.servers];
  const byServer = (
    type: string,
    name: string,
    help: string,
    value: (counts: ServerCounts) => number,
  ) => {
    if (servers.length > 0) family(type, name, help);
    for (const [server, counts] of servers) {
      lines.push(`${name}{server="${escape(server)}"} ${value(counts)}`);
    }
  };
  byServer(
    "counter",
    "calculator_upstream_attempts_total",
    "Attempts to get an answer from a server.",
    ({ attempts }) => attempts,
  );
  byServer(
    "counter",
    "calculator_upstream_failures_total",
    "Attempts that got no answer from a server.",
    ({ failures }) => failures,
  );
  byServer(
    "gauge",
    "calculator_upstream_resting",
    "Whether a server rests, 1 or 0.",
    ({ resting }) => Number(resting),
  );
  const { cache } = gauges;
  const values: [string, string, number | undefined][] = [
    ["calculator_connections", "Open connections.", gauges.connections],
    ["calculator_cache_entries", "Responses in the cache.", cache?.entries],
    ["calculator_cache_bytes", "Size of the cache.", cache?.bytes],
    ["calculator_page_readers", "Open pages.", gauges.readers],
    [
      "process_resident_memory_bytes",
      "Resident memory of the process.",
      gauges.memory,
    ],
    [
      "process_start_time_seconds",
      "When the process started, since 1970.",
      gauges.started,
    ],
  ];
  for (const [name, help, value] of values) {
    if (value !== undefined) metric("gauge", name, help, value);
  }
  metric(
    "counter",
    "calculator_page_unshown_total",
    "Exchanges that were counted but not shown on the page.",
    gauges.unshown,
  );
  const name = "calculator_answer_duration_seconds";
  family("histogram", name, "Time from a request to its answer.");
  for (const outcome of OUTCOMES) {
    const { counts, sum } = figures.histogram(outcome);
    let total = 0;
    for (const [index, count] of counts.entries()) {
      total += count;
      const bound = BOUNDS[index] ?? "+Inf";
      lines.push(
        `${name}_bucket{outcome="${outcome}",le="${bound}"} ${total}`,
      );
    }
    lines.push(
      `${name}_sum{outcome="${outcome}"} ${sum}`,
      `${name}_count{outcome="${outcome}"} ${total}`,
    );
  }
  return `${lines.join("\n")}\n`;
}

/** Escapes the value of a label. */
function escape(value: string): string {
  return value.replace(/[\\"]/g, "\\$&").replaceAll("\n", "\\n");
}
