/**
 * What the console knows, and how each thing that happens changes it. Pure: no clock, no DOM, no network.
 */

import { TURNS_KEPT } from "./turns.js";

/**
 * @typedef {import("../api.js").Fault} Fault
 * @typedef {object} Session as the server's snapshot tells it; the console reads no more of it than this
 * @property {string} session_id
 * @property {string} user_id
 * @property {string} state
 * @property {string} mode
 * @property {string | null} dialog
 * @property {number} created_at Unix seconds
 * @property {string | null} cloud_session_id
 * @property {string | null} reason
 * @property {Fault | null} error
 * @property {string} turn
 * @property {number} attached
 * @property {{utterance_id: string, kind: string, status: string, ref: string | null, text: string}[]} utterances
 *
 * @typedef {{offset: number, time: number, name: string, data: Record<string, any>}} Entry
 * @typedef {object} Passage one utterance on its way, each mark in Unix seconds of the server
 * @property {string} id
 * @property {string} kind
 * @property {string} status
 * @property {string} text as far as it is known: what has been begun, or all of it if it was there before the console
 * @property {number} clauses how many of its clauses are in the text; Infinity if it is whole
 * @property {string | null} heard
 * @property {Fault | null} error
 * @property {Record<string, number>} marks
 *
 * @typedef {object} State
 * @property {"signed-out" | "loading" | "open"} access
 * @property {Fault | null} fault why the list could not be read
 * @property {Fault | null} refused why the last session that was wanted could not be begun
 * @property {Session[]} sessions the newest first
 * @property {string | null} selected
 * @property {"connecting" | "open" | "lost" | "ended"} link
 * @property {Entry[]} feed the latest last
 * @property {Passage[]} passages the latest last
 * @property {import("./turns.js").Turn[]} turns the latest last
 *
 * @typedef {(
 *   | {type: "signed-out", fault: Fault | null}
 *   | {type: "sessions", sessions: Session[]}
 *   | {type: "unreachable", fault: Fault}
 *   | {type: "refused", fault: Fault | null}
 *   | {type: "select", id: string | null}
 *   | {type: "link", link: State["link"]}
 *   | {type: "event", name: string, data: Record<string, any>}
 * )} Action
 */

export const FEED_KEPT = 500;
export const PASSAGES_KEPT = 100;
const OVER = new Set(["closed", "failed"]);

/** @returns {State} */
export function initialState() {
  return {
    access: "loading",
    fault: null,
    refused: null,
    sessions: [],
    selected: null,
    link: "connecting",
    feed: [],
    passages: [],
    turns: [],
  };
}

/**
 * The state after `action`; the same object when nothing changed.
 * @param {State} state
 * @param {Action} action
 * @returns {State}
 */
export function reduce(state, action) {
  switch (action.type) {
    case "signed-out":
      return { ...initialState(), access: "signed-out", fault: action.fault };
    case "sessions":
      return {
        ...state,
        access: "open",
        fault: null,
        sessions: [...action.sessions].sort((one, other) => other.created_at - one.created_at),
      };
    case "unreachable":
      return { ...state, fault: action.fault };
    case "refused":
      return { ...state, refused: action.fault };
    case "select":
      if (action.id === state.selected) return state;
      return { ...state, selected: action.id, link: "connecting", feed: [], passages: [], turns: [] };
    case "link":
      return { ...state, link: action.link };
    case "event":
      return receive(state, action.name, action.data);
  }
}

/**
 * @param {State} state
 * @returns {Session | null}
 */
export function selectedSession(state) {
  return state.sessions.find(({ session_id }) => session_id === state.selected) ?? null;
}

/**
 * What a session is called: its user, or for want of a better name the beginning of its id.
 * @param {Session} session
 */
export const nameOf = ({ user_id, session_id }) => (user_id === session_id ? session_id.slice(0, 8) : user_id);

/**
 * Whether nothing can be said in a session any more.
 * @param {Session} session
 */
export const isOver = (session) => OVER.has(session.state);

/**
 * @param {State} state
 * @param {string} name
 * @param {Record<string, any>} data
 * @returns {State}
 */
function receive(state, name, data) {
  const entry = { offset: data.offset ?? 0, time: data.time ?? 0, name, data };
  const next = { ...state, feed: [...state.feed, entry].slice(-FEED_KEPT) };
  if (name === "welcome") return welcomed(next, data.session);
  if (name === "utterance") return { ...next, passages: moved(state.passages, data) };
  if (name === "sentence") return { ...next, passages: told(state.passages, data) };
  if (name === "turn.timeline") {
    const turn = /** @type {import("./turns.js").Turn} */ (data);
    return { ...next, turns: [...state.turns, turn].slice(-TURNS_KEPT) };
  }
  if (name === "interrupt") return { ...next, passages: stopped(state.passages, data) };
  if (name === "session.state") {
    const change = { state: data.state, reason: data.reason ?? null, error: data.error ?? null };
    return withSession(next, change);
  }
  return name === "turn" ? withSession(next, { turn: data.turn }) : next;
}

/**
 * What an utterance is doing at the moment of the welcome has no marks: its times are not known.
 * @param {State} state
 * @param {Session} session
 * @returns {State}
 */
function welcomed(state, session) {
  const passages = session.utterances.map(({ utterance_id, kind, status, text }) => ({
    id: utterance_id, kind, status, text, clauses: Infinity, heard: null, error: null, marks: {},
  }));
  return { ...withSession(state, session), passages };
}

/**
 * @param {State} state
 * @param {Partial<Session>} change
 * @returns {State}
 */
function withSession(state, change) {
  const sessions = state.sessions.map((each) => (each.session_id === state.selected ? { ...each, ...change } : each));
  return { ...state, sessions };
}

/**
 * @param {Passage[]} passages
 * @param {Record<string, any>} event
 * @returns {Passage[]}
 */
function moved(passages, { utterance_id: id, kind, status, heard = null, error = null, time }) {
  const known = passages.find((each) => each.id === id);
  if (!known) {
    const fresh = { id, kind, status, text: "", clauses: 0, heard, error, marks: { [status]: time } };
    return [...passages, fresh].slice(-PASSAGES_KEPT);
  }
  const change = { status, heard, error, marks: { ...known.marks, [status]: time } };
  return passages.map((each) => (each === known ? { ...each, ...change } : each));
}

/**
 * @param {Passage[]} passages
 * @param {Record<string, any>} event
 * @returns {Passage[]}
 */
function told(passages, { utterance_id: id, seq, text }) {
  return passages.map((each) =>
    each.id === id && seq > each.clauses ? { ...each, text: each.text + text, clauses: seq } : each,
  );
}

/**
 * @param {Passage[]} passages
 * @param {Record<string, any>} event
 * @returns {Passage[]}
 */
function stopped(passages, { utterance_ids: ids, time }) {
  return passages.map((each) => (ids.includes(each.id) ? { ...each, marks: { ...each.marks, stop: time } } : each));
}
