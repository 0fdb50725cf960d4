/**
 * When sound came in, by the page's clock. Pure.
 */

/** How much later the sound's clock may fall behind the page's, for each frame: far beyond any crystal's drift. */
const DRIFT_MS = 0.05;

/**
 * Turns the time of the audio clock into that of the page. A frame cannot arrive before it was recorded, and mostly
 * arrives soon after: the least difference seen is the offset between the clocks, and what is above it is waiting.
 */
export class FrameClock {
  #offset = Infinity;

  /**
   * @param {number} recorded the audio clock at the frame's end, in milliseconds
   * @param {number} now the page's clock at its arrival
   * @returns {number} the page's clock at the frame's end
   */
  at(recorded, now) {
    this.#offset = Math.min(now - recorded, this.#offset + DRIFT_MS);
    return recorded + this.#offset;
  }
}
