/**
 * The lines of the script and the messages of the audience, as the page shows them. Elements stay while what they show
 * stays, so that the focus does.
 */

import { setText } from "../dom.js";
import { languageOf } from "../strings.js";
import { isOver } from "./state.js";

/**
 * @typedef {import("./strings.js").Key} Key
 * @typedef {(key: Key, values?: Record<string, string | number>) => string} Say
 * @typedef {object} ScriptWiring
 * @property {(id: string) => void} onStart
 * @property {(id: string) => void} onRemove
 * @property {(id: string, text: string) => void} onEdit
 * @property {(id: string, index: number) => void} onMove
 *
 * @typedef {object} AudienceWiring
 * @property {(id: string, now: boolean) => void} onAnswer
 * @property {(id: string) => void} onDismiss
 */

const SVG = "http://www.w3.org/2000/svg";

/**
 * @param {string} icon
 * @param {string} className
 * @param {() => void} onClick
 */
function iconButton(icon, className, onClick) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = `icon ${className}`;
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#icon-${icon}`);
  svg.append(use);
  button.append(svg);
  button.addEventListener("click", onClick);
  return button;
}

/**
 * @template {keyof HTMLElementTagNameMap} N
 * @param {N} name
 * @param {string} className
 * @returns {HTMLElementTagNameMap[N]}
 */
function made(name, className) {
  const node = document.createElement(name);
  node.className = className;
  return node;
}

/**
 * Puts one element a key into `list`, in their order; those of other keys go.
 * @template T
 * @param {HTMLElement} list
 * @param {T[]} items
 * @param {(item: T) => string} keyOf
 * @param {(item: T) => HTMLElement} create
 * @param {(element: HTMLElement, item: T, index: number) => void} show
 */
function reconcile(list, items, keyOf, create, show) {
  const focused = list.contains(document.activeElement) ? document.activeElement : null;
  const known = new Map(Array.from(list.children, (child) => [/** @type {HTMLElement} */ (child).dataset.key, child]));
  items.forEach((item, index) => {
    const key = keyOf(item);
    const found = /** @type {HTMLElement | undefined} */ (known.get(key)) ?? create(item);
    found.dataset.key = key;
    known.delete(key);
    if (list.children[index] !== found) list.insertBefore(found, list.children[index] ?? null);
    show(found, item, index);
  });
  for (const child of known.values()) child.remove();
  // An element that is moved loses the focus.
  if (focused instanceof HTMLElement && focused.isConnected && document.activeElement !== focused) focused.focus();
}

/**
 * @param {HTMLElement} parent
 * @param {string} className
 * @returns {HTMLElement}
 */
function within(parent, className) {
  return /** @type {HTMLElement} */ (parent.getElementsByClassName(className)[0]);
}

/** The script's lines. */
export class ScriptList {
  #list;
  #wiring;
  /** @type {HTMLElement | null} */
  #dragged = null;

