/**
 * A page's WebSocket to its session: what it asks and reports, its microphone's sound, and what happens meanwhile.
 */

import { ApiError, at, faultOf, getSession } from "../api.js";
import { backoff, Pause } from "../backoff.js";
import { bearer, renewCredential, setCredential } from "../credential.js";
import { Sound } from "./sound.js";

/**
 * @typedef {import("../api.js").Fault} Fault
 * @typedef {Record<string, any> & {type: string}} Message
 * @typedef {import("./sound.js").SoundOptions} SoundOptions
 *
 * @typedef {object} LineOptions
 * @property {(message: Message) => void} [onEvent] the session's events as they come, and what is told once and not kept
 *   (`hold`, partial transcripts); after a reconnection those of meanwhile
 * @property {(welcome: Message) => void} [onWelcome] with the session's state; its `recovered` false: events were missed
 * @property {(link: "connecting" | "open" | "lost", attempts: number) => void} [onLink]
 * @property {(end: "ended" | "gone" | "refused") => void} [onEnd] it does not come back: the session has ended, is not
 *   known, or is not for this page
 * @property {(fault: Fault) => void} [onFault] something failed that no `request` or microphone waits for
 */

const ANSWER_MS = 10_000;
const QUIET_MS = 20_000;
const REPLIES = new Set(["welcome", "ack", "error", "pong", "token"]);
/** Close codes after which coming back is of no use. */
const FINAL = new Map([
  [1000, /** @type {const} */ ("ended")],
  [4003, /** @type {const} */ ("refused")],
]);

/** Runs from `open` to `close`, over as many connections as it takes. */
export class Line {
  #id;
  #options;
  #pause = new Pause();
  /** @type {AbortController | null} */
  #run = null;
  /** @type {WebSocket | null} the one that is open and welcomed */
  #socket = null;
  /** @type {{epoch: string, offset: number} | null} */
  #position = null;
  /** @type {Map<string, {resolve: (ack: Message) => void, reject: (error: ApiError) => void, timer: number}>} */
  #waiting = new Map();
  /** @type {Sound | null} */
  #sound = null;
  #count = 0;
  #quietTimer = 0;
  /** @type {() => void} ends the present connection at once */
  #giveUp = () => {};

  /**
   * @param {string} sessionId
   * @param {LineOptions} [options]
   */
  constructor(sessionId, options = {}) {
    this.#id = sessionId;
    this.#options = options;
  }

  /** Whether what is said now is heard. */
  get isOpen() {
    return this.#socket !== null;
  }

