// @ts-check
/// <reference lib="dom" />
import { html } from "htm/preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { FrameBytes } from "./bytes.js";
import {
  askerOf,
  elapsedOf,
  ladderOf,
  outcomeOf,
  outcomesOf,
  summaryOf,
  titleOf,
} from "./exchange.js";
import { Ladder } from "./ladder.js";
import { count, duration, printable, timeOfDay } from "./words.js";

/** @import { Exchange } from "./exchange.js" */
/** @import { Hello } from "../overview.ts" */

/** How long a ladder is shown before the next exchange takes its place, in milliseconds. */
const DWELL = 1_500;

/**
 * @param {object} props
 * @param {Hello} props.hello
 * @param {Exchange[]} props.exchanges Newest first.
 * @param {number} props.unshown
 * @param {string} props.own The client of the last question of this page.
 */
export function Exchanges({ hello, exchanges: all, unshown, own }) {
  const [paused, setPaused] = useState(
    /** @type {Exchange[] | undefined} */ (undefined),
  );
  const [client, setClient] = useState("");
  const [outcome, setOutcome] = useState("");
  const [text, setText] = useState("");
  const [pinned, setPinned] = useState(
    /** @type {number | undefined} */ (undefined),
  );
  const [frame, setFrame] = useState(
    /** @type {number | undefined} */ (undefined),
  );
  const [withTcp, setTcp] = useState(false);
  const exchanges = paused ?? all;
  const clients = [...new Set(exchanges.map(askerOf))];
  const shown = exchanges.filter((exchange) =>
    (client === "" || askerOf(exchange) === client) &&
    (outcome === "" || outcomeOf(exchange) === outcome) &&
    (text === "" ||
      `${titleOf(exchange)} ${exchange.client} ${exchange.identity ?? ""} ${
        summaryOf(exchange)
      }`
        .toLowerCase().includes(text.toLowerCase()))
  );
  // Who asks wants to see what becomes of it.
  useEffect(() => {
    setPinned(undefined);
    setFrame(undefined);
  }, [own]);
  const followed = useFollowed(shown, own);
  const chosen = shown.find(({ id }) => id === (pinned ?? followed)) ??
    shown[0];
  const newer = paused ? all.findIndex(({ id }) => id === paused[0]?.id) : 0;
  return html`
    <section class="exchanges" aria-labelledby="exchanges-title">
      <div class="head">
        <h2 id="exchanges-title">Exchanges</h2>
        <p class="quiet" aria-live="off">${paused
          ? `paused${
            newer > 0
              ? `, ${count(newer)} newer`
              : newer < 0
              ? ", many newer"
              : ""
          }`
          : unshown > 0
          ? `${count(unshown)} more this second are counted, not shown`
          : ""}</p>
        <button type="button" aria-pressed=${paused !== undefined}
          onClick=${() =>
            setPaused(paused ? undefined : all.slice())}>Pause</button>
      </div>
      <div class="filters">
        <label>Client
          <select value=${client} onChange=${(/** @type {any} */ event) =>
            setClient(event.target.value)}>
            <option value="">all</option>
            ${clients.map((each) =>
              html`<option value=${each}>${printable(each)}</option>`
            )}
          </select>
        </label>
        <label>Outcome
          <select value=${outcome} onChange=${(/** @type {any} */ event) =>
            setOutcome(event.target.value)}>
            <option value="">all</option>
            ${outcomesOf(hello).map((each) =>
              html`<option value=${each}>${each}</option>`
            )}
          </select>
        </label>
        <label class="grow">Text
          <input type="search" value=${text} onInput=${(
            /** @type {any} */ event,
          ) => setText(event.target.value)} />
        </label>
        <label class="check"><input type="checkbox" checked=${withTcp}
          onChange=${(/** @type {any} */ event) =>
            setTcp(event.target.checked)} /> Show what TCP sends</label>
      </div>
      ${shown.length === 0 &&
        html`<p class="empty">${
          exchanges.length === 0
            ? `Nothing yet. Ask something, or send requests to ${hello.address}.`
            : "No exchange matches."
        }</p>`}
      <div class="exchanges-body">
        ${chosen && html`
          <div class="detail">
            <h3><span class="expression">${printable(
              titleOf(chosen),
            )}</span></h3>
            <p class="quiet facts">${timeOfDay(
              chosen.time,
            )} · ${chosen.identity === undefined
              ? ""
              : `${printable(chosen.identity)}, `}${chosen
              .client} · ${summaryOf(chosen)}${elapsedOf(chosen) === undefined
              ? ""
              : ` · ${duration(elapsedOf(chosen) ?? 0)}`}
              ${pinned !== undefined && html`
                <button type="button" class="plain"
                  onClick=${() => {
                    setPinned(undefined);
                    setFrame(undefined);
                  }}>Follow the newest</button>
              `}</p>
            <${Ladder} ladder=${ladderOf(
              chosen,
              hello,
              withTcp,
            )} chosen=${frame}
              onChoose=${(/** @type {number} */ id) => {
                setPinned(chosen.id);
                setFrame(id === frame ? undefined : id);
              }} />
            ${frame !== undefined &&
              html`<${FrameBytes} frame=${frame} onClose=${() =>
                setFrame(undefined)} />`}
          </div>
        `}
        <ol class="list" aria-label="All exchanges, newest first">
          ${shown.map((exchange) =>
            html`
              <${Row} key=${exchange
                .id} exchange=${exchange} isChosen=${exchange === chosen}
                onChoose=${() => {
                  setPinned(exchange.id);
                  setFrame(undefined);
                }} />
            `
          )}
        </ol>
      </div>
    </section>
  `;
}

