/**
 * The keys at work, and the dialog in which they are chosen.
 */

import { element, setText } from "../dom.js";
import { commands, isTyping, labelOf } from "./keys.js";

/** @typedef {import("./keys.js").Command} Command */

/**
 * @typedef {object} ShortcutOptions
 * @property {import("./keys.js").Keys} keys
 * @property {(command: Exclude<Command, "talk">) => void} onCommand
 * @property {(pressed: boolean) => void} onTalk
 * @property {() => void} onChosen
 * @property {(key: import("./strings.js").Key) => string} say
 */

export class Shortcuts {
  #options;
  #dialog = element("keys", HTMLDialogElement);
  /** @type {Command | null} */
  #asking = null;

  /** @param {ShortcutOptions} options */
  constructor(options) {
    this.#options = options;
    document.addEventListener("keydown", (event) => this.#down(event));
    document.addEventListener("keyup", (event) => this.#up(event));
    // A key that comes up elsewhere is not seen here: nobody stays on air by that.
    window.addEventListener("blur", () => this.#options.onTalk(false));
    this.#dialog.addEventListener("keydown", (event) => this.#choose(event));
    this.#dialog.addEventListener("close", () => {
      this.#asking = null;
    });
  }

  open() {
    this.#show();
    this.#dialog.showModal();
  }

  #show() {
    const { keys, say } = this.#options;
    const rows = commands().map((command) => {
      const row = document.createElement("li");
      const button = document.createElement("button");
      button.type = "button";
      button.dataset.command = command;
      setText(button, this.#asking === command ? say("keys.press") : labelOf(keys.of(command)));
      button.setAttribute("aria-label", `${say(`keys.${command}`)}: ${button.textContent}`);
      button.addEventListener("click", () => {
        this.#asking = command;
        this.#show();
        this.#focus(command);
      });
      row.append(say(`keys.${command}`), button);
      return row;
    });
    element("choices", HTMLUListElement).replaceChildren(...rows);
  }

  /** @param {Command} command */
  #focus(command) {
    /** @type {HTMLElement | null} */ (this.#dialog.querySelector(`[data-command="${command}"]`))?.focus();
  }

  /** @param {KeyboardEvent} event */
  #choose(event) {
    const command = this.#asking;
    if (!command || event.code === "Tab" || event.code.startsWith("Shift")) return;
    event.preventDefault();
    event.stopPropagation();
    this.#asking = null;
    this.#options.keys.choose(command, event.code);
    this.#show();
    this.#focus(command);
    this.#options.onChosen();
  }

  /** @param {KeyboardEvent} event */
  #down(event) {
    const command = this.#options.keys.commandOf(event.code);
    if (!command || isTyping(event)) return;
    event.preventDefault();
    if (command === "talk") this.#options.onTalk(true);
    else if (!event.repeat) this.#options.onCommand(command);
  }

  /** @param {KeyboardEvent} event */
  #up(event) {
    if (this.#options.keys.commandOf(event.code) === "talk") this.#options.onTalk(false);
  }
}
