/**
 * A microphone as frames of 16-bit PCM, mono, little-endian, at a rate that the server takes.
 */

import { FrameClock } from "./clock.js";

/**
 * @typedef {"denied" | "missing" | "busy" | "insecure" | "unsupported" | "lost"} CaptureFault
 *   the person said no; there is no microphone, or not the one asked for; another program has it, or it gives nothing;
 *   the page did not come by https; this browser cannot; it was there and is gone
 *
 * @typedef {object} Frame
 * @property {ArrayBuffer} pcm
 * @property {number} level root mean square, 1 is full scale
 * @property {number} at when its last sample came in, in milliseconds of `performance.now()`, without the device's own delay
 *
 * @typedef {object} CaptureOptions
 * @property {(frame: Frame) => void} onFrame called as they come, from `open` on; not while muted. Nothing is kept here:
 *   a page that is busy gets those of meanwhile all at once
 * @property {(fault: CaptureFault) => void} onLost it has ended by itself, and is closed
 * @property {string} [deviceId] one of `microphones()`; the system's choice by default
 * @property {boolean} [processing] whether the browser removes echo and noise and evens out the loudness
 * @property {number} [frameMs] the length of a frame: 20 or 40 for a conversation, 160 where delay does not matter
 * @property {AbortSignal} [signal] gives up on opening, and closes
 *
 * @typedef {{id: string, label: string}} Microphone without a label before the person has allowed a microphone
 */

const RATE = 16_000;
const HIGHEST_RATE = 48_000;
const FIRST_FRAME_MS = 10_000;
const WORKLET = new URL("./capture-worklet.js", import.meta.url).href;

/** @type {Record<string, CaptureFault>} names of exceptions (Media Capture and Streams, 10.2) */
const FAULTS = {
  NotAllowedError: "denied",
  SecurityError: "denied",
  NotFoundError: "missing",
  OverconstrainedError: "missing",
  NotReadableError: "busy",
  AbortError: "busy",
};

/** A microphone that could not be had. `fault` names the text in strings.js: `microphone.…`. */
export class CaptureError extends Error {
  /**
   * @param {CaptureFault} fault
   * @param {string} [detail]
   */
  constructor(fault, detail = fault) {
    super(detail);
    this.fault = fault;
  }
}

/** @returns {CaptureFault | null} why there can be no microphone in this page, before anybody is asked */
export function obstacle() {
  if (!window.isSecureContext) return "insecure";
  return navigator.mediaDevices && "AudioWorkletNode" in window ? null : "unsupported";
}

/** @returns {Promise<Microphone[]>} those that may be chosen; none where the page may not ask */
export async function microphones() {
  if (obstacle()) return [];
  const devices = await navigator.mediaDevices.enumerateDevices();
  const inputs = devices.filter(({ kind, deviceId }) => kind === "audioinput" && deviceId !== "");
  return inputs.map(({ deviceId, label }) => ({ id: deviceId, label }));
}

/** One open microphone. */
export class Capture {
  #stream;
  #context;
  #options;
  #clock = new FrameClock();
  #muted = false;
  #closed = false;
  /** @type {AudioWorkletNode | null} */
  #cutter = null;
  /** @type {() => void} */
  #begun = () => {};

  /** Samples a second of the frames: what to tell the server. */
  rate;

