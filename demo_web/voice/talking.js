/**
 * Talking to the avatar: the button, the ears that listen, and what follows from what they understand.
 */

import { backoff } from "../backoff.js";
import { canAsk, hasEnded, speaking, stoppable } from "../model.js";
import { LANGUAGE_TAGS } from "../strings.js";
import { TalkButton } from "./button.js";
import { obstacle } from "./capture.js";
import { ServerEars } from "./ears.js";
import { Line } from "./line.js";
import { BrowserEars, recognizes } from "./recognizer.js";
import { Reporter } from "./reporter.js";
import { isEcho, wordsOf } from "./words.js";

/**
 * @typedef {import("../model.js").State} State
 * @typedef {import("./ears.js").Mode} Mode
 * @typedef {import("./ears.js").EarsFault} EarsFault
 *
 * @typedef {object} TalkingOptions
 * @property {HTMLButtonElement} button
 * @property {HTMLButtonElement} handsFree
 * @property {Storage | null} storage of the tab
 * @property {() => State} state
 * @property {() => keyof typeof LANGUAGE_TAGS} language
 * @property {(action: import("../model.js").Action) => void} dispatch
 * @property {(text: string) => void} ask
 * @property {() => void} stop
 * @property {(level: number) => void} onLevel
 * @property {(fault: EarsFault | null) => void} onFault null: whatever it was is over
 * @property {(window: number) => import("../meter.js").Meter | null} meter of the picture's sound
 */

const HANDS_FREE_KEY = "avatar-bridge.hands-free";
const INTERRUPTING_WORDS = 2;
/** How long after its end the loudspeaker's words may still come back as a recogniser's. */
const ECHO_MS = 3_000;
/** What nobody but the visitor or the staff can mend; other faults pass, and hands-free is tried again. */
const LASTING = new Set(["denied", "insecure", "unsupported", "elsewhere"]);

/** Lives as long as the page. */
export class Talking {
  #options;
  #reporter;
  /** @type {Line | null} */
  #line = null;
  /** @type {string | null} the session that the line is to */
  #session = null;
  /** @type {ServerEars | BrowserEars | null} */
  #ears = null;
  #spokeAt = -Infinity;
  #left = false;
  /** Faults in a row of the open microphone. */
  #failures = 0;
  #retryTimer = 0;

