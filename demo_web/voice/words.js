/**
 * What a browser's recogniser understood, as far as it matters whether it is somebody speaking. Pure.
 */

const ECHO_SHARE = 0.75;
const segmenter = "Segmenter" in Intl ? new Intl.Segmenter(undefined, { granularity: "word" }) : null;

/**
 * @param {string} text
 * @returns {string[]} its words, in lower case, also of languages that write none apart
 */
export function wordsOf(text) {
  if (!segmenter) return text.toLowerCase().match(/\p{Script=Han}|[\p{L}\p{N}]+/gu) ?? [];
  const words = [...segmenter.segment(text)].filter(({ isWordLike }) => isWordLike);
  return words.map(({ segment }) => segment.toLowerCase());
}

/**
 * Whether a microphone heard the loudspeaker: nearly all of its words were just spoken.
 * @param {string} heard
 * @param {string} spoken by the avatar, lately
 * @returns {boolean}
 */
export function isEcho(heard, spoken) {
  const known = new Set(wordsOf(spoken));
  const words = wordsOf(heard);
  return words.length > 0 && words.filter((word) => known.has(word)).length >= words.length * ECHO_SHARE;
}
