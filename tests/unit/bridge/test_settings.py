from pathlib import Path

import pytest
from pydantic import ValidationError

from bridge.settings import Cloud, Llm, Recording, Server, SessionLimits, Settings, Tts, VoiceModel, is_loopback


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.9.1", "::1"])
def test_loopback(host: str):
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "example.com", "localhost.example.com", ""])
def test_not_loopback(host: str):
    assert not is_loopback(host)


def test_defaults_open_nothing_to_other_machines():
    settings = Settings()
    assert is_loopback(settings.server.host)
    assert settings.server.port == 8080
    assert settings.server.api_key is None
    assert settings.cloud.appkey is None
    assert settings.playback.whep_url is None


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7"])
def test_a_reachable_host_needs_a_key(host: str):
    with pytest.raises(ValidationError, match=r"server\.api_key"):
        Server.model_validate({"host": host})
    assert Server.model_validate({"host": host, "api_key": "k3y"}).host == host


def test_an_avatar_is_named_in_one_way():
    with pytest.raises(ValidationError, match="set only one"):
        Cloud(project_id="p", asset_key="a")


@pytest.mark.parametrize("given", [{"base_url": "http://127.0.0.1:1/v1"}, {"api_key": "k3y"}])
def test_an_llm_needs_a_model(given: dict[str, str]):
    with pytest.raises(ValidationError, match=r"llm\.model"):
        Llm.model_validate(given)
    assert Llm.model_validate({**given, "model": "m"}).model == "m"


@pytest.mark.parametrize("given", [{"base_url": "http://127.0.0.1:1/v1"}, {"api_key": "k3y"}])
def test_a_voice_needs_a_model(given: dict[str, str]):
    with pytest.raises(ValidationError, match=r"tts\.model"):
        Tts.model_validate(given)
    assert Tts.model_validate({**given, "model": "m"}).model == "m"


@pytest.mark.parametrize("given", [{"base_url": "http://127.0.0.1:1/v1"}, {"api_key": "k3y"}])
def test_a_voice_model_is_named(given: dict[str, str]):
    with pytest.raises(ValidationError, match=r"voice_model\.model"):
        VoiceModel.model_validate(given)
    assert VoiceModel.model_validate({**given, "model": "m"}).model == "m"


@pytest.mark.parametrize(
    ("given", "channel"),
    [
        ({}, "wss://gw-sg.tvs.qq.com"),
        ({"base_url": "http://127.0.0.1:8765"}, "ws://127.0.0.1:8765"),
        ({"base_url": "http://127.0.0.1:8765", "ws_url": "wss://example.com/"}, "wss://example.com"),
    ],
)
def test_channel_address(given: dict[str, str], channel: str):
    assert Cloud.model_validate(given).channel_url == channel


@pytest.mark.parametrize("seconds", [0, -1, float("inf"), float("nan")])
def test_limits_are_positive_and_finite(seconds: float):
    with pytest.raises(ValidationError):
        SessionLimits(idle_s=seconds)


def test_secrets_are_not_shown():
    settings = Settings.model_validate({"cloud": {"appkey": "s3cret-key"}, "server": {"api_key": "s3cret-too"}})
    assert "s3cret" not in f"{settings!r}{settings!s}{settings.model_dump_json()}"


def test_settings_do_not_change():
    with pytest.raises(ValidationError):
        Settings().server.port = 1


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
@pytest.mark.parametrize("key", ["", " \n"])
def test_an_empty_key_is_none_that_keeps_anybody_out(host: str, key: str):
    with pytest.raises(ValidationError, match=r"(?s)api_key.*must not be empty"):
        Server.model_validate({"host": host, "api_key": key})


def test_options_of_an_llm_are_further_fields():
    assert Llm.model_validate({"model": "m", "options": {"temperature": 0.2}}).options == {"temperature": 0.2}
    with pytest.raises(ValidationError, match="messages is set by the server itself"):
        Llm.model_validate({"model": "m", "options": {"messages": []}})


def test_what_is_recorded_is_kept_for_a_time() -> None:
    assert Recording().dir is None
    assert Recording(dir=Path("r"), retention_days=1).retention_days == 1
    for wrong in ({"dir": "r"}, {"retention_days": 1}, {"dir": "r", "retention_days": 0}):
        with pytest.raises(ValidationError):
            Recording.model_validate(wrong)
