/**
 * The calls of a live host.
 */

import { at, call, post } from "../api.js";

/**
 * @typedef {{line_id: string, text: string}} Line
 * @typedef {object} Script
 * @property {"stopped" | "playing" | "paused" | "waiting"} state
 * @property {string | null} line_id
 * @property {boolean} loop
 * @property {boolean} auto
 * @property {number} revision
 * @property {string} left
 * @property {Line[]} lines
 * @property {import("../api.js").Fault | null} error
 *
 * @typedef {{message_id: string, who: string | null, text: string, state: "waiting" | "answering" | "answered" | "dismissed"}} Written
 */

/**
 * @param {string} method
 * @param {unknown} body
 */
const having = (method, body) => ({ ...post(body), method });

/** @returns {Promise<{session_id: string, state: string, mode: string, created_at: number}[]>} */
export async function listSessions() {
  return (await (await call("/v1/sessions", {})).json()).sessions;
}

/** @returns {Promise<string>} the id of a new session that takes a voice */
export async function createHosted() {
  return (await (await call("/v1/sessions", post({ mode: "audio" }))).json()).session_id;
}

/**
 * @param {string} id
 * @returns {Promise<Script>}
 */
export const getScript = async (id) => (await call(`${at(id)}/script`, {})).json();

/**
 * @param {string} id
 * @param {{text: string, line_id?: string}[]} lines
 */
export const putScript = (id, lines) => call(`${at(id)}/script`, having("PUT", { lines }));

/**
 * @param {string} id
 * @param {{loop?: boolean, auto?: boolean}} change
 */
export const setScript = (id, change) => call(`${at(id)}/script`, having("PATCH", change));

/**
 * @param {string} id
 * @param {string} text
 * @param {"end" | "next" | "now"} where
 */
export const addLine = (id, text, where) => call(`${at(id)}/script/lines`, post({ text, where }));

/**
 * @param {string} id
 * @param {string} line
 * @param {{text?: string, index?: number}} change
 */
export const changeLine = (id, line, change) => call(`${at(id)}/script/lines/${line}`, having("PATCH", change));

/**
 * @param {string} id
 * @param {string} line
 */
export const removeLine = (id, line) => call(`${at(id)}/script/lines/${line}`, { method: "DELETE" });

/**
 * @param {string} id
 * @param {"start" | "stop" | "skip" | "repeat"} what
 * @param {string} [line] where to start
 */
export const run = (id, what, line) => call(`${at(id)}/script/${what}`, post(line ? { line_id: line } : {}));

/**
 * @param {string} id
 * @returns {Promise<Written[]>}
 */
export const getAudience = async (id) => (await (await call(`${at(id)}/audience`, {})).json()).messages;

/**
 * @param {string} id
 * @param {string} text
 * @param {string} who
 */
export const write = (id, text, who) => call(`${at(id)}/audience`, post(who ? { text, who } : { text }));

/**
 * @param {string} id
 * @param {string} message
 * @param {boolean} now
 */
export const answer = (id, message, now) => call(`${at(id)}/audience/${message}/answer`, post({ now }));

/**
 * @param {string} id
 * @param {string} message
 */
export const dismiss = (id, message) => call(`${at(id)}/audience/${message}`, { method: "DELETE" });
