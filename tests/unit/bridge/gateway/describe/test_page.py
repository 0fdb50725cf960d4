"""The page that describes the interface."""

from collections import Counter
from html.parser import HTMLParser

import pytest

from bridge.gateway.describe.catalogue import catalogue
from bridge.gateway.describe.html import inline, prose, sample, table
from bridge.gateway.describe.page import page
from bridge.gateway.describe.routes import ROUTES
from bridge.gateway.describe.shapes import shape_of, type_of

VOID = {"meta", "link", "br", "img"}


class Reader(HTMLParser):
    """Reads a page and complains about what is not nested as it should be."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: Counter[str] = Counter()
        self.targets: set[str] = set()
        self.scripts: list[dict[str, str | None]] = []
        self.inline = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if "id" in given:
            self.ids[str(given["id"])] += 1
        if str(given.get("href", "")).startswith("#"):
            self.targets.add(str(given["href"])[1:])
        if tag == "script":
            self.scripts.append(given)
        self.inline += tag == "style" or any(name == "style" or name.startswith("on") for name in given)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def read() -> Reader:
    reader = Reader()
    reader.feed(page().decode())
    reader.close()
    return reader


def test_it_is_well_formed_and_every_link_within_leads_somewhere(read: Reader) -> None:
    assert read.open == []
    assert [name for name, count in read.ids.items() if count > 1] == []
    assert read.targets - set(read.ids) == set()


def test_it_needs_no_script_or_style_of_its_own_and_nothing_from_elsewhere(read: Reader) -> None:
    assert read.inline == 0
    assert [script["src"] for script in read.scripts] == ["/static/docs/docs.js"]
    assert b"https://" not in page().split(b"<main")[0]


def test_every_call_message_and_error_is_there(read: Reader) -> None:
    for route in ROUTES:
        assert f"call-{route.name}" in read.ids
    for anchor in ("client-say.start", "reply-welcome", "event-utterance", "model-SessionView"):
        assert anchor in read.ids
    for error in catalogue():
        assert f"error-{error.code}" in read.ids


def test_texts_are_escaped() -> None:
    assert inline("a < `b & c` **d**") == "a &lt; <code>b &amp; c</code> <strong>d</strong>"
    assert prose("one\ntwo\n\n- a\n- b") == "<p>one two</p><ul><li>a</li><li>b</li></ul>"
    assert "&lt;x&gt;" in table("<x>", ("a",), [("b",)])
    assert 'aria-label="&quot;"' in sample("text", '"')


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "string", "minLength": 1, "maxLength": 5}, "string, 1 to 5 characters"),
        ({"type": "number", "exclusiveMinimum": 0, "maximum": 10}, "number, more than 0, at most 10"),
        ({"type": "integer", "minimum": 1}, "integer, at least 1"),
        ({"enum": ["a", "b"]}, "<code>a</code> | <code>b</code>"),
        ({"const": "a"}, "<code>a</code>"),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, "string or null"),
        ({"type": "array", "items": {"$ref": "#/components/schemas/X"}}, 'list of <a href="#model-X">X</a>'),
        ({"type": "object", "additionalProperties": {"type": "string"}}, "texts by name: string"),
        ({}, "anything"),
    ],
)
def test_a_type_is_told_in_words(schema: dict[str, object], words: str) -> None:
    assert type_of(shape_of(schema)) == words
