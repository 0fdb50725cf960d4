from pathlib import Path

import pytest

from bridge.cli import ports
from bridge.cli.demo import choose_port, demo_settings
from bridge.errors import SettingsError
from bridge.settings import Settings

EMULATOR = "http://127.0.0.1:4321"


def only_free(monkeypatch: pytest.MonkeyPatch, *free: int) -> None:
    def why_not(_host: str, port: int) -> str | None:
        return None if port in free else "in use"

    monkeypatch.setattr(ports, "why_not", why_not)


def test_the_usual_port(monkeypatch: pytest.MonkeyPatch):
    only_free(monkeypatch, 8080, 8081)
    assert choose_port(Settings(), None) == 8080


def test_the_next_one_when_it_is_in_use(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    only_free(monkeypatch, 8083)
    assert choose_port(Settings(), None) == 8083
    assert capsys.readouterr().err == "port 8080 is in use; the demo takes 8083\n"


def test_all_in_use(monkeypatch: pytest.MonkeyPatch):
    only_free(monkeypatch)
    with pytest.raises(SettingsError, match="--port"):
        choose_port(Settings(), None)


def test_a_port_that_was_asked_for_is_not_replaced(monkeypatch: pytest.MonkeyPatch):
    named = Settings.model_validate({"server": {"port": 9001}})
    only_free(monkeypatch, 9000, 9001)
    assert choose_port(named, 9000) == 9000
    assert choose_port(named, None) == 9001
    only_free(monkeypatch, 9002)
    for wanted, settings in ((9000, Settings()), (None, named)):
        with pytest.raises(SettingsError, match=r"server\.port 900[01]: cannot listen there \(in use\)"):
            choose_port(settings, wanted)


def test_the_cloud_is_the_emulator_whatever_is_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.chdir(tmp_path)
    config = tmp_path / "settings.toml"
    config.write_text(
        '[cloud]\nbase_url = "https://cloud.example"\nws_url = "wss://cloud.example"\nasset_key = "mine"\n'
        'appkey = "mine"\naccesstoken = "mine"\n[llm]\nmodel = "m"\nbase_url = "http://127.0.0.1:1/v1"\n'
    )
    settings = demo_settings(config, 9000, EMULATOR)
    assert str(settings.cloud.base_url) == f"{EMULATOR}/"
    assert settings.cloud.channel_url == "ws://127.0.0.1:4321"
    assert settings.cloud.appkey is not None
    assert settings.cloud.appkey.get_secret_value() == "emulator"
    assert (settings.cloud.project_id, settings.cloud.asset_key) == ("demo", None)
    assert settings.playback.whep_url == EMULATOR + "/_emulator/whep/{cloud_session_id}"
    assert settings.server.port == 9000
    assert settings.llm.model == "m"
