/**
 * The page for a browser source, as OBS has it: only the picture, with sound, and its words if wanted. It finds its
 * session by itself and comes back for ever, for nobody presses anything here.
 *
 * What stands behind `#`: `session` which one (otherwise the only one that is open), or `grant` of a kiosk's link;
 * `captions` to show the words, `fit=cover` to fill the frame. A server with a key asks for it once (in OBS: Interact).
 */

import { Admission } from "../admission.js";
import { ApiError, call, eventsUrl, faultOf, getSession } from "../api.js";
import { Pause } from "../backoff.js";
import { setCredential } from "../credential.js";
import { element, setText } from "../dom.js";
import { follow } from "../events.js";
import { Player } from "../player.js";
import { languageOf } from "../strings.js";

const KEY = "avatar-bridge.stage.key";
const RETRY_MS = 2_000;
const CAPTION_STAYS_MS = 1_500;
const OVER = new Set(["closing", "closed", "failed"]);

const given = new URLSearchParams(location.hash.slice(1));
const video = element("video", HTMLVideoElement);
const caption = element("caption", HTMLParagraphElement);
const note = element("note", HTMLParagraphElement);
const signIn = element("sign-in", HTMLFormElement);
const key = element("key", HTMLInputElement);
const pause = new Pause();
let captionTimer = 0;

const player = new Player(video, {
  onPicture: (picture) => {
    video.hidden = picture !== "playing";
  },
  // A browser that is no browser source wants a click before there is sound.
  onLocked: () => {
    video.muted = true;
    document.addEventListener("pointerdown", () => (video.muted = false), { once: true });
  },
  onPlay: () => {},
});

/** @param {string} text empty for none */
function say(text) {
  clearTimeout(captionTimer);
  if (!given.has("captions")) return;
  if (text === "") {
    captionTimer = setTimeout(() => (caption.hidden = true), CAPTION_STAYS_MS);
    return;
  }
  setText(caption, text);
  caption.lang = languageOf(text);
  caption.hidden = false;
}

/** @param {string} text for whoever sets it up; empty once there is a picture */
function tell(text) {
  setText(note, text);
  note.hidden = text === "";
}

/**
 * @param {Admission} admission
 * @returns {Promise<string | null>} the session to show, null while it is not clear which one
 */
async function findSession(admission) {
  const wanted = given.get("session");
  if (!wanted && admission.needed) return admission.enter(false);
  if (wanted) return OVER.has((await getSession(wanted)).state) ? null : wanted;
  /** @type {{session_id: string, state: string}[]} */
  const sessions = (await (await call("/v1/sessions", {})).json()).sessions;
  const open = sessions.filter(({ state }) => !OVER.has(state));
  if (open.length > 1) tell(`${open.length} sessions are open: say which one with /stage#session=…`);
  return open.length === 1 ? open[0].session_id : null;
}

/** @param {string} id */
async function show(id) {
  const run = new AbortController();
  tell("");
  signIn.hidden = true;
  player.start(id);
  await follow(eventsUrl(id), {
    signal: run.signal,
    pause,
    onLink: () => {},
    onFrame: ({ event, data }) => {
      const told = JSON.parse(data);
      if (event === "play") player.restart();
      if (event === "sentence" && told.status === "started") say(told.text);
      if (event === "sentence" && told.status === "ended") say("");
      if (event === "interrupt") say("");
      const state = event === "welcome" ? told.session.state : event === "session.state" ? told.state : null;
      if (OVER.has(state)) run.abort();
    },
  });
  player.stop();
  caption.hidden = video.hidden = true;
}

/** Shows a session, and the next one when it has ended. */
async function keep() {
  // Whose storage it is, and whose address: OBS keeps both.
  const admission = new Admission(localStorage);
  setCredential(localStorage.getItem(KEY));
  document.body.dataset.fit = given.get("fit") ?? "";
  signIn.addEventListener("submit", (event) => {
    event.preventDefault();
    localStorage.setItem(KEY, key.value.trim());
    setCredential(key.value.trim());
    key.value = "";
    pause.wake();
  });
  const { signal } = new AbortController();
  for (;;) {
    try {
      const id = await findSession(admission);
      if (id) await show(id);
    } catch (error) {
      if (faultOf(error).code === "grant_unknown") {
        admission.forget();
        setCredential(localStorage.getItem(KEY));
      }
      if (error instanceof ApiError && (error.status === 401 || error.status === 403)) signIn.hidden = false;
    }
    await pause.wait(RETRY_MS, signal);
  }
}

void keep();
