from typing import get_args

import pytest

from bridge.errors import Forbidden, RateLimited, TokenExpired, Unauthorized
from bridge.gateway.access import Action, Caller, Doorkeeper, Role
from bridge.gateway.tokens import Tokens

SECRET = "secret-of-the-tokens-of-this-test"
KEY = "key-of-the-server"
NOW = 1_795_000_000.0


def closed(key: str = KEY) -> Doorkeeper:
    return Doorkeeper(key.encode(), Tokens([SECRET]))


def opened() -> Doorkeeper:
    return Doorkeeper(None, Tokens([SECRET]))


ALLOWED = {
    ("operator", "watch"),
    ("operator", "drive"),
    ("operator", "manage"),
    ("driver", "watch"),
    ("driver", "drive"),
    ("watcher", "watch"),
}


@pytest.mark.parametrize("role", get_args(Role))
@pytest.mark.parametrize("action", get_args(Action))
def test_what_each_role_may(role: Role, action: Action) -> None:
    caller = Caller(role, None if role == "operator" else "s1", None, "c")
    if (role, action) in ALLOWED:
        caller.check_may(action, "s1")
    else:
        with pytest.raises(Forbidden):
            caller.check_may(action, "s1")


@pytest.mark.parametrize("other", ["s2", "", None, "S1"])
def test_a_token_is_good_for_its_session_only(other: str | None) -> None:
    with pytest.raises(Forbidden, match="another session"):
        Caller("driver", "s1", None, "c").check_may("watch", other)


def test_the_operator_has_the_key() -> None:
    caller = closed().authenticate(KEY, NOW)
    assert caller == Caller("operator", None, None, "operator")


@pytest.mark.parametrize("given", [None, "", "wrong", KEY + " ", KEY[:-1], "ü\udcff"])
def test_nothing_else_opens(given: str | None) -> None:
    with pytest.raises(Unauthorized):
        closed().authenticate(given, NOW)


def test_a_client_has_a_token_and_keeps_its_id() -> None:
    door = closed()
    minted = door.mint("watcher", "s1", NOW)
    caller = door.authenticate(minted.token, NOW + 1)
    assert (caller.role, caller.session_id, caller.expires_at) == ("watcher", "s1", NOW + 900)
    again = door.mint("watcher", "s1", NOW + 800, client_id=caller.client_id)
    assert again.token != minted.token
    assert door.authenticate(again.token, NOW + 1600).client_id == caller.client_id
    assert door.authenticate(door.mint("watcher", "s1", NOW).token, NOW).client_id != caller.client_id


def test_the_end_of_a_token_has_grace_only_where_it_is_renewed() -> None:
    door = closed()
    token = door.mint("driver", "s1", NOW).token
    with pytest.raises(TokenExpired):
        door.authenticate(token, NOW + 910)
    assert door.authenticate(token, NOW + 910, grace=True).role == "driver"
    with pytest.raises(TokenExpired):
        door.authenticate(token, NOW + 930, grace=True)


def test_an_open_server_asks_nobody() -> None:
    door = opened()
    for given in (None, "sk-some-library-insists", ""):
        assert door.authenticate(given, NOW).role == "operator"


def test_an_open_server_believes_tokens_and_refuses_forged_ones() -> None:
    door = opened()
    token = door.mint("watcher", "s1", NOW).token
    assert door.authenticate(token, NOW).role == "watcher"
    with pytest.raises(TokenExpired):
        door.authenticate(token, NOW + 1000)
    with pytest.raises(Unauthorized):
        door.authenticate(token[:-3], NOW)


def test_a_key_may_look_like_a_token() -> None:
    key = "eyJhbGciOiJIUzI1NiJ9.e30.key"
    assert closed(key).authenticate(key, NOW).role == "operator"


def test_who_guesses_is_slowed_and_others_are_not() -> None:
    door = closed()
    token = door.mint("driver", "s1", NOW).token
    for _ in range(20):
        with pytest.raises(Unauthorized):
            door.authenticate("wrong", NOW, address="192.0.2.1")
    for given in ("wrong", KEY, token[:-3]):
        with pytest.raises(RateLimited) as slowed:
            door.authenticate(given, NOW, address="192.0.2.1")
        assert 0 < slowed.value.retry_after_s <= 3
    assert door.authenticate(KEY, NOW, address="192.0.2.2").role == "operator"
    assert door.authenticate(token, NOW, address="192.0.2.1").role == "driver"
    assert door.authenticate(KEY, NOW + 3.1, address="192.0.2.1").role == "operator"


def test_the_key_is_not_shown() -> None:
    assert KEY not in repr(closed())
    assert SECRET not in repr(closed())
