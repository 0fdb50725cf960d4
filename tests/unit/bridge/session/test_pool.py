from pathlib import Path

from bridge.session.pool import installation_id


def test_an_installation_keeps_its_id(tmp_path: Path):
    first = installation_id(tmp_path / "state")
    assert len(first) == 8
    assert installation_id(tmp_path / "state") == first
    assert installation_id(tmp_path / "other") != first


def test_an_id_that_was_lost_while_it_was_written_is_made_anew(tmp_path: Path):
    (tmp_path / "installation").touch()
    first = installation_id(tmp_path)
    assert len(first) == 8
    assert installation_id(tmp_path) == first
