/**
 * The button to talk, and the space bar: hold it while you speak, or tap it and be heard until you have finished.
 */

const HOLD_MS = 300;

/**
 * @typedef {object} TalkButtonOptions
 * @property {() => boolean} onPress false: not now
 * @property {() => void} onHold it is held
 * @property {() => void} onTap it was let go at once
 * @property {() => void} onRelease it was held, and is no more
 */

/** Wires a button, and the space bar while nothing else wants it. */
export class TalkButton {
  #options;
  /** @type {string | null} the pointer or key that holds it */
  #by = null;
  #held = false;
  #timer = 0;

  /**
   * @param {HTMLButtonElement} button
   * @param {TalkButtonOptions} options
   */
  constructor(button, options) {
    this.#options = options;
    button.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      button.setPointerCapture(event.pointerId);
      this.#press(`pointer ${event.pointerId}`);
    });
    for (const name of /** @type {const} */ (["pointerup", "pointercancel", "lostpointercapture"])) {
      button.addEventListener(name, ({ pointerId }) => this.#release(`pointer ${pointerId}`));
    }
    // A long press is no wish for a menu.
    button.addEventListener("contextmenu", (event) => event.preventDefault());
    // What a screen reader or a switch presses is one click, without a pointer or a key.
    button.addEventListener("click", ({ detail }) => {
      if (detail === 0 && this.#press("click")) this.#release("click");
    });
    document.addEventListener("keydown", (event) => this.#onKey(event, button));
    document.addEventListener("keyup", (event) => this.#onKeyUp(event));
    window.addEventListener("blur", () => this.letGo());
  }

  /** Ends whatever holds it. */
  letGo() {
    if (this.#by) this.#release(this.#by);
  }

  /**
   * @param {KeyboardEvent} event
   * @param {HTMLButtonElement} button
   */
  #onKey(event, button) {
    const { key, target, repeat } = event;
    const onButton = target === button && (key === " " || key === "Enter");
    if (!onButton && !(key === " " && isFree(target) && !hasModifier(event))) return;
    event.preventDefault();
    if (!repeat) this.#press(`key ${key}`);
  }

  /** @param {KeyboardEvent} event */
  #onKeyUp(event) {
    if (this.#by !== `key ${event.key}`) return;
    event.preventDefault();
    this.#release(`key ${event.key}`);
  }

  /**
   * @param {string} by
   * @returns {boolean}
   */
  #press(by) {
    if (this.#by || !this.#options.onPress()) return false;
    this.#by = by;
    this.#held = false;
    this.#timer = setTimeout(() => {
      this.#held = true;
      this.#options.onHold();
    }, HOLD_MS);
    return true;
  }

  /** @param {string} by */
  #release(by) {
    if (this.#by !== by) return;
    this.#by = null;
    clearTimeout(this.#timer);
    if (this.#held) this.#options.onRelease();
    else this.#options.onTap();
  }
}

/**
 * @param {EventTarget | null} target
 * @returns {boolean} whether a space there does nothing else
 */
function isFree(target) {
  return !(target instanceof Element) || target.closest("button, a, input, textarea, select, summary, [contenteditable]") === null;
}

/** @param {KeyboardEvent} event */
function hasModifier({ ctrlKey, altKey, metaKey }) {
  return ctrlKey || altKey || metaKey;
}
