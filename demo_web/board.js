/**
 * The board: the cards of the last answer, above the subtitles; a popup stands before everything.
 */

import { placeOf } from "./cards.js";
import { element, setText } from "./dom.js";
import { languageOf } from "./strings.js";

/**
 * @typedef {import("./cards.js").Card} Card
 * @typedef {import("./view.js").Say} Say
 * @typedef {{onOption: (text: string) => void, onClose: () => void}} Wiring
 */

export class Board {
  #section = element("board", HTMLElement);
  #list = element("board-cards", HTMLUListElement);
  #close = element("board-close", HTMLButtonElement);
  #popup = element("popup", HTMLDialogElement);
  #popupTitle = element("popup-title", HTMLHeadingElement);
  #popupText = element("popup-text", HTMLParagraphElement);
  #popupButton = element("popup-button", HTMLButtonElement);
  #wiring;
  /** @type {Card[]} */
  #cards = [];
  /** @type {Card | null} */
  #opened = null;

  /** @param {Wiring} wiring */
  constructor(wiring) {
    this.#wiring = wiring;
    this.#close.addEventListener("click", () => this.#wiring.onClose());
    this.#popupButton.addEventListener("click", () => this.#popup.close());
    // Escape closes the popup, and does not stop what is being said.
    this.#popup.addEventListener("keydown", (event) => event.key === "Escape" && event.stopPropagation());
    this.#list.addEventListener("click", ({ target }) => {
      const option = target instanceof Element ? target.closest("button") : null;
      if (option) this.#wiring.onOption(option.textContent ?? "");
    });
  }

  /**
   * @param {Card[]} cards
   * @param {string[]} origins from which pictures may be shown; others are links
   * @param {boolean} open whether an option may be asked now
   * @param {Say} say
   */
  show(cards, origins, open, say) {
    setLabel(this.#section, say("board"));
    setLabel(this.#close, say("board.close"));
    if (cards !== this.#cards) this.#replace(cards, origins, say);
    for (const button of this.#list.querySelectorAll("button")) button.setAttribute("aria-disabled", String(!open));
    for (const image of this.#list.querySelectorAll("img")) image.alt = say("board.image");
    this.#showPopup(cards, say);
  }

  /**
   * @param {Card[]} cards
   * @param {string[]} origins
   * @param {Say} say
   */
  #replace(cards, origins, say) {
    this.#cards = cards;
    const shown = cards.filter(({ kind }) => kind !== "popup");
    this.#list.replaceChildren(...shown.map((card) => itemOf(card, origins, say)));
    this.#section.hidden = shown.length === 0;
  }

  /**
   * @param {Card[]} cards
   * @param {Say} say
   */
  #showPopup(cards, say) {
    const popup = cards.filter(({ kind }) => kind === "popup").at(-1) ?? null;
    if (popup?.kind === "popup") {
      setText(this.#popupTitle, popup.title);
      setText(this.#popupText, popup.text);
      setText(this.#popupButton, popup.button || say("board.close"));
      this.#popupTitle.hidden = popup.title === "";
      this.#popup.lang = languageOf(popup.title + popup.text);
    }
    if (popup === this.#opened) return;
    this.#opened = popup;
    if (popup && !this.#popup.open) this.#popup.showModal();
    else if (!popup) this.#popup.close();
  }
}

/**
 * @param {Card} card
 * @param {string[]} origins
 * @param {Say} say
 * @returns {HTMLLIElement}
 */
function itemOf(card, origins, say) {
  const item = document.createElement("li");
  item.className = `card ${card.kind}`;
  if (card.kind === "image" && origins.includes(new URL(card.url).origin)) item.append(imageOf(card.url, item, say));
  else if (card.kind === "image") item.append(linkOf(card.url, say("board.image")));
  else if (card.kind === "link") item.append(linkOf(card.url, card.text));
  else if (card.kind === "options") item.append(...card.options.map(optionOf));
  return item;
}

/**
 * @param {string} url
 * @param {HTMLLIElement} item where a link stands instead if it cannot be shown
 * @param {Say} say
 */
function imageOf(url, item, say) {
  const image = document.createElement("img");
  image.referrerPolicy = "no-referrer";
  image.decoding = "async";
  image.alt = say("board.image");
  image.addEventListener("error", () => item.replaceChildren(linkOf(url, say("board.image"))), { once: true });
  image.src = url;
  return image;
}

/**
 * @param {string} url
 * @param {string} text
 */
function linkOf(url, text) {
  const link = document.createElement("a");
  link.href = url;
  link.target = "_blank";
  link.rel = "noopener noreferrer";
  const [name, place] = [document.createElement("span"), document.createElement("span")];
  name.textContent = text;
  name.className = "name";
  name.lang = languageOf(text);
  place.textContent = placeOf(url);
  place.className = "place";
  link.append(...(text ? [name, " "] : []), place);
  return link;
}

/** @param {string} text */
function optionOf(text) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "option";
  button.textContent = text;
  button.lang = languageOf(text);
  return button;
}

/**
 * @param {HTMLElement} node
 * @param {string} name
 */
function setLabel(node, name) {
  if (node.getAttribute("aria-label") !== name) node.setAttribute("aria-label", name);
}
