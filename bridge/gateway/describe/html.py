"""Small pieces of HTML; every text is escaped."""

import re
from collections.abc import Iterable, Sequence
from html import escape

_CODE = re.compile(r"`([^`]+)`")
_STRONG = re.compile(r"\*\*([^*]+)\*\*")


def inline(text: str) -> str:
    """Return a sentence; `code` and **strong** are marked as such."""
    return _STRONG.sub(r"<strong>\1</strong>", _CODE.sub(r"<code>\1</code>", escape(text)))


def prose(text: str) -> str:
    """Return paragraphs, and lists where lines begin with a hyphen."""
    return "".join(_block(block) for block in text.strip().split("\n\n"))


def _block(block: str) -> str:
    lines = block.split("\n")
    if all(line.startswith("- ") for line in lines):
        return "<ul>" + "".join(f"<li>{inline(line[2:])}</li>" for line in lines) + "</ul>"
    return f"<p>{inline(' '.join(lines))}</p>"


def table(caption: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table whose cells are HTML; the first cell of a row is its head."""
    head = "".join(f'<th scope="col">{each}</th>' for each in heads)
    body = "".join(
        f'<tr><th scope="row">{row[0]}</th>{"".join(f"<td>{cell}</td>" for cell in row[1:])}</tr>' for row in rows
    )
    name = escape(caption)
    return (
        f'<div class="table" role="region" aria-label="{name}" tabindex="0"><table><caption>{name}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def sample(text: str, label: str) -> str:
    """Return something to copy; the button works where there are scripts."""
    return (
        f'<div class="sample"><pre tabindex="0" aria-label="{escape(label)}"><code>{text}</code></pre>'
        f'<button type="button" class="copy" hidden aria-label="Copy: {escape(label)}">Copy</button></div>'
    )
