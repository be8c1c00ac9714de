// @ts-check
/// <reference lib="dom" />
import { html } from "htm/preact";
import { useEffect, useState } from "preact/hooks";
import { printable } from "./words.js";

/** @import { FrameView } from "../frames.ts" */

/** The bits of bytes 6 and 7, by field: the first and the one after the last. */
const BITS = /** @type {const} */ ({
  reserved: [0, 3],
  cache: [3, 4],
  steps: [4, 5],
  type: [5, 6],
  status: [6, 16],
});

/**
 * The bytes of a frame beside their meaning.
 *
 * @param {{ frame: number, onClose: () => void }} props
 */
export function FrameBytes({ frame, onClose }) {
  const [bytes, setBytes] = useState(
    /** @type {FrameView | undefined} */ (undefined),
  );
  const [failure, setFailure] = useState("");
  const [marked, setMarked] = useState(
    /** @type {number | undefined} */ (undefined),
  );
  useEffect(() => {
    setBytes(undefined);
    setFailure("");
    setMarked(undefined);
    const aborting = new AbortController();
    fetch(`/frames/${frame}`, { signal: aborting.signal }).then(
      async (response) => {
        if (response.ok) setBytes(await response.json());
        else setFailure("This frame is no longer available.");
      },
    ).catch(() => {
      if (!aborting.signal.aborted) setFailure("The role cannot be reached.");
    });
    return () => aborting.abort();
  }, [frame]);
  return html`
    <div class="bytes" role="group" aria-label="Bytes">
      <div class="bytes-head">
        <h3>${bytes ? `${bytes.length} bytes` : "Bytes"}</h3>
        <button type="button" class="plain" onClick=${onClose}>Close</button>
      </div>
      ${failure && html`<p class="error">${failure}</p>`}
      ${bytes &&
        html`<${Table} bytes=${bytes} marked=${marked} onMark=${setMarked} />`}
    </div>
  `;
}

/** @param {{ bytes: FrameView, marked: number | undefined, onMark: (index: number | undefined) => void }} props */
function Table({ bytes: { hex, length, annotations }, marked, onMark }) {
  const bytes = hex.match(/../g) ?? [];
  const mark = marked === undefined ? undefined : annotations[marked];
  const isMarked = (/** @type {number} */ at) =>
    mark !== undefined && at >= mark.at && at < mark.at + mark.length;
  /** The most specific annotation of a byte. */
  const owner = (/** @type {number} */ at) =>
    annotations.findLastIndex((each) =>
      at >= each.at && at < each.at + each.length
    );
  const point = (/** @type {number} */ index) => ({
    onPointerEnter: () => onMark(index),
    onPointerLeave: () => onMark(undefined),
  });
  return html`
    <div class="bytes-body">
      <div class="hex" aria-hidden="true">
        ${bytes.map((byte, at) =>
          html`
            <span class=${`${isMarked(at) ? "marked" : ""} ${
              at < 12 ? "header" : ""
            }`} ...${point(owner(at))}>${byte}</span>
          `
        )}
        ${bytes.length < length && html`<span class="quiet">…</span>`}
        <${Bits} byte=${bytes[6] ?? "00"} next=${bytes[7] ??
          "00"} annotations=${annotations} marked=${marked} point=${point} />
      </div>
      <ul class="meaning" aria-label="Meaning">
        ${annotations.map(({ field, value }, index) =>
          html`
            <li><button type="button" class=${marked === index
              ? "marked"
              : ""} ...${point(index)}
              onFocus=${() => onMark(index)} onBlur=${() => onMark(undefined)}>
              <span class="field">${field}</span> <span class="value">${printable(
                value,
              )}</span>
            </button></li>
          `
        )}
      </ul>
    </div>
  `;
}

/**
 * @param {object} props
 * @param {string} props.byte
 * @param {string} props.next
 * @param {FrameView["annotations"]} props.annotations
 * @param {number | undefined} props.marked
 * @param {(index: number) => object} props.point
 */
function Bits({ byte, next, annotations, marked, point }) {
  const bits = parseInt(byte + next, 16).toString(2).padStart(16, "0");
  return html`
    <div class="bits">
      <span class="quiet">${byte} ${next} =</span>
      ${Object.entries(BITS).map(([field, [from, to]]) => {
        const index = annotations.findIndex((each) =>
          each.at === 6 && each.field === field
        );
        return html`<span class=${
          marked === index ? "marked" : ""
        } title=${field} ...${point(index)}>${bits.slice(from, to)}</span>`;
      })}
    </div>
  `;
}
