/**
 * Shows the host's state. It writes only what changed, and other people's words only as text.
 */

import { element, setText } from "../dom.js";
import { LANGUAGE_TAGS, languageOf } from "../strings.js";
import { labelOf } from "./keys.js";
import { AudienceList, ScriptList } from "./lists.js";
import { light, speaker } from "./state.js";
import { faultText, translate } from "./strings.js";

/**
 * @typedef {import("./state.js").State} State
 * @typedef {import("./strings.js").Language} Language
 * @typedef {import("./strings.js").Key} Key
 * @typedef {(key: Key, values?: Record<string, string | number>) => string} Say
 * @typedef {import("./lists.js").ScriptWiring & import("./lists.js").AudienceWiring & {onJoin: (id: string) => void}} Wiring
 */

export class View {
  signIn = element("sign-in", HTMLFormElement);
  key = element("key", HTMLInputElement);
  choose = element("choose", HTMLElement);
  create = element("create", HTMLButtonElement);
  studio = element("studio", HTMLElement);
  video = element("video", HTMLVideoElement);
  listen = element("listen", HTMLButtonElement);
  interrupt = element("interrupt", HTMLButtonElement);
  language = element("language", HTMLButtonElement);
  stage = element("stage", HTMLAnchorElement);
  end = element("end", HTMLButtonElement);
  showKeys = element("show-keys", HTMLButtonElement);
  confirm = element("confirm", HTMLDialogElement);
  microphoneOn = element("microphone-on", HTMLButtonElement);
  talk = element("talk", HTMLButtonElement);
  mute = element("mute", HTMLButtonElement);
  modeOpen = element("mode-open", HTMLInputElement);
  modePush = element("mode-push", HTMLInputElement);
  device = element("device", HTMLSelectElement);
  clean = element("clean", HTMLInputElement);
  play = element("play", HTMLButtonElement);
  skip = element("skip", HTMLButtonElement);
  repeat = element("repeat", HTMLButtonElement);
  loop = element("loop", HTMLInputElement);
  add = element("add", HTMLFormElement);
  text = element("text", HTMLTextAreaElement);
  addNext = element("add-next", HTMLButtonElement);
  addNow = element("add-now", HTMLButtonElement);
  auto = element("auto", HTMLInputElement);
  write = element("write", HTMLFormElement);
  who = element("who", HTMLInputElement);
  message = element("message", HTMLInputElement);
  #level = element("level", HTMLDivElement);
  #notice = element("notice", HTMLParagraphElement);
  #told = element("told", HTMLParagraphElement);
  #lines;
  #messages;
  #wiring;
  /** @type {Language} */
  #spoken = "en";

  /** @param {Wiring} wiring */
  constructor(wiring) {
    this.#wiring = wiring;
    this.#lines = new ScriptList(element("lines", HTMLOListElement), wiring);
    this.#messages = new AudienceList(element("messages", HTMLOListElement), wiring);
  }

  /** @type {Say} */
  #say = (key, values = {}) => translate(this.#spoken, key, values);

  /**
   * Says everything that does not depend on the state in another language, and names the keys.
   * @param {Language} language
   * @param {import("./keys.js").Keys} keys
   */
  translate(language, keys) {
    this.#spoken = language;
    document.documentElement.lang = LANGUAGE_TAGS[language];
    document.title = translate(language, "host");
    for (const node of document.querySelectorAll("[data-text], [data-label], [data-key]")) {
      if (!(node instanceof HTMLElement)) continue;
      const { text, label, key } = node.dataset;
      if (text) setText(node, translate(language, /** @type {Key} */ (text)));
      if (key) setText(node, labelOf(keys.of(/** @type {import("./keys.js").Command} */ (key))));
      if (label && node instanceof HTMLInputElement) {
        node.placeholder = translate(language, /** @type {Key} */ (label));
        node.setAttribute("aria-label", node.placeholder);
      }
    }
    const other = language === "en" ? "zh" : "en";
    setText(this.language, other === "zh" ? "中文" : "English");
    this.language.lang = LANGUAGE_TAGS[other];
  }

  /** @param {number} level root mean square, 1 is full scale */
  showLevel(level) {
    // 60 dB of it: what is lower is silence.
    const share = level > 0 ? Math.max(0, 1 + (20 * Math.log10(level)) / 60) : 0;
    this.#level.style.transform = `scaleX(${share.toFixed(3)})`;
  }

