/**
 * What the page knows, and the questions one may ask about it. Pure: no clock, no DOM, no network.
 */

/**
 * @typedef {import("./api.js").Fault} Fault
 * @typedef {{id: string, status: string}} Utterance
 * @typedef {{utterance_id: string, seq: number, text: string, over: boolean}} Caption
 * @typedef {"waiting" | "answering" | "done" | "stopped" | "failed"} ExchangeStatus
 * @typedef {object} Exchange one question and its answer
 * @property {string} ref
 * @property {boolean} own asked in this page, so that its answer comes with the question's own stream
 * @property {boolean} echoed whether the server's events have told of it too
 * @property {string} question
 * @property {string} answer
 * @property {ExchangeStatus} status
 * @property {Fault | null} fault
 *
 * @typedef {object} SessionView
 * @property {string} id
 * @property {string} state
 * @property {number | null} position
 * @property {string | null} reason
 * @property {Fault | null} error
 * @property {boolean} listens whether the server understands a microphone
 *
 * @typedef {object} Voice
 * @property {"server" | "browser" | null} kind who understands what is said; null: nobody, it can only be typed
 * @property {import("./voice/ears.js").Mode | "pressed" | "off"} mode
 * @property {import("./voice/ears.js").Hearing} hearing
 * @property {boolean} handsFree
 * @property {string} partial what was understood so far of what is being said
 *
 * @typedef {object} Sound the picture's sound is heard only when all of these are false
 * @property {boolean} locked the browser wants a gesture first
 * @property {boolean} muted the visitor switched it off
 * @property {boolean} elsewhere another tab of this session has it
 * @property {boolean} held something was interrupted, and nothing new has begun
 * @property {boolean} doubted somebody may be interrupting
 *
 * @typedef {object} State
 * @property {SessionView | null} session
 * @property {Fault | null} refusal why there is no session
 * @property {{status: LinkStatus, attempts: number}} link
 * @property {Utterance[]} active utterances without an end, oldest first
 * @property {string[]} silenced interrupted utterances, the latest last
 * @property {number} stopping interrupts without an answer yet
 * @property {Caption | null} caption
 * @property {string} turn
 * @property {Exchange[]} exchanges the latest last
 * @property {import("./cards.js").Card[]} board what the last answer brought besides words
 * @property {string[]} imageOrigins from which pictures of others may be shown
 * @property {Record<string, string[]>} suggestions
 * @property {"none" | "starting" | "playing" | "failed"} picture
 * @property {Fault | null} pictureFault
 * @property {Sound} sound
 * @property {Voice} voice
 *
 * @typedef {"connecting" | "open" | "lost"} LinkStatus
 * @typedef {(
 *   | {type: "session.opening"}
 *   | {type: "session.opened", snapshot: import("./api.js").Snapshot}
 *   | {type: "session.refused", fault: Fault}
 *   | {type: "link", status: LinkStatus, attempts: number}
 *   | {type: "event", name: string, data: any}
 *   | {type: "asked", ref: string, text: string}
 *   | {type: "delta", ref: string, text: string}
 *   | {type: "answered", ref: string, interrupted?: boolean}
 *   | {type: "unanswered", ref: string, fault: Fault}
 *   | {type: "board.close"}
 *   | {type: "stop"}
 *   | {type: "stopped", utterance_ids: string[]}
 *   | {type: "quiet"}
 *   | {type: "caption.over", utterance_id: string, seq: number}
 *   | {type: "picture", picture: State["picture"], fault?: Fault}
 *   | {type: "sound", change: Partial<Sound>}
 *   | {type: "voice", change: Partial<Voice>}
 * )} Action
 * @typedef {"connecting" | "queued" | "preparing" | "ready" | "thinking" | "speaking" | "reconnecting" | "away" | "paused" | "ended" | "error"} Phase
 */

/** @returns {State} */
export function initialState() {
  return {
    session: null,
    refusal: null,
    link: { status: "connecting", attempts: 0 },
    active: [],
    silenced: [],
    stopping: 0,
    caption: null,
    turn: "idle",
    exchanges: [],
    board: [],
    imageOrigins: [],
    suggestions: {},
    picture: "none",
    pictureFault: null,
    sound: { locked: false, muted: false, elsewhere: false, held: false, doubted: false },
    voice: { kind: null, mode: "off", hearing: "off", handsFree: false, partial: "" },
  };
}

/**
 * @param {State} state
 * @returns {boolean} whether the picture's sound may be heard
 */
export function audible({ sound }) {
  return !(sound.locked || sound.muted || sound.elsewhere || sound.held || sound.doubted);
}

/**
 * @param {State} state
 * @returns {boolean} whether an utterance that was not interrupted is being spoken
 */
export function speaking({ active, silenced }) {
  return active.some(({ id, status }) => status === "started" && !silenced.includes(id));
}

/**
 * @param {State} state
 * @returns {boolean} whether an answer is on its way, but not yet spoken
 */
export function thinking({ active, silenced, exchanges, turn }) {
  const coming = active.some(({ id, status }) => status !== "started" && !silenced.includes(id));
  return coming || exchanges.at(-1)?.status === "waiting" || turn === "thinking";
}

/**
 * @param {State} state
 * @returns {boolean} whether there is something to stop
 */
export function stoppable(state) {
  return canAsk(state) && (speaking(state) || thinking(state));
}

/**
 * @param {State} state
 * @returns {boolean} whether the server would take a question now, to answer at once or when the avatar is there
 */
export function canAsk({ session, link }) {
  return session !== null && !hasEnded(session.state) && link.status !== "lost";
}

/**
 * @param {State} state
 * @returns {boolean} whether everything interrupted has ended, so that silence means that nothing old can be heard
 */
export function awaitsQuiet({ sound, stopping, active, silenced }) {
  return sound.held && stopping === 0 && !active.some(({ id }) => silenced.includes(id));
}

/**
 * @param {string} state of a session
 * @returns {boolean}
 */
export function hasEnded(state) {
  return state === "closing" || state === "closed" || state === "failed";
}

/** @type {Record<string, Phase>} */
const PHASES = {
  queued: "queued",
  preparing: "preparing",
  ready: "preparing",
  reconnecting: "away",
  paused: "paused",
  closing: "ended",
  closed: "ended",
  failed: "error",
};

/**
 * The one state that the visitor is shown.
 * @param {State} state
 * @returns {Phase}
 */
export function phaseOf(state) {
  const { session, link, refusal } = state;
  if (!session) return refusal ? "error" : "connecting";
  if (hasEnded(session.state)) return PHASES[session.state] ?? "ended";
  if (link.status === "lost") return "reconnecting";
  if (session.state !== "live") return PHASES[session.state] ?? "connecting";
  if (speaking(state)) return "speaking";
  return thinking(state) ? "thinking" : "ready";
}
