// @ts-check
/// <reference lib="dom" />
import { html } from "htm/preact";
import { useRef, useState } from "preact/hooks";
import { printable } from "./words.js";

/** @import { Reply, ShownError, Step } from "../asking.ts" */

/** @typedef {{ expression: string, steps: boolean, cache: boolean, maxAge: number | null }} Question */

/**
 * @param {Question & { byByte: boolean }} question
 * @param {(client: string) => void} onSend Called with the address that it is sent
 * from, which arrives before the answer.
 * @returns {Promise<Reply>}
 */
async function send(question, onSend) {
  const response = await fetch("/ask", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(question),
  });
  if (!response.ok) throw new Error((await response.text()).trim());
  const client = response.headers.get("client");
  if (client) onSend(client);
  return await response.json();
}

/**
 * @param {object} props
 * @param {string} props.role
 * @param {(client: string) => void} props.onSend Called with the address that asks.
 */
export function Ask({ role, onSend }) {
  const [expression, setExpression] = useState("max(2, 3) + 3");
  const [steps, setSteps] = useState(true);
  const [cache, setCache] = useState(true);
  const [maxAge, setMaxAge] = useState("");
  const [reply, setReply] = useState(
    /** @type {Reply | undefined} */ (undefined),
  );
  const [failure, setFailure] = useState("");
  const [isAsking, setAsking] = useState(false);
  const last = useRef(/** @type {Question | undefined} */ (undefined));

  /** @param {Question | undefined} question @param {boolean} byByte */
  const ask = async (question, byByte) => {
    if (isAsking || !question) return;
    last.current = question;
    setAsking(true);
    setFailure("");
    try {
      setReply(await send({ ...question, byByte }, onSend));
    } catch (error) {
      setReply(undefined);
      setFailure(
        error instanceof TypeError
          ? `No answer from the ${role}`
          : `${error instanceof Error ? error.message : error}`,
      );
    }
    setAsking(false);
  };
  const question = () => ({
    expression,
    steps,
    cache,
    maxAge: maxAge.trim() === "" ? null : Number(maxAge),
  });
  return html`
    <section class="ask" aria-labelledby="ask-title">
      <h2 id="ask-title">Ask</h2>
      <form onSubmit=${(/** @type {Event} */ event) => {
        event.preventDefault();
        ask(question(), false);
      }}>
        <label class="expression">
          <span>Expression</span>
          <input type="text" value=${expression} spellcheck=${false}
            autocomplete="off" autocapitalize="off"
            onInput=${(/** @type {any} */ event) =>
              setExpression(event.target.value)} />
        </label>
        <div class="options">
          <label><input type="checkbox" checked=${steps}
            onChange=${(/** @type {any} */ event) =>
              setSteps(event.target.checked)} /> Steps</label>
          <label><input type="checkbox" checked=${cache}
            onChange=${(/** @type {any} */ event) =>
              setCache(event.target.checked)} /> Cache</label>
          <label>Max-age <input class="max-age" type="text" inputmode="numeric" placeholder="no limit" pattern="[0-9]*"
            value=${maxAge} onInput=${(/** @type {any} */ event) =>
              setMaxAge(event.target.value)} /> s</label>
        </div>
        <div class="buttons">
          <button class="primary" type="submit"
            aria-disabled=${isAsking}>Ask</button>
          <button type="button" aria-disabled=${isAsking || !last.current}
            onClick=${() => ask(last.current, false)}>Ask again</button>
          <button type="button" aria-disabled=${isAsking}
            onClick=${(/** @type {any} */ event) =>
              event.target.form.reportValidity() &&
              ask(question(), true)}>Byte by byte</button>
        </div>
      </form>
      <div class="reply" role="status" aria-busy=${isAsking}>
        ${isAsking ? html`<p class="quiet">Asking the ${role} …</p>` : ""}
        ${failure && html`<p class="error">${printable(failure)}</p>`}
        ${!isAsking && reply ? html`<${Answer} reply=${reply} />` : ""}
      </div>
    </section>
  `;
}

/** @param {{ reply: Reply }} props */
function Answer({ reply }) {
  if ("error" in reply) return html`<${Failure} error=${reply.error} />`;
  const { result, steps } = reply;
  return html`
    <p class="result"><span class="quiet">=</span> ${printable(
      result,
    )}</p>
    ${steps.length > 0 && html`
      <ol class="steps" aria-label="Steps">
        ${steps.map((step) => html`<li><code>${marked(step)}</code></li>`)}
      </ol>
    `}
  `;
}

/** @param {Step} step */
function marked({ text, next }) {
  let from = 0;
  const parts = next.map(({ start, end }) => {
    const before = text.slice(from, start);
    from = end;
    return html`${printable(before)}<mark>${
      printable(text.slice(start, end))
    }</mark>`;
  });
  return html`${parts}${printable(text.slice(from))}`;
}

/** @param {{ error: ShownError }} props */
function Failure({ error: { name, message, status, expression, position } }) {
  const at = position === undefined
    ? undefined
    : Math.min(position, expression.length);
  return html`
    ${at !== undefined && html`
      <p
        class="pointer"><code>${printable(
          expression.slice(0, at),
        )}<mark class="wrong">${printable(expression.slice(at, at + 1)) ||
          "\u00a0"}</mark>${printable(expression.slice(at + 1))}</code></p>
    `}
    <p class="error">${printable(message)}</p>
    <p class="quiet">${printable(name)}${status === undefined
      ? ", not sent"
      : `, status ${status}`}</p>
  `;
}
