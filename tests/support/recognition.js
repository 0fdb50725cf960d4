// A speech recognition that understands what a test says: window.hear(text, final), window.fail(error), window.tire().
(() => {
  const heard = { starts: 0, languages: [] };
  let running = null;
  class SpeechRecognition {
    continuous = false;
    interimResults = false;
    lang = "";
    start() {
      heard.starts += 1;
      heard.languages.push(this.lang);
      running = this;
      this.results = [];
      setTimeout(() => this.onstart?.());
    }
    stop() {
      setTimeout(() => end(this));
    }
    abort() {
      setTimeout(() => end(this));
    }
  }
  const end = (it) => {
    if (running === it) running = null;
    it.onend?.();
  };
  window.SpeechRecognition = window.webkitSpeechRecognition = SpeechRecognition;
  window.recognition = heard;
  window.listens = () => running !== null;
  window.hear = (text, final = false) => {
    const { results } = running;
    if (results.length > 0 && !results.at(-1).isFinal) results.pop();
    results.push(Object.assign([{ transcript: text }], { isFinal: final }));
    running.onresult?.({ resultIndex: results.length - 1, results });
  };
  window.fail = (error) => {
    const it = running;
    it.onerror?.({ error });
    end(it);
  };
  window.tire = () => end(running);
})();
