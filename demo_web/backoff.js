/**
 * How long to wait before trying again, and a wait that can be cut short.
 */

/**
 * Full-jitter backoff in milliseconds for the given attempt (0 is the first retry).
 * @param {number} attempt
 * @param {{base?: number, cap?: number, random?: () => number}} [options]
 * @returns {number}
 */
export function backoff(attempt, { base = 500, cap = 15_000, random = Math.random } = {}) {
  const ceiling = Math.min(cap, base * 2 ** Math.min(attempt, 16));
  return ceiling / 2 + (random() * ceiling) / 2;
}

/** A pause that `wake()` ends early; at most one wait at a time. */
export class Pause {
  /** @type {(() => void) | null} */
  #end = null;

  /**
   * Resolves after `ms`, at `wake()`, or when the signal aborts; never rejects.
   * @param {number} ms
   * @param {AbortSignal} signal
   * @returns {Promise<void>}
   */
  wait(ms, signal) {
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", end);
        this.#end = null;
        resolve();
      };
      const timer = setTimeout(end, ms);
      signal.addEventListener("abort", end);
      this.#end = end;
    });
  }

  /** Ends the current wait, if there is one. */
  wake() {
    this.#end?.();
  }
}
