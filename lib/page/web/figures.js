// @ts-check
/// <reference lib="dom" />
import { html } from "htm/preact";
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { outcomesOf } from "./exchange.js";
import { count, duration, size } from "./words.js";

/** @import { Rates } from "../figures.ts" */
/** @import { Outcome } from "../outcome.ts" */
/** @import { Hello, Present } from "../overview.ts" */

/** How the curve of an outcome is drawn. @type {Record<Outcome, { color: string, dash?: number[] }>} */
const CURVES = {
  hit: { color: "--accent" },
  answered: { color: "--accent" },
  miss: { color: "--ink" },
  stale: { color: "--quiet", dash: [6, 3] },
  error: { color: "--ink", dash: [2, 3] },
};

/**
 * @param {object} props
 * @param {Hello} props.hello
 * @param {Present} props.present
 * @param {readonly Rates[]} props.rates
 */
export function Figures({ hello, present, rates }) {
  const outcomes = outcomesOf(hello);
  const last = rates.at(-1) ?? {};
  const { counts, connections, cache, quantiles, serverCounts } = present;
  const { hits = 0, misses = 0, stale = 0, sharedHits = 0 } = counts;
  // What the shared cache answers is a miss or stale in memory.
  const lookedUp = hits + misses + stale;
  const ratio = lookedUp > 0
    ? `${(100 * (hits + sharedHits) / lookedUp).toFixed(1)} %`
    : "none yet";
  return html`
    <section class="figures" aria-labelledby="figures-title">
      <div class="head">
        <h2 id="figures-title">Figures</h2>
      </div>
      <dl class="big">
        ${hello.hasCache && html`
          <div>
            <dt>Hit ratio</dt>
            <dd>${ratio}</dd>
          </div>
        `}
        <div><dt>Connections</dt><dd>${count(connections)}</dd></div>
        ${cache && html`
          <div>
            <dt>Memory of the cache</dt>
            <dd>${size(cache.bytes)}</dd>
          </div>
        `}
        ${!hello.hasCache && html`
          <div>
            <dt>Requests</dt>
            <dd>${count(counts.requests ?? 0)}</dd>
          </div>
        `}
      </dl>
      <${Curves} outcomes=${outcomes} rates=${rates} />
      <table class="outcomes">
        <thead>
          <tr>
            <th scope="col">Outcome</th>
            <th scope="col" class="number">Per second</th>
            <th scope="col" class="number">p50</th>
            <th scope="col" class="number">p99</th>
          </tr>
        </thead>
        <tbody>${outcomes.map((name) =>
          html`
            <tr>
              <th scope="row"><i class=${`key ${name}`} aria-hidden="true"></i>${name}</th>
              <td class="number">${count(last[name] ?? 0)}</td>
              <td class="number">${quantiles[name]
                ? duration(quantiles[name].p50)
                : "–"}</td>
              <td class="number">${quantiles[name]
                ? duration(quantiles[name].p99)
                : "–"}</td>
            </tr>
          `
        )}
        </tbody>
      </table>
      ${Object.keys(serverCounts).length > 1 &&
        html`<${Servers} counts=${serverCounts} />`}
      <h3>Counters</h3>
      <dl class="counters">
        ${Object.entries(counts).map(([name, value]) =>
          html`
            <div>
              <dt>${name.replace(/[A-Z]/g, (letter) =>
                ` ${letter.toLowerCase()}`)}</dt>
              <dd>${count(value)}</dd>
            </div>
          `
        )}
      </dl>
    </section>
  `;
}

/** @param {{ counts: Present["serverCounts"] }} props */
function Servers({ counts }) {
  return html`
    <table class="servers">
      <thead>
        <tr>
          <th scope="col">Server</th>
          <th scope="col" class="number">Attempts</th>
          <th scope="col" class="number">Failures</th>
          <th scope="col">State</th>
        </tr>
      </thead>
      <tbody>${Object.entries(counts).map(([server, each]) =>
        html`
          <tr>
            <th scope="row">${server}</th>
            <td class="number">${count(each.attempts)}</td>
            <td class="number">${count(each.failures)}</td>
            <td>${each.resting ? "resting" : "up"}</td>
          </tr>
        `
      )}
      </tbody>
    </table>
  `;
}

/** @param {{ outcomes: Outcome[], rates: readonly Rates[] }} props */
function Curves({ outcomes, rates }) {
  const place = useRef(/** @type {HTMLElement | null} */ (null));
  const plot = useRef(/** @type {uPlot | null} */ (null));
  const names = outcomes.join();
  useEffect(() => {
    const element = place.current;
    if (!element) return;
    const draw = () => {
      plot.current?.destroy();
      plot.current = new uPlot(optionsFor(outcomes, element), [
        [],
        ...outcomes.map(() => []),
      ], element);
    };
    draw();
    const scheme = matchMedia("(prefers-color-scheme: dark)");
    scheme.addEventListener("change", draw);
    const observer = new ResizeObserver(() =>
      plot.current?.setSize({ width: element.clientWidth, height: HEIGHT })
    );
    observer.observe(element);
    return () => {
      scheme.removeEventListener("change", draw);
      observer.disconnect();
      plot.current?.destroy();
      plot.current = null;
    };
  }, [names]);
  useEffect(() => {
    const seconds = rates.map((_, index) => index - rates.length);
    plot.current?.setData([
      seconds,
      ...outcomes.map((name) => rates.map((each) => each[name] ?? 0)),
    ]);
  });
  return html`
    <div class="curves" role="img"
      aria-label="Requests a second by outcome over the last five minutes"
      ref=${place}></div>
  `;
}

const HEIGHT = 170;

/**
 * @param {Outcome[]} outcomes
 * @param {HTMLElement} element
 * @returns {uPlot.Options}
 */
function optionsFor(outcomes, element) {
  const style = getComputedStyle(element);
  const color = (/** @type {string} */ name) =>
    style.getPropertyValue(name).trim();
  const axis = {
    stroke: color("--quiet"),
    font: "11px system-ui, sans-serif",
    grid: { stroke: color("--line"), width: 1 },
    ticks: { show: false },
  };
  return {
    width: element.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    padding: [8, 16, 0, 0],
    scales: {
      x: { time: false, range: () => [-300, 0] },
      y: { range: (_, _min, max) => [0, Math.max(5, max * 1.1)] },
    },
    axes: [
      {
        ...axis,
        size: 22,
        splits: () => [-300, -240, -180, -120, -60, 0],
        values: (_, values) =>
          values.map((value) => value === 0 ? "now" : `${value / 60} min`),
      },
      {
        ...axis,
        size: 48,
        values: (_, values) =>
          values.map((value) => Number.isInteger(value) ? count(value) : ""),
      },
    ],
    series: [
      {},
      ...outcomes.map((name) => {
        const { color: variable, dash = [] } = CURVES[name];
        return {
          label: name,
          stroke: color(variable),
          width: 1.5,
          dash,
          points: { show: false },
        };
      }),
    ],
  };
}
