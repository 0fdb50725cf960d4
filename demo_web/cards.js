/**
 * What the cloud's bot brings besides words, as cards to show. Pure. Whatever it sends is somebody else's text: it is
 * never read as HTML, and an address counts only if it is http or https.
 */

/**
 * @typedef {(
 *   | {kind: "image", url: string}
 *   | {kind: "link", url: string, text: string}
 *   | {kind: "options", options: string[]}
 *   | {kind: "popup", title: string, text: string, button: string}
 * )} Card
 */

const CARDS_KEPT = 24;
const OPTIONS_KEPT = 12;
const TEXT_KEPT = 2000;
const ADDRESS_KEPT = 2048;
const ADDRESS = /https?:\/\/[^\s<>"'`()[\]{}（）【】，。；、！？]+/giu;
const MARKDOWN_LINK = /\[([^\]]{1,200})\]\((https?:\/\/[^\s()]+)\)/giu;
const IMAGES = new Set(["image", "4"]);

/**
 * @param {unknown} message of the cloud, as the event `cloud.message` has it
 * @returns {Card[]}
 */
export function cardsOf(message) {
  const fields = record(message);
  if (fields.Type === 2) return [...interaction(fields), ...links(fields)];
  return fields.Type === 4 ? [...content(fields), ...references(fields)] : [];
}

/**
 * @param {Card[]} cards
 * @param {Card[]} more
 * @returns {Card[]} both, without what is there already
 */
export function joined(cards, more) {
  const known = new Set(cards.map((card) => JSON.stringify(card)));
  const added = more.filter((card) => !known.has(JSON.stringify(card)));
  return added.length === 0 ? cards : [...cards, ...added].slice(-CARDS_KEPT);
}

/**
 * @param {string} url of a card
 * @returns {string} what a person needs to see of it
 */
export function placeOf(url) {
  const { host, pathname } = new URL(url);
  const path = pathname.length > 1 ? pathname : "";
  return path.length > 40 ? `${host}${path.slice(0, 39)}…` : `${host}${path}`;
}

/**
 * The manual's Type 2: InteractionType and InteractionContent, JSON in a text.
 * @param {Record<string, unknown>} fields
 * @returns {Card[]}
 */
function interaction(fields) {
  const shown = parsed(fields.InteractionContent);
  switch (text(fields.InteractionType).toLowerCase()) {
    case "image":
      return image(shown.url);
    case "video":
      return link(shown.url, "");
    case "optioninfo":
      return options(shown.options);
    case "imageoption":
      return [...image(shown.url), ...options(shown.options)];
    case "popup":
      return popup(shown);
    default:
      return [];
  }
}

/**
 * The manual's Type 4: a piece of a large model's answer.
 * @param {Record<string, unknown>} fields
 * @returns {Card[]}
 */
function content(fields) {
  const words = text(fields.TextDisplay) || text(fields.Text);
  if (!IMAGES.has(text(fields.ContentType).toLowerCase())) return links(fields);
  const [address] = words.match(ADDRESS) ?? [];
  return image(address);
}

/**
 * The sources that a large model names.
 * @param {Record<string, unknown>} fields
 * @returns {Card[]}
 */
function references(fields) {
  const extra = parsed(fields.CloudAiExtra);
  const listed = Array.isArray(extra.reference) ? extra.reference : extra.references;
  return (Array.isArray(listed) ? listed : []).flatMap((each) => link(record(each).url, text(record(each).name)));
}

/**
 * The addresses that stand in an answer.
 * @param {Record<string, unknown>} fields
 * @returns {Card[]}
 */
function links(fields) {
  const words = text(fields.TextDisplay) || text(fields.Text);
  const named = [...words.matchAll(MARKDOWN_LINK)].flatMap(([, name, url]) => link(url, name));
  const bare = words.replace(MARKDOWN_LINK, "").match(ADDRESS) ?? [];
  return [...named, ...bare.flatMap((url) => link(url.replace(/[.,;:!?]+$/, ""), ""))];
}

/**
 * @param {unknown} url
 * @returns {Card[]}
 */
function image(url) {
  const address = addressOf(url);
  return address ? [{ kind: "image", url: address }] : [];
}

/**
 * @param {unknown} url
 * @param {string} name
 * @returns {Card[]}
 */
function link(url, name) {
  const address = addressOf(url);
  return address ? [{ kind: "link", url: address, text: name }] : [];
}

/**
 * @param {unknown} listed
 * @returns {Card[]}
 */
function options(listed) {
  const each = Array.isArray(listed) ? listed : [];
  const words = each.map((one) => text(one) || text(record(one).text) || text(record(one).title)).filter(Boolean);
  const offered = [...new Set(words)].slice(0, OPTIONS_KEPT);
  return offered.length > 0 ? [{ kind: "options", options: offered }] : [];
}

/**
 * @param {Record<string, unknown>} shown
 * @returns {Card[]}
 */
function popup(shown) {
  const [title, words] = [text(shown.title), text(shown.content)];
  return title || words ? [{ kind: "popup", title, text: words, button: text(shown.button) }] : [];
}

/**
 * @param {unknown} url
 * @returns {string | null} the address in its one spelling, without a name and password in it
 */
function addressOf(url) {
  const written = text(url);
  if (!/^https?:\/\//i.test(written) || written.length > ADDRESS_KEPT) return null;
  try {
    const parts = new URL(written);
    parts.username = parts.password = "";
    return parts.href;
  } catch {
    return null;
  }
}

/**
 * @param {unknown} value
 * @returns {string}
 */
function text(value) {
  return typeof value === "string" ? value.trim().slice(0, TEXT_KEPT) : "";
}

/**
 * @param {unknown} value
 * @returns {Record<string, unknown>}
 */
function record(value) {
  return typeof value === "object" && value !== null ? /** @type {Record<string, unknown>} */ (value) : {};
}

/**
 * @param {unknown} json
 * @returns {Record<string, unknown>}
 */
function parsed(json) {
  try {
    return record(JSON.parse(text(json) || "{}"));
  } catch {
    return {};
  }
}
