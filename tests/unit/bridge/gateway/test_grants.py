import pytest

from bridge.errors import GrantInUse, RateLimited
from bridge.gateway.grants import Begin, Holders, Resume

KIOSK, OTHER = "kiosk-" * 4, "other-" * 4


def exchange(
    holders: Holders, holder: str, now: float, *, alive: bool = True, attached: bool = True, renew: bool = False
) -> Resume | Begin:
    return holders.exchange("g", holder, now, alive=alive, attached=attached, renew=renew)


@pytest.fixture
def held() -> Holders:
    """Return what is known after the kiosk got the session s1 at 0."""
    holders = Holders()
    assert exchange(holders, KIOSK, 0, alive=False, attached=False) == Begin()
    holders.began("g", KIOSK, "s1", 0)
    return holders


def test_the_holder_gets_its_session_back(held: Holders) -> None:
    assert held.session_of("g") == "s1"
    for attached in (True, False):
        assert exchange(held, KIOSK, 1, attached=attached) == Resume("s1")


def test_one_that_has_ended_is_followed_by_a_new_one(held: Holders) -> None:
    assert exchange(held, KIOSK, 1, alive=False) == Begin()
    assert exchange(held, OTHER, 1, alive=False) == Begin()


def test_the_holder_may_ask_for_a_new_one(held: Holders) -> None:
    assert exchange(held, KIOSK, 1, renew=True) == Begin()


@pytest.mark.parametrize("renew", [True, False])
def test_another_browser_has_to_wait(held: Holders, *, renew: bool) -> None:
    with pytest.raises(GrantInUse):
        exchange(held, OTHER, 1000, attached=True, renew=renew)
    with pytest.raises(GrantInUse):
        exchange(held, OTHER, 29.9, attached=False, renew=renew)


def test_a_kiosk_that_forgot_everything_gets_in_with_a_session_of_its_own(held: Holders) -> None:
    assert exchange(held, OTHER, 30, attached=False) == Begin()
    held.began("g", OTHER, "s2", 30)
    with pytest.raises(GrantInUse):
        exchange(held, KIOSK, 31)
    assert exchange(held, OTHER, 31) == Resume("s2")


def test_coming_back_keeps_others_out_for_longer(held: Holders) -> None:
    exchange(held, KIOSK, 29, attached=False)
    with pytest.raises(GrantInUse):
        exchange(held, OTHER, 31, attached=False)


def test_other_grants_are_not_touched(held: Holders) -> None:
    assert held.session_of("h") is None
    assert held.exchange("h", OTHER, 0, alive=False, attached=False, renew=False) == Begin()


def test_one_that_was_taken_back_is_forgotten(held: Holders) -> None:
    held.forget("g")
    held.forget("g")
    assert held.session_of("g") is None


def test_sessions_are_not_begun_without_end(held: Holders) -> None:
    for number in range(9):
        assert exchange(held, KIOSK, 0, renew=True) == Begin()
        held.began("g", KIOSK, f"s{number}", 0)
    with pytest.raises(RateLimited) as slowed:
        exchange(held, KIOSK, 0, renew=True)
    assert slowed.value.retry_after_s == 5
    assert exchange(held, KIOSK, 0) == Resume("s8")
    assert exchange(held, KIOSK, 5, renew=True) == Begin()
