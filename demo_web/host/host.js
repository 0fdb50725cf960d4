/**
 * The live host's page: joins the session, the microphone, the script and the audience. What it decides is in state.js.
 */

import { ApiError, deleteSession, faultOf, interrupt } from "../api.js";
import { Pause } from "../backoff.js";
import { setCredential } from "../credential.js";
import { setText } from "../dom.js";
import { Player } from "../player.js";
import { chooseLanguage } from "../strings.js";
import { microphones } from "../voice/capture.js";
import { Line } from "../voice/line.js";
import * as calls from "./api.js";
import { Keys } from "./keys.js";
import { Microphone } from "./microphone.js";
import { Shortcuts } from "./shortcuts.js";
import { initialState, reduce } from "./state.js";
import { translate } from "./strings.js";
import { View } from "./view.js";

const KEY = "avatar-bridge.key";
const LANGUAGE = "avatar-bridge.language";
const SESSION = "avatar-bridge.hosted";
const RETRY_MS = 3_000;
const OVER = new Set(["closing", "closed", "failed"]);
const SHOWN = new Set(["ready", "live", "reconnecting"]);
const REFUSED = new Set([401, 403]);

class Host {
  #state = initialState();
  #language = chooseLanguage([sessionStorage.getItem(LANGUAGE) ?? "", ...navigator.languages]);
  #keys = new Keys(localStorage);
  /** @type {Line | null} */
  #line = null;
  #frame = 0;
  #fetching = false;
  #stale = false;
  #picture = { session: "", state: /** @type {"none" | "starting" | "playing" | "failed"} */ ("none"), message: "" };

