/**
 * Runs in the audio thread: mixes what comes to mono, cuts it into frames of fixed length, and makes them 16-bit PCM.
 */

/**
 * @typedef {{pcm: ArrayBuffer, level: number, end: number}} Cut `end`: the context's time after its last sample, seconds
 */

/** `samples` to a frame, of `factor` samples of the context each (rates beyond what the server takes are averaged down). */
class FrameCutter extends AudioWorkletProcessor {
  #factor;
  #frame;
  #filled = 0;
  #sum = 0;
  #summed = 0;

  /** @param {{processorOptions: {samples: number, factor: number}}} options */
  constructor({ processorOptions }) {
    super();
    this.#factor = processorOptions.factor;
    this.#frame = new Float32Array(processorOptions.samples);
  }

  /**
   * @param {Float32Array[][]} inputs
   * @returns {boolean} whether there is more to come
   */
  process([channels]) {
    const length = channels[0]?.length ?? 0;
    for (let at = 0; at < length; at += 1) {
      let sample = 0;
      for (const channel of channels) sample += channel[at];
      this.#sum += sample / channels.length;
      this.#summed += 1;
      if (this.#summed < this.#factor) continue;
      this.#frame[this.#filled] = this.#sum / this.#factor;
      this.#sum = 0;
      this.#summed = 0;
      this.#filled += 1;
      if (this.#filled === this.#frame.length) this.#post((currentFrame + at + 1) / sampleRate);
    }
    return true;
  }

  /** @param {number} end */
  #post(end) {
    this.#filled = 0;
    const view = new DataView(new ArrayBuffer(this.#frame.length * 2));
    let energy = 0;
    this.#frame.forEach((sample, at) => {
      energy += sample * sample;
      view.setInt16(at * 2, Math.round(Math.max(-1, Math.min(1, sample)) * 32_767), true);
    });
    /** @type {Cut} */
    const cut = { pcm: view.buffer, level: Math.sqrt(energy / this.#frame.length), end };
    this.port.postMessage(cut, [cut.pcm]);
  }
}

registerProcessor("frame-cutter", FrameCutter);
