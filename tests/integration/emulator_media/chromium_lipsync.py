"""Measures lips against sound in a real Chromium: `python -m tests.integration.emulator_media.chromium_lipsync`.

The page watches over WHEP. Pictures are timed by `requestVideoFrameCallback` (when they are displayed), sound by an
AudioWorklet on the received track (when its samples are played), both on the page's own clock.
"""

import asyncio
import sys
from typing import Final

import msgspec
import numpy as np
from aiohttp import web
from playwright.async_api import async_playwright

from emulator.media import Viewers
from emulator.speech import Synthesizer
from tests.integration.emulator_media.lipsync import Curve, lags, offset
from tests.integration.emulator_media.performances import Spoken

CHROMIUM: Final = "/usr/bin/chromium"
ARGUMENTS: Final = [
    "--no-sandbox",
    "--autoplay-policy=no-user-gesture-required",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]
TEXTS: Final = {
    "en": "Pop. Bob. Papa. Bop. Pub. Pipe. Bump. Poppy. Big boat. Pick a paper. Bob bought a pub.",
    "cmn": "爸爸。怕。帮忙。办吧。跑吧。包袱。泡泡。八百。拜拜。办法。",
}

PAGE: Final = """<!doctype html><video id="v" autoplay playsinline width="135"></video><script>
const seen = [], heard = [];
const worklet = `registerProcessor('level', class extends AudioWorkletProcessor {
  process([input]) {
    if (input[0]) {
      let sum = 0; for (const x of input[0]) sum += x * x;
      this.port.postMessage([currentTime, Math.sqrt(sum / input[0].length)]);
    }
    return true;
  } })`;
async function start() {
  const peer = new RTCPeerConnection();
  peer.addTransceiver('video', {direction: 'recvonly'});
  peer.addTransceiver('audio', {direction: 'recvonly'});
  const stream = new MediaStream(), video = document.getElementById('v');
  peer.ontrack = e => { stream.addTrack(e.track); video.srcObject = stream; };
  await peer.setLocalDescription();
  await new Promise(r => peer.iceGatheringState === 'complete' ? r() : (peer.onicegatheringstatechange =
    () => peer.iceGatheringState === 'complete' && r()));
  const answer = await fetch('/whep', {method: 'POST', body: peer.localDescription.sdp});
  await peer.setRemoteDescription({type: 'answer', sdp: await answer.text()});
  const canvas = new OffscreenCanvas(100, 100), paint = canvas.getContext('2d', {willReadFrequently: true});
  const look = (now, frame) => {
    paint.drawImage(video, 220, 400, 100, 100, 0, 0, 100, 100);
    const p = paint.getImageData(0, 0, 100, 100).data;
    let dark = 0;
    for (let i = 0; i < p.length; i += 4) if (.257 * p[i] + .504 * p[i + 1] + .098 * p[i + 2] + 16 < 75) dark++;
    seen.push([frame.expectedDisplayTime / 1000, dark]);
    video.requestVideoFrameCallback(look);
  };
  video.requestVideoFrameCallback(look);
  const context = new AudioContext();
  await context.audioWorklet.addModule(URL.createObjectURL(new Blob([worklet], {type: 'text/javascript'})));
  const level = new AudioWorkletNode(context, 'level');
  level.port.onmessage = ({data: [t, rms]}) => {
    const at = context.getOutputTimestamp();
    heard.push([at.performanceTime / 1000 + t - at.contextTime, rms]);
  };
  await new Promise(r => stream.getAudioTracks().length ? r() : stream.onaddtrack = r);
  context.createMediaStreamSource(stream).connect(level);
  const buffered = s => (1000 * s.jitterBufferDelay / s.jitterBufferEmittedCount).toFixed(0);
  window.stats = async () => [...(await peer.getStats()).values()].filter(s => s.type === 'inbound-rtp').map(s =>
    `${s.kind} buffered for ${buffered(s)} ms, ` + (s.kind === 'video' ?
    `${s.framesDecoded} decoded, ${s.framesDropped} dropped, ${s.freezeCount} freezes` :
    `concealed ${s.concealedSamples} of ${s.totalSamplesReceived} samples`));
}
</script>"""


class Report(msgspec.Struct):
    """What the page saw and heard, each as pairs of a time and a value."""

    seen: list[tuple[float, float]]
    heard: list[tuple[float, float]]
    stats: list[str]


def curve(pairs: list[tuple[float, float]]) -> Curve:
    """Return pairs as a curve; times in order."""
    table = np.asarray(sorted(pairs))
    return table[:, 0], table[:, 1]


async def watch(performance: Spoken) -> Report:
    """Show `performance` to a page until it has ended."""
    viewers = Viewers()

    async def offer(request: web.Request) -> web.Response:
        _, answer = await viewers.offer(performance, await request.text())
        return web.Response(text=answer)

    async def page(_: web.Request) -> web.Response:
        return web.Response(text=PAGE, content_type="text/html")

    app = web.Application()
    app.add_routes([web.get("/", page), web.post("/whep", offer)])
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        tab = await browser.new_page()
        await tab.goto(f"http://127.0.0.1:{port}/")
        await tab.evaluate("start()")
        await asyncio.sleep(max(0.0, performance.end + 0.5 - performance.now()))
        told = await tab.evaluate("(async () => JSON.stringify({seen, heard, stats: await stats()}))()")
        await browser.close()
    await viewers.aclose()
    await runner.cleanup()
    return msgspec.json.decode(told, type=Report)


async def main() -> None:
    """Print the lag of lips behind sound for an English and a Mandarin text."""
    synthesizer = Synthesizer()
    for language, text in TEXTS.items():
        performance = Spoken(await synthesizer.speak(text), at=4.0)
        report = await watch(performance)
        lips, sound = curve(report.seen), curve(report.heard)
        first = sound[0][0]
        late = np.array([lag.lips for lag in lags(lips, sound) if lag.at > first + 1.0]) * 1000
        sys.stdout.write(
            f"{language}: {len(late)} starts, lips after sound ms {np.round(np.sort(late)).tolist()}, "
            f"p95 of the distance {np.quantile(np.abs(late), 0.95):.0f} ms, as a whole "
            f"{offset(lips, sound) * 1000:.0f} ms\n"
            f"    {'; '.join(report.stats)}; {len(report.seen)} pictures displayed\n"
        )
    await synthesizer.aclose()


if __name__ == "__main__":
    asyncio.run(main())
