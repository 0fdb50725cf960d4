/**
 * A microphone's way to the server, over an open line.
 */

import { SoundQueue } from "./queue.js";

/**
 * @typedef {import("../api.js").Fault} Fault
 *
 * @typedef {object} SoundOptions
 * @property {"drive" | "converse"} purpose
 * @property {number} sample_rate of the frames: `Capture.rate`
 * @property {boolean} [take] whether to take the floor from whoever has it
 * @property {boolean} [hands_free] converse: whether to find out by itself when somebody speaks
 * @property {boolean} [gate] drive: whether to let only speech pass
 * @property {boolean} [interrupt] drive: whether to take over from what is being said
 * @property {boolean} [progress] drive: whether `audio.progress` shall tell how far the cloud has got
 * @property {() => void} [onBegin] the server counts the samples from 0, also after a reconnection
 * @property {(pcm: ArrayBuffer) => void} [onSent] a frame goes out
 * @property {(ms: number) => void} [onDropped] the connection is too slow: so much of the oldest sound was dropped
 * @property {(fault: Fault) => void} [onFault] it is not heard any more, for somebody else took the floor, or it failed
 */

/** A microphone that is open on a line. */
export class Sound {
  #options;
  #queue;
  #line;
  #began = false;
  #accepted = false;
  #over = false;

  /** @type {string | null} the utterance that it drives, once the server has said so; null in a conversation */
  utteranceId = null;

  /**
   * @param {SoundOptions} options
   * @param {string} ref
   * @param {{socket: () => WebSocket | null, ended: (sound: Sound) => void}} line
   */
  constructor(options, ref, line) {
    this.#options = options;
    this.#line = line;
    this.ref = ref;
    this.#queue = new SoundQueue(options.sample_rate);
  }

  /** The milliseconds of sound that were dropped since it was opened. */
  get droppedMs() {
    return this.#queue.dropped;
  }

  /**
   * Tells the server of it; called by the line at each connection.
   * @param {boolean} again the floor may still be ours, held by the connection that was lost
   */
  begin(again) {
    const { purpose, sample_rate, take = false, hands_free, gate, interrupt, progress } = this.#options;
    const format = { purpose, sample_rate, channels: 1, encoding: "s16le" };
    const start = { type: "audio.start", ref: this.ref, ...format, take: take || again, hands_free, gate, interrupt, progress };
    this.#accepted = false;
    this.#options.onBegin?.();
    this.#began = this.#send(JSON.stringify(start));
    this.#flush();
  }

  /**
   * Sends a frame, and before it what still waits. While the connection is away or cannot keep up the last second is
   * kept, and of more the oldest dropped.
   * @param {ArrayBuffer} pcm
   */
  feed(pcm) {
    if (this.#over) return;
    const lost = this.#queue.put(pcm);
    if (lost > 0) this.#options.onDropped?.(lost);
    this.#flush();
  }

  /** @param {import("./line.js").Message} ack */
  accept(ack) {
    this.#accepted = true;
    this.utteranceId = ack.utterance_id;
  }

  /** The microphone is off: what waits is sent, and heard. May be called twice. */
  end() {
    if (this.#over) return;
    this.#flush(Infinity);
    if (this.#began) this.#send(JSON.stringify({ type: "audio.end", ref: this.ref }));
    this.#over = true;
    this.#line.ended(this);
  }

  /**
   * Takes note that the server does not hear it.
   * @param {Fault} fault
   */
  fail(fault) {
    if (this.#over) return;
    // What was never begun is not to be ended.
    this.#began &&= this.#accepted;
    this.end();
    this.#options.onFault?.(fault);
  }

  /** @param {number} [aheadMs] */
  #flush(aheadMs) {
    const socket = this.#line.socket();
    if (!socket || !this.#began) return;
    for (const frame of this.#queue.take(socket.bufferedAmount, aheadMs)) {
      socket.send(frame);
      this.#options.onSent?.(frame);
    }
  }

  /**
   * @param {string} text
   * @returns {boolean}
   */
  #send(text) {
    const socket = this.#line.socket();
    socket?.send(text);
    return socket !== null;
  }
}
