/**
 * How long the host's voice takes from the microphone to the cloud. Pure.
 */

/** @typedef {{end: number, at: number, sent: number}} Sent the stream's samples up to its end; milliseconds of the page */

const KEPT = 512;
const SHOWN_OF = 7;
/** How much longer the way to the server and back may get, for each frame. */
const DRIFT_MS = 2;

/**
 * Follows one stream of samples. The server tells which sample the cloud gets now, and how long it held it; the page knows
 * when it was captured and sent. What is left is the way there and back, of which the shortest one seen counts.
 */
export class DelayMeter {
  #rate;
  #count = 0;
  /** @type {Sent[]} */
  #frames = [];
  #way = Infinity;
  /** @type {number[]} */
  #delays = [];

  /** @param {number} rate samples a second */
  constructor(rate) {
    this.#rate = rate;
  }

  /** The middle one of the last delays, in milliseconds; null before the first. */
  get ms() {
    const sorted = [...this.#delays].sort((one, other) => one - other);
    return sorted.length === 0 ? null : Math.round(sorted[Math.floor(sorted.length / 2)]);
  }

  /** The stream begins anew, at sample 0. */
  begin() {
    this.#count = 0;
    this.#frames = [];
  }

  /**
   * @param {number} samples of a frame that was sent
   * @param {number} at when its last sample was captured
   * @param {number} now
   */
  sent(samples, at, now) {
    this.#count += samples;
    this.#frames.push({ end: this.#count, at, sent: now });
    if (this.#frames.length > KEPT) this.#frames.shift();
  }

  /**
   * @param {number} sample the one that the cloud gets now
   * @param {number} heldMs how long the server had it
   * @param {number} now
   */
  progress(sample, heldMs, now) {
    const frame = this.#frames.find(({ end }) => sample < end);
    if (!frame) return;
    const captured = frame.at - ((frame.end - sample) / this.#rate) * 1000;
    this.#way = Math.min(Math.max(0, now - frame.sent - heldMs), this.#way + DRIFT_MS);
    this.#delays.push(frame.sent - captured + heldMs + this.#way / 2);
    if (this.#delays.length > SHOWN_OF) this.#delays.shift();
  }
}