/** @param {{ exchange: Exchange, isChosen: boolean, onChoose: () => void }} props */
function Row({ exchange, isChosen, onChoose }) {
  const outcome = outcomeOf(exchange);
  const elapsed = elapsedOf(exchange);
  return html`
    <li>
      <button type="button" class=${`row ${
        outcome.replace(" ", "-")
      }`} aria-pressed=${isChosen}
        onClick=${onChoose}>
        <span class="time">${timeOfDay(exchange.time)}</span>
        <span class="title">${printable(titleOf(exchange))}</span>
        <span
          class="summary"><i class="dot" aria-hidden="true"></i>${summaryOf(
            exchange,
          )}</span>
        <span class="elapsed">${elapsed === undefined
          ? ""
          : duration(elapsed)}</span>
      </button>
    </li>
  `;
}

/**
 * The newest exchange, but each for long enough to be read. An own exchange comes
 * at once, and stays longer once it is answered.
 *
 * @param {Exchange[]} exchanges
 * @param {string} own
 */
function useFollowed(exchanges, own) {
  const followed = useRef({
    id: /** @type {number | undefined} */ (undefined),
    until: 0,
    own: "",
  });
  const [, redraw] = useState(0);
  const mine = own === ""
    ? undefined
    : exchanges.find(({ client }) => client === own);
  const now = performance.now();
  const newest = exchanges[0]?.id;
  const isNew = followed.current.own !== own;
  const isUnderWay = followed.current.id === mine?.id &&
    mine !== undefined && outcomeOf(mine) === "under way";
  if (mine && (isNew || isUnderWay)) {
    followed.current = { id: mine.id, until: now + 5 * DWELL, own };
  } else if (now >= followed.current.until && newest !== followed.current.id) {
    followed.current = {
      id: newest,
      until: now + DWELL,
      own: followed.current.own,
    };
  }
  const { id, until } = followed.current;
  useEffect(() => {
    if (newest === id) return;
    const timer = setTimeout(
      () => redraw((count) => count + 1),
      Math.max(until - now, 0),
    );
    return () => clearTimeout(timer);
  }, [id, newest]);
  return id;
}
