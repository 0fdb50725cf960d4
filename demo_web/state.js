/**
 * How each thing that happens changes what the page knows. Pure: no clock, no DOM, no network.
 */

import { amend, broken, newExchange, otherAnswer, otherQuestion, PENDING, withExchange } from "./conversation.js";
import { cardsOf, joined } from "./cards.js";
import { awaitsQuiet, hasEnded, initialState, speaking } from "./model.js";

/**
 * @typedef {import("./model.js").State} State
 * @typedef {import("./model.js").Caption} Caption
 * @typedef {import("./model.js").Sound} Sound
 * @typedef {import("./model.js").Action} Action
 */

const SILENCED_KEPT = 64;
const OVER = new Set(["ended", "interrupted", "failed"]);

/**
 * The state after `action`; the same object when nothing changed. Server events of an unknown name change nothing.
 * @param {State} state
 * @param {Action} action
 * @returns {State}
 */
export function reduce(state, action) {
  const handler = /** @type {(state: State, action: Action) => State} */ (HANDLERS[action.type]);
  return handler(state, action);
}

/** @type {{[T in Action["type"]]: (state: State, action: Extract<Action, {type: T}>) => State}} */
const HANDLERS = {
  "session.opening": (state) => ({ ...afresh(state), session: null }),
  "session.opened": (state, { snapshot }) => restore({ ...state, refusal: null }, snapshot),
  "session.refused": (state, { fault }) => ({ ...afresh(state), session: null, refusal: fault }),
  // The end of a doubt is told once: who was away may have missed it.
  link: (state, { status, attempts }) =>
    withSound({ ...state, link: { status, attempts } }, status === "lost" ? { doubted: false } : {}),
  event: (state, { name, data }) => (Object.hasOwn(EVENTS, name) ? EVENTS[name](state, data) : state),

  asked: (state, { ref, text }) => withExchange(state, newExchange(ref, true, text)),
  delta: (state, { ref, text }) =>
    amend(state, ref, (exchange) => ({ ...exchange, answer: exchange.answer + text, status: "answering" })),
  answered: (state, { ref, interrupted = false }) =>
    amend(state, ref, (exchange) => ({ ...exchange, status: interrupted ? "stopped" : "done" })),
  unanswered: (state, { ref, fault }) => amend(state, ref, (exchange) => ({ ...exchange, status: "failed", fault })),

  "board.close": (state) => ({ ...state, board: [] }),
  stop: (state) => silence({ ...state, stopping: state.stopping + 1 }, state.active.map(({ id }) => id)),
  stopped: (state, { utterance_ids }) => settle({ ...state, stopping: Math.max(0, state.stopping - 1) }, utterance_ids),
  quiet: (state) => (awaitsQuiet(state) ? withSound(state, { held: false }) : state),

  "caption.over": (state, { utterance_id, seq }) =>
    sameSentence(state.caption, { utterance_id, seq }) ? { ...state, caption: null } : state,
  picture: (state, { picture, fault = null }) => ({ ...state, picture, pictureFault: fault }),
  sound: (state, { change }) => withSound(state, change),
  voice: (state, { change }) => ({ ...state, voice: { ...state.voice, ...change } }),
};

/** @type {Record<string, (state: State, data: any) => State>} */
const EVENTS = {
  welcome: (state, data) => (data.session ? restore(state, data.session) : state),
  "session.state": (state, data) => {
    if (!state.session) return state;
    const { state: name, position = null, reason = null, error = null } = data;
    const next = { ...state, session: { ...state.session, state: name, position, reason, error } };
    return hasEnded(name) ? { ...next, active: [], caption: null, turn: "idle" } : next;
  },
  utterance: (state, data) => (OVER.has(data.status) ? utteranceOver(state, data) : utteranceMoves(state, data)),
  sentence: (state, { utterance_id, seq, text, status }) => {
    if (state.silenced.includes(utterance_id)) return state;
    if (status === "started") return { ...state, caption: { utterance_id, seq, text, over: false } };
    return sameSentence(state.caption, { utterance_id, seq }) ? captionOver(state) : state;
  },
  interrupt: (state, data) => (data.utterance_ids?.length ? silence(state, data.utterance_ids) : state),
  hold: (state, { held }) => withSound(state, { doubted: held === true }),
  transcript: (state, data) => (data.who === "user" ? understood(state, data) : otherAnswer(state, data)),
  turn: (state, data) => ({ ...state, turn: data.turn }),
  "cloud.message": (state, { message, utterance_id: id }) => {
    const board = !id || state.silenced.includes(id) ? state.board : joined(state.board, cardsOf(message));
    return board === state.board ? state : { ...state, board };
  },
};

/**
 * What is left of a state when its session is gone: the conversation and the visitor's choices.
 * @param {State} state
 * @returns {State}
 */
