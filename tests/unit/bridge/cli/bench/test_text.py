"""Which token completes a packet of text."""

from bridge.cli.bench.model import tokens
from bridge.cli.bench.text import clauses, each_token


def test_tokens_are_words_as_models_write_them():
    assert list(tokens(4)) == ["Our", " rooms", " look", " over"]
    assert "".join(tokens(500)).count(" ") == 499


def test_clauses_hold_every_word_once():
    packets = clauses(200)
    assert "".join(text for _, text in packets) == "".join(tokens(200))
    numbers = [number for number, _ in packets]
    assert numbers == sorted(numbers)
    assert numbers[-1] == 200


def test_a_clause_ends_with_the_word_after_it():
    number, text = clauses(200)[0]
    assert text == "Our rooms look over the river, "
    assert tokens(200)[number] == " and"


def test_the_bare_reader_sends_every_token():
    assert each_token(3) == [(0, "Our"), (1, " rooms"), (2, " look")]
