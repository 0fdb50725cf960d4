/**
 * The sound of one open microphone on its way to the server. Pure: what is to be sent is returned.
 */

/**
 * Keeps what the connection cannot take yet: at most a second, then the oldest goes, for a live voice must not lag.
 * `dropped` counts the milliseconds that were lost.
 */
export class SoundQueue {
  #bytesPerMs;
  #most;
  /** @type {ArrayBuffer[]} */
  #frames = [];
  #size = 0;
  dropped = 0;

  /**
   * @param {number} rate samples a second, of 16 bits
   * @param {number} [mostMs]
   */
  constructor(rate, mostMs = 1000) {
    this.#bytesPerMs = (rate * 2) / 1000;
    this.#most = mostMs * this.#bytesPerMs;
  }

  /** How many milliseconds of sound wait here. */
  get waitingMs() {
    return this.#size / this.#bytesPerMs;
  }

  /**
   * @param {ArrayBuffer} pcm
   * @returns {number} the milliseconds of older sound that had to go
   */
  put(pcm) {
    this.#frames.push(pcm);
    this.#size += pcm.byteLength;
    let lost = 0;
    while (this.#size > this.#most && this.#frames.length > 1) {
      const { byteLength } = /** @type {ArrayBuffer} */ (this.#frames.shift());
      this.#size -= byteLength;
      lost += byteLength / this.#bytesPerMs;
    }
    this.dropped += lost;
    return lost;
  }

  /**
   * Takes out what a connection can take that has `buffered` bytes to send already.
   * @param {number} buffered
   * @param {number} [aheadMs] how much sound may lie in the connection
   * @returns {ArrayBuffer[]}
   */
  take(buffered, aheadMs = 200) {
    let room = aheadMs * this.#bytesPerMs - buffered;
    const taken = [];
    while (this.#frames.length > 0 && room > 0) {
      const frame = /** @type {ArrayBuffer} */ (this.#frames.shift());
      this.#size -= frame.byteLength;
      room -= frame.byteLength;
      taken.push(frame);
    }
    return taken;
  }
}
