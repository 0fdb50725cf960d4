/**
 * The list of a session's events: the latest at the bottom, held still or filtered when somebody wants to read.
 */

import { element } from "../dom.js";

/** @typedef {import("./state.js").Entry} Entry */

const STAMPED = new Set(["type", "offset", "time", "session_id"]);
const LONG_ID = /\b([0-9a-f]{8})[0-9a-f]{24}\b/g;
const NEAR_PX = 24;

export class Feed {
  #list = element("feed", HTMLOListElement);
  #filter = element("filter", HTMLInputElement);
  #hold = element("hold", HTMLButtonElement);
  /** @type {Entry[]} */
  #entries = [];
  /** @type {Entry[]} */
  #shown = [];
  #wanted = "";

  constructor() {
    this.#filter.addEventListener("input", () => this.#refresh());
    this.#hold.addEventListener("click", () => {
      this.#hold.setAttribute("aria-pressed", String(!this.#held));
      this.#refresh();
    });
  }

  get #held() {
    return this.#hold.getAttribute("aria-pressed") === "true";
  }

  /** @param {Entry[]} entries */
  show(entries) {
    if (entries === this.#entries) return;
    this.#entries = entries;
    if (!this.#held || entries.length === 0) this.#refresh();
  }

  /** @returns {string} what is shown, an event a line */
  text() {
    return this.#shown.map(({ data }) => JSON.stringify(data)).join("\n");
  }

  #refresh() {
    const wanted = this.#filter.value.trim().toLowerCase();
    const entries = this.#entries.filter((entry) => matches(entry, wanted));
    const list = this.#list;
    const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < NEAR_PX;
    const [first] = entries;
    const kept = wanted === this.#wanted ? this.#shown.indexOf(first) : -1;
    // Mostly some were added at the end and as many fell out at the front: the rows between stay.
    if (kept < 0) list.replaceChildren();
    else for (let gone = 0; gone < kept; gone += 1) list.firstElementChild?.remove();
    list.append(...entries.slice(list.children.length).map(rowOf));
    this.#shown = entries;
    this.#wanted = wanted;
    if (atEnd) list.scrollTop = list.scrollHeight;
  }
}

/**
 * @param {Entry} entry
 * @param {string} wanted
 */
function matches({ name, data }, wanted) {
  return wanted === "" || name.includes(wanted) || JSON.stringify(data).toLowerCase().includes(wanted);
}

/**
 * What an event says, on as little room as it can be read: without its stamps, empty values, and the tails of ids.
 * @param {Record<string, any>} data
 */
function gistOf(data) {
  const said = Object.entries(data).filter(([key, value]) => !STAMPED.has(key) && value !== null && value !== "");
  return JSON.stringify(Object.fromEntries(said)).replaceAll(LONG_ID, "$1…");
}

/** @param {Entry} entry */
function rowOf({ offset, time, name, data }) {
  const row = document.createElement("li");
  const parts = {
    offset: offset ? String(offset) : "",
    time: time ? new Date(time * 1000).toISOString().slice(11, 23) : "",
    name,
    data: name === "welcome" ? "" : gistOf(data),
  };
  for (const [className, text] of Object.entries(parts)) {
    const span = document.createElement("span");
    span.className = className;
    span.textContent = text;
    row.append(span);
  }
  row.dataset.name = name;
  return row;
}
