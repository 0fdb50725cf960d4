/**
 * The text box: Enter sends, Shift+Enter breaks the line, an input method's Enter does neither.
 */

/** What one question may hold: characters (code points), and bytes of UTF-8 as the server counts them. */
const MOST_CHARACTERS = 4000;
const MOST_BYTES = 8192;

/**
 * Whether a text is too long for one question.
 * @param {string} text
 * @returns {{length: number, limit: number} | null} in characters; null when it fits
 */
export function excess(text) {
  if (text.length * 3 <= MOST_BYTES) return null;
  const length = text.length - (text.match(/[\ud800-\udbff][\udc00-\udfff]/g)?.length ?? 0);
  const bytes = new TextEncoder().encode(text).length;
  if (length <= MOST_CHARACTERS && bytes <= MOST_BYTES) return null;
  return { length, limit: Math.min(MOST_CHARACTERS, Math.floor((MOST_BYTES * length) / bytes)) };
}

/**
 * @typedef {object} ComposerOptions
 * @property {(text: string) => boolean} onSend false: not now, the text stays
 * @property {(text: string) => void} onText after each change, the trimmed text
 */

/** Wires a form with a textarea; it keeps whatever was typed until it was really sent. */
export class Composer {
  #box;
  #options;
  #composing = false;

  /**
   * @param {HTMLFormElement} form
   * @param {HTMLTextAreaElement} box
   * @param {ComposerOptions} options
   */
  constructor(form, box, options) {
    this.#box = box;
    this.#options = options;
    box.addEventListener("compositionstart", () => {
      this.#composing = true;
    });
    box.addEventListener("compositionend", () => {
      this.#composing = false;
    });
    box.addEventListener("keydown", (event) => this.#onKey(event));
    box.addEventListener("input", () => this.#changed());
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.send();
    });
  }

  /** Sends what is typed, if it is something and the page can take it. */
  send() {
    // Half a surrogate pair is no text that the server could take.
    const text = this.#box.value.trim().replace(/\p{Surrogate}/gu, "\ufffd");
    if (this.#composing || text === "" || excess(text)) return;
    if (!this.#options.onSend(text)) return;
    this.#box.value = "";
    this.#changed();
  }

  /**
   * Gives a question back that did not get through, unless the visitor is typing another one.
   * @param {string} text
   */
  giveBack(text) {
    if (this.#box.value.trim() !== "") return;
    this.#box.value = text;
    this.#changed();
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    if (event.key !== "Enter" || event.shiftKey) return;
    // 229 is a key that the input method took; Safari ends the composition before it sends that key.
    if (this.#composing || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    if (!event.repeat) this.send();
  }

  #changed() {
    const box = this.#box;
    box.style.height = "auto";
    box.style.height = `${box.scrollHeight}px`;
    this.#options.onText(box.value.trim());
  }
}
