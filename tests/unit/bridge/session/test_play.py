import pytest

from bridge.session.play import PlayAddress, TrtcRoom, of_stream_address


@pytest.mark.parametrize(
    ("address", "play"),
    [
        ("rtmp://liveplay.ivh.qq.com/live/m789", PlayAddress(kind="rtmp", url="rtmp://liveplay.ivh.qq.com/live/m789")),
        ("webrtc://play.example.com/live/m1", PlayAddress(kind="tcplayer", url="webrtc://play.example.com/live/m1")),
        (
            "https://play.example.com/live/m1.m3u8?a=1",
            PlayAddress(kind="hls", url="https://play.example.com/live/m1.m3u8?a=1"),
        ),
        ("https://play.example.com/live/m1.flv", PlayAddress(kind="flv", url="https://play.example.com/live/m1.flv")),
        ("gopher://nobody", None),
        ("rtmp://[nobody/live/m1", None),
        ("trtc://1?userSig=sig&appId=\u00b2", None),
        ("", None),
    ],
)
def test_what_a_stream_address_means_to_a_player(address: str, play: PlayAddress | None):
    assert of_stream_address(address, 0) == play


@pytest.mark.parametrize(("room", "number", "name"), [("1200111", 1200111, None), ("lobby", None, "lobby")])
def test_a_trtc_address_has_the_room_as_its_host(room: str, number: int | None, name: str | None):
    address = f"trtc://{room}?userSig=sig&privateMapKey=key&appId=1400000001&virtualManUserId=viewer"
    play = of_stream_address(address, 120)
    assert play == PlayAddress(
        kind="trtc",
        delay_ms=120,
        trtc=TrtcRoom(
            sdk_app_id=1400000001,
            user_id="viewer",
            user_sig="sig",
            room_id=number,
            str_room_id=name,
            private_map_key="key",
        ),
    )
