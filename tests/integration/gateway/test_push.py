"""`cloud.push_url`: what the avatar says leaves the cloud as RTMP, and the address stays between settings and cloud."""

from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from bridge.settings import Cloud
from tests.integration.emulator_media.pulling import pulling, until
from tests.integration.gateway.conftest import bridging
from tests.support.rtmp_server import free_port, rtmp_server

SECRET = "5a1f0c7e9b3d4e88"
STREAM = "stage-of-canary"


async def test_the_avatar_goes_out_over_rtmp(emulator: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with rtmp_server(tmp_path, free_port()) as live:
        push = f"{live}/{STREAM}?txSecret={SECRET}&txTime=66AA0000"
        async with bridging(emulator, tmp_path, cloud={"push_url": push}) as bridge, pulling(f"{live}/{STREAM}") as out:
            session = await bridge.live()
            await until(lambda: len(out.seen) >= 15)
            silent = np.abs(np.concatenate([sound for _, sound in out.heard])).max()
            _, spoken = await bridge.post(f"{session}/say", {"text": "Good evening, everybody.", "wait": "ended"})
            assert spoken["status"] == "ended"
            await until(lambda: np.abs(np.concatenate([sound for _, sound in out.heard])).max() > silent + 3_000)
            told = [str((await bridge.get(path))[1]) for path in (session, "/v1/sessions", f"{session}/script")]
            async with bridge.http.delete(session):
                pass
            await until(lambda: out.ended)
    assert out.codecs == {"h264", "aac"}
    text = "".join([*capfd.readouterr(), *told])
    assert "session_state" in text
    assert SECRET not in text
    assert STREAM not in text


@pytest.mark.parametrize(
    "url", ["https://example.com/live/one", "rtmp://example.com/live", "rtmp://example.com/live/one two", ""]
)
def test_an_address_that_is_none_is_told_at_the_start_and_not_shown(url: str) -> None:
    with pytest.raises(ValidationError, match="rtmp://host/app/stream") as caught:
        Cloud.model_validate({"push_url": url})
    assert not url or url not in str(caught.value)
