/**
 * The questions and answers of the page's conversation. Pure.
 */

/**
 * @typedef {import("./model.js").State} State
 * @typedef {import("./model.js").Exchange} Exchange
 */

const EXCHANGES_KEPT = 12;

/** The states of an exchange whose answer is not complete. */
export const PENDING = new Set(["waiting", "answering"]);

/**
 * @param {string} ref
 * @param {boolean} own
 * @param {string} question
 * @returns {Exchange}
 */
export function newExchange(ref, own, question) {
  return { ref, own, echoed: !own, question, answer: "", status: "waiting", fault: null };
}

/**
 * @param {Exchange} exchange
 * @returns {Exchange} ended, if it had not
 */
export function broken(exchange) {
  return PENDING.has(exchange.status) ? { ...exchange, status: "stopped" } : exchange;
}

/**
 * @param {State} state
 * @param {Exchange} exchange
 * @returns {State}
 */
export function withExchange(state, exchange) {
  return { ...state, board: [], exchanges: [...state.exchanges, exchange].slice(-EXCHANGES_KEPT) };
}

/**
 * Changes an exchange that has not ended.
 * @param {State} state
 * @param {string} ref
 * @param {(exchange: Exchange) => Exchange} change
 * @returns {State}
 */
export function amend(state, ref, change) {
  const exchanges = state.exchanges.map((exchange) =>
    exchange.ref === ref && PENDING.has(exchange.status) ? change(exchange) : exchange,
  );
  return { ...state, exchanges };
}

/**
 * A question from elsewhere: another tab, or a microphone. Our own comes back too and is known already.
 * @param {State} state
 * @param {{text?: string, final: boolean, offset?: number}} data
 * @returns {State}
 */
export function otherQuestion(state, { text, final, offset }) {
  if (!final || !text) return state;
  // Whoever asks fast has asked the next one by the time that this one comes back.
  const own = state.exchanges.find((exchange) => !exchange.echoed && exchange.status !== "failed" && exchange.question === text);
  if (own) {
    const exchanges = state.exchanges.map((exchange) => (exchange === own ? { ...exchange, echoed: true } : exchange));
    return { ...state, exchanges };
  }
  return withExchange(state, newExchange(`event-${offset}`, false, text));
}

/**
 * @param {State} state
 * @param {{text?: string, delta?: string, final: boolean}} data
 * @returns {State}
 */
export function otherAnswer(state, { text, delta, final }) {
  const answered = answeredBy(state.exchanges, text);
  if (!answered || answered.own) return state;
  const answer = text ?? answered.answer + (delta ?? "");
  const amended = amend(state, answered.ref, (exchange) => ({ ...exchange, answer, status: "answering" }));
  return final ? amend(amended, answered.ref, (exchange) => ({ ...exchange, status: "done" })) : amended;
}

/**
 * The last question's; but an interrupted answer's whole text may come when the next question is there already.
 * @param {Exchange[]} exchanges
 * @param {string} [text]
 * @returns {Exchange | undefined}
 */
function answeredBy(exchanges, text) {
  const begun = (/** @type {Exchange} */ { own, answer, status }) => !own && PENDING.has(status) && answer !== "" && text?.startsWith(answer);
  return exchanges.find(begun) ?? exchanges.at(-1);
}
