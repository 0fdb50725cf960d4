"""The server as a whole: its routes, its start and its end."""

import asyncio
import contextlib
import gc
import signal
from collections.abc import AsyncGenerator, Callable, Generator

import aiohttp
import structlog
from aiohttp import web
from pydantic import SecretStr
from yarl import URL

from bridge.errors import SettingsError
from bridge.gateway import (
    audience,
    audio,
    completions,
    events,
    grant_calls,
    pages,
    scrape,
    script,
    sessions,
    speech,
    whep,
)
from bridge.gateway.access import Doorkeeper
from bridge.gateway.context import GATEWAY, Gateway
from bridge.gateway.describe import handlers as describe
from bridge.gateway.entrance import Entrance
from bridge.gateway.grant_store import GrantStore
from bridge.gateway.limits import Limits
from bridge.gateway.middleware import access_log, add_headers, guard
from bridge.gateway.observe import name_request, observed
from bridge.gateway.open_files import allow_connections
from bridge.gateway.problems import problems
from bridge.gateway.requests import MAX_JSON
from bridge.gateway.security import Gatekeeper
from bridge.gateway.server import Runner
from bridge.gateway.socket import connection as socket
from bridge.gateway.streams import handler as streams
from bridge.gateway.tls import HANDSHAKE_S, Certificate, certificate
from bridge.session.pool import Pool
from bridge.settings import Recording, Settings
from bridge.talk.dialogs import Dialogs
from bridge.talk.mouths import Mouths
from bridge.talk.partner import Partners
from bridge.talk.recognizers import recognition_of
from bridge.talk.recorder import Recorder
from bridge.talk.talk import Talk
from bridge.telemetry.logs import register_secret
from bridge.telemetry.telemetry import Telemetry
from bridge.telemetry.traces import Traces

log = structlog.stdlib.get_logger("bridge.gateway")

SHUTDOWN_S = 30.0
KEEPALIVE_S = 75.0
MIN_SECRET = 8
COLLECT = (2_000, 20, 100)
"""When garbage is looked for: to go through what all sessions hold takes tens of milliseconds, and nobody is served."""
SIGNALS = (signal.SIGTERM, signal.SIGINT)


def create_app(server: Gateway) -> web.Application:
    """Return the application around the parts of a server."""
    app = web.Application(middlewares=[observed, access_log, problems, guard], client_max_size=MAX_JSON)
    app[GATEWAY] = server
    app.on_response_prepare.append(add_headers)
    app.on_response_prepare.append(name_request)
    one = "/v1/sessions/{session_id}"
    app.add_routes(
        [
            web.post("/v1/sessions", sessions.create),
            web.get("/v1/sessions", sessions.list_all),
            web.get(one, sessions.show),
            web.delete(one, sessions.close),
            web.post(f"{one}/token", sessions.token),
            web.get(f"{one}/play", sessions.play),
            web.get(f"{one}/events", events.events, allow_head=False),
            web.get(f"{one}/ws", socket.serve, allow_head=False),
            web.post(f"{one}/say", speech.say),
            web.post(f"{one}/stream", streams.stream),
            web.post(f"{one}/audio", audio.audio),
            web.post(f"{one}/chat", speech.chat),
            web.post(f"{one}/interrupt", speech.interrupt),
            web.post(f"{one}/reset", speech.reset),
            web.get(f"{one}/script", script.show),
            web.put(f"{one}/script", script.put),
            web.patch(f"{one}/script", script.change),
            web.post(f"{one}/script/lines", script.add_line),
            web.patch(f"{one}/script/lines/{{line_id}}", script.change_line),
            web.delete(f"{one}/script/lines/{{line_id}}", script.remove_line),
            web.post(f"{one}/script/start", script.start),
            web.post(f"{one}/script/stop", script.stop),
            web.post(f"{one}/script/skip", script.skip),
            web.post(f"{one}/script/repeat", script.repeat),
            web.get(f"{one}/audience", audience.show),
            web.post(f"{one}/audience", audience.write),
            web.post(f"{one}/audience/{{message_id}}/answer", audience.answer),
            web.delete(f"{one}/audience/{{message_id}}", audience.dismiss),
            web.post(f"{one}/whep", whep.offer),
            web.delete(f"{one}/whep", whep.leave),
            web.post("/v1/grants", grant_calls.create),
            web.get("/v1/grants", grant_calls.list_all),
            web.delete("/v1/grants/{grant_id:[0-9a-f]+}", grant_calls.revoke),
            web.post("/v1/grants/exchange", grant_calls.exchange),
            web.post("/v1/chat/completions", completions.completions),
            web.get("/", pages.index),
            web.get("/kiosk", pages.kiosk),
            web.get("/console", pages.console),
            web.get("/host", pages.host),
            web.get("/stage", pages.stage),
            web.get("/static/{name:.+}", pages.static),
            web.get("/docs", describe.docs),
            web.get("/openapi.json", describe.openapi),
            web.get("/asyncapi.json", describe.asyncapi),
            web.get("/metrics", scrape.metrics),
            web.get("/livez", pages.livez),
            web.get("/readyz", pages.readyz),
            web.get("/version", pages.version),
        ]
    )
    return app