function afresh(state) {
  const { exchanges, imageOrigins, suggestions, sound, voice } = state;
  return {
    ...initialState(),
    exchanges: exchanges.map(broken),
    imageOrigins,
    suggestions,
    sound: { ...sound, held: false, doubted: false },
    voice: { ...voice, partial: "" },
  };
}

/**
 * Takes over a snapshot, in which a missing utterance is one that has ended.
 * @param {State} state
 * @param {import("./api.js").Snapshot} snapshot
 * @returns {State}
 */
function restore(state, snapshot) {
  const { session_id: id, state: name, position = null, reason = null, error = null, listens = false } = snapshot;
  const active = (snapshot.utterances ?? [])
    .filter(({ status }) => !OVER.has(status))
    .map(({ utterance_id, status }) => ({ id: utterance_id, status }));
  const kept = active.some((utterance) => utterance.id === state.caption?.utterance_id) ? state.caption : null;
  return opened({
    ...state,
    session: { id, state: name, position, reason, error, listens },
    sound: { ...state.sound, doubted: false },
    active,
    caption: kept ?? beingSpoken(snapshot.utterances ?? []),
    turn: snapshot.turn ?? "idle",
    imageOrigins: snapshot.image_origins ?? state.imageOrigins,
    suggestions: snapshot.suggestions ?? state.suggestions,
  });
}

/**
 * @param {import("./api.js").UtteranceView[]} utterances
 * @returns {Caption | null} the sentence that is being spoken
 */
function beingSpoken(utterances) {
  const speaking = utterances.find(({ status, sentence }) => !OVER.has(status) && sentence);
  if (!speaking?.sentence) return null;
  return { utterance_id: speaking.utterance_id, ...speaking.sentence, over: false };
}

/**
 * @param {State} state
 * @param {{utterance_id: string, status: string}} data
 * @returns {State}
 */
function utteranceMoves(state, { utterance_id: id, status }) {
  const known = state.active.some((utterance) => utterance.id === id);
  const moved = known
    ? state.active.map((utterance) => (utterance.id === id ? { id, status } : utterance))
    : [...state.active, { id, status }];
  return opened({ ...state, active: moved });
}

/**
 * @param {State} state
 * @param {{utterance_id: string}} data
 * @returns {State}
 */
function utteranceOver(state, { utterance_id: id }) {
  const next = { ...state, active: state.active.filter((utterance) => utterance.id !== id) };
  return state.caption?.utterance_id === id ? captionOver(next) : next;
}

/**
 * @param {State} state
 * @param {{text?: string, final: boolean, offset?: number}} data of what a person said, or seems to have said so far
 * @returns {State}
 */
function understood(state, data) {
  const voice = { ...state.voice, partial: data.final ? "" : (data.text ?? "") };
  return otherQuestion({ ...state, voice }, data);
}

/**
 * Nothing of these utterances is to be heard or read from now on.
 * @param {State} state
 * @param {string[]} ids
 * @returns {State}
 */
function silence(state, ids) {
  const added = ids.filter((id) => !state.silenced.includes(id));
  const exchanges = state.exchanges.map((exchange) =>
    PENDING.has(exchange.status) && state.stopping > 0 ? { ...exchange, status: /** @type {const} */ ("stopped") } : exchange,
  );
  return withSound(
    { ...state, exchanges, caption: null, turn: "idle", silenced: [...state.silenced, ...added].slice(-SILENCED_KEPT) },
    { held: true, doubted: false },
  );
}

/**
 * The server has named what it interrupted: whatever else is being spoken is new and may be heard.
 * @param {State} state
 * @param {string[]} ids
 * @returns {State}
 */
function settle(state, ids) {
  const silenced = [...state.silenced, ...ids.filter((id) => !state.silenced.includes(id))].slice(-SILENCED_KEPT);
  return opened({ ...state, silenced });
}

/**
 * Gives the sound back when something is spoken that nobody interrupted. Not while an interrupt is unanswered:
 * until then it is not known whether what just started is among the interrupted.
 * @param {State} state
 * @returns {State}
 */
function opened(state) {
  return state.sound.held && state.stopping === 0 && speaking(state) ? withSound(state, { held: false }) : state;
}

/**
 * @param {State} state
 * @param {Partial<Sound>} change
 * @returns {State}
 */
function withSound(state, change) {
  return { ...state, sound: { ...state.sound, ...change } };
}

/**
 * @param {State} state
 * @returns {State}
 */
function captionOver(state) {
  return state.caption ? { ...state, caption: { ...state.caption, over: true } } : state;
}

/**
 * @param {Caption | null} caption
 * @param {{utterance_id: string, seq: number}} other
 * @returns {boolean}
 */
function sameSentence(caption, other) {
  return caption !== null && caption.utterance_id === other.utterance_id && caption.seq === other.seq;
}
