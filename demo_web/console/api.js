/**
 * The calls that only an operator makes.
 */

import { at, call, post } from "../api.js";

/** @returns {Promise<import("./state.js").Session[]>} */
export async function listSessions() {
  return (await (await call("/v1/sessions", {})).json()).sessions;
}

/**
 * @param {string} id
 * @param {string} text
 * @param {boolean} interrupt
 * @returns {Promise<void>} when it is accepted
 */
export async function say(id, text, interrupt) {
  await call(`${at(id)}/say`, post({ text, interrupt }));
}

/**
 * @param {string} id
 * @returns {Promise<void>}
 */
export async function reset(id) {
  await call(`${at(id)}/reset`, { method: "POST" });
}
