/**
 * The files of the page. They are imported as text, so that they are part of the
 * program and need no permission to read.
 *
 * @module
 */

import htm from "htm" with { type: "text" };
import htmPreact from "htm/preact" with { type: "text" };
import preact from "preact" with { type: "text" };
import hooks from "preact/hooks" with { type: "text" };
import uPlot from "uplot/dist/uPlot.esm.js" with { type: "text" };
import uPlotStyle from "uplot/dist/uPlot.min.css" with { type: "text" };
import ask from "./web/ask.js" with { type: "text" };
import bytes from "./web/bytes.js" with { type: "text" };
import cache from "./web/cache.js" with { type: "text" };
import connection from "./web/connection.js" with { type: "text" };
import exchange from "./web/exchange.js" with { type: "text" };
import exchanges from "./web/exchanges.js" with { type: "text" };
import figures from "./web/figures.js" with { type: "text" };
import icon from "./web/icon.svg" with { type: "text" };
import page from "./web/index.html" with { type: "text" };
import ladder from "./web/ladder.js" with { type: "text" };
import main from "./web/main.js" with { type: "text" };
import askStyle from "./web/style/ask.css" with { type: "text" };
import baseStyle from "./web/style/base.css" with { type: "text" };
import bytesStyle from "./web/style/bytes.css" with { type: "text" };
import cacheStyle from "./web/style/cache.css" with { type: "text" };
import controlsStyle from "./web/style/controls.css" with { type: "text" };
import exchangesStyle from "./web/style/exchanges.css" with { type: "text" };
import figuresStyle from "./web/style/figures.css" with { type: "text" };
import ladderStyle from "./web/style/ladder.css" with { type: "text" };
import layoutStyle from "./web/style/layout.css" with { type: "text" };
import words from "./web/words.js" with { type: "text" };

/** A file of the page. */
export interface Asset {
  readonly type: string;
  readonly text: string;
}

/** The modules by the names under which they are imported. */
const LIBRARIES: Readonly<Record<string, string>> = {
  "htm": htm,
  "htm/preact": htmPreact,
  "preact": preact,
  "preact/hooks": hooks,
  "uplot": uPlot,
};

const MODULES: Readonly<Record<string, string>> = {
  "ask": ask,
  "bytes": bytes,
  "cache": cache,
  "connection": connection,
  "exchange": exchange,
  "exchanges": exchanges,
  "figures": figures,
  "ladder": ladder,
  "main": main,
  "words": words,
};

/** What all of the page has in common, then one style for each module. */
const STYLE = [
  ...[baseStyle, layoutStyle, controlsStyle],
  ...[askStyle, exchangesStyle, ladderStyle, bytesStyle],
  ...[cacheStyle, figuresStyle],
].join("\n");

/** Where the browser finds the libraries. */
const IMPORT_MAP = JSON.stringify({
  imports: Object.fromEntries(
    Object.keys(LIBRARIES).map((name) => [name, `/library/${name}.js`]),
  ),
});

/** All files by their paths. */
export const ASSETS: ReadonlyMap<string, Asset> = new Map([
  ["/", html(page.replace(/(?<="importmap">)[^<]*/, () => IMPORT_MAP))],
  ["/icon.svg", { type: "image/svg+xml", text: icon }],
  ["/style.css", css(STYLE)],
  ["/uplot.css", css(uPlotStyle)],
  ...Object.entries(MODULES).map(([name, text]) => script(`/${name}.js`, text)),
  ...Object.entries(LIBRARIES).map(([name, text]) =>
    script(`/library/${name}.js`, text)
  ),
]);

function html(text: string): Asset {
  return { type: "text/html; charset=utf-8", text };
}

function css(text: string): Asset {
  return { type: "text/css; charset=utf-8", text };
}

function script(path: string, text: string): [string, Asset] {
  // The maps of the libraries are not served.
  const mapless = text.replace(/\n\/\/# sourceMappingURL=\S+\s*$/, "\n");
  return [path, { type: "text/javascript; charset=utf-8", text: mapless }];
}

/** The hash of the import map, the only script within the page. */
const importMapHash = new Uint8Array(
  await crypto.subtle.digest("SHA-256", new TextEncoder().encode(IMPORT_MAP)),
).toBase64();

/** What the page may load: only itself. */
export const CONTENT_SECURITY_POLICY: string = [
  "default-src 'none'",
  `script-src 'self' 'sha256-${importMapHash}'`,
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join("; ");
