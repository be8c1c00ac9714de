// @ts-check
/// <reference lib="dom" />
import { html } from "htm/preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { count, printable, seconds, size } from "./words.js";

/** @import { CacheList, CacheRow } from "../cache_view.ts" */
/** @import { Present } from "../overview.ts" */

const PAGE = 50;

/** How often the list is renewed if something has changed, in milliseconds. */
const PAUSE = 1_000;

/**
 * @param {object} props
 * @param {Present} props.present
 * @param {number} props.changes Changes with the newest exchange.
 */
export function Cache({ present, changes }) {
  const [sort, setSort] = useState("used");
  const [search, setSearch] = useState("");
  const [page, setPage] = useState(0);
  const [list, setList] = useState(
    /** @type {(CacheList & { listedAt: number }) | undefined} */ (undefined),
  );
  const [edits, setEdits] = useState(0);
  const now = useSeconds();
  const { stored, hits, evicted, sharedHits } = present.counts;
  const isShared = sharedHits !== undefined;
  const state = [stored, hits, evicted, present.cache?.entries, changes].join();
  const latest = useRef(state);
  latest.current = state;
  useEffect(() => {
    const aborting = new AbortController();
    const query = new URLSearchParams({ sort, search, page: `${page}` });
    let listed = "";
    const load = async () => {
      if (latest.current === listed || document.hidden) return;
      listed = latest.current;
      try {
        const response = await fetch(`/cache?${query}`, {
          signal: aborting.signal,
        });
        if (!response.ok) return;
        const list = await response.json();
        setList({ ...list, listedAt: performance.now() });
        const last = Math.max(0, Math.ceil(list.matching / PAGE) - 1);
        setPage((page) => Math.min(page, last));
      } catch {
        // The role is gone, which the stream reports, or another list is wanted.
      }
    };
    load();
    const timer = setInterval(load, PAUSE);
    return () => {
      clearInterval(timer);
      aborting.abort();
    };
  }, [sort, search, page, edits]);
  /** @param {string} path */
  const remove = async (path) => {
    await fetch(path, { method: "DELETE" }).catch(() => {});
    setEdits((edits) => edits + 1);
  };
  const { rows = [], matching = 0 } = list ?? {};
  const pages = Math.max(1, Math.ceil(matching / PAGE));
  const passed = list
    ? Math.max(0, Math.floor((now - list.listedAt) / 1000))
    : 0;
  return html`
    <section class="cache" aria-labelledby="cache-title">
      <div class="head">
        <h2 id="cache-title">Cache</h2>
        <p class="quiet">${count(list?.entries ?? 0)} ${list?.entries === 1
          ? "entry"
          : "entries"}, ${size(list?.bytes ?? 0)}${isShared
          ? " in memory; the shared cache is not listed"
          : ""}</p>
        <button type="button" onClick=${() =>
          remove("/cache")}>Empty the cache</button>
      </div>
      <div class="filters">
        <label>Sort by
          <select value=${sort} onChange=${(/** @type {any} */ event) => {
            setSort(event.target.value);
            setPage(0);
          }}>
            <option value="used">last use</option>
            <option value="hits">hits</option>
            <option value="remaining">time remaining</option>
          </select>
        </label>
        <label class="grow">Search
          <input type="search" value=${search} maxlength="200" onInput=${(
            /** @type {any} */ event,
          ) => {
            setSearch(event.target.value);
            setPage(0);
          }} />
        </label>
      </div>
      ${rows.length === 0
        ? html`<p class="empty">${
          search === "" ? "The cache is empty." : "No entry matches."
        }</p>`
        : html`
          <div class="scroll" role="group" aria-label="Entries" tabindex="0">
            <table>
              <thead>
                <tr>
                  <th scope="col">Expression</th>
                  <th scope="col">Steps</th>
                  <th scope="col">Status</th>
                  <th scope="col" class="number">Age</th>
                  <th scope="col" class="number">Remaining</th>
                  <th scope="col" class="number">Hits</th>
                  <th scope="col" class="number">Bytes</th>
                  <th scope="col">Tier</th>
                  <th scope="col"><span class="unseen">Drop</span></th>
                </tr>
              </thead>
              <tbody>${rows.map((row) =>
                html`
                  <${Entry} key=${row.id} row=${row} passed=${passed}
                    onDrop=${() => remove(`/cache/${row.id}`)} />
                `
              )}
              </tbody>
            </table>
          </div>
        `}
      ${pages > 1 && html`
        <nav class="pages" aria-label="Pages of the cache">
          <button type="button" aria-disabled=${page === 0}
            onClick=${() => setPage(Math.max(0, page - 1))}>Previous</button>
          <span>${count(page + 1)} of ${count(pages)}</span>
          <button type="button" aria-disabled=${page + 1 >= pages}
            onClick=${() =>
              setPage(Math.min(pages - 1, page + 1))}>Next</button>
        </nav>
      `}
    </section>
  `;
}

/** @param {{ row: CacheRow, passed: number, onDrop: () => void }} props */
function Entry({ row, passed, onDrop }) {
  const { expression, steps, status, age, remaining, hits, bytes, tier } = row;
  const left = remaining === null ? null : remaining - passed;
  const isStale = left !== null && left <= 0;
  const title = expression === null ? "does not decode" : printable(expression);
  return html`
    <tr class=${isStale ? "stale" : ""}>
      <th scope="row"><span class="clip" title=${title}>${title}</span></th>
      <td>${steps ? "yes" : "no"}</td>
      <td>${status}</td>
      <td class="number">${count(age + passed)} s</td>
      <td class="number">${isStale ? "stale" : seconds(left)}</td>
      <td class="number">${count(hits)}</td>
      <td class="number">${count(bytes)}</td>
      <td>${tier}</td>
      <td><button type="button" class="plain" aria-label=${`Drop ${title}`} onClick=${onDrop}>Drop</button></td>
    </tr>
  `;
}

/** The time by `performance.now()`, renewed every second. */
function useSeconds() {
  const [now, setNow] = useState(performance.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(performance.now()), 1_000);
    return () => clearInterval(timer);
  }, []);
  return Math.max(now, performance.now());
}
