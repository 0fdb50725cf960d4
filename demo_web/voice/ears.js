/**
 * The server's ears: while they listen, the microphone goes to the session's dialog over the page's line.
 */

import { Capture, CaptureError } from "./capture.js";
import { SoundQueue } from "./queue.js";

/**
 * @typedef {"held" | "once" | "open"} Mode for as long as a button is held; for one question; until told to rest
 * @typedef {"off" | "opening" | "on"} Hearing
 * @typedef {import("./capture.js").CaptureFault | "deaf" | "elsewhere"} EarsFault what `microphone.…` in strings.js says;
 *   nobody recognises speech; somebody else talks to this session
 *
 * @typedef {object} EarsOptions
 * @property {(hearing: Hearing) => void} onHearing
 * @property {(level: number) => void} onLevel of the voice, 1 is full scale
 * @property {(fault: EarsFault) => void} onFault they rest
 * @property {(text: string) => void} onPartial what was understood so far of what is being said
 * @property {(text: string) => void} onFinal a question
 * @property {() => string} language BCP 47
 */

const TAIL_MS = 250;
const KEPT_MS = 60_000;
const ONCE_MS = 20_000;

/** Listens by an open line; what is understood comes with the session's events. */
export class ServerEars {
  #line;
  #options;
  /** @type {Capture | null} kept for a minute after use, muted, so that the next question's first syllable is heard */
  #capture = null;
  /** @type {{capture: Promise<Capture>, abort: AbortController} | null} */
  #opening = null;
  /** @type {import("./sound.js").Sound | null} */
  #sound = null;
  /** @type {Mode | "pressed" | null} */
  #mode = null;
  /** @type {SoundQueue | null} what is said before it is known whether the button is held */
  #early = null;
  #timer = 0;

  /**
   * @param {import("./line.js").Line} line
   * @param {Pick<EarsOptions, "onHearing" | "onLevel" | "onFault">} options
   */
  constructor(line, options) {
    this.#line = line;
    this.#options = options;
  }

  /** Somebody has pressed the button, and it is not known yet whether it is held. */
  press() {
    if (this.#mode === null) void this.#begin("pressed");
  }

  /** @param {Mode} mode */
  listen(mode) {
    if (this.#mode !== "pressed") {
      if (this.#mode !== null) this.#end();
      void this.#begin(mode);
      return;
    }
    this.#mode = mode;
    if (this.#capture && this.#early) this.#send(this.#capture);
  }

  /** Listens no further; what was being said is still understood. */
  rest() {
    const held = this.#mode === "held" && this.#sound !== null;
    this.#mode = null;
    clearTimeout(this.#timer);
    // People let go with their last syllable.
    if (held) this.#timer = setTimeout(() => this.#end(), TAIL_MS);
    else this.#end();
  }

  /** Lets the microphone go. May be called twice. */
  close() {
    this.#mode = null;
    this.#end();
    clearTimeout(this.#timer);
    this.#release();
  }

  /** @param {Mode | "pressed"} mode */
  async #begin(mode) {
    clearTimeout(this.#timer);
    this.#end();
    clearTimeout(this.#timer);
    this.#mode = mode;
    this.#options.onHearing("opening");
    try {
      const capture = this.#capture ?? (await this.#open());
      if (this.#mode === null) capture.muted = true;
      if (this.#mode === null || this.#early || this.#sound) return;
      this.#early = new SoundQueue(capture.rate);
      capture.muted = false;
      this.#options.onHearing("on");
      if (this.#mode !== "pressed") this.#send(capture);
    } catch (error) {
      if (!(error instanceof CaptureError || error instanceof DOMException)) throw error;
      if (error instanceof CaptureError && this.#mode !== null) this.#fail(error.fault);
    }
  }

  /** @returns {Promise<Capture>} one for all who want it meanwhile */
  #open() {
    if (this.#opening) return this.#opening.capture;
    const abort = new AbortController();
    const capture = Capture.open({
      signal: abort.signal,
      onFrame: (frame) => this.#take(frame),
      onLost: (fault) => this.#lose(fault),
    });
    const opening = { capture, abort };
    this.#opening = opening;
    capture.then((it) => (this.#capture = it), () => {}).finally(() => {
      if (this.#opening === opening) this.#opening = null;
    });
    return capture;
  }

  /** @param {Capture} capture */
  #send(capture) {
    this.#sound = this.#line.openSound({
      purpose: "converse",
      sample_rate: capture.rate,
      hands_free: this.#mode !== "held",
      take: true,
      onFault: ({ code }) => this.#fail(code === "floor_taken" ? "elsewhere" : "deaf"),
    });
    for (const pcm of this.#early?.take(0, Infinity) ?? []) this.#sound.feed(pcm);
    this.#early = null;
    // A question that nobody understands has no end that the page is told of.
    if (this.#mode === "once") this.#timer = setTimeout(() => this.rest(), ONCE_MS);
  }

  /** @param {import("./capture.js").Frame} frame */
  #take({ pcm, level }) {
    this.#options.onLevel(level);
    if (this.#sound) this.#sound.feed(pcm);
    else this.#early?.put(pcm);
  }

  /** The microphone is muted at once, and let go when it is not wanted for a while. */
  #end() {
    this.#sound?.end();
    this.#sound = null;
    this.#early = null;
    clearTimeout(this.#timer);
    if (this.#capture) this.#capture.muted = true;
    this.#timer = setTimeout(() => this.#release(), KEPT_MS);
    this.#options.onLevel(0);
    this.#options.onHearing("off");
  }

  #release() {
    this.#opening?.abort.abort();
    this.#opening = null;
    this.#capture?.close();
    this.#capture = null;
  }

  /** @param {EarsFault} fault */
  #fail(fault) {
    this.#mode = null;
    this.#end();
    this.#options.onFault(fault);
  }

  /** @param {import("./capture.js").CaptureFault} fault */
  #lose(fault) {
    this.#capture = null;
    if (this.#mode !== null) this.#fail(fault);
  }
}
