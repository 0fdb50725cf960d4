/**
 * The operator's page: every session of this server, and one of them closely.
 */

import { ApiError, createSession, deleteSession, eventsUrl, faultOf, interrupt } from "../api.js";
import { Pause } from "../backoff.js";
import { setCredential } from "../credential.js";
import { element, setText } from "../dom.js";
import { follow } from "../events.js";
import { chooseLanguage } from "../strings.js";
import { listSessions, reset, say } from "./api.js";
import { Feed } from "./feed.js";
import { Picture } from "./picture.js";
import { initialState, isOver, reduce, selectedSession } from "./state.js";
import { translate } from "./strings.js";
import { View } from "./view.js";

const KEY = "avatar-bridge.key";
const LANGUAGE = "avatar-bridge.language";
const CHOSEN = "avatar-bridge.chosen";
const LIST_EVERY_MS = 2_000;
const COPIED_MS = 1_500;
const REFUSED = new Set([401, 403]);

class Console {
  #state = initialState();
  #view = new View({ onSelect: (id) => this.#select(id) });
  #feed = new Feed();
  #picture = new Picture();
  #language = chooseLanguage([sessionStorage.getItem(LANGUAGE) ?? "", ...navigator.languages]);
  #pause = new Pause();
  /** @type {AbortController | null} */
  #following = null;
  #frame = 0;

