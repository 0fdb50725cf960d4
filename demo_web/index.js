/**
 * The start page, in the visitor's language.
 */

import { chooseLanguage, LANGUAGE_TAGS, translate } from "./strings.js";

/** @typedef {import("./strings.js").Language} Language */
/** @typedef {import("./strings.js").Key} Key */

/** @param {Language} language */
function show(language) {
  document.documentElement.lang = LANGUAGE_TAGS[language];
  for (const node of document.querySelectorAll("[data-text]")) {
    if (node instanceof HTMLElement) node.textContent = translate(language, /** @type {Key} */ (node.dataset.text));
  }
  const other = language === "en" ? "zh" : "en";
  const button = document.getElementById("language");
  if (!button) return;
  button.textContent = other === "zh" ? "中文" : "English";
  button.lang = LANGUAGE_TAGS[other];
  button.onclick = () => show(other);
}

show(chooseLanguage(navigator.languages));
