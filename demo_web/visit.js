/**
 * The page's hold on a session: it creates one or comes back to the stored one, follows its events, and replaces it.
 */

import { ApiError, createSession, deleteSession, eventsUrl, faultOf, getSession } from "./api.js";
import { backoff, Pause } from "./backoff.js";
import { follow } from "./events.js";

const KEY = "avatar-bridge.session";
const SLOW_RETRY_MS = 60_000;
const SHUTDOWN = "shutting_down";

/**
 * The id of this tab's session, across reloads; kept in memory where the browser allows no storage.
 * @param {Storage | null} storage
 */
export function sessionMemory(storage) {
  let memory = storage?.getItem(KEY) ?? null;
  return {
    /** @returns {string | null} */
    get: () => memory,
    /** @param {string | null} id */
    set(id) {
      memory = id;
      if (id) storage?.setItem(KEY, id);
      else storage?.removeItem(KEY);
    },
  };
}

/**
 * @typedef {object} VisitOptions
 * @property {ReturnType<typeof sessionMemory>} memory
 * @property {import("./admission.js").Admission} admission
 * @property {(action: import("./model.js").Action) => void} dispatch
 * @property {(name: string, data: any) => void} onEvent
 */

/** Runs until the page is left. */
export class Visit {
  #memory;
  #admission;
  #dispatch;
  #onEvent;
  #pause = new Pause();
  #linkPause = new Pause();
  /** @type {AbortController | null} */
  #run = null;
  /** Attempts since the avatar was last there. */
  #failures = 0;

  /** Whether the next session is to be another one than that of the grant. */
  #renews = false;

  /** @param {VisitOptions} options */
  constructor({ memory, admission, dispatch, onEvent }) {
    this.#memory = memory;
    this.#admission = admission;
    this.#dispatch = dispatch;
    this.#onEvent = onEvent;
  }

  /** Begins, or begins again with the stored session if it is still open. */
  start() {
    this.#failures = 0;
    this.#run?.abort();
    this.#run = new AbortController();
    void this.#keep(this.#run.signal);
  }

  /** Leaves the present session for a new one. */
  renew() {
    const old = this.#memory.get();
    this.#memory.set(null);
    if (this.#admission.needed) this.#renews = true;
    else if (old) deleteSession(old).catch(() => {});
    this.#dispatch({ type: "session.opening" });
    this.start();
  }

  /** Cuts a wait short: the network or the visitor is back. */
  wake() {
    this.#pause.wake();
    this.#linkPause.wake();
  }

  /** Stops following; the server closes the session when nobody comes back to it. */
  stop() {
    this.#run?.abort();
    this.#run = null;
  }

  /** @param {AbortSignal} signal */
  async #keep(signal) {
    while (!signal.aborted) {
      const outcome = await this.#hold(signal);
      if (signal.aborted || outcome === "ended") return;
      // What cannot succeed before somebody mends it is still tried, slowly: nobody reloads a kiosk.
      const wait = outcome === "hopeless" ? SLOW_RETRY_MS : backoff(this.#failures, { base: 500, cap: 30_000 });
      this.#failures += 1;
      await this.#pause.wait(wait, signal);
    }
  }

  /**
   * Opens a session and stays with it.
   * @param {AbortSignal} signal
   * @returns {Promise<"ended" | "retry" | "hopeless">}
   */
  async #hold(signal) {
    let snapshot;
    try {
      snapshot = await this.#open();
    } catch (error) {
      if (signal.aborted) return "ended";
      const fault = faultOf(error);
      this.#dispatch({ type: "session.refused", fault });
      return fault.retryable ? "retry" : "hopeless";
    }
    if (signal.aborted) return "ended";
    this.#memory.set(snapshot.session_id);
    this.#dispatch({ type: "session.opened", snapshot });
    return this.#follow(snapshot.session_id, signal);
  }

  /** @returns {Promise<import("./api.js").Snapshot>} */
  async #open() {
    /** @type {unknown} */
    let refusal = null;
    if (this.#admission.needed) {
      try {
        const id = await this.#admission.enter(this.#renews);
        this.#renews = false;
        return await getSession(id);
      } catch (error) {
        if (faultOf(error).code !== "grant_unknown") throw error;
        this.#admission.forget();
        refusal = error;
      }
    }
    try {
      return await this.#openFreely();
    } catch (error) {
      throw faultOf(error).code === "unauthorized" && refusal ? refusal : error;
    }
  }

  /** @returns {Promise<import("./api.js").Snapshot>} on a server that lets everybody in */
  async #openFreely() {
    const stored = this.#memory.get();
    if (stored) {
      try {
        const snapshot = await getSession(stored);
        if (!["closing", "closed", "failed"].includes(snapshot.state)) return snapshot;
      } catch (error) {
        if (!(error instanceof ApiError) || error.status === 0 || error.status >= 500) throw error;
      }
      this.#memory.set(null);
    }
    return createSession();
  }

  /**
   * @param {string} id
   * @param {AbortSignal} signal
   * @returns {Promise<"ended" | "retry" | "hopeless">}
   */
  async #follow(id, signal) {
    const stream = new AbortController();
    const abort = () => stream.abort();
    signal.addEventListener("abort", abort);
    /** @type {"ended" | "retry" | "hopeless" | null} */
    let end = null;
    const outcome = await follow(eventsUrl(id), {
      signal: stream.signal,
      pause: this.#linkPause,
      onLink: (status, attempts) => this.#dispatch({ type: "link", status, attempts }),
      onFrame: (frame) => {
        const data = parse(frame.data);
        if (!data) return;
        this.#onEvent(frame.event, data);
        if (stateIn(frame.event, data)?.state === "live") this.#failures = 0;
        end = endOf(frame.event, data);
        if (end) stream.abort();
      },
    });
    signal.removeEventListener("abort", abort);
    if (outcome === "aborted" && !end) return "ended";
    if (end || outcome === "gone") this.#memory.set(null);
    if (end) return end;
    if (outcome === "gone" || this.#admission.needed) return "retry";
    this.#dispatch({ type: "session.refused", fault: { code: "unauthorized", message: "events refused", retryable: false } });
    return "hopeless";
  }
}

/**
 * @param {string} text
 * @returns {any}
 */
function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/**
 * @param {string} name of an event
 * @param {any} data
 * @returns {{state: string, reason?: string, error?: {retryable?: boolean}} | null} what it says of the session's state
 */
function stateIn(name, data) {
  if (name === "welcome") return data.session;
  return name === "session.state" ? data : null;
}

/**
 * Whether an event is a session's last, and what follows from it. A closed one waits for the visitor, for each costs
 * money; unless the server went away under it, for then nobody meant to end it.
 * @param {string} name
 * @param {any} data
 * @returns {"ended" | "retry" | "hopeless" | null}
 */
function endOf(name, data) {
  const session = stateIn(name, data);
  if (session?.state === "failed") return session.error?.retryable ? "retry" : "hopeless";
  if (session?.state !== "closed") return null;
  return session.reason === SHUTDOWN ? "retry" : "ended";
}
