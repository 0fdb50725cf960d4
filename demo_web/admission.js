/**
 * How the page gets in where the server wants to know who comes: a link with a grant (`/kiosk#grant=…`), which it
 * keeps for the nights on which the kiosk restarts, and the short-lived tokens that it gets for it.
 */

import { ApiError, at, call, post } from "./api.js";
import { onExpired, setCredential } from "./credential.js";

const GRANT_KEY = "avatar-bridge.grant";
const HOLDER_KEY = "avatar-bridge.holder";
const LIFETIME_MS = 900_000;
const RETRY_MS = 15_000;

/** @typedef {{session_id: string, token: string, expires_at: number}} Admitted */

/** The grant of this browser, if it has one. */
export class Admission {
  #storage;
  /** @type {string | null} */
  #grant;
  #holder;
  /** @type {Admitted | null} */
  #admitted = null;
  #timer = 0;
  /** @type {Promise<boolean> | null} */
  #renewing = null;

  /**
   * Takes the grant out of the address bar, or else the one that was kept.
   * @param {Storage | null} storage null where the browser allows none: then the grant lasts as long as the page
   */
  constructor(storage) {
    this.#storage = storage;
    this.#grant = grantInAddress() ?? storage?.getItem(GRANT_KEY) ?? null;
    this.#holder = storage?.getItem(HOLDER_KEY) ?? randomId();
    if (this.#grant) this.#keep(this.#grant);
    onExpired(() => this.#renew());
    window.addEventListener("hashchange", () => {
      const grant = grantInAddress();
      if (!grant) return;
      this.#keep(grant);
      location.reload();
    });
  }

  /** Whether there is a grant to get in with. */
  get needed() {
    return this.#grant !== null;
  }

  /**
   * Exchanges the grant; from now on every call bears a token, which is renewed in time.
   * @param {boolean} renew whether another session is wanted than the one that there may be
   * @returns {Promise<string>} the session's id
   * @throws {ApiError}
   */
  async enter(renew) {
    setCredential(null);
    const wish = { grant: this.#grant, holder: this.#holder, renew };
    const response = await call("/v1/grants/exchange", post(wish));
    const admitted = /** @type {Admitted} */ (await response.json());
    this.#admit(admitted, response);
    return admitted.session_id;
  }

  /** Gives up a grant that the server does not know: it may be one that lets everybody in. */
  forget() {
    clearTimeout(this.#timer);
    this.#grant = null;
    this.#admitted = null;
    this.#storage?.removeItem(GRANT_KEY);
    setCredential(null);
  }

  /** @param {string} grant */
  #keep(grant) {
    this.#storage?.setItem(GRANT_KEY, grant);
    this.#storage?.setItem(HOLDER_KEY, this.#holder);
  }

  /**
   * @param {Admitted} admitted
   * @param {Response} response
   */
  #admit(admitted, response) {
    this.#admitted = admitted;
    setCredential(admitted.token);
    this.#renewIn((lifetimeOf(admitted, response) * 2) / 3);
  }

  /** @param {number} ms */
  #renewIn(ms) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#renew(), ms);
  }

  /** @returns {Promise<boolean>} whether there is a new token */
  #renew() {
    this.#renewing ??= this.#ask().finally(() => {
      this.#renewing = null;
    });
    return this.#renewing;
  }

  async #ask() {
    const admitted = this.#admitted;
    if (!admitted) return false;
    try {
      const response = await call(`${at(admitted.session_id)}/token`, post({}), false);
      if (this.#admitted !== admitted) return false;
      this.#admit({ ...admitted, ...(await response.json()) }, response);
      return true;
    } catch (error) {
      // What the server refuses is mended by entering anew, which the page does when its events are refused.
      if (!(error instanceof ApiError) || error.fault.retryable) this.#renewIn(RETRY_MS);
      return false;
    }
  }
}

/** @returns {string | null} the grant in the address, which is then gone from there */
function grantInAddress() {
  const grant = new URLSearchParams(location.hash.slice(1)).get("grant");
  if (!grant) return null;
  history.replaceState(history.state, "", location.pathname + location.search);
  return grant;
}

/** A browser has `crypto.randomUUID` on https only. */
function randomId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * How long a token lasts, by the server's clock: that of a kiosk may be wrong.
 * @param {Admitted} admitted
 * @param {Response} response
 */
function lifetimeOf(admitted, response) {
  const now = Date.parse(response.headers.get("Date") ?? "");
  const left = admitted.expires_at * 1000 - now;
  return left > 0 && left < 2 * LIFETIME_MS ? left : LIFETIME_MS;
}
