import stat
from pathlib import Path

import pytest

from bridge.errors import NotFound, SettingsError, TooManyGrants
from bridge.gateway import grant_store
from bridge.gateway.grant_store import GrantStore


def test_a_grant_outlives_the_server(tmp_path: Path) -> None:
    secret, grant = GrantStore(tmp_path).create("kiosk", "lobby", None, 1.0)
    assert secret.startswith("abg_")
    assert GrantStore(tmp_path).find(secret) == grant
    assert GrantStore(tmp_path).all() == [grant]


def test_the_disk_does_not_know_the_secret(tmp_path: Path) -> None:
    secret, _ = GrantStore(tmp_path).create("kiosk", None, None, 1.0)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) == 1
    for path in files:
        assert secret not in path.read_text() + str(path)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "grants").stat().st_mode) == 0o700


@pytest.mark.parametrize("guess", ["", "abg_", "../../x", "abg_\udcff", "abg_" + "x" * 43])
def test_a_guess_finds_nothing(tmp_path: Path, guess: str) -> None:
    store = GrantStore(tmp_path)
    store.create("kiosk", None, None, 1.0)
    assert store.find(guess) is None


def test_one_is_taken_back_and_the_others_stay(tmp_path: Path) -> None:
    store = GrantStore(tmp_path)
    (first, taken), (second, kept) = (store.create("kiosk", None, None, at) for at in (1.0, 2.0))
    store.revoke(taken.grant_id)
    assert store.find(first) is None
    assert store.find(second) == kept
    with pytest.raises(NotFound):
        store.revoke(taken.grant_id)
    for name in ("", "..", "*"):
        with pytest.raises(NotFound):
            store.revoke(name)
    assert store.all() == [kept]


def test_there_is_an_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grant_store, "MAX_GRANTS", 2)
    store = GrantStore(tmp_path)
    for at in (1.0, 2.0):
        store.create("kiosk", None, None, at)
    with pytest.raises(TooManyGrants):
        store.create("kiosk", None, None, 3.0)


def test_a_broken_file_grants_nothing(tmp_path: Path) -> None:
    store = GrantStore(tmp_path)
    secret, _ = store.create("kiosk", None, None, 1.0)
    next((tmp_path / "grants").iterdir()).write_text("{")
    assert store.find(secret) is None
    assert store.all() == []


def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "grants").write_text("")
    with pytest.raises(SettingsError, match=r"server\.state_dir"):
        GrantStore(tmp_path).create("kiosk", None, None, 1.0)