  start() {
    setCredential(sessionStorage.getItem(KEY));
    this.#wire();
    this.#translate(this.#language);
    document.addEventListener("visibilitychange", () => this.#pause.wake());
    void this.#keepListing();
  }

  #wire() {
    const view = this.#view;
    view.signIn.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#signIn(view.key.value.trim());
    });
    view.signOut.addEventListener("click", () => this.#signIn(""));
    view.language.addEventListener("click", () => this.#translate(this.#language === "en" ? "zh" : "en"));
    view.create.addEventListener("click", () => void this.#create());
    view.say.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#say(false);
    });
    view.text.addEventListener("keydown", (event) => {
      const says = event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.isComposing;
      if (says && !event.repeat) void this.#say(event.shiftKey);
    });
    view.sayNow.addEventListener("click", () => void this.#say(true));
    view.interrupt.addEventListener("click", () => void this.#act((id) => interrupt(id)));
    view.reset.addEventListener("click", () => void this.#act((id) => reset(id)));
    view.close.addEventListener("click", () => view.confirm.showModal());
    view.confirm.addEventListener("close", () => {
      if (view.confirm.returnValue === "yes") void this.#act((id) => deleteSession(id));
      view.confirm.returnValue = "";
    });
    const copy = element("copy", HTMLButtonElement);
    copy.addEventListener("click", () => void this.#copy(copy));
  }

  /** @param {import("./state.js").Action} action */
  #dispatch(action) {
    const before = this.#state;
    this.#state = reduce(before, action);
    // Events come in bursts: one showing of them all is enough.
    if (this.#state !== before && this.#frame === 0) {
      this.#frame = requestAnimationFrame(() => {
        this.#frame = 0;
        this.#render();
      });
    }
  }

  #render() {
    const asked = !this.#view.signIn.hidden;
    this.#view.render(this.#state, this.#language, Date.now() / 1000);
    this.#view.signOut.hidden = this.#state.access !== "open" || sessionStorage.getItem(KEY) === null;
    this.#feed.show(this.#state.feed);
    if (!asked && !this.#view.signIn.hidden) this.#view.key.focus();
  }

  /** @param {import("../strings.js").Language} language */
  #translate(language) {
    this.#language = language;
    sessionStorage.setItem(LANGUAGE, language);
    this.#view.translate(language);
    this.#picture.translate(language);
    this.#render();
  }

  /** Reads the list again and again, as long as the page is looked at. */
  async #keepListing() {
    const { signal } = new AbortController();
    for (;;) {
      if (!document.hidden && this.#state.access !== "signed-out") await this.#list();
      await this.#pause.wait(document.hidden ? 10 * LIST_EVERY_MS : LIST_EVERY_MS, signal);
    }
  }

  async #list() {
    try {
      const sessions = await listSessions();
      this.#dispatch({ type: "sessions", sessions });
      const before = sessionStorage.getItem(CHOSEN);
      if (!this.#state.selected && sessions.some(({ session_id }) => session_id === before)) this.#select(before);
    } catch (error) {
      this.#failed(error);
    }
  }

  /** @param {unknown} error */
  #failed(error) {
    const refused = error instanceof ApiError && REFUSED.has(error.status);
    if (!refused) return this.#dispatch({ type: "unreachable", fault: faultOf(error) });
    const tried = sessionStorage.getItem(KEY) !== null;
    this.#signOut(tried ? error.fault : null);
  }

  /** @param {import("../api.js").Fault | null} fault */
  #signOut(fault) {
    sessionStorage.removeItem(KEY);
    setCredential(null);
    this.#select(null);
    this.#dispatch({ type: "signed-out", fault });
  }

  /** @param {string} key */
  #signIn(key) {
    this.#view.key.value = "";
    if (key === "") return this.#signOut(null);
    sessionStorage.setItem(KEY, key);
    setCredential(key);
    return this.#list();
  }

  async #create() {
    const { create } = this.#view;
    create.disabled = true;
    this.#dispatch({ type: "refused", fault: null });
    try {
      const { session_id: id } = await createSession();
      await this.#list();
      this.#select(id);
    } catch (error) {
      this.#dispatch({ type: "refused", fault: faultOf(error) });
      this.#failed(error);
    } finally {
      create.disabled = false;
    }
  }

  /** @param {string | null} id */
  #select(id) {
    if (id === this.#state.selected) return;
    this.#following?.abort();
    this.#following = null;
    this.#picture.choose(id);
    this.#dispatch({ type: "select", id });
    sessionStorage.setItem(CHOSEN, id ?? "");
    setText(this.#view.sayFault, "");
    if (id) void this.#follow(id);
  }

  /** @param {string} id */
  async #follow(id) {
    const run = (this.#following = new AbortController());
    const outcome = await follow(eventsUrl(id), {
      signal: run.signal,
      pause: new Pause(),
      onLink: (link) => this.#dispatch({ type: "link", link }),
      onFrame: ({ event, data }) => {
        this.#dispatch({ type: "event", name: event, data: JSON.parse(data) });
        const session = selectedSession(this.#state);
        if (session && isOver(session)) run.abort();
      },
    });
    if (this.#following !== run) return;
    this.#picture.choose(null);
    if (outcome !== "aborted") this.#dispatch({ type: "link", link: "ended" });
  }

  /** @param {boolean} now */
  async #say(now) {
    const { text: box } = this.#view;
    const text = box.value;
    if (text.trim() === "") return box.focus();
    box.value = "";
    const done = await this.#act((id) => say(id, text, now));
    if (!done && box.value === "") box.value = text;
  }

  /**
   * Does something with the chosen session, and tells what went wrong beside the controls.
   * @param {(id: string) => Promise<unknown>} work
   * @returns {Promise<boolean>} whether it was done
   */
  async #act(work) {
    const id = this.#state.selected;
    if (!id) return false;
    setText(this.#view.sayFault, "");
    try {
      await work(id);
      return true;
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) this.#failed(error);
      const { code, message } = faultOf(error);
      setText(this.#view.sayFault, `${code}: ${message}`);
      return false;
    }
  }

  /** @param {HTMLButtonElement} button */
  async #copy(button) {
    await navigator.clipboard.writeText(this.#feed.text());
    setText(button, translate(this.#language, "feed.copied"));
    setTimeout(() => setText(button, translate(this.#language, "feed.copy")), COPIED_MS);
  }
}

new Console().start();
