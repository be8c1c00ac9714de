// @ts-check
/// <reference lib="dom" />
import { html, render } from "htm/preact";
import { useEffect, useState } from "preact/hooks";
import { Ask } from "./ask.js";
import { Cache } from "./cache.js";
import { Live } from "./connection.js";
import { Exchanges } from "./exchanges.js";
import { Figures } from "./figures.js";

/** @param {{ live: Live }} props */
function Page({ live }) {
  const [, redraw] = useState(0);
  const [own, setOwn] = useState("");
  useEffect(() => live.subscribe(() => redraw((count) => count + 1)), []);
  const { hello, present, state } = live;
  return html`
    <header>
      <h1>${hello
        ? html`Calculator <span>${hello.role}</span>`
        : "Calculator"}</h1>
      <p class="quiet">${hello ? hello.address : "connecting …"}</p>
      <p class="state"><i class=${`lamp ${state}`} aria-hidden="true"></i>${state ===
          "open"
        ? "live"
        : state}</p>
    </header>
    <div role="alert" class="alerts">
      ${state === "lost" &&
        html`<p class="banner">The connection to the ${
          hello?.role ?? "role"
        } is lost. Trying again …</p>`}
      ${state === "open" && hello?.isDraining &&
        html`<p class="banner">The ${hello.role} is shutting down.</p>`}
    </div>
    <main>
      ${hello && present && html`
        <div class="column">
          <${Ask} role=${hello.role} onSend=${setOwn} />
          <${Exchanges} hello=${hello} exchanges=${live.exchanges}
            unshown=${live.unshown} own=${own} />
        </div>
        <div class="column">
          ${hello.hasCache &&
            html`<${Cache} present=${present} changes=${changesOf(live)} />`}
          <${Figures} hello=${hello} present=${present} rates=${live.rates} />
        </div>
      `}
    </main>
  `;
}

/** @param {Live} live */
function changesOf({ exchanges: [newest] }) {
  return newest ? 1000 * newest.id + newest.records.length : 0;
}

const place = document.getElementById("page");
if (place) {
  const live = new Live();
  live.connect();
  place.replaceChildren();
  render(html`<${Page} live=${live} />`, place);
}
