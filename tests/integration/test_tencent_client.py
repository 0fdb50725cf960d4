"""The REST client against a server that follows the manual, and against servers that do not."""

import asyncio
import errno
import ssl
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import asynccontextmanager
from email.utils import formatdate

import aiohttp
import pytest
import stamina
from aiohttp import web
from aiohttp.client_reqrep import ConnectionKey
from aiohttp.connector import Connection
from structlog.testing import capture_logs

from bridge.clouds.http import post_json
from bridge.clouds.tencent.client import TencentClient
from bridge.clouds.tencent.models import (
    CreateSession,
    CreateSessionByAsset,
    DriverType,
    GetTrtcSign,
    SendText,
    SpaceParam,
    TextData,
    UpdateConfig,
)
from bridge.errors import (
    ClockSkew,
    CloudError,
    CloudProtocolError,
    CloudSessionLost,
    CloudUnreachable,
    CredentialsRefused,
)
from tests.support.plain_cloud import ACCESSTOKEN, APPKEY, PROJECT, plain_cloud

SECRET = "canary-accesstoken"
NEW = CreateSession(virtualman_project_id=PROJECT, user_id="ab-1-2", protocol="webrtc", driver_type=DriverType.AUDIO)


@pytest.fixture(autouse=True)
def no_waiting() -> Generator[None]:
    with stamina.set_testing(testing=True, attempts=3, cap=True):
        yield


@asynccontextmanager
async def client_of(
    url: str, *, accesstoken: str = SECRET, clock: Callable[[], float] = time.time
) -> AsyncGenerator[TencentClient]:
    async with aiohttp.ClientSession() as http:
        yield TencentClient(
            base_url=url, channel_url=url, appkey=APPKEY, accesstoken=accesstoken, http=http, clock=clock
        )


