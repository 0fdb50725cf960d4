// Sees and hears the page as a visitor does: decodes the video's mouth and the stream's sound, and keeps both in time.
// The numbers are pixels of the 540×960 picture; the chest is the control, it breathes but does not speak.
(() => {
  const MOUTH = { x: 195, y: 375, width: 150, height: 125 };
  const CHEST = { x: 195, y: 780, width: 150, height: 125 };
  const video = /** @type {HTMLVideoElement} */ (document.querySelector("video"));
  const seen = [], heard = [], captions = [];
  const context = new OffscreenCanvas(MOUTH.width, MOUTH.height).getContext("2d", { willReadFrequently: true });

  const grey = (region) => {
    const scale = video.videoWidth / 540;
    context.drawImage(video, region.x * scale, region.y * scale, region.width * scale, region.height * scale,
      0, 0, region.width, region.height);
    const pixels = context.getImageData(0, 0, region.width, region.height).data;
    return Uint8Array.from({ length: pixels.length / 4 }, (_, i) => (pixels[4 * i] + pixels[4 * i + 1] + pixels[4 * i + 2]) / 3);
  };
  const difference = (one, other) => one.reduce((sum, value, i) => sum + Math.abs(value - other[i]), 0) / one.length;

  let rest, chestAtRest;
  const look = (_, frame) => {
    const mouth = grey(MOUTH), chest = grey(CHEST);
    rest ??= mouth;
    chestAtRest ??= chest;
    seen.push({ at: frame.expectedDisplayTime, mouth: difference(mouth, rest), chest: difference(chest, chestAtRest) });
    video.requestVideoFrameCallback(look);
  };
  video.requestVideoFrameCallback(look);

  const audio = new AudioContext();
  const analyser = audio.createAnalyser();
  analyser.fftSize = 512;
  audio.createMediaStreamSource(video.srcObject).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    const level = Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
    heard.push({ at: performance.now(), level, audible: !video.muted });
    captions.push({ at: performance.now(), text: document.querySelector("#caption").textContent });
  }, 10);
  document.addEventListener("keydown", (event) => { if (event.key === "Enter") window.enteredAt = performance.now(); }, true);
  window.watching = { seen, heard, captions };
})();
