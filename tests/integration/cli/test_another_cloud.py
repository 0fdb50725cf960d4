"""The real commands against a cloud that follows the manual and is not the emulator."""

from tests.integration.cli.support import Place
from tests.support.plain_cloud import ACCESSTOKEN, APPKEY, PROJECT, plain_cloud


async def test_serve_speaks_through_any_cloud_that_follows_the_manual(place: Place):
    async with plain_cloud() as cloud:
        account = {
            "AVATAR_BRIDGE_CLOUD__APPKEY": APPKEY,
            "AVATAR_BRIDGE_CLOUD__ACCESSTOKEN": ACCESSTOKEN,
            "AVATAR_BRIDGE_CLOUD__PROJECT_ID": PROJECT,
        }
        async with place.server(cloud.url, account) as url:
            said = await place.run("say", "Good morning. How are you?", "--url", url)
            assert (said.code, said.out) == (0, "ended: Good morning. How are you?\n")
            assert len(cloud.open_sessions) == 1
        assert cloud.open_sessions == {}
    assert [frame["Data"]["Text"] for frame in cloud.frames] == ["Good morning. ", "How are you?"]
