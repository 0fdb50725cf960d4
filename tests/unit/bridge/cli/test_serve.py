import pytest

from bridge.cli.serve import require_account
from bridge.errors import SettingsError
from bridge.settings import Settings


@pytest.mark.parametrize("avatar", [{"project_id": "p"}, {"asset_key": "a"}])
def test_an_account(avatar: dict[str, str]):
    require_account(Settings.model_validate({"cloud": {"appkey": "k", "accesstoken": "t", **avatar}}))


@pytest.mark.parametrize(
    ("cloud", "missing"),
    [
        ({"appkey": "k", "accesstoken": "t"}, ["cloud.project_id"]),
        ({"appkey": "k", "project_id": "p"}, ["cloud.accesstoken"]),
        ({"appkey": "", "accesstoken": "t", "project_id": "p"}, ["cloud.appkey"]),
        ({}, ["cloud.appkey", "cloud.accesstoken", "cloud.project_id"]),
    ],
)
def test_what_is_missing_has_a_line_each(cloud: dict[str, str], missing: list[str]):
    with pytest.raises(SettingsError) as caught:
        require_account(Settings.model_validate({"cloud": cloud}))
    *lines, last = caught.value.message.splitlines()
    assert [line.split()[0] for line in lines] == missing
    assert all("AVATAR_BRIDGE_CLOUD__" in line for line in lines)
    assert last == "without an account: avatar-bridge demo"
