/**
 * How loud a stream is, whether or not the page lets it be heard.
 */

const WINDOW = 16_384;

/** Listens to a stream until closed. A muted video element changes nothing of what it hears. */
export class Meter {
  #context = new AudioContext();
  #analyser = this.#context.createAnalyser();
  #samples = new Float32Array(WINDOW);

  /** @param {MediaStream} stream with at least one audio track */
  constructor(stream) {
    this.#analyser.fftSize = WINDOW;
    this.#context.createMediaStreamSource(stream).connect(this.#analyser);
  }

  /**
   * The level of about the last third of a second: root mean square, 1 is full scale.
   * @returns {number | null} null while the browser does not let it listen
   */
  level() {
    if (this.#context.state !== "running") return null;
    this.#analyser.getFloatTimeDomainData(this.#samples);
    return Math.sqrt(this.#samples.reduce((sum, sample) => sum + sample * sample, 0) / WINDOW);
  }

  /** Ends it. */
  close() {
    void this.#context.close();
  }
}
