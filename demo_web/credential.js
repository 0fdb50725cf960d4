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
