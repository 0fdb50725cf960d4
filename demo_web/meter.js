/**
 * How loud a stream is, whether or not the page lets it be heard.
 */

/** Samples: a third of a second. */
const WINDOW = 16_384;

/** Listens to a stream until closed. A muted video element changes nothing of what it hears. */
export class Meter {
  #context = new AudioContext();
  #analyser = this.#context.createAnalyser();
  #samples;

  /**
   * @param {MediaStream} stream with at least one audio track
   * @param {number} [window] samples that a level is of, a power of two
   */
  constructor(stream, window = WINDOW) {
    this.#samples = new Float32Array(window);
    this.#analyser.fftSize = window;
    this.#context.createMediaStreamSource(stream).connect(this.#analyser);
  }

  /**
   * The level of the last moment: root mean square, 1 is full scale.
   * @returns {number | null} null while the browser does not let it listen
   */
  level() {
    if (this.#context.state !== "running") return null;
    this.#analyser.getFloatTimeDomainData(this.#samples);
    return Math.sqrt(this.#samples.reduce((sum, sample) => sum + sample * sample, 0) / this.#samples.length);
  }

  /** Ends it. */
  close() {
    void this.#context.close();
  }
}
