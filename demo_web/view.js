/**
 * Shows the state. It writes only what changed, and other people's words only as text.
 */

import { element, setText } from "./dom.js";
import { audible, canAsk, phaseOf, stoppable } from "./model.js";
import { LANGUAGE_TAGS, languageOf, translate } from "./strings.js";
import { showExchanges } from "./talk.js";
import { troubleOf } from "./trouble.js";

/**
 * @typedef {import("./model.js").State} State
 * @typedef {import("./strings.js").Language} Language
 * @typedef {import("./strings.js").Key} Key
 * @typedef {{text: string, excess: {length: number, limit: number} | null, notice: Key | null}} Draft
 *   what stands in the text box, and what there is to say about the last attempt to send
 */

/** The elements of the page, and how they show a state. */
export class View {
  status = element("status-text", HTMLSpanElement);
  tools = element("tools", HTMLDivElement);
  language = element("language", HTMLButtonElement);
  sound = element("sound", HTMLButtonElement);
  fullscreen = element("fullscreen", HTMLButtonElement);
  talk = element("talk", HTMLElement);
  greeting = element("greeting", HTMLDivElement);
  greetingNote = element("greeting-note", HTMLParagraphElement);
  exchanges = element("exchanges", HTMLOListElement);
  unlock = element("unlock", HTMLButtonElement);
  caption = element("caption", HTMLParagraphElement);
  trouble = element("trouble", HTMLElement);
  troubleTitle = element("trouble-title", HTMLHeadingElement);
  troubleText = element("trouble-text", HTMLParagraphElement);
  troubleAction = element("trouble-action", HTMLButtonElement);
  troubleDetails = element("trouble-details", HTMLDetailsElement);
  troubleDetail = element("trouble-detail", HTMLParagraphElement);
  chips = element("chips", HTMLUListElement);
  hint = element("hint", HTMLParagraphElement);
  form = element("composer", HTMLFormElement);
  question = element("question", HTMLTextAreaElement);
  send = element("send", HTMLButtonElement);
  microphone = element("microphone", HTMLButtonElement);
  handsFree = element("hands-free", HTMLButtonElement);
  listening = element("listening", HTMLDivElement);
  partial = element("partial", HTMLParagraphElement);
  stop = element("stop", HTMLButtonElement);
  video = element("video", HTMLVideoElement);

  /**
   * @param {State} state
   * @param {Language} language
   * @param {Draft} draft
   */
  render(state, language, draft) {
    const say = (/** @type {Key} */ key, /** @type {Record<string, string | number>} */ values = {}) =>
      translate(language, key, values);
    document.body.dataset.phase = phaseOf(state);
    document.body.dataset.picture = state.picture;
    this.#showStatus(state, say);
    this.#showCaption(state);
    this.#showTrouble(state, say);
    this.#showSound(state, say);
    this.#showDock(state, language, draft, say);
    this.#showVoice(state, say);
    showExchanges(this.exchanges, state.exchanges, say);
    this.greeting.hidden = state.exchanges.length > 0;
  }

  /**
   * Says everything that does not depend on the state in another language.
   * @param {Language} language
   */
  translate(language) {
    const say = (/** @type {Key} */ key) => translate(language, key);
    document.documentElement.lang = LANGUAGE_TAGS[language];
    document.title = say("title");
    for (const node of document.querySelectorAll("[data-text]")) {
      if (node instanceof HTMLElement) setText(node, say(/** @type {Key} */ (node.dataset.text)));
    }
    this.talk.setAttribute("aria-label", say("conversation"));
    this.chips.setAttribute("aria-label", say("suggestions"));
    this.tools.setAttribute("aria-label", say("controls"));
    this.question.setAttribute("aria-label", say("question.label"));
    this.video.setAttribute("aria-label", say("picture"));
    label(this.send, say("send"));
    label(this.stop, say("stopLabel"));
    label(this.handsFree, say("handsFreeLabel"));
    const other = language === "en" ? "zh" : "en";
    setText(this.language, other === "zh" ? "中文" : "EN");
    this.language.lang = LANGUAGE_TAGS[other];
    label(this.language, other === "zh" ? "中文" : "English");
    this.showFullscreen(language);
  }