  /**
   * Tells those who do not see it.
   * @param {string} text
   */
  tell(text) {
    setText(this.#told, text);
  }

  /** @param {State} state */
  render(state) {
    const say = this.#say;
    document.body.dataset.access = state.access;
    document.body.dataset.light = light(state);
    this.signIn.hidden = state.access !== "signed-out";
    this.choose.hidden = state.access !== "choosing";
    this.studio.hidden = this.end.hidden = this.stage.hidden = this.showKeys.hidden = state.access !== "open";
    setText(element("sign-in-fault", HTMLParagraphElement), state.access === "signed-out" && state.fault ? say("signIn.wrong") : "");
    setText(this.#notice, this.#noticeOf(state));
    if (state.access === "choosing") this.#showSessions(state);
    if (state.access !== "open") return;
    this.stage.href = `/stage#session=${state.session}`;
    const phase = element("phase", HTMLParagraphElement);
    phase.hidden = false;
    phase.dataset.state = state.phase;
    setText(phase, state.phase);
    this.#showNow(state);
    this.#showMicrophone(state);
    this.#showScript(state);
    this.#showAudience(state);
  }

  /**
   * @param {"none" | "starting" | "playing" | "failed"} picture
   * @param {string} message
   */
  showPicture(picture, message) {
    this.video.hidden = picture !== "playing";
    const key = picture === "starting" ? "picture.starting" : picture === "failed" ? "picture.failed" : "picture.off";
    setText(element("picture-note", HTMLParagraphElement), picture === "playing" ? "" : this.#say(key, { message }));
  }

  /** @param {State} state */
  #noticeOf({ access, link, fault }) {
    if (access === "open" && link === "lost") return this.#say("link.lost");
    if (!fault || access === "signed-out") return "";
    return fault.code === "unreachable" ? this.#say("unreachable") : `${fault.code}: ${fault.message}`;
  }

  /** @param {State} state */
  #showSessions({ sessions }) {
    const list = element("open-sessions", HTMLUListElement);
    list.replaceChildren(
      ...sessions.map(({ session_id, created_at }) => {
        const item = document.createElement("li");
        const button = document.createElement("button");
        button.type = "button";
        const time = new Date(created_at * 1000).toLocaleTimeString(LANGUAGE_TAGS[this.#spoken]);
        button.textContent = this.#say("choose.join", { time });
        button.addEventListener("click", () => this.#wiring.onJoin(session_id));
        item.append(button);
        return item;
      }),
    );
  }

  /** @param {State} state */
  #showNow(state) {
    const who = speaker(state);
    setText(element("light", HTMLParagraphElement), this.#say(`light.${light(state)}`));
    setText(element("speaker", HTMLParagraphElement), who ? this.#say(`speaker.${who}`) : this.#say("silence"));
    const sentence = element("sentence", HTMLParagraphElement);
    const text = who ? state.saying[0].sentence : "";
    setText(sentence, text);
    sentence.lang = languageOf(text);
  }

  /** @param {State} state */
  #showMicrophone({ microphone, microphoneFault, mode, muted, pressed, delay }) {
    const say = this.#say;
    setText(this.microphoneOn, say(microphone === "open" ? "microphone.turnOff" : "microphone.on"));
    this.microphoneOn.disabled = microphone === "opening";
    setText(element("microphone-fault", HTMLParagraphElement), microphoneFault ? faultText(this.#spoken, microphoneFault) : "");
    this.talk.hidden = mode !== "push";
    this.talk.disabled = this.mute.disabled = microphone !== "open";
    this.talk.setAttribute("aria-pressed", String(pressed));
    this.mute.setAttribute("aria-pressed", String(muted));
    setText(element("mute-text", HTMLSpanElement), say(muted ? "microphone.muted" : "microphone.mute"));
    this.modeOpen.checked = mode === "open";
    this.modePush.checked = mode === "push";
    element("delay-line", HTMLParagraphElement).hidden = delay === null;
    setText(element("delay", HTMLOutputElement), delay === null ? "" : `${delay} ms`);
  }

  /** @param {State} state */
  #showScript({ script }) {
    if (!script) return;
    const badge = element("script-state", HTMLParagraphElement);
    badge.dataset.state = script.state;
    setText(badge, this.#say(`script.${script.state}`));
    setText(element("play-text", HTMLSpanElement), this.#say(script.state === "stopped" ? "script.start" : "script.stop"));
    setText(element("script-fault", HTMLParagraphElement), script.error ? this.#say("script.error", { message: script.error.message }) : "");
    this.loop.checked = script.loop;
    this.auto.checked = script.auto;
    element("no-lines", HTMLParagraphElement).hidden = script.lines.length > 0;
    this.#lines.show(script, this.#say);
  }

  /** @param {State} state */
  #showAudience({ audience }) {
    const waiting = audience.filter(({ state }) => state === "waiting").length;
    setText(element("waiting-count", HTMLParagraphElement), waiting ? String(waiting) : "");
    element("no-messages", HTMLParagraphElement).hidden = audience.length > 0;
    this.#messages.show(audience, this.#say);
  }
}
