// @ts-check
/// <reference lib="dom" />
import { html } from "htm/preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { printable } from "./words.js";

/** @import { Ladder as LadderOf, Line } from "./exchange.js" */

const TOP = 42;
const ROW = 29;
const TIMES = 58;

/** The width of a character of the notes, about. */
const CHARACTER = 6.6;

/**
 * Draws an exchange: a lane for each participant, an arrow for each frame.
 *
 * @param {object} props
 * @param {LadderOf} props.ladder
 * @param {number | undefined} props.chosen The frame that is chosen.
 * @param {(frame: number) => void} props.onChoose
 */
export function Ladder({ ladder: { lanes, lines }, chosen, onChoose }) {
  const figure = useRef(/** @type {HTMLElement | null} */ (null));
  const [width, setWidth] = useState(560);
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => {
      if (entry) {
        setWidth(Math.max(280, Math.min(entry.contentRect.width, 860)));
      }
    });
    if (figure.current) observer.observe(figure.current);
    return () => observer.disconnect();
  }, []);
  const edge = Math.max(36, Math.min(90, width / 8));
  const inner = width - TIMES - 2 * edge;
  const x = (/** @type {number} */ lane) =>
    edge + lane * inner / (lanes.length - 1);
  let y = TOP;
  const rows = lines.map((line) => {
    const words = line.kind === "note"
      ? wrap(printable(line.text), width - TIMES - 16)
      : [];
    const height = line.kind === "note"
      ? 10 + 16 * words.length
      : line.isImplied
      ? 20
      : ROW;
    const top = y;
    y += height;
    return { line, words, top, height };
  });
  const bottom = y + 10;
  return html`
    <div class="ladder" ref=${figure}>
      <svg width=${width} height=${bottom} viewBox=${`0 0 ${width} ${bottom}`} role="group" aria-label="Ladder">
        ${lanes.map((lane, index) =>
          html`
            <line class="lane" x1=${x(index)} x2=${x(
              index,
            )} y1="34" y2=${bottom} />
            <${LaneName} text=${lane} x=${x(index)} />
          `
        )}
        <text class="time" x=${width - 2} y="14" text-anchor="end">ms</text>
        ${rows.map(({ line, words, top, height }, index) =>
          line.kind === "note"
            ? html`
              <${Note} key=${index} line=${line} words=${words} top=${top}
                x=${x(line.from)} right=${width - TIMES} />
            `
            : html`
              <${Arrow} key=${index} line=${line} lanes=${lanes} y=${top +
                height - 9}
                x1=${x(line.from)} x2=${x(line.to)}
                right=${width} isChosen=${line.frame !== undefined &&
                  line.frame === chosen} onChoose=${onChoose} />
            `
        )}
      </svg>
      ${lines.some(({ isImplied }) => isImplied) && html`
        <p
          class="quiet implied-note">Light arrows show what TCP must have sent: implied, not captured.</p>
      `}
    </div>
  `;
}

/** @param {{ text: string, x: number }} props */
function LaneName({ text, x }) {
  const [name, ...address] = text.split(" ");
  return html`
    <text class="lane-name" x=${x} y="14"
      text-anchor="middle">${name}</text>
    <text class="lane-address" x=${x} y="28"
      text-anchor="middle">${address.length > 0
        ? ` ${address.join(" ")}`
        : ""}</text>
  `;
}

/** @param {{ line: Line, words: string[], top: number, x: number, right: number }} props */
function Note({ line, words, top, x, right }) {
  const half = Math.max(...words.map((text) => text.length)) * CHARACTER / 2 +
    8;
  const middle = Math.max(half, Math.min(x, right - half));
  return html`
    <g class="note" aria-label=${line.text}>
      <rect x=${middle - half} y=${top + 4} width=${2 * half} height=${16 *
        words.length} rx="3" />
      ${words.map((text, index) =>
        html`
          <text x=${middle} y=${top + 16 +
            16 * index} text-anchor="middle">${text}</text>
        `
      )}
    </g>
  `;
}

/**
 * @param {object} props
 * @param {Line} props.line
 * @param {string[]} props.lanes
 * @param {number} props.y
 * @param {number} props.x1
 * @param {number} props.x2
 * @param {number} props.right
 * @param {boolean} props.isChosen
 * @param {(frame: number) => void} props.onChoose
 */
function Arrow({ line, lanes, y, x1, x2, right, isChosen, onChoose }) {
  const { frame, text, at, kind, isImplied, from, to } = line;
  const direction = Math.sign(x2 - x1);
  const end = kind === "failed" ? x2 - 14 * direction : x2 - 2 * direction;
  const head = kind === "failed"
    ? `M${end - 4} ${y - 4}l8 8m0-8l-8 8`
    : `M${end - 7 * direction} ${y - 4}L${end} ${y}L${end - 7 * direction} ${
      y + 4
    }`;
  const names = [
    "arrow",
    kind,
    isImplied && "implied",
    isChosen && "chosen",
    frame !== undefined && "frame",
  ];
  const label = `${text}, ${lanes[from]} to ${lanes[to]}, ${at.toFixed(2)} ms`;
  const choose = () => frame !== undefined && onChoose(frame);
  const control = frame === undefined ? {} : {
    role: "button",
    tabindex: 0,
    "aria-label": label,
    "aria-pressed": isChosen,
    onClick: choose,
    onKeyDown: (/** @type {KeyboardEvent} */ event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      choose();
    },
  };
  return html`
    <g class=${names.filter(Boolean).join(" ")} ...${control}>
      <rect class="target" x=${Math.min(x1, x2)} y=${y - 18} width=${Math.abs(
        x2 - x1,
      )}
        height="25" />
      <path d=${`M${x1} ${y}H${end}`} />
      <path d=${head} />
      <text x=${(x1 + x2) / 2} y=${y - 5} text-anchor="middle">${text}</text>
    </g>
    ${!isImplied && html`
      <text class="time" x=${right - 2} y=${y + 4}
        text-anchor="end">${at < 10_000 ? at.toFixed(2) : Math.round(at)}</text>
    `}
  `;
}

/** @param {string} text @param {number} width */
function wrap(text, width) {
  const max = Math.max(16, Math.floor(width / CHARACTER));
  /** @type {string[]} */
  const lines = [];
  let line = "";
  for (const word of text.split(" ").flatMap((word) => chunks(word, max))) {
    if (line !== "" && line.length + 1 + word.length > max) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}

/** @param {string} word @param {number} max */
function chunks(word, max) {
  return word.match(new RegExp(`.{1,${max}}`, "gsu")) ?? [""];
}
