/**
 * What the host's page knows, and how each thing that happens changes it. Pure: no clock, no DOM, no network.
 */

/**
 * @typedef {import("../api.js").Fault} Fault
 * @typedef {import("./api.js").Script} Script
 * @typedef {import("./api.js").Written} Written
 * @typedef {{id: string, kind: string, ref: string | null, status: string, sentence: string}} Saying
 * @typedef {"off" | "opening" | "open"} Microphone
 *
 * @typedef {object} State
 * @property {"loading" | "signed-out" | "choosing" | "open"} access
 * @property {Fault | null} fault
 * @property {{session_id: string, state: string, created_at: number}[]} sessions those that may be joined
 * @property {string | null} session
 * @property {string} phase the session's state
 * @property {"connecting" | "open" | "lost"} link
 * @property {Script | null} script
 * @property {Written[]} audience
 * @property {Saying[]} saying what has not ended, the first is heard
 * @property {Microphone} microphone
 * @property {string | null} microphoneFault
 * @property {"open" | "push"} mode whether the voice opens the microphone's way, or a key
 * @property {boolean} muted
 * @property {boolean} pressed
 * @property {number | null} delay
 *
 * @typedef {(
 *   | {type: "access", access: State["access"], fault?: Fault | null}
 *   | {type: "sessions", sessions: State["sessions"]}
 *   | {type: "join", session: string}
 *   | {type: "link", link: State["link"]}
 *   | {type: "welcome", session: Record<string, any>}
 *   | {type: "script", script: Script}
 *   | {type: "audience", messages: Written[]}
 *   | {type: "event", data: Record<string, any>}
 *   | {type: "microphone", change: Partial<Pick<State, "microphone" | "microphoneFault" | "mode" | "muted" | "pressed" | "delay">>}
 * )} Action
 */

const ENDS = new Set(["ended", "interrupted", "failed"]);
const OVER_KEPT = 20;

/** @returns {State} */
export function initialState() {
  return {
    access: "loading",
    fault: null,
    sessions: [],
    session: null,
    phase: "creating",
    link: "connecting",
    script: null,
    audience: [],
    saying: [],
    microphone: "off",
    microphoneFault: null,
    mode: "open",
    muted: false,
    pressed: false,
    delay: null,
  };
}

/**
 * @param {State} state
 * @param {Action} action
 * @returns {State}
 */
export function reduce(state, action) {
  switch (action.type) {
    case "access":
      return { ...state, access: action.access, fault: action.fault ?? null };
    case "sessions":
      return { ...state, sessions: action.sessions };
    case "join":
      return { ...initialState(), mode: state.mode, muted: state.muted, access: "open", session: action.session };
    case "link":
      return { ...state, link: action.link };
    case "welcome":
      return welcomed(state, action.session);
    case "script":
      return { ...state, script: action.script };
    case "audience":
      return { ...state, audience: action.messages };
    case "event":
      return receive(state, action.data);
    case "microphone":
      return { ...state, ...action.change };
  }
}

/**
 * Whether an utterance is a host's voice: sound with a name that is no line's. A voice of the server's own has lines or
 * answers to say.
 * @param {State} state
 * @param {Saying} saying
 */
const isVoice = (state, { kind, ref }) => kind === "audio" && ref !== null && !isLine(state, ref);

/**
 * @param {State} state
 * @param {string | null} ref
 */
const isLine = ({ script }, ref) => script?.lines.some(({ line_id }) => line_id === ref) ?? false;

/**
 * Whose voice or words are heard now.
 * @param {State} state
 * @returns {"host" | "script" | "other" | null}
 */
export function speaker(state) {
  const [first] = state.saying;
  if (!first || first.status === "queued") return null;
  if (isVoice(state, first)) return "host";
  return isLine(state, first.ref) ? "script" : "other";
}

/**
 * What the light shows.
 * @param {State} state
 * @returns {"off" | "muted" | "ready" | "air"}
 */
export function light(state) {
  if (state.microphone !== "open") return "off";
  if (state.saying.some((each) => each.status !== "queued" && isVoice(state, each))) return "air";
  return state.muted ? "muted" : "ready";
}

/**
 * @param {State} state
 * @param {Record<string, any>} session
 * @returns {State}
 */
function welcomed(state, session) {
  const saying = session.utterances.map((/** @type {Record<string, any>} */ each) => ({
    id: each.utterance_id,
    kind: each.kind,
    ref: each.ref,
    status: each.status,
    sentence: each.sentence?.text ?? "",
  }));
  return { ...state, phase: session.state, saying };
}

/**
 * @param {State} state
 * @param {Record<string, any>} data
 * @returns {State}
 */
function receive(state, data) {
  switch (data.type) {
    case "session.state":
      return { ...state, phase: data.state, fault: data.error ?? null };
    case "utterance":
      return { ...state, saying: moved(state.saying, data) };
    case "sentence":
      if (data.status !== "started") return state;
      return { ...state, saying: state.saying.map((each) => (each.id === data.utterance_id ? { ...each, sentence: data.text } : each)) };
    case "script": {
      const { type, offset, time, session_id, lines, ...status } = data;
      return state.script ? { ...state, script: { ...state.script, ...status, left: "" } } : state;
    }
    case "audience":
      return { ...state, audience: written(state.audience, data) };
    default:
      return state;
  }
}

/**
 * @param {Saying[]} saying
 * @param {Record<string, any>} data
 * @returns {Saying[]}
 */
function moved(saying, { utterance_id: id, kind, ref = null, status }) {
  const others = saying.filter((each) => each.id !== id);
  if (ENDS.has(status)) return others;
  const known = saying.find((each) => each.id === id);
  if (!known) return [...saying, { id, kind, ref, status, sentence: "" }];
  return saying.map((each) => (each === known ? { ...each, status } : each));
}

/**
 * @param {Written[]} messages
 * @param {Record<string, any>} data
 * @returns {Written[]}
 */
function written(messages, { message_id, who, text, state }) {
  const message = { message_id, who, text, state };
  const known = messages.some((each) => each.message_id === message_id);
  const all = known ? messages.map((each) => (each.message_id === message_id ? message : each)) : [...messages, message];
  const over = all.filter(isOver);
  const kept = new Set(over.slice(-OVER_KEPT));
  return all.filter((each) => !isOver(each) || kept.has(each));
}

/** @param {Written} message */
export const isOver = ({ state }) => state === "answered" || state === "dismissed";
