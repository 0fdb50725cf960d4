"""The channel breaks in mid-speech: with what was on its way, and with what the cloud says meanwhile."""

import pytest

from tests.integration.gateway.conftest import Bridge

STORY = "This is the first one. And here is the second one. The third one ends it."


@pytest.mark.parametrize("step", ["stream:1", "stream:2", "SentenceStart:2", "SentenceOver:1", "TextOver:1"])
async def test_a_channel_that_breaks_loses_and_repeats_nothing(bridge: Bridge, step: str):
    session = await bridge.live(user_id=f"kiosk!drop@{step}", replace=True)
    status, answer = await bridge.post(f"{session}/say", {"text": STORY, "wait": "ended"})
    assert (status, answer["status"]) == (200, "ended")
    assert answer["heard"] == STORY
    _, snapshot = await bridge.get(session)
    frames = await bridge.cloud(f"sessions/{snapshot['cloud_session_id']}/transcript")
    payloads = [frame["frame"]["Payload"] for frame in frames if frame["direction"] == "down"]
    begun = [payload["Seq"] for payload in payloads if payload["SpeakStatus"] == "SentenceStart"]
    assert sorted(set(begun)) == [1, 2, 3]
    assert not [payload for payload in payloads if payload["Type"] == 9]
