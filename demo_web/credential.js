/**
 * The key or token that the page's calls bear, if the server wants one.
 */

/** @type {string | null} */
let credential = null;

/**
 * Sets what every call from now on bears.
 * @param {string | null} token
 */
export function setCredential(token) {
  credential = token;
}

/** @returns {Record<string, string>} the header that a call needs; none without a credential */
export function authorization() {
  return credential === null ? {} : { Authorization: `Bearer ${credential}` };
}

/** @returns {string | null} the credential itself, for a first message in place of a header */
export function bearer() {
  return credential;
}

/** @type {() => Promise<boolean>} */
let renew = async () => false;

/**
 * Sets what is done when the server does not accept the credential any more.
 * @param {() => Promise<boolean>} action returns whether there is another one
 */
export function onExpired(action) {
  renew = action;
}

/** @returns {Promise<boolean>} whether there is another credential now, so that a refused call may be made again */
export function renewCredential() {
  return credential === null ? Promise.resolve(false) : renew();
}
