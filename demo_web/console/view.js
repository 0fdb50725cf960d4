/**
 * Shows the console's state. It writes only what changed, and other people's words only as text.
 */

import { LANGUAGE_TAGS, languageOf } from "../strings.js";
import { element, setText } from "../dom.js";
import { isOver, nameOf, selectedSession } from "./state.js";
import { translate } from "./strings.js";
import { duration, STAGE_NAMES, summary } from "./timings.js";
import { showTurns, turnsOfPage } from "./turns_view.js";

/**
 * @typedef {import("./state.js").State} State
 * @typedef {import("./state.js").Session} Session
 * @typedef {import("./strings.js").Language} Language
 * @typedef {import("./strings.js").Key} Key
 * @typedef {(key: Key, values?: Record<string, string | number>) => string} Say
 * @typedef {{onSelect: (id: string) => void}} Wiring
 */

/** The elements of the page, and how they show a state. */
export class View {
  notice = element("notice", HTMLParagraphElement);
  signIn = element("sign-in", HTMLFormElement);
  signInFault = element("sign-in-fault", HTMLParagraphElement);
  key = element("key", HTMLInputElement);
  signOut = element("sign-out", HTMLButtonElement);
  language = element("language", HTMLButtonElement);
  desk = element("desk", HTMLDivElement);
  create = element("create", HTMLButtonElement);
  count = element("session-count", HTMLSpanElement);
  list = element("session-list", HTMLUListElement);
  noSessions = element("no-sessions", HTMLParagraphElement);
  choose = element("choose", HTMLParagraphElement);
  session = element("session", HTMLElement);
  name = element("session-name", HTMLHeadingElement);
  state = element("session-state", HTMLParagraphElement);
  turn = element("session-turn", HTMLParagraphElement);
  link = element("session-link", HTMLParagraphElement);
  fault = element("session-fault", HTMLParagraphElement);
  reset = element("reset", HTMLButtonElement);
  close = element("close", HTMLButtonElement);
  say = element("say", HTMLFormElement);
  text = element("text", HTMLTextAreaElement);
  sayFault = element("say-fault", HTMLParagraphElement);
  saySoon = element("say-soon", HTMLButtonElement);
  sayNow = element("say-now", HTMLButtonElement);
  interrupt = element("interrupt", HTMLButtonElement);
  timings = element("timings", HTMLTableSectionElement);
  turns = turnsOfPage();
  facts = element("facts", HTMLDListElement);
  passages = element("passages", HTMLTableSectionElement);
  confirm = element("confirm", HTMLDialogElement);
  #wiring;

  /** @param {Wiring} wiring */
  constructor(wiring) {
    this.#wiring = wiring;
  }

  /**
   * @param {State} state
   * @param {Language} language
   * @param {number} now Unix seconds
   */
  render(state, language, now) {
    /** @type {Say} */
    const say = (key, values = {}) => translate(language, key, values);
    document.body.dataset.access = state.access;
    this.signIn.hidden = state.access !== "signed-out";
    this.desk.hidden = state.access !== "open";
    setText(this.signInFault, state.access === "signed-out" && state.fault ? say("signIn.wrong") : "");
    const lost = state.access !== "signed-out" && (state.fault ?? state.refused);
    setText(this.notice, lost ? wordsOf(lost, say) : "");
    this.#showList(state, say);
    this.#showSession(state, say, now);
  }

  /**
   * Says everything that does not depend on the state in another language.
   * @param {Language} language
   */
  translate(language) {
    document.documentElement.lang = LANGUAGE_TAGS[language];
    document.title = translate(language, "console");
    for (const node of document.querySelectorAll("[data-text]")) {
      if (node instanceof HTMLElement) setText(node, translate(language, /** @type {Key} */ (node.dataset.text)));
    }
    element("filter", HTMLInputElement).placeholder = translate(language, "feed.filterHint");
    const other = language === "en" ? "zh" : "en";
    setText(this.language, other === "zh" ? "中文" : "English");
    this.language.lang = LANGUAGE_TAGS[other];
  }

