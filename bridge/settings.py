"""The settings: a TOML file, then `.env`, then the environment (`AVATAR_BRIDGE_<SECTION>__<KEY>`), later ones win."""

import ipaddress
import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    HttpUrl,
    IPvAnyNetwork,
    JsonValue,
    SecretStr,
    UrlConstraints,
    field_validator,
    model_validator,
)
from pydantic_core import Url
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from bridge.paths import default_state_dir

WsUrl = Annotated[Url, UrlConstraints(allowed_schemes=["ws", "wss"])]
MIN_TOKEN_SECRET = 32
"""Bytes: no fewer than the tokens' hash has (RFC 7518, 3.2)."""
_PUSH_URL = re.compile(r"rtmp://[^/?#\s]+/[^/?#\s]+/[^/?#\s]+(\?\S*)?")
Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]
OUR_FIELDS = frozenset({"model", "messages", "stream", "tools", "tool_choice"})
"""Fields of a request to a language model that are not for `llm.options`."""


def is_loopback(host: str) -> bool:
    """Return whether only this machine can reach a server that listens on `host`."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class Section(BaseModel):
    """A table of the file; it refuses options that it does not have."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Server(Section):
    """`server.*`: where and for whom this server listens."""

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8080
    public_url: HttpUrl | None = None
    tls_cert: Path | None = None
    tls_key: Path | None = None
    trusted_proxies: tuple[IPvAnyNetwork, ...] = ()
    api_key: SecretStr | None = None
    token_secret: SecretStr | None = None
    allowed_origins: tuple[str, ...] = ()
    allowed_hosts: tuple[str, ...] = ()
    image_origins: tuple[str, ...] = ()
    max_sessions: Annotated[int, Field(ge=1)] = 10
    max_connections: Annotated[int, Field(ge=1)] = 2000
    max_connections_per_address: Annotated[int, Field(ge=1)] = 200
    drain_s: Annotated[float, Field(ge=0, le=10)] = 8
    state_dir: Path = Field(default_factory=default_state_dir)

    @field_validator("api_key")
    @classmethod
    def _key_keeps_out(cls, key: SecretStr | None) -> SecretStr | None:
        if key is not None and not key.get_secret_value().strip():
            raise ValueError("must not be empty")
        return key

    @field_validator("token_secret")
    @classmethod
    def _secrets_are_long(cls, secrets: SecretStr | None) -> SecretStr | None:
        if secrets is not None:
            each = secrets.get_secret_value().split()
            if not each or any(len(secret.encode()) < MIN_TOKEN_SECRET for secret in each):
                raise ValueError(f"every secret in it must have {MIN_TOKEN_SECRET} bytes or more")
        return secrets

    @model_validator(mode="after")
    def _certificate_has_its_key(self) -> "Server":
        if (self.tls_cert is None) != (self.tls_key is None):
            raise ValueError("server.tls_cert and server.tls_key go together; set both, or none")
        return self

    @model_validator(mode="after")
    def _strangers_need_a_key(self) -> "Server":
        if not is_loopback(self.host) and self.api_key is None:
            raise ValueError(
                "server.host is reachable from other machines, so server.api_key is needed; set one, or use 127.0.0.1"
            )
        if self.public_url is not None and not is_loopback(self.public_url.host or "") and self.api_key is None:
            raise ValueError("server.public_url is reachable from other machines, so server.api_key is needed; set one")
        if (self.trusted_proxies or self.allowed_hosts) and self.api_key is None:
            raise ValueError(
                "server.trusted_proxies and server.allowed_hosts let other machines in by way of a proxy, "
                "so server.api_key is needed; set one"
            )
        return self


class Cloud(Section):
    """`cloud.*`: the avatar's cloud and the account there."""

    base_url: HttpUrl = HttpUrl("https://gw-sg.tvs.qq.com")
    ws_url: WsUrl | None = None
    appkey: SecretStr | None = None
    accesstoken: SecretStr | None = None
    project_id: str | None = None
    asset_key: str | None = None
    protocol: Literal["rtmp", "trtc", "webrtc"] = "webrtc"
    push_url: SecretStr | None = None

    @field_validator("push_url")
    @classmethod
    def _push_address_is_one(cls, url: SecretStr | None) -> SecretStr | None:
        if url is not None and not _PUSH_URL.fullmatch(url.get_secret_value()):
            raise ValueError("must look like rtmp://host/app/stream?txSecret=…&txTime=…")
        return url

    @model_validator(mode="after")
    def _one_avatar(self) -> "Cloud":
        if self.project_id is not None and self.asset_key is not None:
            raise ValueError("cloud.project_id and cloud.asset_key are two ways to name the avatar; set only one")
        return self

    @property
    def channel_url(self) -> str:
        """The WebSocket origin: `cloud.ws_url`, or `cloud.base_url` with ws for http."""
        if self.ws_url is not None:
            return str(self.ws_url).rstrip("/")
        return "ws" + str(self.base_url).rstrip("/").removeprefix("http")


