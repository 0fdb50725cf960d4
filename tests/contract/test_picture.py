"""The picture of a session as those who watch get it."""

import io

import av
import numpy as np
from numpy.typing import NDArray

from tests.contract.wire import Client

ENOUGH = 60_000
"""Bytes of a live WebM that hold its first picture."""


async def first_picture(client: Client, session_id: str) -> NDArray[np.uint8]:
    """Return the first picture of a session's WebM, planar YUV 4:2:0."""
    data = b""
    async with client.http.get(f"{client.url}/_emulator/webm/{session_id}") as response:
        assert response.status == 200
        async for part in response.content.iter_any():
            data += part
            if len(data) > ENOUGH:
                break
    with av.open(io.BytesIO(data), "r") as container:
        return np.asarray(next(container.decode(video=0)).to_ndarray(), np.uint8)


async def test_the_alpha_picture_stands_beside_the_coloured_one(client: Client):
    """540 + 4 + 540, for 4 is (16 - 540 % 16) % 16."""
    plain = await first_picture(client, await client.live())
    assert plain.shape == (960 * 3 // 2, 540)
    whole = await first_picture(client, await client.live(ExtraInfo={"AlphaChannelEnable": True}))
    assert whole.shape == (960 * 3 // 2, 1084)
    assert abs(whole[:960, :540].astype(int) - plain[:960]).mean() < 8
    alpha = whole[:960, 544:]
    assert alpha[250:600, 180:360].min() > 215
    assert alpha[:80].max() < 40


async def test_an_update_keeps_the_alpha_picture(client: Client):
    session_id = await client.live(ExtraInfo={"AlphaChannelEnable": True})
    space = {"ImagePosition": 0.25, "ImagePositionVertical": 0, "ImageZoom": 1}
    assert (await client.call("updatesessionconfig", SessionId=session_id, SpaceParam=space))["Header"]["Code"] == 0
    alpha = (await first_picture(client, session_id))[:960, 544:]
    assert alpha[250:600, 180 + 135 : 360 + 135].min() > 215
    assert alpha[:, :120].max() < 40
