/**
 * The host's microphone: when its sound goes to the avatar, and how long that takes.
 */

import { Capture, CaptureError } from "../voice/capture.js";
import { DelayMeter } from "./delay.js";

/**
 * @typedef {import("../voice/line.js").Line} Line
 * @typedef {import("../voice/capture.js").Frame} Frame
 * @typedef {Extract<import("./state.js").Action, {type: "microphone"}>["change"]} Change
 */

/** What is heard before a key is down: people begin to speak while they press. */
const BEFORE_MS = 200;
const FRAME_MS = 20;

export class Microphone {
  #onChange;
  #onLevel;
  /** @type {Line | null} */
  #line = null;
  /** @type {Capture | null} */
  #capture = null;
  /** @type {import("../voice/sound.js").Sound | null} */
  #sound = null;
  #delay = new DelayMeter(1);
  /** @type {WeakMap<ArrayBuffer, number>} when the last sample of a frame was captured */
  #captured = new WeakMap();
  /** @type {Frame[]} */
  #recent = [];
  /** @type {AbortController | null} */
  #opening = null;
  /** @type {"open" | "push"} */
  #mode = "open";
  #muted = false;
  #pressed = false;

  /**
   * @param {(change: Change) => void} onChange
   * @param {(level: number) => void} onLevel root mean square of each frame, 1 is full scale
   */
  constructor(onChange, onLevel) {
    this.#onChange = onChange;
    this.#onLevel = onLevel;
  }

  /** @param {Line | null} line where the sound goes; the one before gets no more */
  use(line) {
    this.#end();
    this.#line = line;
    this.#follow();
  }

  get isOpen() {
    return this.#capture !== null;
  }

  /**
   * Asks for a microphone, instead of the one that is open.
   * @param {string} deviceId empty for the system's choice
   * @param {boolean} processing whether the browser removes echo and noise
   */
  async open(deviceId, processing) {
    this.close();
    const opening = (this.#opening = new AbortController());
    this.#onChange({ microphone: "opening", microphoneFault: null });
    try {
      const capture = await Capture.open({
        deviceId,
        processing,
        frameMs: FRAME_MS,
        signal: opening.signal,
        onFrame: (frame) => this.#take(frame),
        onLost: (fault) => this.#lost(fault),
      });
      this.#capture = capture;
      this.#delay = new DelayMeter(capture.rate);
      this.#onChange({ microphone: "open" });
      this.#follow();
    } catch (error) {
      if (!opening.signal.aborted) this.#lost(error instanceof CaptureError ? error.fault : "unsupported");
    }
  }

  /** Lets the microphone go; may be called twice. */
  close() {
    this.#opening?.abort();
    this.#opening = null;
    this.#end();
    this.#capture?.close();
    this.#capture = null;
    this.#pressed = false;
    this.#onLevel(0);
    this.#onChange({ microphone: "off", pressed: false, delay: null });
  }

  /** @param {"open" | "push"} mode whether the voice opens the way, or a key that is held */
  setMode(mode) {
    this.#end();
    this.#mode = mode;
    this.#pressed = false;
    this.#onChange({ mode, pressed: false });
    this.#follow();
  }

  toggleMute() {
    this.#muted = !this.#muted;
    this.#onChange(this.#muted ? { muted: true } : { muted: false, microphoneFault: null });
    this.#follow();
  }

  /** @param {boolean} pressed whether the key to talk is held */
  press(pressed) {
    if (this.#mode !== "push" || pressed === this.#pressed || (pressed && !this.#capture)) return;
    this.#pressed = pressed;
    if (pressed && this.#muted) this.toggleMute();
    this.#onChange({ pressed });
    this.#follow();
  }

  /** @param {Record<string, any>} message `audio.progress` */
  progress({ ref, samples, held_ms }) {
    if (ref !== this.#sound?.ref) return;
    this.#delay.progress(samples, held_ms, performance.now());
    this.#onChange({ delay: this.#delay.ms });
  }

  /** Begins or ends the sound, as it is wanted now. */
  #follow() {
    const wanted = this.#capture && this.#line && !this.#muted && (this.#mode === "open" || this.#pressed);
    if (!wanted) this.#end();
    else if (!this.#sound) this.#begin();
  }

  #begin() {
    const { rate } = /** @type {Capture} */ (this.#capture);
    const line = /** @type {Line} */ (this.#line);
    const push = this.#mode === "push";
    this.#sound = line.openSound({
      purpose: "drive",
      sample_rate: rate,
      gate: !push,
      interrupt: push,
      progress: true,
      onBegin: () => this.#delay.begin(),
      onSent: (pcm) => this.#delay.sent(pcm.byteLength / 2, this.#captured.get(pcm) ?? 0, performance.now()),
      onFault: ({ code }) => {
        this.#sound = null;
        this.#muted = true;
        this.#onChange({ muted: true, microphoneFault: code });
      },
    });
    if (push) for (const { pcm } of this.#recent) this.#sound.feed(pcm);
  }

  #end() {
    this.#sound?.end();
    this.#sound = null;
  }

  /** @param {Frame} frame */
  #take(frame) {
    this.#captured.set(frame.pcm, frame.at);
    this.#recent.push(frame);
    if (this.#recent.length > BEFORE_MS / FRAME_MS) this.#recent.shift();
    this.#sound?.feed(frame.pcm);
    this.#onLevel(this.#muted ? 0 : frame.level);
  }

  /** @param {string} fault */
  #lost(fault) {
    this.close();
    this.#onChange({ microphoneFault: fault });
  }
}