  /** @param {Language} language */
  showFullscreen(language) {
    const full = document.fullscreenElement !== null;
    this.fullscreen.hidden = !document.fullscreenEnabled;
    setIcon(this.fullscreen, full ? "icon-shrink" : "icon-expand");
    label(this.fullscreen, translate(language, full ? "exitFullscreen" : "fullscreen"));
  }

  /**
   * @param {State} state
   * @param {Say} say
   */
  #showStatus(state, say) {
    const phase = phaseOf(state);
    const position = state.session?.position;
    if (phase === "queued" && position) setText(this.status, say("status.queuedAt", { position }));
    else setText(this.status, say(phase === "ready" && state.voice.hearing === "on" ? "status.listening" : `status.${phase}`));
  }

  /** @param {State} state */
  #showCaption(state) {
    const text = state.caption?.text.trim() ?? "";
    const changed = this.caption.textContent !== text;
    setText(this.caption, text);
    if (text) this.caption.lang = languageOf(text);
    this.caption.hidden = text === "";
    this.caption.classList.toggle("long", text.length > (/\p{Script=Han}/u.test(text) ? 40 : 90));
    if (changed) this.fitCaption();
    // With sound, a screen reader would talk over the avatar; without, it is the only voice there is.
    const live = audible(state) && state.picture === "playing" ? "off" : "polite";
    if (this.caption.getAttribute("aria-live") !== live) this.caption.setAttribute("aria-live", live);
  }

  /** @param {number} level of the visitor's voice, 1 is full scale */
  showLevel(level) {
    // Loudness is heard on a scale of its own: speech at a tenth of full scale is loud.
    const height = Math.min(1, Math.sqrt(level) * 1.6);
    document.body.style.setProperty("--level", height.toFixed(2));
  }

  /**
   * @param {State} state
   * @param {Say} say
   */
  #showVoice(state, say) {
    const { kind, mode, hearing, handsFree, partial } = state.voice;
    document.body.dataset.hearing = hearing;
    this.microphone.hidden = kind === null;
    this.microphone.setAttribute("aria-disabled", String(!canAsk(state)));
    this.microphone.setAttribute("aria-pressed", String(hearing !== "off"));
    label(this.microphone, say(BUTTON_DOES[mode]));
    this.handsFree.hidden = kind === null;
    this.handsFree.setAttribute("aria-checked", String(handsFree));
    // Hands-free the microphone is always open: only what is understood needs the room.
    this.listening.hidden = hearing === "off" || (mode === "open" && partial === "");
    const waiting = hearing === "opening" ? "microphone.opening" : mode === "held" ? "microphone.held" : "microphone.listening";
    setText(this.partial, partial || say(waiting));
    this.partial.lang = partial ? languageOf(partial) : document.documentElement.lang;
    this.listening.classList.toggle("words", partial !== "");
    const open = handsFree && hearing === "on";
    const spoken = open ? "greetingNoteHandsFree" : "greetingNoteVoice";
    setText(this.greetingNote, say(kind === null ? "greetingNote" : spoken));
    this.question.placeholder = say(open ? "question.placeholderVoice" : "question.placeholder");
  }

  /**
   * Breaks the subtitle between phrases if each of them fits on a line, and makes it as wide as its longest line: a box
   * around text that wraps would else have the full width.
   */
  fitCaption() {
    const { caption } = this;
    caption.style.width = "";
    caption.classList.add("unbroken");
    if (caption.scrollWidth > caption.clientWidth) caption.classList.remove("unbroken");
    if (caption.hidden || caption.scrollHeight > caption.clientHeight) return;
    const range = document.createRange();
    range.selectNodeContents(caption);
    const { paddingLeft, paddingRight } = getComputedStyle(caption);
    const padding = Number.parseFloat(paddingLeft) + Number.parseFloat(paddingRight);
    caption.style.width = `${Math.ceil(range.getBoundingClientRect().width + padding)}px`;
  }

  /**
   * @param {State} state
   * @param {Say} say
   */
  #showTrouble(state, say) {
    const trouble = troubleOf(state);
    document.body.dataset.trouble = trouble?.kind ?? "";
    this.trouble.hidden = trouble === null;
    if (!trouble) return;
    this.trouble.dataset.kind = trouble.kind;
    this.trouble.classList.toggle("passing", trouble.passing);
    setText(this.troubleTitle, say(`trouble.${trouble.kind}.title`));
    setText(this.troubleText, say(`trouble.${trouble.kind}.text`));
    setText(this.troubleAction, say(`action.${trouble.action}`));
    this.troubleDetails.hidden = trouble.detail === null;
    setText(this.troubleDetail, trouble.detail ?? "");
  }

  /**
   * @param {State} state
   * @param {Say} say
   */
  #showSound({ sound, picture }, say) {
    const on = !(sound.muted || sound.locked || sound.elsewhere);
    this.unlock.hidden = !sound.locked || sound.muted || picture !== "playing";
    setIcon(this.sound, on ? "icon-sound" : "icon-muted");
    label(this.sound, say(on ? "mute" : "unmute"));
  }

  /**
   * @param {State} state
   * @param {Language} language
   * @param {Draft} draft
   * @param {Say} say
   */
  #showDock(state, language, draft, say) {
    const open = canAsk(state);
    const busy = stoppable(state);
    const empty = draft.text === "";
    showChips(this.chips, state.suggestions[language] ?? []);
    for (const chip of this.chips.querySelectorAll("button")) chip.setAttribute("aria-disabled", String(!open));
    this.stop.hidden = !busy;
    // An empty box has nothing to send: the way out of the speech takes the button's place.
    this.send.hidden = busy && empty;
    this.send.setAttribute("aria-disabled", String(!open || empty || draft.excess !== null));
    this.question.setAttribute("aria-invalid", String(draft.excess !== null));
    this.form.classList.toggle("closed", !open);
    if (draft.excess) setText(this.hint, say("question.tooLong", draft.excess));
    else setText(this.hint, draft.notice && !(open && draft.notice === "question.wait") ? say(draft.notice) : "");
  }
}

