/**
 * The stages of turns, as the event `turn.timeline` tells them. Pure: no clock, no DOM, no network.
 */

import { ranked } from "./timings.js";

/**
 * @typedef {object} Turn times are milliseconds from the beginning of the turn, null where a stage was not reached
 * @property {number} turn
 * @property {"ended" | "interrupted" | "failed"} outcome
 * @property {boolean} aloud whether it began with the end of speech, and not with a question in writing
 * @property {boolean} filler
 * @property {number | null} transcript_ms
 * @property {number | null} first_token_ms
 * @property {number | null} first_fragment_ms
 * @property {number | null} started_ms
 * @property {number | null} first_sound_ms
 * @property {number | null} ended_ms
 *
 * @typedef {"transcript" | "first_token" | "first_fragment" | "started" | "first_sound"} Mark
 * @typedef {{mark: Mark, from: number, to: number}} Bar
 */

export const TURNS_KEPT = 200;
export const TURNS_SHOWN = 8;

/** The stages until a person hears something, in their order. @type {readonly Mark[]} */
export const MARKS = ["transcript", "first_token", "first_fragment", "started", "first_sound"];

/**
 * What each stage took on the way to the first sound, in the order in which they were reached: with a filler something is
 * heard before the first word of the answer is there.
 * @param {Turn} turn
 * @returns {Bar[]}
 */
export function barsOf(turn) {
  const marks = MARKS.flatMap((mark) => {
    const at = turn[`${mark}_ms`];
    return at === null || at > (turn.first_sound_ms ?? at) ? [] : [{ mark, at }];
  }).sort((one, other) => one.at - other.at);
  let from = 0;
  return marks.flatMap(({ mark, at: to }) => {
    const bar = { mark, from, to };
    from = to;
    return bar.from < to ? [bar] : [];
  });
}

/**
 * @param {Turn} turn
 * @returns {number | null} when a person heard something, as far as it is known
 */
export const heardAt = ({ first_sound_ms: sound, started_ms: started }) => sound ?? started;

/**
 * A length for the axis that the bars of all these turns fit into: 1, 2 or 5 of a power of ten.
 * @param {Turn[]} turns
 * @returns {number} milliseconds
 */
export function axisOf(turns) {
  const longest = Math.max(100, ...turns.map((turn) => barsOf(turn).at(-1)?.to ?? 0));
  const power = 10 ** Math.floor(Math.log10(longest));
  return [1, 2, 5, 10].map((each) => each * power).find((length) => length >= longest) ?? longest;
}

/**
 * @param {Turn[]} turns
 * @param {Mark | "ended"} mark
 * @returns {{count: number, p50: number, p95: number} | null} when it was reached, in milliseconds
 */
export function reached(turns, mark) {
  const times = turns.filter(({ aloud }) => aloud || mark !== "transcript").map((turn) => turn[`${mark}_ms`]);
  return ranked(times.filter((ms) => ms !== null));
}
