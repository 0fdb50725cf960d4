/**
 * The written conversation: each question and what was answered.
 */

import { languageOf } from "./strings.js";

/**
 * @typedef {import("./model.js").Exchange} Exchange
 * @typedef {import("./view.js").Say} Say
 */

/**
 * Brings a list up to date with the exchanges; stays at the end of it if the reader was there.
 * @param {HTMLOListElement} list
 * @param {Exchange[]} exchanges
 * @param {Say} say
 */
export function showExchanges(list, exchanges, say) {
  const refs = new Set(exchanges.map(({ ref }) => ref));
  const items = new Map([...list.children].map((item) => [item instanceof HTMLElement ? item.dataset.ref : "", item]));
  const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 80;
  let grown = false;
  for (const [ref, item] of items) if (!refs.has(ref ?? "")) item.remove();
  for (const exchange of exchanges) {
    const item = items.get(exchange.ref) ?? list.appendChild(newItem(exchange.ref));
    grown = showExchange(item, exchange, say) || grown;
  }
  if (grown && atEnd) list.scrollTop = list.scrollHeight;
}

/**
 * @param {string} ref
 * @returns {HTMLLIElement}
 */
function newItem(ref) {
  const item = document.createElement("li");
  item.className = "exchange";
  item.dataset.ref = ref;
  for (const name of ["question", "answer", "outcome"]) {
    const part = document.createElement("p");
    part.className = name;
    item.append(part);
  }
  return item;
}

/**
 * @param {Element} item
 * @param {Exchange} exchange
 * @param {Say} say
 * @returns {boolean} whether it is longer than before
 */
function showExchange(item, exchange, say) {
  const [question, answer, outcome] = item.querySelectorAll("p");
  if (item instanceof HTMLElement) item.dataset.status = exchange.status;
  const changed = write(question, exchange.question, `${say("you")}: `);
  outcome.textContent = outcomeOf(exchange, say);
  return write(answer, exchange.answer, `${say("avatar")}: `) || changed;
}

/**
 * @param {Exchange} exchange
 * @param {Say} say
 * @returns {string}
 */
function outcomeOf({ status, fault, answer }, say) {
  if (status === "stopped") return say("stopped");
  return status === "failed" ? say(apologyFor(fault, answer)) : "";
}

/**
 * @param {import("./api.js").Fault | null} fault
 * @param {string} answer what had come of it
 * @returns {import("./strings.js").Key} what to say about a question that failed
 */
export function apologyFor(fault, answer) {
  if (fault?.code === "queue_full") return "question.busy";
  if (fault?.code === "dialog_failed") return "question.noAnswer";
  return answer === "" ? "question.failed" : "question.broken";
}

/**
 * @param {HTMLElement} node
 * @param {string} text
 * @param {string} speaker said before the text, for those who do not see on which side it stands
 * @returns {boolean} whether the text changed
 */
function write(node, text, speaker) {
  node.hidden = text === "";
  if (!node.firstChild) node.append(hidden(speaker), "");
  const [name, words] = node.childNodes;
  if (name.textContent !== speaker) name.textContent = speaker;
  if (words.textContent === text) return false;
  words.textContent = text;
  node.lang = languageOf(text);
  return true;
}

/**
 * @param {string} text
 * @returns {HTMLSpanElement}
 */
function hidden(text) {
  const span = document.createElement("span");
  span.className = "unseen";
  span.textContent = text;
  return span;
}
