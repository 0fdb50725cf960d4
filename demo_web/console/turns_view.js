/**
 * The last turns as a waterfall, and when their stages are usually reached.
 */

import { element, setText } from "../dom.js";
import { axisOf, barsOf, heardAt, MARKS, reached, TURNS_SHOWN } from "./turns.js";

/**
 * @typedef {import("./turns.js").Turn} Turn
 * @typedef {import("./view.js").Say} Say
 * @typedef {ReturnType<typeof turnsOfPage>} Parts
 */

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 1000;
const HEIGHT = 20;

/** @returns the elements that show turns */
export function turnsOfPage() {
  return {
    none: element("turns-none", HTMLParagraphElement),
    table: element("turns", HTMLDivElement),
    axis: element("turns-axis", HTMLSpanElement),
    rows: element("turns-rows", HTMLTableSectionElement),
    summary: element("turns-summary", HTMLTableSectionElement),
    /** @type {{turns: Turn[] | null, language: string}} */
    shown: { turns: null, language: "" },
  };
}

/**
 * The latest first.
 * @param {Parts} parts
 * @param {Turn[]} turns
 * @param {Say} say
 */
export function showTurns(parts, turns, say) {
  const language = document.documentElement.lang;
  if (parts.shown.turns === turns && parts.shown.language === language) return;
  parts.shown = { turns, language };
  parts.none.hidden = turns.length > 0;
  parts.table.hidden = turns.length === 0;
  const latest = turns.slice(-TURNS_SHOWN).reverse();
  const axis = axisOf(latest);
  setText(parts.axis, lengthText(axis));
  parts.rows.replaceChildren(...latest.map((turn) => rowOf(turn, axis, say)));
  parts.summary.replaceChildren(
    ...[...MARKS, /** @type {const} */ ("ended")].map((mark) => {
      const measured = reached(turns, mark);
      const head = cell("th", say(`mark.${mark}`));
      head.scope = "row";
      if (mark !== "ended") head.prepend(swatch(mark));
      const values = [measured?.p50, measured?.p95, measured?.count];
      return row(head, ...values.map((value) => cell("td", value === undefined ? "–" : String(value))));
    }),
  );
}

/**
 * @param {Turn} turn
 * @param {number} axis
 * @param {Say} say
 */
function rowOf(turn, axis, say) {
  const name = cell("th", `${turn.turn} `);
  name.scope = "row";
  const badge = document.createElement("span");
  badge.className = "badge";
  badge.dataset.outcome = turn.outcome;
  badge.textContent = turn.outcome;
  const notes = [turn.aloud ? say("turns.aloud") : "", turn.filler ? say("turns.filler") : ""].filter(Boolean);
  name.append(badge, notes.length > 0 ? ` ${notes.join(", ")}` : "");
  const bars = cell("td", "");
  bars.className = "bars";
  bars.append(barsSvg(turn, axis, say));
  return row(name, bars, time(heardAt(turn)), time(turn.ended_ms));
}

/**
 * @param {Turn} turn
 * @param {number} axis
 * @param {Say} say
 */
function barsSvg(turn, axis, say) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("role", "img");
  const bars = barsOf(turn);
  svg.setAttribute("aria-label", bars.map(({ mark, to }) => `${say(`mark.${mark}`)}: ${to} ms`).join(", ") || "–");
  for (const { mark, from, to } of bars) {
    const bar = document.createElementNS(SVG, "rect");
    const title = document.createElementNS(SVG, "title");
    title.textContent = `${say(`mark.${mark}`)}: +${to - from} ms (${to} ms)`;
    bar.setAttribute("class", `mark ${mark}`);
    bar.setAttribute("x", String((from / axis) * WIDTH));
    bar.setAttribute("width", String(Math.max(((to - from) / axis) * WIDTH, 2)));
    bar.setAttribute("height", String(HEIGHT));
    bar.append(title);
    svg.append(bar);
  }
  return svg;
}

/** @param {import("./turns.js").Mark} mark */
function swatch(mark) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 10 10");
  svg.setAttribute("class", "swatch");
  svg.setAttribute("aria-hidden", "true");
  const square = document.createElementNS(SVG, "rect");
  square.setAttribute("class", `mark ${mark}`);
  square.setAttribute("width", "10");
  square.setAttribute("height", "10");
  svg.append(square);
  return svg;
}

/** @param {number | null} ms */
function time(ms) {
  const made = cell("td", ms === null ? "–" : lengthText(ms));
  made.className = "ms";
  return made;
}

/** @param {number} ms */
const lengthText = (ms) => (ms < 1000 ? `${ms} ms` : `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`);

/**
 * @param {"td" | "th"} name
 * @param {string} text
 */
function cell(name, text) {
  const made = /** @type {HTMLTableCellElement} */ (document.createElement(name));
  made.textContent = text;
  return made;
}

/** @param {HTMLTableCellElement[]} cells */
function row(...cells) {
  const made = document.createElement("tr");
  made.append(...cells);
  return made;
}
