// Notes when the page gets word of an interruption, and when its sound is switched off and on: window.muting.
(() => {
  const notes = [];
  const note = (what) => notes.push({ at: performance.now(), what });
  const decode = TextDecoder.prototype.decode;
  TextDecoder.prototype.decode = function (...given) {
    const text = decode.apply(this, given);
    if (text.includes("event: hold") && text.includes('"held":true')) note("hold");
    if (text.includes("event: interrupt")) note("interrupt");
    return text;
  };
  const video = document.querySelector("video");
  const { get, set } = Object.getOwnPropertyDescriptor(HTMLMediaElement.prototype, "muted");
  Object.defineProperty(video, "muted", {
    get: () => get.call(video),
    set: (muted) => {
      if (muted !== get.call(video)) note(muted ? "muted" : "unmuted");
      set.call(video, muted);
    },
  });
  window.muting = notes;
})();
