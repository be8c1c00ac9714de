// @ts-check
/**
 * An exchange: what the facts of one request add up to. Nothing is drawn here.
 */

/** @import { Outcome } from "../outcome.ts" */

/**
 * A record of the stream of facts. Times are in milliseconds since the exchange
 * began, except `time`, which counts from 1970.
 *
 * @typedef {object} FactRecord
 * @property {string} event
 * @property {number} exchange
 * @property {number} at
 * @property {number} [time]
 * @property {string} [client]
 * @property {string} [server]
 * @property {string} [expression]
 * @property {string} [payload]
 * @property {string} [outcome]
 * @property {string} [error]
 * @property {string} [reason]
 * @property {number} [bytes]
 * @property {number} [status]
 * @property {number} [frame]
 * @property {number} [attempt]
 * @property {number} [timeStamp]
 * @property {boolean} [cache]
 * @property {number | "inf"} [maxAge]
 * @property {string} [identity]
 * @property {string} [tier]
 * @property {boolean} [stored]
 * @property {number | "inf"} [serverTimeRemaining]
 * @property {number | "inf"} [clientTimeRemaining]
 */

/**
 * @typedef {object} Exchange
 * @property {number} id
 * @property {number} time When it began, in milliseconds since 1970.
 * @property {string} client
 * @property {string} [identity] The name in the certificate of the client.
 * @property {FactRecord[]} records
 */

/**
 * A line of a ladder: an arrow between two lanes, or a note at one.
 *
 * @typedef {object} Line
 * @property {"arrow" | "failed" | "note"} kind
 * @property {number} from
 * @property {number} to
 * @property {string} text
 * @property {number} at
 * @property {number} [frame]
 * @property {boolean} [isImplied] Whether TCP must have sent it, but nobody saw it.
 */

/** @typedef {{ lanes: string[], lines: Line[] }} Ladder */

/** The lanes that every exchange has. */
const CLIENT = 0;
const ROLE = 1;

/**
 * The outcomes at a role, in the order in which they are shown.
 *
 * @param {{ hasCache: boolean }} hello
 * @returns {Outcome[]}
 */
export function outcomesOf({ hasCache }) {
  return hasCache ? ["hit", "miss", "stale", "error"] : ["answered", "error"];
}

/**
 * The first record of an event.
 *
 * @param {Exchange} exchange
 * @param {string[]} events
 */
function find({ records }, ...events) {
  return records.find(({ event }) => events.includes(event));
}

/**
 * How the exchange came out: an outcome, or what is under way.
 *
 * @param {Exchange} exchange
 */
export function outcomeOf(exchange) {
  const response = find(exchange, "response");
  if (response) return response.outcome ?? "answered";
  if (find(exchange, "refused", "closing")) return "error";
  return find(exchange, "closed") ? "closed" : "under way";
}

/**
 * What came of it, in a few words.
 *
 * @param {Exchange} exchange
 */
export function summaryOf(exchange) {
  const outcome = outcomeOf(exchange);
  const response = find(exchange, "response");
  const closed = find(exchange, "closed");
  const stored = find(exchange, "stored");
  if (find(exchange, "refused")) return "refused: too many connections";
  if (closed && !response) {
    if (closed.reason !== undefined) return `closed: ${closed.reason}`;
    return find(exchange, "request")
      ? "closed before the response"
      : "closed without a request";
  }
  if (stored) return `${outcome}, stored ${forTime(stored)}`;
  if (find(exchange, "joined")) return `${outcome}, joined another request`;
  return response?.status && response.status !== 200
    ? `${outcome}, status ${response.status}`
    : outcome;
}

/**
 * The time to answer in milliseconds, if it is answered.
 *
 * @param {Exchange} exchange
 */
export function elapsedOf(exchange) {
  const response = find(exchange, "response");
  const request = find(exchange, "request");
  return response && request ? response.at - request.at : undefined;
}

/**
 * Who asked: the name in the certificate, or else the host.
 *
 * @param {Exchange} exchange
 */
export function askerOf({ client, identity }) {
  return identity ?? client.replace(/:\d+$/, "");
}

/**
 * The expression, or what stands in its place.
 *
 * @param {Exchange} exchange
 */
export function titleOf(exchange) {
  const request = find(exchange, "request");
  if (!request) return "no request";
  return request.expression ?? `does not decode: ${request.payload}`;
}

/**
 * Lays out an exchange as a ladder.
 *
 * @param {Exchange} exchange
 * @param {{ role: string, servers: readonly string[], attempts: number }} hello What the
 * role is, its servers, and how many times it tries them.
 * @param {boolean} withTcp Whether to add the segments that TCP must have sent.
 * @returns {Ladder}
 */
export function ladderOf(exchange, hello, withTcp) {
  const { role, attempts } = hello;
  const servers = [...hello.servers];
  /** @type {Line[]} */
  const lines = [];
  for (const record of exchange.records) {
    const { server } = record;
    if (server && !servers.includes(server)) servers.push(server);
    const lane = server ? ROLE + 1 + servers.indexOf(server) : CLIENT;
    const line = lineOf(record, lane, exchange, attempts);
    lines.push(...line.flatMap((each) => withTcp ? unfold(each) : [each]));
  }
  return {
    lanes: ["client", role, ...servers.map((s) => `server ${s}`)],
    lines,
  };
}

