/**
 * The kiosk page: joins the session, the picture and the visitor. What it decides is in state.js.
 */

import { Admission } from "./admission.js";
import { ApiError, chat, faultOf, interrupt } from "./api.js";
import { Board } from "./board.js";
import { Composer, excess } from "./composer.js";
import { audible, awaitsQuiet, canAsk, hasEnded, initialState, stoppable } from "./model.js";
import { Player } from "./player.js";
import { reduce } from "./state.js";
import { chooseLanguage, translate } from "./strings.js";
import { SoundOwner } from "./tabs.js";
import { apologyFor } from "./talk.js";
import { troubleOf } from "./trouble.js";
import { View } from "./view.js";
import { followKeyboard } from "./viewport.js";
import { sessionMemory, Visit } from "./visit.js";
import { Talking } from "./voice/talking.js";

const CAPTION_STAYS_MS = 1200;
const QUIET_CHECK_MS = 250;
const QUIET_CHECKS = 3;
const QUIET_LEVEL = 0.001;
const SHOWN = new Set(["ready", "live", "reconnecting", "paused"]);
const LANGUAGE_KEY = "avatar-bridge.language";

/**
 * @param {"sessionStorage" | "localStorage"} [kind]
 * @returns {Storage | null}
 */
function storage(kind = "sessionStorage") {
  try {
    return window[kind];
  } catch {
    return null;
  }
}

class Kiosk {
  #state = initialState();
  #view = new View();
  #memory = sessionMemory(storage());
  #language = chooseLanguage([storage()?.getItem(LANGUAGE_KEY) ?? "", ...navigator.languages]);
  /** @type {import("./view.js").Draft} */
  #draft = { text: "", excess: null, notice: null };
  #delayMs = 0;
  /** @type {Set<number>} */
  #delayed = new Set();
  #captionTimer = 0;
  #watchesQuiet = false;
  #asked = 0;
  /** @type {string | null} */
  #shown = null;

