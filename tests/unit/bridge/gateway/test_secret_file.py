import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from bridge.errors import SettingsError
from bridge.gateway.secret_file import token_secrets
from bridge.settings import Server

OLD, NEW = "old-" * 8, "new-" * 8


def test_a_secret_is_made_once_and_kept(tmp_path: Path) -> None:
    server = Server(state_dir=tmp_path / "new")
    first = token_secrets(server)
    assert len(first) == 1
    assert len(first[0]) >= 32
    assert token_secrets(server) == first
    files = list((tmp_path / "new").iterdir())
    assert [path.name for path in files] == ["token_secret"]
    assert stat.S_IMODE(files[0].stat().st_mode) == 0o600


def test_servers_that_begin_together_agree(tmp_path: Path) -> None:
    server = Server(state_dir=tmp_path)
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(token_secrets, [server] * 16))
    assert len({secret for [secret] in found}) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["token_secret"]


@pytest.mark.parametrize("between", [" ", "\n", "\r\n", "  \n\n"])
def test_the_settings_may_name_several(tmp_path: Path, between: str) -> None:
    server = Server(state_dir=tmp_path, token_secret=SecretStr(f"{NEW}{between}{OLD}"))
    assert token_secrets(server) == [NEW, OLD]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("short", ["", " ", "short", f"{NEW} short"])
def test_a_short_secret_is_refused(short: str) -> None:
    with pytest.raises(ValidationError, match="32 bytes"):
        Server(token_secret=SecretStr(short))


@pytest.mark.parametrize("content", [b"", b"short\n", b"\xff" * 40])
def test_a_damaged_file_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "token_secret").write_bytes(content)
    with pytest.raises(SettingsError, match="token_secret"):
        token_secrets(Server(state_dir=tmp_path))


def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match=r"server\.state_dir"):
        token_secrets(Server(state_dir=tmp_path / "file" / "state"))
