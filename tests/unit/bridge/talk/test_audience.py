"""The messages of the audience."""

import pytest

from bridge.errors import MessageNotFound, MessageOver, QueueFull
from bridge.talk.audience import KEPT, MAX_WAITING, Audience, Written


def audience(*ids: str) -> Audience:
    made = Audience()
    for message_id in ids:
        made.add(Written(message_id, f"{message_id}?"))
    return made


def states(of: Audience) -> dict[str, str]:
    return {message.message_id: message.state for message in of.messages}


def test_nobody_is_answered_unless_picked() -> None:
    asked = audience("a", "b")
    assert asked.next(oldest=False) is None
    asked.pick("b")
    message = asked.next(oldest=False)
    assert message is not None
    assert message.message_id == "b"
    assert states(asked) == {"a": "waiting", "b": "answering"}
    asked.answered("b")
    assert states(asked) == {"a": "waiting", "b": "answered"}


def test_those_that_were_picked_come_before_the_oldest() -> None:
    asked = audience("a", "b", "c")
    asked.pick("c")
    asked.pick("c")
    turns = [asked.next(oldest=True) for _ in range(4)]
    assert [turn and turn.message_id for turn in turns] == ["c", "a", "b", None]


def test_one_that_was_dismissed_is_not_answered() -> None:
    asked = audience("a")
    asked.pick("a")
    asked.dismiss("a")
    asked.answered("a")
    assert asked.next(oldest=True) is None
    assert states(asked) == {"a": "dismissed"}
    with pytest.raises(MessageOver):
        asked.pick("a")
    with pytest.raises(MessageNotFound):
        asked.dismiss("b")


def test_one_that_could_not_be_answered_waits_again() -> None:
    asked = audience("a")
    asked.next(oldest=True)
    asked.put_back("a")
    assert states(asked) == {"a": "waiting"}


def test_what_waits_has_a_bound_and_what_is_over_is_forgotten() -> None:
    asked = audience(*map(str, range(MAX_WAITING)))
    with pytest.raises(QueueFull):
        asked.add(Written("x", "x"))
    for number in range(KEPT + 7):
        asked.dismiss(str(number))
    assert len(asked.messages) == MAX_WAITING - 7
    assert asked.messages[0].message_id == "7"
    asked.add(Written("x", "x"))


def test_news_are_told_once_and_as_they_are_now() -> None:
    asked = audience("a", "b")
    asked.dismiss("a")
    assert [(each.message_id, each.state) for each in asked.news()] == [("a", "dismissed"), ("b", "waiting")]
    assert asked.news() == ()
    asked.pick("b")
    asked.clear()
    assert (asked.news(), asked.messages, asked.next(oldest=True)) == ((), (), None)