  /** @param {TalkingOptions} options */
  constructor(options) {
    this.#options = options;
    this.#reporter = new Reporter({ meter: options.meter, send: (report) => this.#line?.tell(report) });
    new TalkButton(options.button, {
      onPress: () => this.#press(),
      onHold: () => this.#listen("held"),
      onTap: () => this.#tap(),
      onRelease: () => this.#rest(),
    });
    options.handsFree.addEventListener("click", () => this.#setHandsFree(!options.state().voice.handsFree));
    document.addEventListener("visibilitychange", () => this.#followMode());
    navigator.mediaDevices?.addEventListener("devicechange", () => this.#retry());
  }

  /** Takes up what the tab remembers; also when the page is come back to. */
  start() {
    this.#left = false;
    if (this.#options.storage?.getItem(HANDS_FREE_KEY)) this.#change({ handsFree: true });
  }

  /** Lets go of the microphone and the line: the page is left. */
  stop() {
    this.#left = true;
    this.#recover();
    this.#join(null);
  }

  /** The network or the visitor is back. */
  wake() {
    this.#line?.wake();
  }

  /**
   * Takes an event as it comes, before the picture has caught up with it.
   * @param {string} name
   * @param {any} data
   */
  onEvent(name, data) {
    // Whoever was away for long has come back with another token.
    if (name === "welcome") this.#line?.open();
    if (name === "utterance") this.#reporter.utterance(data.utterance_id, data.status);
    const asked = name === "transcript" && data.who === "user" && data.final;
    if (asked) this.#failures = 0;
    if (asked && this.#options.state().voice.mode === "once") this.#rest();
  }

  /** Follows the state; called after each change. */
  follow() {
    const { session, sound } = this.#options.state();
    this.#reporter.muted(sound.held || sound.doubted);
    if (speaking(this.#options.state())) this.#spokeAt = performance.now();
    this.#followSession(session);
    this.#followMode();
  }

  // ---- who listens

  /** @param {State["session"]} session */
  #followSession(session) {
    const wanted = session && !hasEnded(session.state) && !this.#left ? session.id : null;
    if (wanted !== this.#session) this.#join(wanted);
    const kind = session?.listens ? "server" : recognizes() ? "browser" : null;
    if (session && kind !== this.#options.state().voice.kind) this.#change({ kind });
  }

  /** @param {string | null} session */
  #join(session) {
    const [ears, line] = [this.#ears, this.#line];
    // First of all: what is closed tells of it, and is not to find itself here.
    this.#session = session;
    this.#ears = null;
    this.#line = session ? new Line(session) : null;
    this.#line?.open();
    this.#reporter.close();
    ears?.close();
    line?.close();
    if (this.#options.state().voice.mode !== "off") this.#change({ mode: "off" });
  }

  /** @returns {ServerEars | BrowserEars | null} */
  #listener() {
    const { state, onLevel, language } = this.#options;
    const options = {
      onHearing: (/** @type {import("./ears.js").Hearing} */ hearing) => this.#hears(hearing),
      onLevel,
      onFault: (/** @type {EarsFault} */ fault) => this.#fail(fault),
    };
    if (this.#ears) return this.#ears;
    const { kind } = state().voice;
    if (kind === "server" && this.#line) this.#ears = new ServerEars(this.#line, options);
    if (kind === "browser") {
      this.#ears = new BrowserEars({
        ...options,
        onPartial: (text) => this.#partly(text),
        onFinal: (text) => this.#understood(text),
        language: () => (language() === "en" ? "en-US" : LANGUAGE_TAGS[language()]),
      });
    }
    return this.#ears;
  }

  // ---- the button

  /** @returns {boolean} */
  #press() {
    const { state, stop, onFault } = this.#options;
    const { mode, handsFree } = state().voice;
    if (!canAsk(state())) return false;
    if (mode !== "off" || handsFree) return true;
    onFault(null);
    const fault = obstacle();
    if (fault) {
      this.#fail(fault);
      return false;
    }
    const ears = this.#listener();
    if (!ears) return false;
    // Who takes the floor wants silence.
    if (stoppable(state())) stop();
    this.#change({ mode: "pressed", partial: "" });
    ears.press();
    return true;
  }

  #tap() {
    const { mode, handsFree } = this.#options.state().voice;
    if (handsFree) this.#setHandsFree(false);
    else if (mode === "pressed") this.#listen("once");
    else this.#rest();
  }

  /** @param {Mode} mode */
  #listen(mode) {
    const { voice } = this.#options.state();
    if (mode === "held" && voice.mode !== "pressed") return;
    this.#change({ mode });
    this.#listener()?.listen(mode);
  }

  #rest() {
    if (this.#options.state().voice.mode === "open") return;
    this.#change({ mode: "off" });
    this.#ears?.rest();
  }

  /** @param {boolean} handsFree */
  #setHandsFree(handsFree) {
    const { storage, onFault } = this.#options;
    if (handsFree) storage?.setItem(HANDS_FREE_KEY, "1");
    else storage?.removeItem(HANDS_FREE_KEY);
    onFault(null);
    this.#recover();
    const fault = handsFree ? obstacle() : null;
    if (fault) this.#fail(fault);
    else this.#change({ handsFree });
  }

  /** Hands-free the ears are open whenever somebody can be answered, and see the page. */
  #followMode() {
    const { state } = this.#options;
    const { voice, sound } = state();
    const open = voice.handsFree && voice.kind !== null && canAsk(state()) && !document.hidden && !sound.elsewhere;
    if (open && voice.mode !== "open" && this.#retryTimer === 0) this.#listen("open");
    if (!open && voice.mode === "open") {
      this.#change({ mode: "off", partial: "" });
      this.#ears?.rest();
    }
  }

  // ---- what the ears tell

  /** @param {import("./ears.js").Hearing} hearing */
  #hears(hearing) {
    const { voice } = this.#options.state();
    if (hearing === voice.hearing) return;
    if (hearing === "on" && this.#failures > 0) this.#options.onFault(null);
    if (hearing !== "off") this.#change({ hearing });
    else this.#change({ hearing, partial: "", ...(voice.mode === "once" ? { mode: "off" } : {}) });
  }

  /** @param {EarsFault} fault */
  #fail(fault) {
    const { storage, onFault, state } = this.#options;
    const open = state().voice.handsFree && !LASTING.has(fault);
    if (open) {
      // A screen in a lobby has nobody to switch it on again.
      clearTimeout(this.#retryTimer);
      this.#retryTimer = setTimeout(() => this.#retry(), backoff(this.#failures, { base: 4_000, cap: 60_000 }));
      this.#failures += 1;
    } else storage?.removeItem(HANDS_FREE_KEY);
    this.#change({ mode: "off", hearing: "off", handsFree: open, partial: "" });
    onFault(fault);
  }

  /** Opens the microphone again, if a fault keeps it closed. */
  #retry() {
    if (this.#retryTimer === 0) return;
    clearTimeout(this.#retryTimer);
    this.#retryTimer = 0;
    this.#followMode();
  }

  #recover() {
    clearTimeout(this.#retryTimer);
    this.#retryTimer = 0;
    this.#failures = 0;
  }

  /** @param {string} text of the browser's recogniser */
  #partly(text) {
    const { state, stop } = this.#options;
    if (this.#isEcho(text)) return;
    this.#change({ partial: text });
    if (speaking(state()) && wordsOf(text).length >= INTERRUPTING_WORDS) stop();
  }

  /** @param {string} text of the browser's recogniser */
  #understood(text) {
    this.#change({ partial: "" });
    if (!this.#isEcho(text)) this.#options.ask(text);
  }

  /**
   * @param {string} text
   * @returns {boolean}
   */
  #isEcho(text) {
    if (performance.now() - this.#spokeAt > ECHO_MS) return false;
    const { caption, exchanges } = this.#options.state();
    const answers = exchanges.slice(-2).map(({ answer }) => answer);
    return isEcho(text, [caption?.text ?? "", ...answers].join(" "));
  }

  /** @param {Partial<State["voice"]>} change */
  #change(change) {
    this.#options.dispatch({ type: "voice", change });
  }
}