  #player = new Player(this.#view.video, {
    onPicture: (picture, fault) => this.#dispatch({ type: "picture", picture, fault }),
    onLocked: () => this.#dispatch({ type: "sound", change: { locked: true } }),
    onPlay: (play) => {
      this.#delayMs = play.delay_ms ?? 0;
    },
  });

  #visit = new Visit({
    memory: this.#memory,
    admission: new Admission(storage("localStorage")),
    dispatch: (action) => this.#dispatch(action),
    onEvent: (name, data) => this.#onEvent(name, data),
  });

  #board = new Board({ onOption: (text) => this.#ask(text), onClose: () => this.#dispatch({ type: "board.close" }) });

  #composer = new Composer(this.#view.form, this.#view.question, {
    onSend: (text) => this.#ask(text),
    onText: (text) => this.#write({ text, excess: excess(text), notice: null }),
  });

  #talking = new Talking({
    button: this.#view.microphone,
    handsFree: this.#view.handsFree,
    storage: storage(),
    state: () => this.#state,
    language: () => this.#language,
    dispatch: (action) => this.#dispatch(action),
    ask: (text) => this.#ask(text),
    stop: () => this.#stop(),
    onLevel: (level) => this.#view.showLevel(level),
    onFault: (fault) => this.#write({ ...this.#draft, notice: fault && `microphone.${fault}` }),
    meter: (window) => this.#player.meter(window),
  });

  #tabs = new SoundOwner(
    () => this.#memory.get(),
    (elsewhere) => this.#dispatch({ type: "sound", change: { elsewhere } }),
  );

  /** Begins. */
  start() {
    this.#view.translate(this.#language);
    this.#wireControls();
    this.#wirePage();
    followKeyboard();
    this.#render();
    this.#talking.start();
    this.#visit.start();
    if (!document.hidden) this.#tabs.claim();
  }

  /** @param {import("./model.js").Action} action */
  #dispatch(action) {
    const before = this.#state;
    this.#state = reduce(before, action);
    // First of all the sound: whoever interrupts hears silence at once.
    this.#view.video.muted = !audible(this.#state);
    this.#followSession();
    this.#followCaption(before.caption);
    this.#talking.follow();
    if (awaitsQuiet(this.#state) && !this.#watchesQuiet) void this.#watchQuiet();
    this.#render();
  }

  #render() {
    this.#view.render(this.#state, this.#language, this.#draft);
    const { board, imageOrigins } = this.#state;
    this.#board.show(board, imageOrigins, canAsk(this.#state), (key) => translate(this.#language, key));
  }

  /** @param {import("./view.js").Draft} draft */
  #write(draft) {
    this.#draft = draft;
    this.#render();
  }

  // ---- the session

  /**
   * @param {string} name
   * @param {any} data
   */
  #onEvent(name, data) {
    if (name === "welcome") this.#forgetDelayed();
    if (name === "play") this.#player.restart();
    this.#talking.onEvent(name, data);
    const inStep = name === "utterance" || name === "sentence";
    if (!inStep || this.#delayMs === 0) {
      this.#dispatch({ type: "event", name, data });
      return;
    }
    // The viewer sees and hears it later than it happens.
    const timer = setTimeout(() => {
      this.#delayed.delete(timer);
      this.#dispatch({ type: "event", name, data });
    }, this.#delayMs);
    this.#delayed.add(timer);
  }

  #forgetDelayed() {
    for (const timer of this.#delayed) clearTimeout(timer);
    this.#delayed.clear();
  }

  /** The picture belongs to a session that is there, and to no other. */
  #followSession() {
    const { session } = this.#state;
    const wanted = session && SHOWN.has(session.state) ? session.id : null;
    const kept = wanted === null && session?.id === this.#shown && !hasEnded(session?.state ?? "closed");
    if (wanted === this.#shown || kept) return;
    this.#shown = wanted;
    this.#player.stop();
    if (wanted) this.#player.start(wanted);
    else this.#dispatch({ type: "picture", picture: "none" });
  }

  /** @param {import("./model.js").Caption | null} before */
  #followCaption(before) {
    const { caption } = this.#state;
    if (caption === before) return;
    clearTimeout(this.#captionTimer);
    if (!caption?.over) return;
    const { utterance_id, seq } = caption;
    this.#captionTimer = setTimeout(
      () => this.#dispatch({ type: "caption.over", utterance_id, seq }),
      CAPTION_STAYS_MS,
    );
  }

  // ---- talking

  /**
   * @param {string} text
   * @returns {boolean} whether it was sent
   */
  #ask(text) {
    const { session } = this.#state;
    if (!session || !canAsk(this.#state)) {
      this.#write({ ...this.#draft, notice: "question.wait" });
      return false;
    }
    this.#asked += 1;
    void this.#converse(session.id, `own-${this.#asked}`, text);
    return true;
  }

  /**
   * @param {string} id
   * @param {string} ref
   * @param {string} text
   */
  async #converse(id, ref, text) {
    this.#dispatch({ type: "asked", ref, text });
    let accepted = false;
    let interrupted = false;
    try {
      for await (const { event, data } of chat(id, text)) {
        accepted ||= event === "accepted";
        if (event === "delta") this.#dispatch({ type: "delta", ref, text: data.text });
        if (event === "end") interrupted = data.status === "interrupted";
        if (event === "error") throw new ApiError(faultIn(data), 200);
      }
      this.#dispatch({ type: "answered", ref, interrupted });
    } catch (error) {
      const fault = faultOf(error);
      // Once accepted it is answered aloud, whether or not this stream lasts.
      if (accepted && fault.code === "unreachable") this.#dispatch({ type: "answered", ref });
      else this.#unanswered(ref, text, fault);
    }
  }

  /**
   * @param {string} ref
   * @param {string} text
   * @param {import("./api.js").Fault} fault
   */
  #unanswered(ref, text, fault) {
    this.#dispatch({ type: "unanswered", ref, fault });
    const answer = this.#state.exchanges.find((exchange) => exchange.ref === ref)?.answer ?? "";
    if (fault.code !== "dialog_failed") this.#composer.giveBack(text);
    this.#write({ ...this.#draft, notice: apologyFor(fault, answer) });
  }

  /** Silence at once, and then the news of it. */
  #stop() {
    const { session } = this.#state;
    if (!session || !stoppable(this.#state)) return;
    const focused = document.activeElement === this.#view.stop;
    this.#dispatch({ type: "stop" });
    if (focused) this.#view.question.focus({ preventScroll: true });
    interrupt(session.id).then(
      (utterance_ids) => this.#dispatch({ type: "stopped", utterance_ids }),
      () => this.#dispatch({ type: "stopped", utterance_ids: [] }),
    );
  }

  /** Gives the sound back once nothing old can be heard any more. */
  async #watchQuiet() {
    const meter = this.#player.meter();
    if (!meter) return;
    this.#watchesQuiet = true;
    for (let quiet = 0; awaitsQuiet(this.#state) && quiet < QUIET_CHECKS; ) {
      await new Promise((resolve) => setTimeout(resolve, QUIET_CHECK_MS));
      const level = meter.level();
      quiet = level !== null && level < QUIET_LEVEL ? quiet + 1 : 0;
    }
    meter.close();
    this.#watchesQuiet = false;
    this.#dispatch({ type: "quiet" });
  }

  // ---- the visitor

  #wireControls() {
    const view = this.#view;
    view.stop.addEventListener("click", () => this.#stop());
    view.language.addEventListener("click", () => this.#switchLanguage());
    view.unlock.addEventListener("click", () => this.#onGesture());
    view.sound.addEventListener("click", () => this.#toggleSound());
    view.fullscreen.addEventListener("click", () => {
      const change = document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen();
      change.catch(() => {});
    });
    document.addEventListener("fullscreenchange", () => view.showFullscreen(this.#language));
    window.addEventListener("resize", () => view.fitCaption());
    view.chips.addEventListener("click", ({ target }) => {
      const chip = target instanceof Element ? target.closest("button") : null;
      if (chip) this.#ask(chip.textContent ?? "");
    });
    view.troubleAction.addEventListener("click", () => this.#wayOut());
  }

  #toggleSound() {
    const { muted, locked, elsewhere } = this.#state.sound;
    if (elsewhere) this.#tabs.claim();
    this.#dispatch({ type: "sound", change: { muted: !(muted || locked || elsewhere), locked: false } });
    this.#player.resume();
  }

  #wirePage() {
    const { sound } = this.#view;
    document.addEventListener("keydown", (event) => {
      const inInputMethod = event.isComposing || event.keyCode === 229;
      if (event.key === "Escape" && !inInputMethod) this.#stop();
    });
    for (const name of ["pointerdown", "pointerup", "keydown", "click"]) {
      // The sound button decides for itself: it must not find the sound already switched on by its own click.
      const onGesture = (/** @type {Event} */ { target }) => {
        if (!(target instanceof Node && sound.contains(target))) this.#onGesture();
      };
      document.addEventListener(name, onGesture, true);
    }
    document.addEventListener("visibilitychange", () => !document.hidden && this.#onReturn());
    window.addEventListener("focus", () => this.#onReturn());
    window.addEventListener("online", () => this.#onReturn());
    window.addEventListener("pagehide", () => {
      this.#player.stop();
      this.#talking.stop();
      this.#visit.stop();
      this.#shown = null;
    });
    window.addEventListener("pageshow", ({ persisted }) => persisted && this.#comeBack());
  }

  /** A gesture lets the browser sound, if it counts as one there. */
  #onGesture() {
    const { sound } = this.#state;
    if (sound.elsewhere) this.#tabs.claim();
    if (!sound.locked || navigator.userActivation?.isActive === false) return;
    this.#dispatch({ type: "sound", change: { locked: false } });
    this.#player.resume();
  }

  #comeBack() {
    this.#talking.start();
    this.#visit.start();
  }

  #onReturn() {
    this.#visit.wake();
    this.#talking.wake();
    this.#player.resume();
    this.#tabs.claim();
  }

  #switchLanguage() {
    this.#language = this.#language === "en" ? "zh" : "en";
    storage()?.setItem(LANGUAGE_KEY, this.#language);
    this.#view.translate(this.#language);
    this.#render();
  }

  #wayOut() {
    const trouble = troubleOf(this.#state);
    if (trouble?.action === "picture") this.#player.restart();
    else if (trouble?.action === "renew" || trouble?.action === "again") this.#visit.renew();
    else if (this.#state.session) this.#visit.wake();
    else this.#visit.start();
  }
}

/**
 * @param {Record<string, any>} problem as a chat's `error` event tells it
 * @returns {import("./api.js").Fault}
 */
function faultIn({ code, detail, retryable }) {
  return { code: String(code), message: String(detail ?? ""), retryable: retryable === true };
}

new Kiosk().start();
