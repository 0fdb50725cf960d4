/**
 * The calls of the HTTP interface that the pages use. Same origin, JSON; a refusal is thrown as `ApiError`.
 */

import { authorization, renewCredential } from "./credential.js";
import { readFrames } from "./events.js";

/**
 * @typedef {{code: string, message: string, retryable: boolean, cloud_code?: number | null}} Fault
 * @typedef {{seq: number, text: string}} SentenceView
 * @typedef {{utterance_id: string, status: string, text?: string | null, sentence?: SentenceView | null}} UtteranceView
 * @typedef {object} Snapshot
 * @property {string} session_id
 * @property {string} state
 * @property {string | null} [reason]
 * @property {Fault | null} [error]
 * @property {number | null} [position]
 * @property {UtteranceView[]} [utterances]
 * @property {string[]} [image_origins]
 * @property {Record<string, string[]>} [suggestions]
 * @property {string} [turn]
 * @property {boolean} [listens] whether the server understands a microphone
 * @typedef {{kind: string, url?: string | null, width?: number, height?: number, delay_ms?: number}} Play
 */

const TIMEOUT_MS = 20_000;

/** A refused or unanswered call. `fault.code` is the server's, or `unreachable` when there was no answer. */
export class ApiError extends Error {
  /**
   * @param {Fault} fault
   * @param {number} status 0 when there was no answer
   */
  constructor(fault, status) {
    super(fault.message);
    this.fault = fault;
    this.status = status;
  }
}

/**
 * @param {unknown} error
 * @returns {Fault}
 */
export function faultOf(error) {
  if (error instanceof ApiError) return error.fault;
  return { code: "unreachable", message: error instanceof Error ? error.message : String(error), retryable: true };
}

/**
 * @param {Response} response
 * @returns {Promise<ApiError>}
 */
async function refused(response) {
  /** @type {{code?: string, title?: string, detail?: string, retryable?: boolean, cloud_code?: number}} */
  const problem = await response.json().catch(() => ({}));
  const fault = {
    code: problem.code ?? `http_${response.status}`,
    message: problem.detail ?? problem.title ?? response.statusText,
    retryable: problem.retryable ?? response.status >= 500,
    cloud_code: problem.cloud_code,
  };
  return new ApiError(fault, response.status);
}

/**
 * @param {string} url
 * @param {Omit<RequestInit, "headers"> & {headers?: Record<string, string>}} init
 * @param {boolean} [again] whether to try once more with another token when this one is refused
 * @returns {Promise<Response>}
 * @throws {ApiError}
 */
export async function call(url, init, again = true) {
  let response;
  const headers = { ...init.headers, ...authorization() };
  try {
    response = await fetch(url, { cache: "no-store", signal: AbortSignal.timeout(TIMEOUT_MS), ...init, headers });
  } catch (error) {
    throw new ApiError(faultOf(error), 0);
  }
  if (response.status === 401 && again && (await renewCredential())) return call(url, init, false);
  if (!response.ok) throw await refused(response);
  return response;
}

/**
 * @param {unknown} body
 */
export const post = (body) => ({
  method: "POST",
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify(body),
});

/** @param {string} id */
export const at = (id) => `/v1/sessions/${encodeURIComponent(id)}`;

/** @param {string} id */
export const eventsUrl = (id) => `${at(id)}/events`;

/** @returns {Promise<Snapshot>} */
export async function createSession() {
  return (await call("/v1/sessions", post({}))).json();
}

/**
 * @param {string} id
 * @returns {Promise<Snapshot>}
 */
export async function getSession(id) {
  return (await call(at(id), {})).json();
}

/**
 * @param {string} id
 * @returns {Promise<void>}
 */
export async function deleteSession(id) {
  await call(at(id), { method: "DELETE" });
}

/**
 * @param {string} id
 * @returns {Promise<Play>}
 */
export async function getPlay(id) {
  return (await call(`${at(id)}/play`, {})).json();
}

/**
 * @param {string} id
 * @returns {Promise<string[]>} the utterances that fall silent
 */
export async function interrupt(id) {
  const answer = await (await call(`${at(id)}/interrupt`, post({ scope: "all" }))).json();
  return answer.utterance_ids ?? [];
}

/**
 * Asks the session's dialog; yields `accepted`, `delta`, `end` and `error` frames as the server names them.
 * @param {string} id
 * @param {string} message
 * @returns {AsyncGenerator<{event: string, data: Record<string, any>}, void, void>}
 * @throws {ApiError} refused, unreachable, or broken off
 */
export async function* chat(id, message) {
  // The answer streams for as long as it is spoken: no timeout of its own.
  const response = await call(`${at(id)}/chat`, { ...post({ message }), signal: null });
  try {
    for await (const frame of readFrames(response)) yield { event: frame.event, data: JSON.parse(frame.data) };
  } catch (error) {
    throw new ApiError(faultOf(error), 0);
  }
}

/**
 * Sends a WHEP offer.
 * @param {string} url
 * @param {string} sdp
 * @returns {Promise<{sdp: string, location: string | null}>}
 * @throws {ApiError}
 */
export async function sendOffer(url, sdp) {
  const init = { method: "POST", headers: { "Content-Type": "application/sdp" }, body: sdp };
  const response = await call(url, init);
  return { sdp: await response.text(), location: response.headers.get("Location") };
}

/**
 * Ends a WHEP resource; works while the page is being left, and failing is of no consequence.
 * @param {string} location
 */
export function dropOffer(location) {
  fetch(location, { method: "DELETE", keepalive: true, headers: authorization() }).catch(() => {});
}