async def run(
    settings: Settings, *, ready: Callable[[str], None] | None = None, stop: asyncio.Event | None = None
) -> None:
    """Serve until SIGTERM, SIGINT or `stop`; then close every session in the cloud, within 30 s.

    What is being said may go on for `server.drain_s` before; nothing new is begun meanwhile, and /readyz says so.

    `ready` gets the address that the server listens on. A second signal ends it at once. Raises SettingsError when
    the settings do not allow a start, the port being in use among them.
    """
    stop = stop or asyncio.Event()
    _register_secrets(settings)
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(None) as limit:
            with stop_on_signals(stop, limit):
                async with serving(settings) as (server, address):
                    gc.collect()
                    gc.freeze()
                    gc.set_threshold(*COLLECT)
                    server.accepting = True
                    log.info("server_ready", address=address)
                    if ready is not None:
                        ready(address)
                    await stop.wait()
                    limit.reschedule(loop.time() + SHUTDOWN_S)
                    server.accepting = False
                    log.info("server_stopping", sessions=len(server.pool.sessions()))
                    await server.pool.said(settings.server.drain_s)
    except TimeoutError:
        log.warning("server_forced", hint="sessions may be open in the cloud; it closes them after 10 minutes")
    else:
        log.info("server_stopped")


@contextlib.asynccontextmanager
async def serving(settings: Settings) -> AsyncGenerator[tuple[Gateway, str]]:
    """Serve while the context lasts; at its end the sessions close first, while their clients still hear of it."""
    allow_connections(settings.server.max_connections)
    gatekeeper = Gatekeeper.of(settings.server)
    doorkeeper = Doorkeeper.of(settings.server)
    telemetry = Telemetry(traces=Traces.from_environment())
    recorder = _recorder(settings.recording)
    async with (
        telemetry.running(),
        recorder or contextlib.nullcontext(),
        Talk(
            Dialogs.load(settings),
            recorder,
            mouths=Mouths.load(settings),
            means=recognition_of(settings.asr),
            partners=Partners.load(settings),
        ) as talk,
        aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar(), trust_env=False) as http,
    ):
        pool = Pool(settings, telemetry=telemetry)
        telemetry.metrics.registry.register(scrape.Sessions(pool.sessions))
        server = Gateway(
            settings=settings,
            pool=pool,
            talk=talk,
            gatekeeper=gatekeeper,
            doorkeeper=doorkeeper,
            grants=GrantStore(settings.server.state_dir),
            limits=Limits(),
            entrance=Entrance(settings.server),
            http=http,
            telemetry=telemetry,
        )
        async with _listening(create_app(server), settings) as address, pool:
            yield server, address


def _recorder(wanted: Recording) -> Recorder | None:
    if wanted.dir is None or wanted.retention_days is None:
        return None
    return Recorder(wanted.dir, wanted.retention_days)


@contextlib.asynccontextmanager
async def _listening(app: web.Application, settings: Settings) -> AsyncGenerator[str]:
    """Yield the address. Raises SettingsError when it is taken, or the certificate cannot be used."""
    tls = certificate(settings.server)
    runner = Runner(app, access_log=None, keepalive_timeout=KEEPALIVE_S, shutdown_timeout=2.0, auto_decompress=False)
    runner.entrance = app[GATEWAY].entrance
    await runner.setup()
    listener: asyncio.Server | None = None
    renewing = asyncio.create_task(tls.keep_fresh(), name="tls-renewal") if tls else None
    try:
        listener = await _listen(runner, settings, tls)
        host = settings.server.host
        name = f"[{host}]" if ":" in host else host
        yield f"{'https' if tls else 'http'}://{name}:{listener.sockets[0].getsockname()[1]}"
    finally:
        if renewing is not None:
            renewing.cancel()
        if listener is not None:
            listener.close()
        await runner.cleanup()


async def _listen(runner: Runner, settings: Settings, tls: Certificate | None) -> asyncio.Server:
    host, port = settings.server.host, settings.server.port
    protocols = runner.server
    assert protocols is not None
    loop = asyncio.get_running_loop()
    try:
        if tls is None:
            return await loop.create_server(protocols, host, port)
        return await loop.create_server(protocols, host, port, ssl=tls.context, ssl_handshake_timeout=HANDSHAKE_S)
    except OSError as error:
        reason = error.strerror or str(error)
        raise SettingsError(f"server.host {host}, server.port {port}: cannot listen there ({reason})") from None


@contextlib.contextmanager
def stop_on_signals(stop: asyncio.Event, limit: asyncio.Timeout) -> Generator[None]:
    """Let the first signal stop the server and the second end it at once."""
    loop = asyncio.get_running_loop()

    def receive() -> None:
        if stop.is_set():
            limit.reschedule(loop.time())
        stop.set()

    installed: list[signal.Signals] = []
    for number in SIGNALS:
        # Only the main thread may have handlers, and Windows' loops have none.
        with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
            loop.add_signal_handler(number, receive)
            installed.append(number)
    try:
        yield
    finally:
        for number in installed:
            loop.remove_signal_handler(number)


def _register_secrets(settings: Settings) -> None:
    for _, section in settings:
        for name, value in section:
            if isinstance(value, SecretStr):
                secret = value.get_secret_value()
                for each in secret.split() if name == "token_secret" else [secret]:
                    register_secret(each)
    if settings.cloud.push_url is not None:
        push = URL(settings.cloud.push_url.get_secret_value())
        for part in (push.name, *push.query.values()):
            # What is shorter stands in other words as well, and keeps nobody out.
            if len(part) >= MIN_SECRET:
                register_secret(part)
