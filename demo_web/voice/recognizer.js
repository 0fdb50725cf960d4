/**
 * The browser's own speech recognition, where it has one: ears that cost nothing. Its maker may hear what is said.
 */

/**
 * @typedef {import("./ears.js").EarsOptions} EarsOptions
 * @typedef {import("./ears.js").Mode} Mode
 * @typedef {import("./ears.js").EarsFault} EarsFault
 *
 * @typedef {object} Recognition what the Web Speech API offers (its section 4.1), as far as it is used here
 * @property {string} lang
 * @property {boolean} continuous
 * @property {boolean} interimResults
 * @property {() => void} start
 * @property {() => void} stop
 * @property {() => void} abort
 * @property {(() => void) | null} onstart
 * @property {(() => void) | null} onspeechstart
 * @property {(() => void) | null} onspeechend
 * @property {(() => void) | null} onend
 * @property {((event: {error: string}) => void) | null} onerror
 * @property {((event: {resultIndex: number, results: ArrayLike<ArrayLike<{transcript: string}> & {isFinal: boolean}>}) => void) | null} onresult
 */

/** @type {Record<string, EarsFault>} */
const FAULTS = {
  "not-allowed": "denied",
  "service-not-allowed": "denied",
  "audio-capture": "missing",
  "language-not-supported": "unsupported",
  network: "deaf",
};
const RESTART_MS = 300;
const SPEECH_LEVEL = 0.08;
/** Recognitions in a row that the service failed before it is said to be away. */
const MOST_FAILURES = 3;

/** @returns {(new () => Recognition) | null} */
function recognition() {
  const known = /** @type {any} */ (window);
  return known.SpeechRecognition ?? known.webkitSpeechRecognition ?? null;
}

/** @returns {boolean} whether this browser can recognise speech by itself */
export function recognizes() {
  return recognition() !== null;
}

/** Listens with it; what it understands comes by `onPartial` and `onFinal`. */
export class BrowserEars {
  #options;
  /** @type {Recognition | null} */
  #running = null;
  /** @type {Mode | "pressed" | null} */
  #mode = null;
  #understood = "";
  #failures = 0;
  #timer = 0;

  /** @param {EarsOptions} options */
  constructor(options) {
    this.#options = options;
  }

  /** Somebody has pressed the button, and it is not known yet whether it is held. */
  press() {
    if (this.#mode === null) this.#begin("pressed");
  }

  /** @param {Mode} mode */
  listen(mode) {
    if (this.#running && this.#mode === "pressed") this.#mode = mode;
    else this.#begin(mode);
  }

  /** Listens no further; what was being said is still understood. */
  rest() {
    clearTimeout(this.#timer);
    this.#mode = null;
    if (this.#running) this.#running.stop();
    else {
      this.#hand();
      this.#options.onHearing("off");
    }
  }

  /** Ends; nothing more is understood. May be called twice. */
  close() {
    clearTimeout(this.#timer);
    const [mode, running] = [this.#mode, this.#running];
    this.#mode = this.#running = null;
    this.#understood = "";
    if (running) {
      running.onresult = running.onend = running.onerror = null;
      running.abort();
    }
    if (running || mode) this.#options.onHearing("off");
  }

  /** @param {Mode | "pressed"} mode */
  #begin(mode) {
    this.close();
    this.#mode = mode;
    this.#failures = 0;
    this.#options.onHearing("opening");
    this.#start();
  }

  #start() {
    const Recognition = recognition();
    if (!Recognition || this.#mode === null) return;
    const it = new Recognition();
    it.lang = this.#options.language();
    it.continuous = true;
    it.interimResults = true;
    this.#understood = "";
    it.onstart = () => this.#options.onHearing("on");
    it.onspeechstart = () => this.#options.onLevel(SPEECH_LEVEL);
    it.onspeechend = () => this.#options.onLevel(0);
    it.onresult = (event) => this.#take(event);
    it.onerror = ({ error }) => this.#fail(error);
    it.onend = () => this.#ended(it);
    this.#running = it;
    it.start();
  }

  /** @param {Parameters<NonNullable<Recognition["onresult"]>>[0]} event */
  #take({ resultIndex, results }) {
    this.#failures = 0;
    let partial = "";
    for (let at = resultIndex; at < results.length; at += 1) {
      const { transcript } = results[at][0];
      if (results[at].isFinal) this.#final(transcript);
      else partial += transcript;
    }
    const soFar = joined(this.#understood, partial);
    if (soFar) this.#options.onPartial(soFar);
  }

  /** @param {string} text */
  #final(text) {
    // While the button is held a pause is no end.
    this.#understood = joined(this.#understood, text);
    if (this.#mode === "open" || this.#mode === "once") this.#hand();
    if (this.#mode === "once") this.rest();
  }

  #hand() {
    const text = this.#understood;
    this.#understood = "";
    if (text) this.#options.onFinal(text);
  }

  /** @param {string} error */
  #fail(error) {
    const fault = FAULTS[error];
    if (!fault) return;
    this.#failures += 1;
    if (fault === "deaf" && this.#mode === "open" && this.#failures < MOST_FAILURES) return;
    this.close();
    this.#options.onFault(fault);
  }

  /** @param {Recognition} it */
  #ended(it) {
    if (this.#running !== it) return;
    this.#running = null;
    this.#options.onLevel(0);
    if (this.#mode === null || this.#mode === "once") {
      this.#hand();
      this.#mode = null;
      this.#options.onHearing("off");
      return;
    }
    // Browsers end it after a pause or a minute; what was said while it is held is kept until the button is let go.
    const before = this.#mode === "open" ? "" : this.#understood;
    this.#timer = setTimeout(() => {
      this.#start();
      this.#understood = before;
    }, RESTART_MS * 2 ** this.#failures);
  }
}

/**
 * @param {string} one
 * @param {string} other
 * @returns {string} both, with a space between words that are written apart
 */
function joined(one, other) {
  const [first, second] = [one.trim(), other.trim()];
  const apart = /[\p{L}\p{N}]$/u.test(first) && /^(?!\p{Script=Han})[\p{L}\p{N}]/u.test(second);
  return first && second && apart ? `${first} ${second}` : first + second;
}