  /**
   * Asks for the microphone and returns it once it gives sound.
   * @param {CaptureOptions} options
   * @returns {Promise<Capture>}
   * @throws {CaptureError} or what `signal` was aborted with
   */
  static async open(options) {
    const fault = obstacle();
    if (fault) throw new CaptureError(fault);
    /** @type {MediaStream | null} */
    let stream = null;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: constraintsOf(options) });
      options.signal?.throwIfAborted();
      const { context, source } = connected(stream);
      const capture = new Capture(stream, context, options);
      await capture.#begin(source);
      return capture;
    } catch (error) {
      for (const track of stream?.getTracks() ?? []) track.stop();
      throw options.signal?.aborted ? error : captureErrorOf(error);
    }
  }

  /**
   * @param {MediaStream} stream
   * @param {AudioContext} context
   * @param {CaptureOptions} options
   */
  constructor(stream, context, options) {
    this.#stream = stream;
    this.#context = context;
    this.#options = options;
    this.factor = Math.ceil(context.sampleRate / HIGHEST_RATE);
    this.rate = Math.round(context.sampleRate / this.factor);
  }

  /** What the microphone is called, and which one it is. */
  get device() {
    const [track] = this.#stream.getAudioTracks();
    return { id: track.getSettings().deviceId ?? "", label: track.label };
  }

  /** While true no frame comes; the microphone stays open, and hears nothing. */
  get muted() {
    return this.#muted;
  }

  set muted(muted) {
    this.#muted = muted;
    for (const track of this.#stream.getAudioTracks()) track.enabled = !muted;
  }

  /** Lets the microphone go; may be called twice. */
  close() {
    if (this.#closed) return;
    this.#closed = true;
    this.#cutter?.port.close();
    this.#cutter?.disconnect();
    for (const track of this.#stream.getTracks()) track.stop();
    this.#context.close().catch(() => {});
  }

  /** @param {MediaStreamAudioSourceNode} source */
  async #begin(source) {
    const { signal, frameMs = 20 } = this.#options;
    signal?.addEventListener("abort", () => this.close());
    for (const track of this.#stream.getAudioTracks()) track.addEventListener("ended", () => this.#lose("lost"));
    try {
      await this.#context.audioWorklet.addModule(WORKLET);
      signal?.throwIfAborted();
      const processorOptions = { factor: this.factor, samples: Math.round((this.rate * frameMs) / 1000) };
      const cutter = new AudioWorkletNode(this.#context, "frame-cutter", { processorOptions });
      this.#cutter = cutter;
      cutter.port.onmessage = ({ data }) => this.#take(data);
      cutter.onprocessorerror = () => this.#lose("lost");
      // Its output is silence; some browsers run only what leads to the loudspeaker.
      source.connect(cutter).connect(this.#context.destination);
      // A phone call takes the context away, and its end gives it back.
      this.#context.onstatechange = () => {
        // The sound's clock stood still meanwhile.
        this.#clock = new FrameClock();
        void this.#resume();
      };
      void this.#resume();
      await this.#firstFrame();
      signal?.throwIfAborted();
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** @returns {Promise<void>} when sound comes */
  #firstFrame() {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new CaptureError("busy", "the microphone gives no sound")), FIRST_FRAME_MS);
      this.#begun = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  async #resume() {
    if (!this.#closed && this.#context.state !== "running") await this.#context.resume().catch(() => {});
  }

  /** @param {{pcm: ArrayBuffer, level: number, end: number}} cut */
  #take({ pcm, level, end }) {
    const at = this.#clock.at(end * 1000, performance.now());
    this.#begun();
    if (!this.#muted && !this.#closed) this.#options.onFrame({ pcm, level, at });
  }

  /** @param {CaptureFault} fault */
  #lose(fault) {
    if (this.#closed) return;
    this.close();
    this.#options.onLost(fault);
  }
}

/**
 * @param {CaptureOptions} options
 * @returns {MediaTrackConstraints}
 */
function constraintsOf({ deviceId, processing = true }) {
  return {
    channelCount: 1,
    echoCancellation: processing,
    noiseSuppression: processing,
    autoGainControl: processing,
    ...(deviceId ? { deviceId: { exact: deviceId } } : {}),
  };
}

/**
 * The browser resamples; one that refuses to (Firefox, to this day) gives the sound at the device's own rate.
 * @param {MediaStream} stream
 * @returns {{context: AudioContext, source: MediaStreamAudioSourceNode}}
 */
function connected(stream) {
  const context = new AudioContext({ sampleRate: RATE, latencyHint: "interactive" });
  try {
    return { context, source: context.createMediaStreamSource(stream) };
  } catch {
    void context.close();
    const own = new AudioContext({ latencyHint: "interactive" });
    return { context: own, source: own.createMediaStreamSource(stream) };
  }
}

/**
 * @param {unknown} error
 * @returns {unknown}
 */
function captureErrorOf(error) {
  if (error instanceof DOMException && Object.hasOwn(FAULTS, error.name)) {
    return new CaptureError(FAULTS[error.name], error.message);
  }
  return error instanceof DOMException || error instanceof TypeError ? new CaptureError("unsupported", String(error)) : error;
}
