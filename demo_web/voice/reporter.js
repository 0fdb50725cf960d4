/**
 * Listens to what the page plays while something is spoken, and reports when it is heard and when it is silent.
 */

import { Playback } from "./playback.js";

const EVERY_MS = 40;
const WINDOW = 2048;

/** Measures nothing, and costs nothing, while nothing is spoken. */
export class Reporter {
  #options;
  #playback = new Playback();
  /** @type {import("../meter.js").Meter | null} */
  #meter = null;
  #timer = 0;

  /**
   * @param {{
   *   meter: (window: number) => import("../meter.js").Meter | null,
   *   send: (report: import("./playback.js").Report) => void,
   * }} options
   */
  constructor(options) {
    this.#options = options;
  }

  /**
   * Takes the event of an utterance, when it comes.
   * @param {string} id
   * @param {string} status
   */
  utterance(id, status) {
    const now = performance.now();
    if (status === "started") this.#playback.started(id, now);
    else if (status !== "queued" && status !== "sent") this.#playback.over(id, status, now);
    this.#follow();
  }

  /** @param {boolean} muted whether the page lets nothing be heard because of an interruption */
  muted(muted) {
    this.#send(this.#playback.muted(muted));
  }

  /** Stops listening. May be called twice. */
  close() {
    clearInterval(this.#timer);
    this.#timer = 0;
    this.#meter?.close();
    this.#meter = null;
  }

  #follow() {
    if (!this.#playback.isWatching) this.close();
    else if (this.#timer === 0) {
      this.#meter = this.#options.meter(WINDOW);
      if (this.#meter) this.#timer = setInterval(() => this.#measure(), EVERY_MS);
    }
  }

  #measure() {
    const level = this.#meter?.level();
    if (typeof level === "number") this.#send(this.#playback.level(level, performance.now()));
    this.#follow();
  }

  /** @param {import("./playback.js").Report[]} reports */
  #send(reports) {
    for (const report of reports) this.#options.send(report);
  }
}
