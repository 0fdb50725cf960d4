/**
 * The keys of the host's page: which one does what, kept by the browser.
 */

/** @typedef {"talk" | "mute" | "play" | "skip" | "repeat" | "interrupt"} Command */

/** @type {Record<Command, string>} the `code` or, where a key is named the same everywhere, the `key` of an event */
export const USUAL = { talk: "Space", mute: "KeyM", play: "KeyP", skip: "KeyN", repeat: "KeyR", interrupt: "Escape" };
const STORED = "avatar-bridge.host.keys";

/** @returns {Command[]} */
export const commands = () => /** @type {Command[]} */ (Object.keys(USUAL));

/**
 * What a key is called on a button.
 * @param {string} code
 */
export function labelOf(code) {
  const letter = /^(?:Key|Digit)(.)$/.exec(code);
  return letter ? letter[1] : code === "Escape" ? "Esc" : code;
}

/** The chosen keys; each does one thing. */
export class Keys {
  #storage;
  #chosen = { ...USUAL };

  /** @param {Storage | null} storage */
  constructor(storage) {
    this.#storage = storage;
    try {
      const stored = JSON.parse(storage?.getItem(STORED) ?? "{}");
      for (const command of commands()) {
        if (typeof stored[command] === "string") this.#chosen[command] = stored[command];
      }
    } catch {
      // What cannot be read is as good as nothing.
    }
  }

  /** @param {Command} command */
  of(command) {
    return this.#chosen[command];
  }

  /**
   * Lets a key do something; whatever had it before gets the key that this had.
   * @param {Command} command
   * @param {string} code
   */
  choose(command, code) {
    const other = this.commandOf(code);
    if (other) this.#chosen[other] = this.#chosen[command];
    this.#chosen[command] = code;
    this.#storage?.setItem(STORED, JSON.stringify(this.#chosen));
  }

  /**
   * @param {string} code
   * @returns {Command | null}
   */
  commandOf(code) {
    return commands().find((command) => this.#chosen[command] === code) ?? null;
  }
}

/**
 * Whether a key belongs to what has the focus, and is no shortcut there.
 * @param {KeyboardEvent} event
 */
export function isTyping(event) {
  const { target } = event;
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return true;
  if (!(target instanceof HTMLElement)) return false;
  // Of the keys that we know such a box takes this one, and what is chosen already takes none.
  if (target instanceof HTMLInputElement && (target.type === "checkbox" || target.type === "radio")) {
    return event.code === "Space" && !(target.type === "radio" && target.checked);
  }
  if (target.matches("input, textarea, select") || target.isContentEditable) return event.code !== "Escape";
  // A button is pressed with these, and a dialog left.
  if (target.closest("dialog")) return true;
  return target.matches("button, a, summary") && (event.code === "Space" || event.code === "Enter");
}
