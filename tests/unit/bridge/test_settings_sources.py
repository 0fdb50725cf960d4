import os
from pathlib import Path

import pytest

from bridge.errors import SettingsError
from bridge.settings_sources import load

SECRET = "hunter2-not-to-be-shown"


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.upper().startswith("AVATAR_BRIDGE_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def written(tmp_path: Path, text: str, name: str = "settings.toml") -> Path:
    path = tmp_path / name
    path.write_text(text, "utf-8")
    return path


def problem_of(config: Path | None = None) -> str:
    with pytest.raises(SettingsError) as caught:
        load(config)
    assert SECRET not in str(caught.value)
    return caught.value.message


def test_nothing_set():
    assert load().server.port == 8080


def test_later_places_win(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    config = written(tmp_path, "[server]\nport = 1\n[session]\nidle_s = 11\nlinger_s = 12\nmax_s = 13\n")
    written(tmp_path, "AVATAR_BRIDGE_SESSION__IDLE_S=21\nAVATAR_BRIDGE_SESSION__LINGER_S=22\n", ".env")
    monkeypatch.setenv("AVATAR_BRIDGE_SESSION__IDLE_S", "31")
    settings = load(config, options={"server": {"port": 4}})
    assert settings.server.port == 4
    assert (settings.session.idle_s, settings.session.linger_s, settings.session.max_s) == (31, 22, 13)


def test_the_variable_names_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("AVATAR_BRIDGE_CONFIG", str(written(tmp_path, "[server]\nport = 7\n")))
    assert load().server.port == 7
    assert load(written(tmp_path, "[server]\nport = 8\n", "other.toml")).server.port == 8


def test_lists_are_json_in_variables(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("AVATAR_BRIDGE_SERVER__ALLOWED_HOSTS", '["a.example", "b.example:8443"]')
    monkeypatch.setenv("AVATAR_BRIDGE_SERVER__API_KEY", "key-of-the-server")
    assert load().server.allowed_hosts == ("a.example", "b.example:8443")


def test_a_list_that_is_no_json(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("AVATAR_BRIDGE_SERVER__ALLOWED_HOSTS", SECRET)
    assert "allowed_hosts" in problem_of().lower()


def test_an_empty_variable_is_not_set(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("AVATAR_BRIDGE_CLOUD__APPKEY", "")
    assert load().cloud.appkey is None


def test_none_as_an_option_takes_back_what_was_set(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("AVATAR_BRIDGE_CLOUD__ASSET_KEY", "a")
    settings = load(options={"cloud": {"project_id": "p", "asset_key": None}})
    assert (settings.cloud.project_id, settings.cloud.asset_key) == ("p", None)


@pytest.mark.parametrize("place", ["file", "variable", "dotenv"])
def test_a_secret_in_a_file_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str):
    secret = written(tmp_path, f"{SECRET}\n", "appkey")
    config = None
    match place:
        case "file":
            config = written(tmp_path, f'[cloud]\nappkey_file = "{secret}"\n')
        case "variable":
            monkeypatch.setenv("AVATAR_BRIDGE_CLOUD__APPKEY_FILE", str(secret))
        case _:
            written(tmp_path, f"AVATAR_BRIDGE_CLOUD__APPKEY_FILE={secret}\n", ".env")
    appkey = load(config).cloud.appkey
    assert appkey is not None
    assert appkey.get_secret_value() == SECRET


def test_a_secret_file_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("AVATAR_BRIDGE_CLOUD__APPKEY_FILE", str(tmp_path / "nothing"))
    assert "cloud.appkey_file (the environment)" in problem_of()


def test_only_secrets_are_read_from_files(tmp_path: Path):
    assert "unknown option" in problem_of(written(tmp_path, '[cloud]\nproject_id_file = "/etc/hostname"\n'))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[servr]\nport = 1\n", "unknown section [servr]; did you mean server?"),
        ("[server]\nprot = 1\n", "server.prot"),
        ("[server]\nprot = 1\n", "did you mean port?"),
        (f'[cloud]\nappkye = "{SECRET}"\n', "cloud.appkye"),
        (f'[server]\nport = "{SECRET}"\n', "server.port"),
        (f'[cloud]\nbase_url = "{SECRET}"\n', "cloud.base_url"),
        (f'[cloud]\nappkey = ["{SECRET}"]\n', "cloud.appkey"),
        ("[server]\nport = 70000\n", "server.port"),
        ("server = 3\n", "server must be a table"),
        ("[server\n", "is not valid TOML"),
        ('[server]\nhost = "0.0.0.0"\n', "server.api_key is needed"),
        ('[server]\nallowed_hosts = ["avatar.example"]\n', "server.api_key is needed"),
        ('[server]\ntrusted_proxies = ["127.0.0.1"]\n', "server.api_key is needed"),
    ],
)
def test_what_is_wrong_in_a_file_is_named_with_its_place(tmp_path: Path, text: str, expected: str):
    config = written(tmp_path, text)
    problem = problem_of(config)
    assert expected in problem
    assert str(config) in problem or "api_key" in expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("AVATAR_BRIDGE_SERVR__PORT", "did you mean AVATAR_BRIDGE_SERVER"),
        ("AVATAR_BRIDGE_SERVER__PROT", "server.prot (the environment): unknown option; did you mean port?"),
        ("AVATAR_BRIDGE_SERVER_PORT", "AVATAR_BRIDGE_SERVER_PORT in the environment: unknown option"),
        ("AVATAR_BRIDGE_SERVER", "AVATAR_BRIDGE_SERVER in the environment: unknown option"),
        ("AVATAR_BRIDGE_", "unknown option"),
        ("AVATAR_BRIDGE_SERVER__PORT__X", "server.port"),
        ("AVATAR_BRIDGE_SERVER__", "unknown option"),
        ("avatar_bridge_server__prot", "server.prot"),
        ("AVATAR_BRIDGE_SERVER__PORT", "server.port (the environment)"),
    ],
)
def test_what_is_wrong_in_a_variable_is_named(monkeypatch: pytest.MonkeyPatch, name: str, expected: str):
    monkeypatch.setenv(name, SECRET)
    assert expected in problem_of()


def test_what_is_wrong_in_dotenv_is_named(tmp_path: Path):
    written(tmp_path, f"OTHER=1\nAVATAR_BRIDGE_CLOUD__APKEY={SECRET}\n", ".env")
    assert "cloud.apkey (.env)" in problem_of()


@pytest.mark.parametrize("name", ["AVATAR_BRIDGE_URL", "AVATAR_BRIDGE_API_KEY", "AVATAR_BRIDGE_CHROMIUM"])
def test_variables_of_others_are_left_alone(monkeypatch: pytest.MonkeyPatch, name: str):
    monkeypatch.setenv(name, SECRET)
    load()


def test_every_wrong_option_has_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    config = written(tmp_path, '[server]\nport = "x"\nprot = 1\n')
    monkeypatch.setenv("AVATAR_BRIDGE_SESSION__IDLE_S", "0")
    lines = problem_of(config).splitlines()
    assert sorted(line.partition(" ")[0] for line in lines) == ["server.port", "server.prot", "session.idle_s"]


@pytest.mark.parametrize("content", [None, b"\xff\xfe[server]"])
def test_a_file_that_cannot_be_read(tmp_path: Path, content: bytes | None):
    config = tmp_path / "settings.toml"
    if content is not None:
        config.write_bytes(content)
    assert str(config) in problem_of(config)
    assert str(tmp_path) in problem_of(tmp_path)


def test_an_empty_secret_file_opens_nothing(tmp_path: Path):
    (tmp_path / "key").write_text("\n")
    config = tmp_path / "c.toml"
    config.write_text(f'[server]\nhost = "0.0.0.0"\napi_key_file = "{tmp_path / "key"}"\n')
    with pytest.raises(SettingsError, match=r"server\.api_key"):
        load(config, dotenv=None)
