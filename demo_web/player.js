/**
 * Keeps a session's picture playing: it asks for the address, shows it, and starts again whenever it is lost.
 */

import { ApiError, faultOf, getPlay } from "./api.js";
import { backoff, Pause } from "./backoff.js";
import { Meter } from "./meter.js";
import { watch } from "./whep.js";

/** @typedef {import("./api.js").Play} Play */

const FROZEN_MS = 8_000;
const CHECK_MS = 2_000;
const FAILURES_SHOWN = 2;

/**
 * @typedef {object} PlayerOptions
 * @property {(picture: "none" | "starting" | "playing" | "failed", fault?: import("./api.js").Fault) => void} onPicture
 * @property {() => void} onLocked the browser refuses sound before a gesture; must leave the video muted
 * @property {(play: Play) => void} onPlay the address in use
 */

/** One video element, one session at a time. */
export class Player {
  #video;
  #options;
  #pause = new Pause();
  #failures = 0;
  /** @type {AbortController | null} */
  #run = null;
  /** @type {AbortController | null} */
  #showing = null;

  /**
   * @param {HTMLVideoElement} video
   * @param {PlayerOptions} options
   */
  constructor(video, options) {
    this.#video = video;
    this.#options = options;
  }

  /**
   * Plays a session from now on, instead of the one before.
   * @param {string} sessionId
   */
  start(sessionId) {
    this.stop();
    this.#run = new AbortController();
    this.#failures = 0;
    this.#options.onPicture("starting");
    void this.#keepPlaying(sessionId, this.#run.signal);
  }

  /** Leaves the picture; the server is told so. */
  stop() {
    this.#run?.abort();
    this.#run = null;
  }

  /** Fetches the address anew: the one in use may be stale. */
  restart() {
    this.#failures = 0;
    this.#showing?.abort();
    this.#pause.wake();
  }

  /** Goes on after the browser paused the video, or once a gesture allows it. */
  resume() {
    if (this.#run && this.#video.paused) void this.#play();
    this.#pause.wake();
  }

  /**
   * @param {number} [window] samples that a level is of
   * @returns {Meter | null} of the stream being played; null when it cannot be measured, as before any gesture
   */
  meter(window) {
    const stream = this.#video.srcObject;
    if (!(stream instanceof MediaStream) || stream.getAudioTracks().length === 0) return null;
    return navigator.userActivation?.hasBeenActive === false ? null : new Meter(stream, window);
  }

  /**
   * @param {string} sessionId
   * @param {AbortSignal} signal
   */
  async #keepPlaying(sessionId, signal) {
    while (!signal.aborted) {
      const showing = new AbortController();
      const leave = () => showing.abort();
      signal.addEventListener("abort", leave);
      this.#showing = showing;
      try {
        await this.#show(await getPlay(sessionId), showing.signal);
        if (!signal.aborted) this.#options.onPicture("starting");
      } catch (error) {
        if (!signal.aborted) this.#failed(error);
      }
      showing.abort();
      signal.removeEventListener("abort", leave);
      if (!signal.aborted) await this.#pause.wait(backoff(this.#failures), signal);
    }
  }

  /** @param {unknown} error */
  #failed(error) {
    // Not there yet is no failure: the address comes with the session.
    if (error instanceof ApiError && error.fault.code === "no_picture") return;
    this.#failures += 1;
    if (this.#failures >= FAILURES_SHOWN) this.#options.onPicture("failed", faultOf(error));
  }

  /**
   * @param {Play} play
   * @param {AbortSignal} signal
   * @returns {Promise<void>} when it was lost after it had played
   */
  async #show(play, signal) {
    this.#options.onPlay(play);
    if (!play.url) throw new ApiError({ code: "no_picture", message: "no address yet", retryable: true }, 0);
    if (play.kind === "whep") await this.#showStream(play.url, signal);
    else if (play.kind === "webm") await this.#showFile(play.url, signal);
    else throw new Error(`this page cannot play ${play.kind}`);
  }

  /**
   * @param {string} url
   * @param {AbortSignal} signal
   */
  async #showStream(url, signal) {
    const { lost } = await watch(url, this.#video, signal);
    try {
      await this.#playUntil(Promise.race([lost, this.#frozen(signal)]));
    } finally {
      this.#video.srcObject = null;
    }
  }

  /**
   * @param {string} url
   * @param {AbortSignal} signal
   */
  async #showFile(url, signal) {
    const video = this.#video;
    video.srcObject = null;
    video.src = url;
    const over = new Promise((resolve, reject) => {
      const failed = () => reject(new Error(video.error?.message || "the video could not be loaded"));
      video.addEventListener("error", failed, { signal });
      video.addEventListener("ended", resolve, { signal });
      signal.addEventListener("abort", resolve);
    });
    try {
      await this.#playUntil(Promise.race([over, this.#frozen(signal)]));
    } finally {
      video.removeAttribute("src");
      video.load();
    }
  }

  /**
   * @param {Promise<unknown>} over
   * @returns {Promise<void>} when it is over
   * @throws {Error} it was over before anything was seen
   */
  async #playUntil(over) {
    const seen = await Promise.race([this.#play().then(() => true), over.then(() => false)]);
    if (!seen) throw new Error("no picture arrived");
    await over;
  }

  /** Plays with sound if the browser lets it, else without. */
  async #play() {
    try {
      await this.#video.play();
    } catch (error) {
      if (!isNotAllowed(error)) throw error;
      this.#options.onLocked();
      // Refused even without sound (a phone that saves power): the next gesture resumes it.
      await this.#video.play().catch(() => {});
    }
    this.#failures = 0;
    this.#options.onPicture("playing");
  }

  /**
   * @param {AbortSignal} signal
   * @returns {Promise<void>} when the picture stands still although it is looked at
   */
  async #frozen(signal) {
    const pause = new Pause();
    let position = positionOf(this.#video);
    for (let still = 0; still < FROZEN_MS && !signal.aborted; ) {
      await pause.wait(CHECK_MS, signal);
      const excused = document.hidden || this.#video.paused;
      const before = position;
      position = positionOf(this.#video);
      still = excused || position !== before ? 0 : still + CHECK_MS;
    }
  }
}

/**
 * What grows while the picture moves: the frames shown, where the browser counts them. The time of a live stream goes
 * on without any.
 * @param {HTMLVideoElement} video
 * @returns {number}
 */
function positionOf(video) {
  return video.getVideoPlaybackQuality().totalVideoFrames || video.currentTime;
}

/**
 * @param {unknown} error
 * @returns {boolean}
 */
function isNotAllowed(error) {
  return error instanceof DOMException && error.name === "NotAllowedError";
}
