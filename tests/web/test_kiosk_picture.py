"""whep.js and player.js against a real WebRTC peer: another page of the same browser."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from pathlib import Path

import pytest_asyncio
from aiohttp import web
from playwright.async_api import Browser, Page, expect

from tests.web.scripted_api import ScriptedApi, problem
from tests.web.visitor import leave, until

SENDER = """async (offer) => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 180, height: 320 });
  const brush = canvas.getContext("2d");
  let shade = 0;
  window.timers ??= [];
  window.timers.push(setInterval(() => {
    brush.fillStyle = `rgb(${(shade += 5) % 255} 90 90)`;
    brush.fillRect(0, 0, 180, 320);
  }, 50));
  const sound = new AudioContext();
  const output = sound.createMediaStreamDestination();
  const tone = sound.createOscillator();
  window.volume = sound.createGain();
  tone.connect(window.volume).connect(output);
  tone.start();
  const peer = new RTCPeerConnection();
  window.peer = peer;
  for (const track of [...canvas.captureStream(20).getTracks(), ...output.stream.getTracks()]) peer.addTrack(track);
  await peer.setRemoteDescription({ type: "offer", sdp: offer });
  await peer.setLocalDescription();
  await new Promise((resolve) => {
    const check = () => peer.iceGatheringState === "complete" && resolve();
    peer.onicegatheringstatechange = check;
    check();
  });
  return peer.localDescription.sdp;
}"""


@dataclass
class WhepServer:
    """Answers offers from the sender's page."""

    sender: Page
    refusal: tuple[int, str] | None = None
    offers: int = 0
    dropped: list[str] = field(default_factory=list[str])

    async def offer(self, request: web.Request) -> web.Response:
        self.offers += 1
        if self.refusal is not None:
            return problem(*self.refusal, "the server says why")
        answer = await self.sender.evaluate(SENDER, await request.text())
        location = f"{request.path}/{self.offers}"
        return web.Response(status=201, text=answer, content_type="application/sdp", headers={"Location": location})

    async def drop(self, request: web.Request) -> web.Response:
        self.dropped.append(request.path)
        return web.Response(status=200)


@dataclass
class Scene:
    api: ScriptedApi
    whep: WhepServer
    viewer: Page
    complaints: list[str]


@pytest_asyncio.fixture(loop_scope="module")
async def scene(browser: Browser) -> AsyncGenerator[Scene]:
    server = ScriptedApi()
    context = await browser.new_context(locale="en-US")
    sender = await context.new_page()
    whep = WhepServer(sender)
    server.app.router.add_post("/v1/sessions/s1/whep", whep.offer)
    server.app.router.add_delete("/v1/sessions/s1/whep/{resource}", whep.drop)
    server.script.play = {"kind": "whep", "url": "/v1/sessions/s1/whep", "alpha": False, "delay_ms": 0}
    async with server:
        await sender.goto(f"{server.url}/")
        await sender.locator("h1").click()
        viewer = await context.new_page()
        complaints: list[str] = []
        viewer.on("pageerror", lambda error: complaints.append(str(error)))
        yield Scene(server, whep, viewer, complaints)
        await leave(context)
        assert complaints == []


async def _plays(viewer: Page) -> None:
    await expect(viewer.locator("body[data-picture=playing]")).to_be_attached(timeout=20_000)
    await expect(viewer.locator("video")).to_have_js_property("videoWidth", 180)


async def test_the_stream_is_seen_and_left_behind_politely(scene: Scene):
    await scene.viewer.goto(f"{scene.api.url}/kiosk")
    await _plays(scene.viewer)
    await scene.viewer.goto(f"{scene.api.url}/")
    await until(lambda: scene.whep.dropped == ["/v1/sessions/s1/whep/1"])


async def test_a_stream_that_breaks_is_asked_for_again(scene: Scene):
    await scene.viewer.goto(f"{scene.api.url}/kiosk")
    await _plays(scene.viewer)
    await scene.whep.sender.evaluate("window.peer.close()")
    await until(lambda: scene.whep.offers == 2, patience_s=40)
    await _plays(scene.viewer)


async def test_a_picture_that_stands_still_is_asked_for_again(scene: Scene):
    await scene.viewer.goto(f"{scene.api.url}/kiosk")
    await _plays(scene.viewer)
    await scene.whep.sender.evaluate(
        "window.peer.getSenders().find((sender) => sender.track.kind === 'video').replaceTrack(null)"
    )
    await until(lambda: scene.whep.offers == 2, patience_s=20)
    await _plays(scene.viewer)


async def test_a_refused_stream_is_tried_again_while_the_talk_goes_on(scene: Scene):
    scene.whep.refusal = (503, "no_network_interface")
    await scene.viewer.goto(f"{scene.api.url}/kiosk")
    trouble = scene.viewer.locator("#trouble")
    await expect(trouble.get_by_role("heading")).to_have_text("No picture right now", timeout=10_000)
    scene.api.sentence("u1", 1, "Still here.")
    await expect(scene.viewer.locator("#caption")).to_have_text("Still here.")
    scene.whep.refusal = None
    await _plays(scene.viewer)
    await expect(trouble).to_be_hidden()


async def test_another_way_is_taken_when_the_server_offers_one(scene: Scene, video: Path):
    scene.whep.refusal = (503, "no_network_interface")
    await scene.viewer.goto(f"{scene.api.url}/kiosk")
    await until(lambda: scene.whep.offers > 0)
    scene.api.script.video, scene.api.script.play = video, None
    await _plays(scene.viewer)


async def test_the_sound_comes_back_once_nothing_old_can_be_heard(scene: Scene):
    await scene.viewer.goto(f"{scene.api.url}/kiosk")
    await _plays(scene.viewer)
    await scene.viewer.locator("#question").click()
    scene.api.utterance("u1", "started")
    await expect(scene.viewer.locator("#stop")).to_be_visible()
    await scene.viewer.keyboard.press("Escape")
    scene.api.utterance("u1", "interrupted")
    # Its tail still sounds, for as long as the cloud and the network hold some of it.
    await asyncio.sleep(1.5)
    assert await scene.viewer.evaluate("document.querySelector('video').muted")
    await scene.whep.sender.evaluate("window.volume.gain.value = 0")
    await expect(scene.viewer.locator("video")).to_have_js_property("muted", False, timeout=10_000)
