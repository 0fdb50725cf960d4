/**
 * What a page's player really does: when an utterance is heard, and when it has fallen silent. Pure.
 */

/** @typedef {{type: "media", utterance_id: string, state: "sounding" | "silent", delay_ms: number}} Report */
/** @typedef {{id: string, startedAt: number, overAt: number | null, loudAt: number | null, heard: boolean}} Utterance */

const AUDIBLE = 0.004;
const QUIET_MS = 240;
const PATIENCE_MS = 4_000;
const MOST_DELAY_MS = 60_000;

/** Follows the utterance that sounds, and returns the reports to send; `now` is in milliseconds. */
export class Playback {
  /** @type {Utterance | null} */
  #utterance = null;
  #muted = false;
  #delay = 0;

  /** Whether levels are wanted: only while something is spoken, or still sounds. */
  get isWatching() {
    return this.#utterance !== null;
  }

  /**
   * The server says that an utterance has begun to be spoken.
   * @param {string} id
   * @param {number} now
   */
  started(id, now) {
    if (this.#utterance?.id === id) return;
    this.#utterance = { id, startedAt: now, overAt: null, loudAt: null, heard: false };
  }

  /**
   * The server says that an utterance is over. One that was interrupted was silenced before.
   * @param {string} id
   * @param {string} status
   * @param {number} now
   */
  over(id, status, now) {
    if (this.#utterance?.id !== id) return;
    if (status === "ended") this.#utterance.overAt = now;
    else this.#utterance = null;
  }

  /**
   * The page lets nothing be heard, or again something, for somebody interrupts.
   * @param {boolean} muted
   * @returns {Report[]}
   */
  muted(muted) {
    if (muted === this.#muted) return [];
    this.#muted = muted;
    const utterance = this.#utterance;
    if (!muted || !utterance?.heard) return [];
    utterance.heard = false;
    return [report(utterance.id, "silent", this.#delay)];
  }

  /**
   * @param {number} level of what is played now, root mean square
   * @param {number} now
   * @returns {Report[]}
   */
  level(level, now) {
    const utterance = this.#utterance;
    if (!utterance) return [];
    if (level >= AUDIBLE) return this.#loud(utterance, now);
    const { overAt, loudAt, heard } = utterance;
    if (overAt === null) return [];
    if (loudAt === null) {
      if (now - overAt > PATIENCE_MS) this.#utterance = null;
      return [];
    }
    if (now - Math.max(loudAt, overAt - QUIET_MS) < QUIET_MS) return [];
    this.#utterance = null;
    return heard ? [report(utterance.id, "silent", loudAt - overAt)] : [];
  }

  /**
   * @param {Utterance} utterance
   * @param {number} now
   * @returns {Report[]}
   */
  #loud(utterance, now) {
    if (utterance.loudAt === null) this.#delay = now - utterance.startedAt;
    utterance.loudAt = now;
    if (utterance.heard || this.#muted) return [];
    utterance.heard = true;
    return [report(utterance.id, "sounding", this.#delay)];
  }
}

/**
 * @param {string} utterance_id
 * @param {"sounding" | "silent"} state
 * @param {number} delay
 * @returns {Report}
 */
function report(utterance_id, state, delay) {
  return { type: "media", utterance_id, state, delay_ms: Math.round(Math.max(0, Math.min(delay, MOST_DELAY_MS))) };
}
