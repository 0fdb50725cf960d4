/**
 * How long the stages of utterances took. Pure.
 */

/** @typedef {import("./state.js").Passage} Passage */
/** @typedef {"sending" | "starting" | "stopping"} Stage */

/** Each stage by the marks that it lies between. */
const STAGES = /** @type {const} */ ({
  sending: ["queued", "sent"],
  starting: ["sent", "started"],
  stopping: ["stop", "interrupted"],
});

/** @type {readonly Stage[]} */
export const STAGE_NAMES = ["sending", "starting", "stopping"];

/**
 * @param {Passage} passage
 * @param {Stage} stage
 * @returns {number | null} milliseconds, or null where a mark is missing
 */
export function duration({ marks }, stage) {
  const [from, to] = STAGES[stage];
  return from in marks && to in marks ? Math.round((marks[to] - marks[from]) * 1000) : null;
}

/**
 * @param {Passage[]} passages
 * @param {Stage} stage
 * @returns {{count: number, p50: number, p95: number} | null} in milliseconds
 */
export function summary(passages, stage) {
  return ranked(passages.map((each) => duration(each, stage)).filter((ms) => ms !== null));
}

/**
 * @param {number[]} measured
 * @returns {{count: number, p50: number, p95: number} | null} by the nearest rank
 */
export function ranked(measured) {
  if (measured.length === 0) return null;
  const sorted = [...measured].sort((one, other) => one - other);
  const at = (/** @type {number} */ share) => sorted[Math.ceil(share * sorted.length) - 1];
  return { count: sorted.length, p50: at(0.5), p95: at(0.95) };
}