  #view = new View({
    onJoin: (id) => this.#join(id),
    onStart: (line) => this.#act((id) => calls.run(id, "start", line)),
    onRemove: (line) => this.#act((id) => calls.removeLine(id, line)),
    onEdit: (line, text) => this.#act((id) => calls.changeLine(id, line, { text })),
    onMove: (line, index) => this.#move(line, index),
    onAnswer: (message, now) => this.#act((id) => calls.answer(id, message, now)),
    onDismiss: (message) => this.#act((id) => calls.dismiss(id, message)),
  });

  #microphone = new Microphone(
    (change) => this.#dispatch({ type: "microphone", change }),
    (level) => this.#view.showLevel(level),
  );

  #player = new Player(this.#view.video, {
    onPicture: (state, fault) => this.#showPicture(state, fault?.message ?? ""),
    onLocked: () => this.#listen(false),
    onPlay: () => {},
  });

  #shortcuts = new Shortcuts({
    keys: this.#keys,
    say: (key) => translate(this.#language, key),
    onTalk: (pressed) => this.#microphone.press(pressed),
    onChosen: () => this.#translate(this.#language),
    onCommand: (command) => this.#command(command),
  });

  start() {
    setCredential(sessionStorage.getItem(KEY));
    this.#wire();
    this.#translate(this.#language);
    void this.#showDevices();
    void this.#arrive();
  }

  // ---- getting in

  /** Comes back to the session of this tab, or lets the host choose one. */
  async #arrive() {
    const pause = new Pause();
    const { signal } = new AbortController();
    for (;;) {
      try {
        const sessions = (await calls.listSessions()).filter(({ mode, state }) => mode === "audio" && !OVER.has(state));
        const mine = sessions.find(({ session_id }) => session_id === sessionStorage.getItem(SESSION));
        this.#dispatch({ type: "sessions", sessions });
        if (mine) this.#join(mine.session_id);
        else this.#dispatch({ type: "access", access: "choosing" });
        return;
      } catch (error) {
        if (error instanceof ApiError && REFUSED.has(error.status)) return this.#signOut(error);
        this.#dispatch({ type: "access", access: "loading", fault: faultOf(error) });
        await pause.wait(RETRY_MS, signal);
      }
    }
  }

  /** @param {ApiError} error */
  #signOut(error) {
    const tried = sessionStorage.getItem(KEY) !== null;
    sessionStorage.removeItem(KEY);
    setCredential(null);
    this.#dispatch({ type: "access", access: "signed-out", fault: tried ? error.fault : null });
    this.#view.key.focus();
  }

  /** @param {string} key */
  #signIn(key) {
    this.#view.key.value = "";
    sessionStorage.setItem(KEY, key);
    setCredential(key);
    void this.#arrive();
  }

  async #create() {
    this.#view.create.disabled = true;
    try {
      this.#join(await calls.createHosted());
    } catch (error) {
      this.#dispatch({ type: "access", access: "choosing", fault: faultOf(error) });
    } finally {
      this.#view.create.disabled = false;
    }
  }

  /** @param {string} id */
  #join(id) {
    sessionStorage.setItem(SESSION, id);
    this.#dispatch({ type: "join", session: id });
    const line = new Line(id, {
      onLink: (link) => this.#dispatch({ type: "link", link }),
      onWelcome: ({ session }) => {
        this.#dispatch({ type: "welcome", session });
        void this.#fetch();
      },
      onEvent: (data) => this.#receive(data),
      onEnd: () => this.#leave(),
      onFault: (fault) => this.#dispatch({ type: "access", access: "open", fault }),
    });
    this.#line = line;
    this.#microphone.use(line);
    line.open();
  }

  /** The session has ended: another one may be begun. */
  #leave() {
    this.#microphone.use(null);
    this.#microphone.close();
    this.#line?.close();
    this.#line = null;
    this.#player.stop();
    this.#picture.session = "";
    sessionStorage.removeItem(SESSION);
    this.#dispatch({ type: "access", access: "loading" });
    void this.#arrive();
  }

  // ---- what happens

  /** @param {Record<string, any>} data */
  #receive(data) {
    if (data.type === "audio.progress") return this.#microphone.progress(data);
    const revision = this.#state.script?.revision;
    this.#dispatch({ type: "event", data });
    // What is left of a line that was cut is told only when asked for.
    if (data.type === "script" && (data.revision !== revision || data.state !== "playing")) void this.#fetch();
  }

  /**
   * Reads the script and the audience; once more if something changed meanwhile, and later if that failed.
   * @param {boolean} [again] whether it failed before
   */
  async #fetch(again = false) {
    const id = this.#state.session;
    this.#stale = this.#fetching;
    if (!id || this.#fetching) return;
    this.#fetching = true;
    try {
      const [script, messages] = await Promise.all([calls.getScript(id), calls.getAudience(id)]);
      if (id !== this.#state.session) return;
      this.#dispatch({ type: "script", script });
      this.#dispatch({ type: "audience", messages });
      if (again) this.#dispatch({ type: "access", access: "open" });
    } catch (error) {
      if (id !== this.#state.session) return;
      this.#dispatch({ type: "access", access: "open", fault: faultOf(error) });
      setTimeout(() => id === this.#state.session && void this.#fetch(true), RETRY_MS);
    } finally {
      this.#fetching = false;
    }
    if (this.#stale) void this.#fetch();
  }

  /** @param {import("./state.js").Action} action */
  #dispatch(action) {
    this.#state = reduce(this.#state, action);
    if (this.#frame !== 0) return;
    // Events come in bursts: one showing of them all is enough.
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.#render();
    });
  }

  #render() {
    const { access, session, phase } = this.#state;
    this.#view.render(this.#state);
    if (access !== "open" || !session || !SHOWN.has(phase) || this.#picture.session === session) return;
    this.#picture.session = session;
    this.#player.start(session);
  }

  /**
   * @param {"none" | "starting" | "playing" | "failed"} state
   * @param {string} message
   */
  #showPicture(state, message) {
    this.#picture.state = state;
    this.#picture.message = message;
    this.#view.showPicture(state, message);
  }

  // ---- what the host does

  #wire() {
    const view = this.#view;
    view.signIn.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#signIn(view.key.value.trim());
    });
    view.create.addEventListener("click", () => void this.#create());
    view.language.addEventListener("click", () => this.#translate(this.#language === "en" ? "zh" : "en"));
    view.end.addEventListener("click", () => view.confirm.showModal());
    view.confirm.addEventListener("close", () => {
      if (view.confirm.returnValue === "yes") void this.#act((id) => deleteSession(id));
      view.confirm.returnValue = "";
    });
    view.showKeys.addEventListener("click", () => this.#shortcuts.open());
    view.listen.addEventListener("click", () => this.#listen(view.video.muted));
    // After a click the keys are for the avatar again; who comes with the keyboard stays on the button.
    document.addEventListener("click", ({ detail, target }) => {
      if (detail > 0 && target instanceof Element) target.closest("button")?.blur();
    });
    this.#wireMicrophone();
    this.#wireScript();
    this.#wireAudience();
  }

  #wireMicrophone() {
    const view = this.#view;
    view.microphoneOn.addEventListener("click", () => (this.#microphone.isOpen ? this.#microphone.close() : void this.#open()));
    view.mute.addEventListener("click", () => this.#microphone.toggleMute());
    view.modeOpen.addEventListener("change", () => this.#microphone.setMode("open"));
    view.modePush.addEventListener("change", () => this.#microphone.setMode("push"));
    for (const select of [view.device, view.clean]) {
      select.addEventListener("change", () => {
        if (this.#microphone.isOpen) void this.#open();
      });
    }
    /** @type {number | null} */
    let holding = null;
    view.talk.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || holding !== null) return;
      holding = event.pointerId;
      view.talk.setPointerCapture(event.pointerId);
      this.#microphone.press(true);
    });
    for (const name of /** @type {const} */ (["pointerup", "pointercancel", "lostpointercapture"])) {
      view.talk.addEventListener(name, ({ pointerId }) => {
        if (pointerId !== holding) return;
        holding = null;
        this.#microphone.press(false);
      });
    }
    // A long press is no wish for a menu.
    view.talk.addEventListener("contextmenu", (event) => event.preventDefault());
    // With a keyboard on the button itself.
    view.talk.addEventListener("keydown", (event) => {
      if (event.code === "Space" || event.code === "Enter") this.#microphone.press(true);
    });
    view.talk.addEventListener("keyup", () => this.#microphone.press(false));
    navigator.mediaDevices?.addEventListener("devicechange", () => void this.#showDevices());
  }

  #wireScript() {
    const view = this.#view;
    view.interrupt.addEventListener("click", () => this.#command("interrupt"));
    view.play.addEventListener("click", () => this.#command("play"));
    view.skip.addEventListener("click", () => this.#command("skip"));
    view.repeat.addEventListener("click", () => this.#command("repeat"));
    view.loop.addEventListener("change", () => this.#act((id) => calls.setScript(id, { loop: view.loop.checked })));
    view.add.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#add("end");
    });
    view.addNext.addEventListener("click", () => void this.#add("next"));
    view.addNow.addEventListener("click", () => void this.#add("now"));
    view.text.addEventListener("keydown", (event) => {
      const adds = event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.isComposing;
      if (adds && !event.repeat) void this.#add("end");
    });
  }

  #wireAudience() {
    const view = this.#view;
    view.auto.addEventListener("change", () => this.#act((id) => calls.setScript(id, { auto: view.auto.checked })));
    view.write.addEventListener("submit", async (event) => {
      event.preventDefault();
      const text = view.message.value.trim();
      if (text === "") return view.message.focus();
      if (await this.#act((id) => calls.write(id, text, view.who.value.trim()))) view.message.value = "";
      return undefined;
    });
  }

  /** @param {Exclude<import("./keys.js").Command, "talk">} command */
  #command(command) {
    const stopped = (this.#state.script?.state ?? "stopped") === "stopped";
    if (command === "mute") this.#microphone.toggleMute();
    else if (command === "interrupt") void this.#act((id) => interrupt(id));
    else if (command === "play") void this.#act((id) => calls.run(id, stopped ? "start" : "stop"));
    else void this.#act((id) => calls.run(id, command));
  }

  async #open() {
    await this.#microphone.open(this.#view.device.value, this.#view.clean.checked);
    // Their names are told only to those who may listen.
    await this.#showDevices();
  }

  async #showDevices() {
    const chosen = this.#view.device.value;
    const usual = new Option(translate(this.#language, "microphone.usual"), "");
    const found = (await microphones()).filter(({ label }) => label !== "").map(({ id, label }) => new Option(label, id));
    this.#view.device.replaceChildren(usual, ...found);
    this.#view.device.value = found.some(({ value }) => value === chosen) ? chosen : "";
  }

  /** @param {boolean} on */
  #listen(on) {
    this.#view.video.muted = !on;
    this.#view.listen.setAttribute("aria-pressed", String(on));
  }

  /** @param {"end" | "next" | "now"} where */
  async #add(where) {
    const lines = this.#view.text.value.split("\n").map((line) => line.trim()).filter(Boolean);
    if (lines.length === 0) return this.#view.text.focus();
    const { text: box } = this.#view;
    const typed = box.value;
    box.value = "";
    const done = await this.#act(async (id) => {
      if (where === "now") await calls.addLine(id, lines.join("\n"), "now");
      else if (where === "end" && lines.length > 1) {
        // What is there now, and not what was there when it was last told.
        const known = (await calls.getScript(id)).lines;
        await calls.putScript(id, [...known, ...lines.map((text) => ({ text }))]);
      }
      // Each comes before those that were to be next: the last one goes first.
      else for (const text of lines.reverse()) await calls.addLine(id, text, where);
    });
    if (!done && box.value === "") box.value = typed;
    return undefined;
  }

  /**
   * @param {string} line
   * @param {number} index
   */
  async #move(line, index) {
    const from = (this.#state.script?.lines ?? []).findIndex(({ line_id }) => line_id === line);
    if (from === index) return this.#render();
    if (!(await this.#act((id) => calls.changeLine(id, line, { index })))) return this.#render();
    this.#view.tell(translate(this.#language, "line.moved", { from: from + 1, to: index + 1 }));
    return undefined;
  }

  /**
   * Does something with the session, and tells what went wrong.
   * @param {(id: string) => Promise<unknown>} work
   * @returns {Promise<boolean>} whether it was done
   */
  async #act(work) {
    const id = this.#state.session;
    if (!id) return false;
    try {
      await work(id);
      if (this.#state.fault) this.#dispatch({ type: "access", access: "open" });
      return true;
    } catch (error) {
      this.#dispatch({ type: "access", access: "open", fault: faultOf(error) });
      return false;
    }
  }

  /** @param {import("../strings.js").Language} language */
  #translate(language) {
    this.#language = language;
    sessionStorage.setItem(LANGUAGE, language);
    this.#view.translate(language, this.#keys);
    this.#view.showPicture(this.#picture.state, this.#picture.message);
    setText(this.#view.device.options[0] ?? this.#view.device, translate(language, "microphone.usual"));
    this.#render();
  }
}

new Host().start();
