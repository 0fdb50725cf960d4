/**
 * Server-sent events over fetch: a parser without I/O, and a follower that reconnects with `Last-Event-ID`.
 */

import { backoff } from "./backoff.js";
import { authorization } from "./credential.js";

/** @typedef {{id: string, event: string, data: string}} Frame */

const LINE_END = /\r\n|\n|\r/g;
const LONGEST_LINE = 1 << 20;

/** Parses an event stream (WHATWG HTML, 9.2.6) from text cut at any place. */
export class EventStreamParser {
  #rest = "";
  #started = false;
  #id = "";
  #event = "";
  /** @type {string[]} */
  #data = [];

  /**
   * Takes the next piece of text and returns the frames that it completes.
   * @param {string} text
   * @returns {Frame[]}
   * @throws {RangeError} a line is longer than 1 Mi characters
   */
  feed(text) {
    this.#rest += text;
    if (!this.#started && this.#rest !== "") {
      this.#started = true;
      if (this.#rest.startsWith("\uFEFF")) this.#rest = this.#rest.slice(1);
    }
    /** @type {Frame[]} */
    const frames = [];
    let from = 0;
    for (const end of this.#rest.matchAll(LINE_END)) {
      const after = end.index + end[0].length;
      // A CR at the very end may be the first half of a CRLF: wait for more.
      if (end[0] === "\r" && after === this.#rest.length) break;
      const frame = this.#line(this.#rest.slice(from, end.index));
      if (frame) frames.push(frame);
      from = after;
    }
    this.#rest = this.#rest.slice(from);
    if (this.#rest.length > LONGEST_LINE) throw new RangeError("a line of the event stream is too long");
    return frames;
  }

  /**
   * @param {string} line
   * @returns {Frame | null}
   */
  #line(line) {
    if (line === "") return this.#dispatch();
    const colon = line.indexOf(":");
    if (colon === 0) return null;
    const field = colon < 0 ? line : line.slice(0, colon);
    let value = colon < 0 ? "" : line.slice(colon + 1);
    if (value.startsWith(" ")) value = value.slice(1);
    if (field === "data") this.#data.push(value);
    else if (field === "event") this.#event = value;
    else if (field === "id" && !value.includes("\0")) this.#id = value;
    return null;
  }

  /** @returns {Frame | null} */
  #dispatch() {
    const frame = { id: this.#id, event: this.#event || "message", data: this.#data.join("\n") };
    const empty = this.#data.length === 0;
    this.#event = "";
    this.#data = [];
    return empty ? null : frame;
  }
}

/**
 * Yields the frames of a response's body; the body is cancelled when the caller stops early.
 * @param {Response} response
 * @param {() => void} [onBytes] called for whatever arrives, keepalives included
 * @returns {AsyncGenerator<Frame, void, void>}
 */
export async function* readFrames(response, onBytes) {
  if (!response.body) return;
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  const parser = new EventStreamParser();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      onBytes?.();
      yield* parser.feed(decoder.decode(value, { stream: true }));
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

/**
 * @typedef {object} FollowOptions
 * @property {AbortSignal} signal ends it
 * @property {import("./backoff.js").Pause} pause between two attempts; waking it retries at once
 * @property {(frame: Frame) => void} onFrame
 * @property {(link: "connecting" | "open" | "lost", attempts: number) => void} onLink
 * @property {number} [quietMs] a stream without a byte for so long is given up
 */

/**
 * Reads an event stream until the signal aborts, or the server says that there is none.
 * @param {string} url
 * @param {FollowOptions} options
 * @returns {Promise<"gone" | "refused" | "aborted">} `gone`: 404; `refused`: another 4xx that will not pass
 */
export async function follow(url, options) {
  const { signal, pause, onLink } = options;
  const position = { id: "" };
  for (let attempts = 0; !signal.aborted; attempts += 1) {
    if (attempts === 0) onLink("connecting", 0);
    const outcome = await readOnce(url, position, options, () => {
      attempts = 0;
    });
    if (signal.aborted) break;
    if (outcome !== "lost") return outcome;
    onLink("lost", attempts + 1);
    await pause.wait(backoff(attempts), signal);
  }
  return "aborted";
}

/**
 * One connection, from request to end.
 * @param {string} url
 * @param {{id: string}} position
 * @param {FollowOptions} options
 * @param {() => void} onOpen
 * @returns {Promise<"gone" | "refused" | "lost">}
 */
async function readOnce(url, position, { signal, onFrame, onLink, quietMs = 45_000 }, onOpen) {
  const connection = new AbortController();
  const abort = () => connection.abort();
  signal.addEventListener("abort", abort);
  let watchdog = setTimeout(abort, quietMs);
  const alive = () => {
    clearTimeout(watchdog);
    watchdog = setTimeout(abort, quietMs);
  };
  try {
    /** @type {Record<string, string>} */
    const headers = { Accept: "text/event-stream", ...authorization() };
    if (position.id) headers["Last-Event-ID"] = position.id;
    const response = await fetch(url, { headers, cache: "no-store", signal: connection.signal });
    if (!response.ok) return refusal(response.status);
    onLink("open", 0);
    for await (const frame of readFrames(response, alive)) {
      onOpen();
      if (signal.aborted) break;
      if (frame.id) position.id = frame.id;
      onFrame(frame);
    }
    return "lost";
  } catch {
    return "lost";
  } finally {
    clearTimeout(watchdog);
    signal.removeEventListener("abort", abort);
    connection.abort();
  }
}

/**
 * @param {number} status
 * @returns {"gone" | "refused" | "lost"}
 */
function refusal(status) {
  if (status === 404 || status === 410) return "gone";
  const passing = status >= 500 || status === 408 || status === 425 || status === 429;
  return passing ? "lost" : "refused";
}