/**
 * @param {FactRecord} record
 * @param {number} lane
 * @param {Exchange} exchange
 * @param {number} attempts
 * @returns {Line[]}
 */
function lineOf(record, lane, exchange, attempts) {
  const { event, at, bytes, status, error } = record;
  const frame = record.frame === undefined ? {} : { frame: record.frame };
  /** @param {string} text @returns {Line} */
  const note = (text) => ({ kind: "note", from: ROLE, to: ROLE, text, at });
  /** @param {number} from @param {number} to @param {string} text @returns {Line} */
  const arrow = (from, to, text) => ({
    kind: "arrow",
    from,
    to,
    text,
    at,
    ...frame,
  });
  const of = attempts > 1 ? `attempt ${record.attempt} of ${attempts}` : "";
  switch (event) {
    case "connected":
      return [arrow(CLIENT, ROLE, "open")];
    case "request":
      return [arrow(CLIENT, ROLE, `request, ${bytes}`)];
    case "hit":
      return [note(hitNote(record, exchange))];
    case "refreshing":
      return [
        note(
          `${where(record)}: ${ageAt(record, record, exchange)} s old, stale`,
        ),
      ];
    case "asking":
      return record === find(exchange, "asking") &&
          !find(exchange, "refreshing")
        ? [note(missNote(exchange))]
        : [];
    case "upstream opened":
      return [arrow(ROLE, lane, "open")];
    case "sending":
      return [arrow(ROLE, lane, `request, ${bytes}`)];
    case "answered":
      return [arrow(lane, ROLE, `${status}, ${bytes}`)];
    case "upstream closed":
      return [arrow(ROLE, lane, "close")];
    case "no answer":
      return record.reason === "refused"
        ? [{
          ...arrow(ROLE, lane, of ? `refused, ${of}` : "refused"),
          kind: "failed",
        }]
        : [note(of ? `${error} (${of})` : `${error}`)];
    case "stored":
      return [note(storedNote(record))];
    case "joined":
      return [note("joined the request of another client")];
    case "not stored":
      return [note("not stored")];
    case "stale":
      return [note(record.stored ? storedNote(record) : "not stored")];
    case "stale on error":
      return [note(`stale response used: ${error}`)];
    case "failure":
      return [note(`${error}`)];
    case "response":
    case "closing":
      return [arrow(ROLE, CLIENT, `${status}, ${bytes}`)];
    case "closed":
      return record.reason === undefined
        ? [arrow(CLIENT, ROLE, "close")]
        : [arrow(ROLE, CLIENT, "close"), note(record.reason)];
    case "refused":
      return [
        arrow(ROLE, CLIENT, "close"),
        note("refused: too many connections"),
      ];
    default:
      return [];
  }
}

/**
 * The segments that TCP sends for a line, after which the line itself follows.
 *
 * @param {Line} line
 * @returns {Line[]}
 */
function unfold(line) {
  const { from, to, text, kind } = line;
  /** @param {string} segment @returns {Line} */
  const there = (segment) => ({
    ...line,
    kind: "arrow",
    text: segment,
    isImplied: true,
  });
  /** @param {string} segment @returns {Line} */
  const back = (segment) => ({ ...there(segment), from: to, to: from });
  if (kind === "failed") return [there("SYN"), back("RST"), line];
  if (kind === "note") return [line];
  if (text === "open") {
    return [line, there("SYN"), back("SYN, ACK"), there("ACK")];
  }
  if (text === "close") return [line, there("FIN"), back("ACK")];
  return [line];
}

/** @param {FactRecord} record */
function storedNote(record) {
  const shared = record.tier === "shared" ? " in the shared cache" : "";
  return `stored${shared} ${forTime(record)}`;
}

/** @param {FactRecord} record */
function forTime({ serverTimeRemaining: time }) {
  return typeof time === "number" ? `for ${time} s` : "without limit";
}

/** @param {FactRecord} record */
function where({ tier }) {
  return tier === "shared" ? "in the shared cache" : "in the cache";
}

/**
 * Why a request misses the cache, unless its stored response is stale.
 *
 * @param {Exchange} exchange
 */
function missNote(exchange) {
  const { cache, maxAge } = find(exchange, "request") ?? {};
  return cache === false || maxAge === 0
    ? "not looked up: the request forbids it"
    : "not in the cache";
}

/**
 * @param {FactRecord} hit
 * @param {Exchange} exchange
 */
function hitNote(hit, exchange) {
  const { serverTimeRemaining: server, clientTimeRemaining: client } = hit;
  const limits = [server, client].filter((time) => typeof time === "number");
  const good = limits.length > 0
    ? `good for ${Math.min(...limits)} s more`
    : "good without limit";
  const response = find(exchange, "response");
  return response
    ? `${where(hit)}: ${ageAt(hit, response, exchange)} s old, ${good}`
    : `${where(hit)}: ${good}`;
}

/**
 * How old a response was when something happened, in whole seconds.
 *
 * @param {FactRecord} record What happened.
 * @param {FactRecord} response Has the time stamp.
 * @param {Exchange} exchange
 */
function ageAt({ at }, { timeStamp = 0 }, { time }) {
  return Math.max(Math.floor((time + at) / 1000) - timeStamp, 0);
}