  /**
   * @param {HTMLElement} list
   * @param {ScriptWiring} wiring
   */
  constructor(list, wiring) {
    this.#list = list;
    this.#wiring = wiring;
    list.addEventListener("dragover", (event) => this.#drag(event));
    list.addEventListener("drop", (event) => event.preventDefault());
  }

  /**
   * @param {import("./api.js").Script} script
   * @param {Say} say
   */
  show(script, say) {
    if (this.#dragged) return;
    reconcile(this.#list, script.lines, ({ line_id }) => line_id, (line) => this.#row(line.line_id), (row, line, index) => {
      const current = line.line_id === script.line_id;
      const number = index + 1;
      if (current && row.getAttribute("aria-current") !== "true") row.scrollIntoView({ block: "nearest" });
      row.setAttribute("aria-current", String(current));
      setText(within(row, "number"), String(number));
      const text = within(row, "words");
      setText(text, line.text);
      text.lang = languageOf(line.text);
      const left = current && script.left !== "" && script.left !== line.text && script.state !== "playing";
      setText(within(row, "left"), left ? say("script.left", { text: script.left }) : "");
      for (const [name, key] of /** @type {[string, Key][]} */ (Object.entries({ grip: "line.move", from: "line.say", edit: "line.edit", remove: "line.remove" }))) {
        within(row, name).setAttribute("aria-label", say(key, { number }));
        within(row, name).title = say(key, { number });
      }
    });
  }

  /** @param {string} id */
  #row(id) {
    const row = made("li", "line");
    row.draggable = true;
    const grip = iconButton("grip", "grip", () => {});
    grip.addEventListener("keydown", (event) => this.#key(event, id));
    const words = made("p", "words");
    words.addEventListener("dblclick", () => this.#edit(row, id));
    row.append(
      grip,
      made("span", "number"),
      words,
      made("p", "left"),
      iconButton("play", "from", () => this.#wiring.onStart(id)),
      iconButton("edit", "edit", () => this.#edit(row, id)),
      iconButton("remove", "remove", () => this.#wiring.onRemove(id)),
    );
    row.addEventListener("dragstart", (event) => {
      this.#dragged = row;
      row.classList.add("dragged");
      if (event.dataTransfer) event.dataTransfer.effectAllowed = "move";
    });
    row.addEventListener("dragend", () => {
      this.#dragged = null;
      row.classList.remove("dragged");
      this.#wiring.onMove(id, [...this.#list.children].indexOf(row));
    });
    return row;
  }

  /** @param {DragEvent} event */
  #drag(event) {
    const dragged = this.#dragged;
    if (!dragged) return;
    event.preventDefault();
    const over = event.target instanceof Element ? event.target.closest("li") : null;
    if (!over || over === dragged || over.parentElement !== this.#list) return;
    const { top, height } = over.getBoundingClientRect();
    this.#list.insertBefore(dragged, event.clientY < top + height / 2 ? over : over.nextSibling);
  }

  /**
   * @param {KeyboardEvent} event
   * @param {string} id
   */
  #key(event, id) {
    if (!event.altKey || (event.key !== "ArrowUp" && event.key !== "ArrowDown")) return;
    event.preventDefault();
    const index = [...this.#list.children].findIndex((child) => /** @type {HTMLElement} */ (child).dataset.key === id);
    const to = index + (event.key === "ArrowUp" ? -1 : 1);
    if (to >= 0 && to < this.#list.children.length) this.#wiring.onMove(id, to);
  }

  /**
   * @param {HTMLElement} row
   * @param {string} id
   */
  #edit(row, id) {
    if (row.querySelector("textarea")) return;
    const words = within(row, "words");
    const field = document.createElement("textarea");
    field.className = "editing";
    field.value = words.textContent ?? "";
    field.setAttribute("aria-label", within(row, "edit").getAttribute("aria-label") ?? "");
    let left = false;
    const leave = (/** @type {boolean} */ keep) => {
      // To remove it takes its focus, which leaves it again.
      if (left) return;
      left = true;
      const text = field.value.trim();
      words.hidden = false;
      field.remove();
      row.draggable = true;
      if (keep && text !== "" && text !== words.textContent) this.#wiring.onEdit(id, text);
    };
    field.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key === "Escape" || (event.key === "Enter" && !event.shiftKey && !event.isComposing)) {
        event.preventDefault();
        leave(event.key === "Enter");
        within(row, "edit").focus();
      }
    });
    field.addEventListener("blur", () => leave(true));
    words.hidden = true;
    row.draggable = false;
    words.after(field);
    field.focus();
  }
}

/** The audience's messages: those that wait first, the oldest on top. */
export class AudienceList {
  #list;
  #wiring;

  /**
   * @param {HTMLElement} list
   * @param {AudienceWiring} wiring
   */
  constructor(list, wiring) {
    this.#list = list;
    this.#wiring = wiring;
  }

  /**
   * @param {import("./api.js").Written[]} messages
   * @param {Say} say
   */
  show(messages, say) {
    const sorted = [...messages.filter((each) => !isOver(each)), ...messages.filter(isOver).reverse()];
    reconcile(this.#list, sorted, ({ message_id }) => message_id, ({ message_id: id }) => this.#row(id), (row, message) => {
      row.dataset.state = message.state;
      setText(within(row, "who"), message.who ?? "–");
      setText(within(row, "badge"), say(`audience.${message.state}`));
      const words = within(row, "words");
      setText(words, message.text);
      words.lang = languageOf(message.text);
      const waits = message.state === "waiting";
      for (const [name, key, shown] of /** @type {[string, Key, boolean][]} */ ([
        ["answer", "audience.answer", waits],
        ["now", "audience.now", waits],
        ["dismiss", "audience.dismiss", !isOver(message)],
      ])) {
        const button = within(row, name);
        button.hidden = !shown;
        setText(button, say(key));
        button.setAttribute("aria-label", `${say(key)}: ${message.text}`);
      }
    });
  }

  /** @param {string} id */
  #row(id) {
    const row = made("li", "message");
    const head = made("div", "head");
    head.append(made("strong", "who"), made("span", "badge"));
    const tools = made("div", "tools");
    for (const [name, act] of /** @type {[string, () => void][]} */ ([
      ["answer main", () => this.#wiring.onAnswer(id, false)],
      ["now", () => this.#wiring.onAnswer(id, true)],
      ["dismiss", () => this.#wiring.onDismiss(id)],
    ])) {
      const button = made("button", name);
      button.type = "button";
      button.addEventListener("click", act);
      tools.append(button);
    }
    row.append(head, made("p", "words"), tools);
    return row;
  }
}
