/**
 * What stands in the visitor's way, and the way out. Pure: it only reads the state.
 */

/** @typedef {import("./model.js").State} State */
/** @typedef {import("./api.js").Fault} Fault */
/** @typedef {"offline" | "setup" | "link" | "clock" | "project" | "full" | "cloud" | "slow" | "other"} FaultKind */
/** @typedef {FaultKind | "ended" | "lost" | "away" | "paused" | "picture"} TroubleKind */

/**
 * @typedef {object} Trouble
 * @property {TroubleKind} kind names its title and text in strings.js
 * @property {"retry" | "again" | "renew" | "picture"} action what the button does: go on trying, begin a session in
 *   place of one that failed, begin one after one that ended well, fetch the picture anew
 * @property {boolean} passing it may be over in a second: not worth alarming anybody at once
 * @property {string | null} detail for the operator, in the server's words
 */

/** @type {Record<string, FaultKind>} */
const KINDS = {
  unreachable: "offline",
  credentials_refused: "setup",
  unauthorized: "link",
  token_expired: "link",
  forbidden: "link",
  grant_unknown: "link",
  grant_in_use: "full",
  rate_limited: "full",
  overloaded: "full",
  origin_refused: "setup",
  host_refused: "setup",
  clock_skew: "clock",
  project_unknown: "project",
  quota_full: "full",
  too_many_sessions: "full",
  user_busy: "full",
  cloud: "cloud",
  cloud_unreachable: "cloud",
  cloud_protocol: "cloud",
  cloud_refused: "cloud",
  cloud_refused_for_now: "cloud",
  cloud_session_lost: "cloud",
  preparation_failed: "cloud",
  channel_lost: "cloud",
  preparation_timeout: "slow",
};

/**
 * @param {Fault | null} fault
 * @returns {FaultKind}
 */
export function kindOf(fault) {
  return (fault && Object.hasOwn(KINDS, fault.code) && KINDS[fault.code]) || "other";
}

/**
 * @param {Fault | null} fault
 * @returns {string | null}
 */
function detailOf(fault) {
  if (!fault) return null;
  const code = fault.cloud_code ? `${fault.code} (${fault.cloud_code})` : fault.code;
  return `${code}: ${fault.message}`;
}

/**
 * @param {TroubleKind} kind
 * @param {Trouble["action"]} action
 * @param {{passing?: boolean, fault?: Fault | null}} [more]
 * @returns {Trouble}
 */
function trouble(kind, action, { passing = false, fault = null } = {}) {
  return { kind, action, passing, detail: detailOf(fault) };
}

/**
 * The gravest trouble there is, if any.
 * @param {State} state
 * @returns {Trouble | null}
 */
export function troubleOf(state) {
  const { session, refusal, link, picture, pictureFault } = state;
  if (!session) return refusal && trouble(kindOf(refusal), "retry", { fault: refusal });
  if (session.state === "failed") return trouble(kindOf(session.error), "again", { fault: session.error });
  if (session.state === "closing" || session.state === "closed") return trouble("ended", "renew");
  if (link.status === "lost") return trouble("lost", "retry", { passing: link.attempts < 2 });
  if (session.state === "paused") return trouble("paused", "renew");
  if (session.state === "reconnecting") {
    return trouble("away", "renew", { passing: true, fault: session.error });
  }
  return picture === "failed" ? trouble("picture", "picture", { fault: pictureFault }) : null;
}