  /**
   * @param {State} state
   * @param {Say} say
   */
  #showList({ sessions, selected }, say) {
    setText(this.count, sessions.length ? String(sessions.filter((each) => !isOver(each)).length) : "");
    this.noSessions.hidden = sessions.length > 0;
    const ids = sessions.map(({ session_id }) => session_id);
    for (const item of [...this.list.children]) {
      if (item instanceof HTMLElement && !ids.includes(item.dataset.id ?? "")) item.remove();
    }
    sessions.forEach((session, index) => {
      const item = this.#item(session.session_id);
      if (this.list.children[index] !== item) this.list.insertBefore(item, this.list.children[index] ?? null);
      const [button] = item.getElementsByTagName("button");
      button.setAttribute("aria-current", String(session.session_id === selected));
      button.dataset.state = session.state;
      const [name, state, note] = button.children;
      setText(/** @type {HTMLElement} */ (name), nameOf(session));
      setText(/** @type {HTMLElement} */ (state), session.state);
      const busy = session.utterances.length > 0 ? say("speaking") : "";
      const watchers = say("watchers", { count: session.attached });
      setText(/** @type {HTMLElement} */ (note), [busy, watchers].filter(Boolean).join(" · "));
    });
  }

  /**
   * The list's item for a session, made when it is asked for first.
   * @param {string} id
   * @returns {HTMLElement}
   */
  #item(id) {
    for (const child of this.list.children) {
      if (child instanceof HTMLElement && child.dataset.id === id) return child;
    }
    const item = document.createElement("li");
    item.dataset.id = id;
    const button = document.createElement("button");
    button.type = "button";
    button.append(part("name"), part("state"), part("note"));
    button.addEventListener("click", () => this.#wiring.onSelect(id));
    item.append(button);
    return item;
  }

  /**
   * @param {State} state
   * @param {Say} say
   * @param {number} now
   */
  #showSession(state, say, now) {
    const session = selectedSession(state);
    this.session.hidden = session === null;
    this.choose.hidden = session !== null || state.sessions.length === 0;
    if (!session) return;
    setText(this.name, nameOf(session));
    setText(this.state, session.state);
    this.state.dataset.state = session.state;
    setText(this.turn, session.turn);
    this.link.hidden = state.link !== "lost";
    const over = isOver(session);
    for (const button of [this.reset, this.close, this.saySoon, this.sayNow, this.interrupt]) button.disabled = over;
    this.fault.hidden = !session.error;
    setText(this.fault, session.error ? `${session.error.code}: ${session.error.message}` : "");
    showFacts(this.facts, session, say, now);
    showTimings(this.timings, state.passages, say);
    showTurns(this.turns, state.turns, say);
    showPassages(this.passages, state.passages, say);
  }
}

/**
 * @param {import("../api.js").Fault} fault
 * @param {Say} say
 */
function wordsOf({ code, message }, say) {
  return code === "unreachable" ? say("unreachable") : `${code}: ${message}`;
}

/**
 * @param {string} name
 * @returns {HTMLSpanElement}
 */
function part(name) {
  const span = document.createElement("span");
  span.className = name;
  return span;
}

/**
 * @param {HTMLElement} parent
 * @param {HTMLElement[]} children
 */
function replace(parent, children) {
  const same = parent.children.length === children.length && children.every((child, i) => child.isEqualNode(parent.children[i]));
  if (!same) parent.replaceChildren(...children);
}

/**
 * @param {string} name
 * @param {string} text
 * @param {string} [className]
 */
function node(name, text, className = "") {
  const made = document.createElement(name);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}

/**
 * @param {HTMLDListElement} list
 * @param {Session} session
 * @param {Say} say
 * @param {number} now
 */
function showFacts(list, session, say, now) {
  /** @type {[Key, string | null][]} */
  const rows = [
    ["facts.id", session.session_id],
    ["facts.user", session.user_id],
    ["facts.cloud", session.cloud_session_id],
    ["facts.mode", session.mode],
    ["facts.dialog", session.dialog],
    ["facts.age", duringText(now - session.created_at)],
    ["facts.attached", String(session.attached)],
    ["facts.reason", session.reason],
  ];
  replace(list, rows.flatMap(([key, value]) => [node("dt", say(key)), node("dd", value ?? "–")]));
}

/**
 * @param {number} seconds
 * @returns {string} as h:mm:ss
 */
function duringText(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (/** @type {number} */ number) => String(number).padStart(2, "0");
  return `${Math.floor(whole / 3600)}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
}

/**
 * @param {HTMLTableSectionElement} body
 * @param {import("./state.js").Passage[]} passages
 * @param {Say} say
 */
function showTimings(body, passages, say) {
  const rows = STAGE_NAMES.map((stage) => {
    const row = document.createElement("tr");
    const measured = summary(passages, stage);
    const head = node("th", say(`stage.${stage}`));
    head.setAttribute("scope", "row");
    const cells = [measured?.p50, measured?.p95, measured?.count].map((value) => node("td", value === undefined ? "–" : String(value)));
    row.append(head, ...cells);
    return row;
  });
  replace(body, rows);
}

/**
 * The latest first.
 * @param {HTMLTableSectionElement} body
 * @param {import("./state.js").Passage[]} passages
 * @param {Say} say
 */
function showPassages(body, passages, say) {
  const rows = [...passages].reverse().map((passage) => {
    const row = document.createElement("tr");
    const status = node("td", "", "status");
    status.append(node("span", passage.status, "badge"));
    status.dataset.status = passage.status;
    const words = passage.text || passage.heard || "";
    const text = node("td", words, "text");
    text.lang = languageOf(words);
    if (passage.error) text.append(node("p", `${passage.error.code}: ${passage.error.message}`, "fault"));
    const times = STAGE_NAMES.map((stage) => {
      const ms = duration(passage, stage);
      return node("td", ms === null ? "" : `${ms} ms`, "ms");
    });
    row.append(status, text, ...times);
    return row;
  });
  if (rows.length === 0) {
    const row = document.createElement("tr");
    const cell = /** @type {HTMLTableCellElement} */ (node("td", say("passages.none"), "empty"));
    cell.colSpan = 2 + STAGE_NAMES.length;
    row.append(cell);
    rows.push(row);
  }
  replace(body, rows);
}
