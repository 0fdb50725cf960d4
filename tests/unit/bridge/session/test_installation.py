from pathlib import Path

import pytest

from bridge.errors import SettingsError
from bridge.session.installation import claim, left_behind


def name_of(state_dir: Path) -> str:
    installation = claim(state_dir)
    installation.release()
    installation.release()
    return installation.name


def test_an_installation_keeps_its_id(tmp_path: Path):
    first = name_of(tmp_path / "state")
    assert len(first) == 8
    assert name_of(tmp_path / "state") == first
    assert name_of(tmp_path / "other") != first


def test_the_users_of_an_installation_begin_with_its_id(tmp_path: Path):
    installation = claim(tmp_path)
    assert installation.prefix == f"ab-{installation.name}-"
    installation.release()


def test_an_id_that_was_lost_while_it_was_written_is_made_anew(tmp_path: Path):
    (tmp_path / "installation").touch()
    first = name_of(tmp_path)
    assert len(first) == 8
    assert name_of(tmp_path) == first


def test_two_servers_of_one_state_directory_have_an_id_each(tmp_path: Path):
    first, second = claim(tmp_path), claim(tmp_path)
    assert first.name != second.name
    with left_behind(tmp_path) as (ended, running):
        assert (ended, running) == ([], 2)
    first.release()
    with left_behind(tmp_path) as (ended, running):
        assert [each.name for each in ended] == [first.name]
        assert running == 1
    second.release()
    with left_behind(tmp_path) as (ended, running):
        assert [each.name for each in ended] == [first.name, second.name]
    assert name_of(tmp_path) == first.name


def test_no_server_takes_an_id_while_its_orphans_are_closed(tmp_path: Path):
    first = name_of(tmp_path)
    with left_behind(tmp_path):
        assert name_of(tmp_path) != first
    assert name_of(tmp_path) == first


def test_nothing_is_left_behind_where_no_server_ever_ran(tmp_path: Path):
    with left_behind(tmp_path / "none") as (ended, running):
        assert (ended, running) == ([], 0)
    assert not (tmp_path / "none").exists()


def test_a_state_directory_that_holds_something_else(tmp_path: Path):
    (tmp_path / "installation").write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsError, match=r"server\.state_dir .* not text"):
        claim(tmp_path)
    with pytest.raises(SettingsError, match=r"server\.state_dir .* not text"), left_behind(tmp_path):
        pass
    (tmp_path / "file").touch()
    with pytest.raises(SettingsError, match=r"server\.state_dir"):
        claim(tmp_path / "file")
