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


async def test_a_clock_that_goes_wrong_in_mid_session_is_made_up_for(bridge: Bridge):
    session = await bridge.live(user_id="kiosk!drop@stream:1")
    await bridge.tell_cloud("limits", {"clock_offset_s": 400})
    try:
        status, answer = await bridge.post(f"{session}/say", {"text": STORY, "wait": "ended"})
        assert (status, answer["status"], answer["heard"]) == (200, "ended", STORY)
    finally:
        await bridge.tell_cloud("limits", {"clock_offset_s": 0})


async def test_a_clock_that_is_set_right_again_is_believed_again(bridge: Bridge):
    await bridge.tell_cloud("limits", {"clock_offset_s": -400})
    session = await bridge.live(user_id="kiosk!drop@TextStart:1")
    await bridge.tell_cloud("limits", {"clock_offset_s": 0})
    status, answer = await bridge.post(f"{session}/say", {"text": STORY, "wait": "ended"})
    assert (status, answer["status"], answer["heard"]) == (200, "ended", STORY)


async def test_a_cloud_that_says_things_twice_is_heard_once(bridge: Bridge):
    session = await bridge.live(user_id="kiosk!duplicate@TextOver:1")
    async with bridge.events(session) as events:
        await anext(events)
        for text in ("Once.", "Twice."):
            _, answer = await bridge.post(f"{session}/say", {"text": text, "wait": "ended"})
            assert answer["status"] == "ended"
        seen = list[str]()
        async for event in events:
            if event.data["type"] == "speak.status" and event.data["speak_status"] == "TextOver":
                seen.append(event.data["req_id"])
            if event.data["type"] == "utterance" and event.data["status"] == "ended" and len(set(seen)) == 2:
                break
    assert len(seen) == 2