  /** Connects, and stays connected. */
  open() {
    if (this.#run) return;
    this.#run = new AbortController();
    void this.#keep(this.#run.signal);
  }

  /** Leaves; whoever waits for an answer gets none. May be called twice. */
  close() {
    this.#run?.abort();
    this.#run = null;
  }

  /** Cuts a wait between two attempts short: the network is back. */
  wake() {
    this.#pause.wake();
  }

  /**
   * Sends a message that has no answer; it is lost when the line is not open.
   * @param {Message} message
   * @returns {boolean} whether it was sent
   */
  tell(message) {
    this.#socket?.send(JSON.stringify(message));
    return this.#socket !== null;
  }

  /**
   * Sends a message that is answered by `ack`; gives it a `ref` if it has none.
   * @param {Message} message
   * @returns {Promise<Message>} the `ack`
   * @throws {ApiError} refused; `unreachable` when the line is not open, or breaks before the answer
   */
  request(message) {
    const ref = message.ref ?? this.#newRef();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#answer(ref, unreachable("no answer in time")), ANSWER_MS);
      this.#waiting.set(ref, { resolve, reject, timer });
      if (!this.tell({ ...message, ref })) this.#answer(ref, unreachable("the connection is away"));
    });
  }

  /**
   * Opens the microphone's way: `feed` it with frames, and `end` it. One at a time; the one before ends. It lives on
   * over a reconnection.
   * @param {SoundOptions} options
   * @returns {Sound}
   */
  openSound(options) {
    this.#sound?.end();
    this.#sound = new Sound(options, this.#newRef(), {
      socket: () => this.#socket,
      ended: (sound) => {
        if (this.#sound === sound) this.#sound = null;
      },
    });
    this.#sound.begin(false);
    return this.#sound;
  }

  /** @returns {string} */
  #newRef() {
    this.#count += 1;
    return `line-${this.#count}`;
  }

  // ---- connections

  /** @param {AbortSignal} signal */
  async #keep(signal) {
    const { onLink, onEnd } = this.#options;
    for (let attempts = 0; !signal.aborted; attempts += 1) {
      if (attempts === 0) onLink?.("connecting", 0);
      const { code, welcomed } = await this.#connect(signal);
      if (signal.aborted) return;
      if (welcomed) attempts = 0;
      const end = FINAL.get(code) ?? (welcomed ? null : await this.#reasonOfSilence(code));
      if (signal.aborted) return;
      if (end) {
        this.#run = null;
        onEnd?.(end);
        return;
      }
      onLink?.("lost", attempts + 1);
      await this.#pause.wait(backoff(attempts), signal);
    }
  }

  /**
   * One connection, from first to last.
   * @param {AbortSignal} signal
   * @returns {Promise<{code: number, welcomed: boolean}>} when it is over
   */
  #connect(signal) {
    const url = new URL(`${at(this.#id)}/ws`, location.href);
    url.protocol = url.protocol.replace("http", "ws");
    const socket = new WebSocket(url);
    let welcomed = false;
    socket.onopen = () => socket.send(JSON.stringify(this.#auth()));
    socket.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      if (message.type === "welcome") {
        welcomed = true;
        this.#welcomed(socket, message);
      } else this.#receive(message);
      this.#watchQuiet(socket);
    };
    return new Promise((resolve) => {
      const over = (/** @type {number} */ code) => {
        socket.onclose = socket.onmessage = socket.onopen = null;
        signal.removeEventListener("abort", this.#giveUp);
        clearTimeout(this.#quietTimer);
        this.#socket = null;
        for (const ref of [...this.#waiting.keys()]) this.#answer(ref, unreachable("the connection broke"));
        resolve({ code, welcomed });
      };
      // A connection that is dead takes its time to close: nobody waits for it.
      this.#giveUp = () => {
        socket.close();
        over(1006);
      };
      signal.addEventListener("abort", this.#giveUp);
      socket.onclose = ({ code }) => over(code);
    });
  }

  /** @returns {Message} */
  #auth() {
    return { type: "auth", token: bearer(), resume: this.#position };
  }

  /**
   * Asks after 20 s without a word, and gives the connection up after as many more.
   * @param {WebSocket} socket
   */
  #watchQuiet(socket) {
    clearTimeout(this.#quietTimer);
    this.#quietTimer = setTimeout(() => {
      if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ type: "ping" }));
      this.#quietTimer = setTimeout(() => this.#giveUp(), QUIET_MS);
    }, QUIET_MS);
  }

  /**
   * A browser tells nothing of a refused upgrade: the call that anybody may make tells it.
   * @param {number} code
   * @returns {Promise<"gone" | "refused" | null>}
   */
  async #reasonOfSilence(code) {
    if (code === 4005) return (await renewCredential()) ? null : "refused";
    try {
      await getSession(this.#id);
      return null;
    } catch (error) {
      const status = error instanceof ApiError ? error.status : 0;
      if (status === 404 || status === 410) return "gone";
      return status === 401 || status === 403 ? "refused" : null;
    }
  }

  // ---- what comes

  /**
   * @param {WebSocket} socket
   * @param {Message} welcome
   */
  #welcomed(socket, welcome) {
    const again = this.#position !== null;
    this.#socket = socket;
    this.#position = { epoch: welcome.epoch, offset: welcome.offset };
    this.#options.onLink?.("open", 0);
    this.#options.onWelcome?.(welcome);
    this.#sound?.begin(again);
  }

  /** @param {Message} message */
  #receive(message) {
    if (!REPLIES.has(message.type)) {
      if (this.#position && typeof message.offset === "number") this.#position.offset = message.offset;
      this.#options.onEvent?.(message);
    } else if (message.type === "ack") {
      if (this.#sound && message.ref === this.#sound.ref) this.#sound.accept(message);
      this.#answer(message.ref, message);
    }
    else if (message.type === "error") this.#refused(message);
    else if (message.type === "token" && message.token) setCredential(message.token);
  }

  /** @param {Message} message */
  #refused({ code, message, ref = null, retryable = false, cloud_code }) {
    const fault = { code, message, retryable, cloud_code };
    if (this.#sound && ref === this.#sound.ref) this.#sound.fail(fault);
    else if (ref !== null && this.#waiting.has(ref)) this.#answer(ref, new ApiError(fault, 0));
    else if (code === "token_expired") this.tell({ type: "token.refresh" });
    // A microphone that was closed before the server had refused it.
    else if (code !== "ref_unknown") this.#options.onFault?.(fault);
  }

  /**
   * @param {string} ref
   * @param {Message | ApiError} answer
   */
  #answer(ref, answer) {
    const waiting = this.#waiting.get(ref);
    if (!waiting) return;
    this.#waiting.delete(ref);
    clearTimeout(waiting.timer);
    if (answer instanceof ApiError) waiting.reject(answer);
    else waiting.resolve(answer);
  }
}

/**
 * @param {string} message
 * @returns {ApiError}
 */
function unreachable(message) {
  return new ApiError(faultOf(new Error(message)), 0);
}