/** @type {Record<import("./model.js").Voice["mode"], Key>} what the button does then */
const BUTTON_DOES = {
  off: "microphone.talk",
  pressed: "microphone.letGo",
  held: "microphone.letGo",
  once: "microphone.stop",
  open: "microphone.stop",
};

/** @typedef {(key: Key, values?: Record<string, string | number>) => string} Say */

/**
 * @param {HTMLElement} button
 * @param {string} name what it is called, aloud and under the pointer
 */
function label(button, name) {
  if (button.title === name) return;
  button.title = name;
  button.setAttribute("aria-label", name);
}

/**
 * @param {HTMLElement} button
 * @param {string} icon
 */
function setIcon(button, icon) {
  const use = button.querySelector("use");
  if (use?.getAttribute("href") !== `#${icon}`) use?.setAttribute("href", `#${icon}`);
}

/**
 * @param {HTMLUListElement} list
 * @param {string[]} suggestions
 */
function showChips(list, suggestions) {
  const shown = [...list.querySelectorAll("button")].map((button) => button.textContent);
  if (shown.length === suggestions.length && shown.every((text, at) => text === suggestions[at])) return;
  list.replaceChildren(
    ...suggestions.map((text) => {
      const item = document.createElement("li");
      const button = document.createElement("button");
      button.type = "button";
      button.className = "chip";
      button.textContent = text;
      item.append(button);
      return item;
    }),
  );
}
