import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialog.history import History
from dialog.protocol import Message


def test_turns_come_back_in_order_and_an_interrupted_one_with_what_was_heard():
    history = History()
    first = history.ask("Who are you?")
    history.answer(first, "I am Yun. I work here. I like it.")
    second = history.ask("And the weather?")
    history.interrupt(first, "I am Yun.")
    assert history.messages() == (
        Message("user", "Who are you?"),
        Message("assistant", "I am Yun."),
        Message("user", "And the weather?"),
    )
    history.interrupt(second, "")
    assert history.messages()[-1] == Message("user", "And the weather?")


def test_a_mark_stands_where_an_answer_was_interrupted():
    history = History(interrupted=" …")
    history.interrupt(history.ask("Who are you?"), "I am")
    history.interrupt(history.ask("And?"), "")
    last = history.ask("Go on.")
    history.interrupt(last, "I")
    history.answer(last, "I am Yun.")
    assert [message.text for message in history.messages()] == ["Who are you?", "I am …", "And?", "Go on.", "I am Yun."]


def test_a_forgotten_turn_stays_forgotten():
    history = History(max_turns=1)
    first = history.ask("one")
    history.ask("two")
    history.answer(first, "late")
    assert history.messages() == (Message("user", "two"),)
    history.clear()
    assert history.messages() == ()
    third = history.ask("three")
    history.clear()
    history.answer(third, "after the visitor has left")
    assert history.messages() == ()


def test_a_long_message_keeps_its_beginning_and_no_half_character():
    history = History(max_bytes=10)
    history.answer(history.ask("你好吗"), "abcdefgh")
    assert history.messages() == (Message("user", "你"), Message("assistant", "abcde"))


def test_impossible_bounds_are_refused():
    for bounds in ((0, 100), (1, 7)):
        with pytest.raises(ValueError, match="history"):
            History(*bounds)


OPERATIONS = st.lists(
    st.one_of(
        st.tuples(st.just("ask"), st.text(max_size=12), st.just(0)),
        st.tuples(st.sampled_from(["answer", "interrupt"]), st.text(max_size=12), st.integers(1, 12)),
        st.tuples(st.just("clear"), st.just(""), st.just(0)),
    ),
    max_size=30,
)


@given(OPERATIONS, st.integers(1, 4), st.integers(8, 60))
def test_it_behaves_like_a_list_of_turns(operations: list[tuple[str, str, int]], max_turns: int, max_bytes: int):
    history = History(max_turns, max_bytes)
    model: list[tuple[int, str, str]] = []
    asked = 0

    def size() -> int:
        return sum(len((user + assistant).encode()) for _, user, assistant in model)

    for operation, text, turn in operations:
        kept = text
        while len(kept.encode()) > max_bytes // 2:
            kept = kept[:-1]
        if operation == "ask":
            asked += 1
            assert history.ask(text) == asked
            model.append((asked, kept, ""))
        elif operation == "clear":
            history.clear()
            model.clear()
        else:
            (history.answer if operation == "answer" else history.interrupt)(turn, text)
            model = [(number, user, kept if number == turn else old) for number, user, old in model]
        while len(model) > max_turns or size() > max_bytes:
            model.pop(0)
        expected: list[Message] = []
        for _, user, assistant in model:
            expected += [Message("user", user)] + ([Message("assistant", assistant)] if assistant else [])
        assert history.messages() == tuple(expected)