class Playback(Section):
    """`playback.*`: another way to the picture than the cloud's play address."""

    whep_url: str | None = None
    delay_ms: Annotated[int, Field(ge=0)] = 0


class SessionLimits(Section):
    """`session.*`: who answers in a session that does not say it, and when one nobody needs is closed, in seconds."""

    dialog: Literal["builtin", "llm", "cloud"] | None = None
    linger_s: Seconds = 60
    idle_s: Seconds = 600
    max_s: Seconds | None = None


class Llm(Section):
    """`llm.*`: any OpenAI-compatible server; without it the built-in quick answers speak."""

    base_url: HttpUrl | None = None
    api_key: SecretStr | None = None
    model: str | None = None
    options: dict[str, JsonValue] = {}
    tools_dir: Path | None = None
    first_token_s: Seconds = 8
    next_token_s: Seconds = 5

    @field_validator("options")
    @classmethod
    def _options_are_extra(cls, options: dict[str, JsonValue]) -> dict[str, JsonValue]:
        for name in OUR_FIELDS.intersection(options):
            raise ValueError(f"{name} is set by the server itself; leave it out")
        return options

    @model_validator(mode="after")
    def _model_is_named(self) -> "Llm":
        if (self.base_url is not None or self.api_key is not None) and not self.model:
            raise ValueError("llm.model is needed with llm.base_url or llm.api_key")
        return self


class Asr(Section):
    """`asr.*`: any OpenAI-compatible server that recognises speech; without it the server does not listen."""

    base_url: HttpUrl | None = None
    api_key: SecretStr | None = None
    model: str | None = None
    mode: Literal["upload", "realtime"] = "upload"
    language: Annotated[str, Field(pattern=r"^[a-z]{2,3}$")] | None = None
    prompt: Annotated[str, Field(max_length=1_000)] = ""
    timeout_s: Seconds = 8

    @model_validator(mode="after")
    def _model_is_named(self) -> "Asr":
        if (self.base_url is not None or self.api_key is not None) and not self.model:
            raise ValueError("asr.model is needed with asr.base_url or asr.api_key")
        if self.prompt and self.mode == "realtime":
            raise ValueError("asr.prompt is for asr.mode upload; leave it out")
        return self


class Drive(Section):
    """`drive.*`: how the avatar is told what to say."""

    command: Literal["stream", "text"] = "stream"
    clauses: bool = True


class Audio(Section):
    """`audio.*`: how sound is passed on."""

    lead_ms: Annotated[int, Field(ge=0, le=10_000)] = 1_000
    burst: Annotated[int, Field(ge=0, le=6)] = 0


class Recording(Section):
    """`recording.*`: what people say is written down in a folder, for so many days; nothing is without it."""

    dir: Path | None = None
    retention_days: Annotated[int, Field(ge=1, le=3650)] | None = None

    @model_validator(mode="after")
    def _kept_for_a_time(self) -> "Recording":
        if (self.dir is None) != (self.retention_days is None):
            raise ValueError("recording.dir and recording.retention_days go together; set both, or none")
        return self


class Tts(Section):
    """`tts.*`: any OpenAI-compatible `/audio/speech`; with it, sessions of mode audio speak with that voice."""

    base_url: HttpUrl | None = None
    api_key: SecretStr | None = None
    model: str | None = None
    voice: str = "alloy"

    @model_validator(mode="after")
    def _model_is_named(self) -> "Tts":
        if (self.base_url is not None or self.api_key is not None) and not self.model:
            raise ValueError("tts.model is needed with tts.base_url or tts.api_key")
        return self


class VoiceModel(Section):
    """`voice_model.*`: a model that hears and speaks itself (OpenAI's realtime interface); for mode audio."""

    base_url: HttpUrl | None = None
    api_key: SecretStr | None = None
    model: str | None = None
    voice: str = "marin"
    transcription: str = "gpt-4o-mini-transcribe"

    @model_validator(mode="after")
    def _model_is_named(self) -> "VoiceModel":
        if (self.base_url is not None or self.api_key is not None) and not self.model:
            raise ValueError("voice_model.model is needed with voice_model.base_url or voice_model.api_key")
        return self


class Settings(BaseSettings):
    """All settings; `bridge.settings_sources.load` reads them from where they stand."""

    model_config = SettingsConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    server: Server = Server()
    cloud: Cloud = Cloud()
    playback: Playback = Playback()
    session: SessionLimits = SessionLimits()
    llm: Llm = Llm()
    asr: Asr = Asr()
    drive: Drive = Drive()
    audio: Audio = Audio()
    recording: Recording = Recording()
    tts: Tts = Tts()
    voice_model: VoiceModel = VoiceModel()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read nothing behind the caller's back: `load` hands over what the sources said."""
        return (init_settings,)