@asynccontextmanager
async def served(answer: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> AsyncGenerator[str]:
    app = web.Application()
    app.router.add_post("/{path:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def test_a_session_through_all_its_calls():
    async with plain_cloud() as cloud, client_of(cloud.url, accesstoken=ACCESSTOKEN) as client:
        created = await client.createsession(NEW)
        assert (await client.statsession(created.session_id)).is_session_started is False
        await client.startsession(created.session_id)
        assert (await client.statsession(created.session_id)).is_session_started is True
        await client.closesession(created.session_id)
        with pytest.raises(CloudSessionLost):
            await client.statsession(created.session_id)
        name, payload = cloud.calls[0]
        assert name == "createsession"
        assert len(payload.pop("ReqId")) == 32
        assert payload == {
            "VirtualmanProjectId": "plain-project",
            "UserId": "ab-1-2",
            "Protocol": "webrtc",
            "DriverType": 3,
        }


async def test_the_three_lists():
    async with plain_cloud() as cloud, client_of(cloud.url, accesstoken=ACCESSTOKEN) as client:
        created = await client.createsession(NEW)
        for found in (
            await client.listsessionofprojectid("p"),
            await client.listsessionofassetvk("a"),
            await client.listsessionofuin(),
        ):
            (session,) = found
            assert (session.session_id, session.user_id) == (created.session_id, "ab-1-2")
            assert session.driver_type == DriverType.TEXT
        asked = [(name, {key for key in payload if key != "ReqId"}) for name, payload in cloud.lists]
        assert asked == [
            ("listsessionofprojectid", {"VirtualmanProjectId"}),
            ("listsessionofassetvk", {"AssetVirtualmanKey"}),
            ("listsessionofuin", set()),
        ]


async def test_an_empty_list():
    async def answer(_: web.Request) -> web.Response:
        return web.json_response({"Header": {"Code": 0}, "Payload": {"Sessions": None}})

    async with served(answer) as url, client_of(url) as client:
        assert await client.listsessionofuin() == []


async def test_a_list_with_something_else_in_it():
    async def answer(_: web.Request) -> web.Response:
        return web.json_response({"Header": {"Code": 0}, "Payload": {"Sessions": [{"UserId": "abc"}]}})

    async with served(answer) as url, client_of(url) as client:
        with pytest.raises(CloudProtocolError, match="listsessionofuin"):
            await client.listsessionofuin()


async def test_the_calls_on_a_running_session():
    async with plain_cloud() as cloud, client_of(cloud.url, accesstoken=ACCESSTOKEN) as client:
        session_id = (await client.createsession(NEW)).session_id
        await client.command(SendText(session_id=session_id, data=TextData(text="Hello")))
        space = SpaceParam(image_position=0, image_position_vertical=0, image_zoom=1)
        await client.updatesessionconfig(UpdateConfig(session_id=session_id, space_param=space))
        sign = await client.gettrtcsign(GetTrtcSign(session_id=session_id, room_id="7", user_id="viewer"))
        assert (sign.user_sig, sign.private_map_key) == ("canary-sig", "canary-key")
        assert cloud.names() == ["createsession", "command", "updatesessionconfig", "gettrtcsign"]
        assert cloud.calls[1][1]["Data"]["Text"] == "Hello"


async def test_texts_for_a_session_are_a_second_apart():
    async with plain_cloud() as cloud, client_of(cloud.url, accesstoken=ACCESSTOKEN) as client:
        session_id = (await client.createsession(NEW)).session_id
        stop = SendText(session_id=session_id, data=TextData(interrupt=True))
        began = time.monotonic()
        await client.command(stop)
        await client.command(stop)
        assert time.monotonic() - began > 1.0


async def test_a_text_is_not_sent_twice():
    tries = 0

    async def answer(_: web.Request) -> web.Response:
        nonlocal tries
        tries += 1
        return web.Response(status=502)

    async with served(answer) as url, client_of(url) as client:
        with pytest.raises(CloudUnreachable):
            await client.command(SendText(session_id="m1", data=TextData(text="Hello")))
    assert tries == 1


async def test_a_session_of_an_asset():
    asked: list[tuple[str, object]] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append((request.path.rpartition("/")[2], (await request.json())["Payload"]["AssetVirtualmanKey"]))
        return web.json_response({"Header": {"Code": 0}, "Payload": {"SessionId": "m1", "SessionStatus": 3}})

    new = CreateSessionByAsset(asset_virtualman_key="a", user_id="u", protocol="rtmp", driver_type=DriverType.TEXT)
    async with served(answer) as url, client_of(url) as client:
        assert (await client.createsessionbyasset(new)).session_id == "m1"
    assert asked == [("createsessionbyasset", "a")]


async def test_wrong_credentials():
    async with plain_cloud() as cloud, client_of(cloud.url) as client:
        with pytest.raises(CredentialsRefused, match=r"cloud\.appkey and cloud\.accesstoken"):
            await client.statsession("m1")


@pytest.mark.parametrize(("offset", "words"), [(-360.0, "6 minutes behind"), (420.0, "7 minutes ahead")])
async def test_a_clock_that_is_off_is_told_from_wrong_credentials(offset: float, words: str):
    async with plain_cloud() as cloud, client_of(cloud.url, clock=lambda: time.time() + offset) as client:
        with pytest.raises(ClockSkew, match=words):
            await client.statsession("m1")


def timekeeping(stamps: list[float], *, off: float = 0.0) -> Callable[[web.Request], Awaitable[web.Response]]:
    """Answer as a cloud whose clock is `off` seconds from ours and that refuses what was signed at another time."""

    async def answer(request: web.Request) -> web.Response:
        stamps.append(int(request.query["timestamp"]) - time.time() - off)
        code = 100005 if abs(stamps[-1]) > 300 else 0
        date = formatdate(time.time() + off, usegmt=True)
        return web.json_response({"Header": {"Code": code}, "Payload": {"SessionStatus": 1}}, headers={"Date": date})

    return answer


@pytest.mark.parametrize(("off", "words"), [(360.0, "6 minutes behind"), (-420.0, "7 minutes ahead")])
async def test_with_a_clock_that_is_off_it_signs_with_the_clouds_time(off: float, words: str):
    stamps: list[float] = []
    async with served(timekeeping(stamps, off=off)) as url, client_of(url) as client:
        with capture_logs() as logs:
            for _ in range(3):
                assert (await client.statsession("m1")).session_status == 1
        assert [abs(stamp) < 5 for stamp in stamps] == [False, True, True, True]
        assert client.clock_skew is not None
        assert words in client.clock_skew.message
        (warning,) = [entry for entry in logs if entry["event"] == "clock_off"]
        assert words in warning["error"]
        assert f"timestamp={int(time.time() + off)}"[:-2] in client.channel_address("m1")


async def test_calls_that_are_refused_at_the_same_time_all_go_on():
    async with served(timekeeping([], off=360)) as url, client_of(url) as client:
        stats = await asyncio.gather(*(client.statsession("m1") for _ in range(5)))
    assert [stat.session_status for stat in stats] == [1] * 5


async def test_a_clock_that_is_set_right_later():
    ahead = 360.0
    stamps: list[float] = []
    async with (
        served(timekeeping(stamps)) as url,
        client_of(url, clock=lambda: time.time() + ahead) as client,
    ):
        await client.statsession("m1")
        ahead = 0.0
        assert (await client.statsession("m1")).session_status == 1
    assert [abs(stamp) < 5 for stamp in stamps] == [False, True, False, True]


async def test_with_wrong_credentials_the_clock_is_tried_once():
    tries = 0

    async def answer(_: web.Request) -> web.Response:
        nonlocal tries
        tries += 1
        return web.json_response({"Header": {"Code": 100005}, "Payload": {}})

    async with served(answer) as url, client_of(url, clock=lambda: time.time() + 420) as client:
        for _ in range(2):
            with pytest.raises(ClockSkew, match="7 minutes ahead"):
                await client.statsession("m1")
        assert client.clock_skew is None
    assert tries == 3


async def test_a_cloud_that_is_down():
    async with client_of("http://127.0.0.1:1") as client:
        with pytest.raises(CloudUnreachable, match=r"127\.0\.0\.1:1 cannot be reached \(.*refused.*cloud\.base_url"):
            await client.statsession("m1")


@pytest.mark.parametrize(
    "body",
    [
        "",
        "<html>",
        "[]",
        "{}",
        '{"Header":{}}',
        '{"Header":{"Code":"x"}}',
        '{"Header":{"Code":0},"Payload":[]}',
        "[" * 99_999,
    ],
    ids=["empty", "html", "list", "object", "no code", "wrong code", "wrong payload", "deep"],
)
async def test_an_answer_that_the_manual_does_not_know(body: str):
    async def answer(_: web.Request) -> web.Response:
        return web.Response(text=body)

    async with served(answer) as url, client_of(url) as client:
        with pytest.raises(CloudProtocolError):
            await client.statsession("m1")


@pytest.mark.parametrize("status", [302, 404, 500, 503])
async def test_http_errors_are_tried_three_times(status: int):
    tries = 0

    async def answer(_: web.Request) -> web.Response:
        nonlocal tries
        tries += 1
        return web.Response(status=status, headers={"Location": "http://127.0.0.1:1/"})

    async with served(answer) as url, client_of(url) as client:
        with pytest.raises(CloudUnreachable, match=f"HTTP {status}"):
            await client.statsession("m1")
    assert tries == 3


async def test_each_try_is_signed_anew():
    stamps: list[str] = []
    clock = iter(range(1_700_000_000, 1_700_000_010))

    async def answer(request: web.Request) -> web.Response:
        stamps.append(request.query["timestamp"])
        if len(stamps) < 3:
            return web.json_response({"Header": {"Code": -101000, "Message": "busy"}, "Payload": None})
        return web.json_response({"Header": {"Code": "0"}, "Payload": {"SessionStatus": "1"}})

    async with served(answer) as url, client_of(url, clock=lambda: next(clock)) as client:
        assert (await client.statsession("m1")).session_status == 1
    assert stamps == ["1700000000", "1700000001", "1700000002"]


async def test_no_error_shows_a_secret_or_a_signed_url():
    async def answer(_: web.Request) -> web.Response:
        return web.json_response({"Header": {"Code": 100001, "Message": "bad"}, "Payload": {}})

    async with served(answer) as url:
        for address in (url, "http://127.0.0.1:1", "http://127.0.0.1:1/path"):
            async with client_of(address) as client:
                with pytest.raises(CloudError) as caught:
                    await client.startsession("m1")
                shown = f"{caught.value!r} {caught.value.__cause__!r}"
                assert SECRET not in shown
                assert "signature" not in shown


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ssl.SSLCertVerificationError(1, "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed"), "certificate"),
        (ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER] wrong version number"), "TLS"),
        (ConnectionRefusedError(errno.ECONNREFUSED, "no"), "Connection refused"),
    ],
)
async def test_why_it_cannot_be_reached_is_said(error: OSError, words: str):
    host = ConnectionKey(
        "cloud.example", 443, is_ssl=True, ssl=True, proxy=None, proxy_auth=None, proxy_headers_hash=None
    )

    class Unreachable(aiohttp.TCPConnector):
        async def connect(self, *_: object, **__: object) -> Connection:
            raise aiohttp.ClientConnectorError(host, error)

    async with aiohttp.ClientSession(connector=Unreachable()) as http:
        with pytest.raises(CloudUnreachable, match=words) as caught:
            await post_json(http, "https://cloud.example/?signature=canary", b"{}")
    assert "canary" not in caught.value.message
    assert "not permitted" not in caught.value.message


async def test_an_answer_without_end_is_not_read_to_its_end():
    sent = 0

    async def endless(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(1000):
            await response.write(bytes(1 << 20))
            sent += 1
        return response

    async with served(endless) as url, aiohttp.ClientSession() as http:
        with pytest.raises(CloudUnreachable, match="without end"):
            await post_json(http, url, b"{}")
    assert sent < 100
