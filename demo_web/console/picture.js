/**
 * The session's picture, shown only when somebody asks for it.
 */

import { element, setText } from "../dom.js";
import { Player } from "../player.js";
import { translate } from "./strings.js";

/** @typedef {import("../api.js").Fault} Fault */
/** @typedef {import("./strings.js").Language} Language */

export class Picture {
  #video = element("video", HTMLVideoElement);
  #note = element("picture-note", HTMLParagraphElement);
  #watch = element("watch", HTMLButtonElement);
  #sound = element("sound", HTMLButtonElement);
  #player;
  /** @type {string | null} */
  #session = null;
  /** @type {"off" | "starting" | "playing" | "failed"} */
  #state = "off";
  /** @type {Fault | null} */
  #fault = null;
  /** @type {Language} */
  #language = "en";

  constructor() {
    this.#player = new Player(this.#video, {
      onPicture: (picture, fault) => this.#show(picture === "none" ? "off" : picture, fault ?? null),
      onLocked: () => this.#setMuted(true),
      onPlay: () => {},
    });
    this.#watch.addEventListener("click", () => (this.#state === "off" ? this.#start() : this.stop()));
    this.#sound.addEventListener("click", () => this.#setMuted(!this.#video.muted));
  }

  /** @param {Language} language */
  translate(language) {
    this.#language = language;
    this.#show(this.#state, this.#fault);
  }

  /**
   * Turns to another session; its picture is not shown before it is asked for.
   * @param {string | null} id
   */
  choose(id) {
    this.stop();
    this.#session = id;
  }

  stop() {
    this.#player.stop();
    this.#setMuted(true);
    this.#show("off", null);
  }

  #start() {
    if (this.#session) this.#player.start(this.#session);
  }

  /** @param {boolean} muted */
  #setMuted(muted) {
    this.#video.muted = muted;
    this.#sound.setAttribute("aria-pressed", String(!muted));
  }

  /**
   * @param {"off" | "starting" | "playing" | "failed"} state
   * @param {Fault | null} fault
   */
  #show(state, fault) {
    this.#state = state;
    this.#fault = fault;
    this.#video.hidden = state !== "playing";
    this.#sound.hidden = state !== "playing";
    this.#watch.setAttribute("aria-pressed", String(state !== "off"));
    setText(this.#watch, translate(this.#language, state === "off" ? "watch" : "unwatch"));
    const message = fault?.message ?? "";
    setText(this.#note, state === "playing" ? "" : translate(this.#language, `picture.${state}`, { message }));
  }
}
