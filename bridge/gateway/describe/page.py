"""`/docs`: the interface as one page to read, made of the same parts as openapi.json and asyncapi.json."""

from collections.abc import Iterable, Mapping
from functools import cache
from html import escape

from bridge import __version__
from bridge.gateway.describe import asyncapi, openapi
from bridge.gateway.describe.calls import call
from bridge.gateway.describe.catalogue import catalogue
from bridge.gateway.describe.fieldtables import model_table
from bridge.gateway.describe.html import inline, prose, table
from bridge.gateway.describe.routes import ROUTES
from bridge.gateway.describe.schemas import Model, Schema, Schemas
from bridge.gateway.describe.shapes import shape_of
from bridge.gateway.describe.watching import EPHEMERAL_MODELS, EVENT_MODELS

HEAD = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>avatar-bridge: the interface</title>
<link rel="icon" href="/static/favicon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/static/theme.css">
<link rel="stylesheet" href="/static/docs/docs.css">
<script type="module" src="/static/docs/docs.js"></script>
</head>
"""
Groups = Mapping[str, tuple[str, Mapping[str, Model]]]
MESSAGES: Groups = {
    "client": ("What a client sends", asyncapi.CLIENT_MODELS),
    "reply": ("Replies to one client", asyncapi.REPLY_MODELS),
    "event": ("Events, the same for every client", {k: v for k, v in EVENT_MODELS.items() if k != "welcome"}),
    "ephemeral": ("Ephemera, for those who are there", EPHEMERAL_MODELS),
}


@cache
def page() -> bytes:
    """Return the page, UTF-8."""
    calls, messages = Schemas(), Schemas()
    parts = [_calls(calls), _messages(messages)]
    shown = {model.__name__ for _, models in MESSAGES.values() for model in models.values()}
    inner = {name: schema for name, schema in messages.components.items() if name not in shown}
    parts += [_models({**inner, **calls.components}), _errors()]
    document = f"""{HEAD}<body class="reference">
<a class="skip" href="#content">Skip to the content</a>
<header><p class="name"><a href="/">avatar-bridge</a> <span>{escape(__version__)}</span></p>
<p class="files"><a href="/openapi.json">OpenAPI</a> <a href="/asyncapi.json">AsyncAPI</a></p></header>
<nav aria-label="Contents"><details open><summary>Contents</summary>{_contents()}</details></nav>
<main id="content"><h1>The interface</h1>{prose(openapi.DESCRIPTION)}{"".join(parts)}</main>
</body>
</html>
"""
    return document.encode()


def _contents() -> str:
    groups = [
        (tag, tag.lower(), [(f"call-{route.name}", route.summary) for route in ROUTES if route.tag == tag])
        for tag in openapi.TAGS
    ]
    groups += [
        ("WebSocket and events", "messages", [(kind, title) for kind, (title, _) in MESSAGES.items()]),
        ("Models", "models", []),
        ("Errors", "errors", []),
    ]
    return "".join(
        f'<section><p><a href="#{anchor}">{escape(title)}</a></p><ul>{_links(links)}</ul></section>'
        for title, anchor, links in groups
    )


def _links(links: Iterable[tuple[str, str]]) -> str:
    return "".join(f'<li><a href="#{anchor}">{escape(text)}</a></li>' for anchor, text in links)


def _calls(schemas: Schemas) -> str:
    sections = [
        f'<section id="{tag.lower()}" aria-labelledby="{tag.lower()}-head"><h2 id="{tag.lower()}-head">{tag}</h2>'
        f"<p>{inline(text)}</p>{''.join(call(route, schemas) for route in ROUTES if route.tag == tag)}</section>"
        for tag, text in openapi.TAGS.items()
    ]
    return "".join(sections)


def _messages(schemas: Schemas) -> str:
    groups = "".join(
        f'<h3 id="{kind}">{title}</h3>'
        + "".join(_message(f"{kind}-{name}", name, model, schemas) for name, model in models.items())
        for kind, (title, models) in MESSAGES.items()
    )
    closes = table(
        "Close codes",
        ("Code", "Meaning"),
        ((f"<code>{code}</code>", inline(text)) for code, text in asyncapi.CLOSE_CODES.items()),
    )
    return (
        f'<section id="messages"><h2>WebSocket and events</h2>{prose(asyncapi.DESCRIPTION)}'
        f"<p>The WebSocket is at <code>/v1/sessions/{{session_id}}/ws</code>.</p>{closes}{groups}</section>"
    )


def _message(anchor: str, name: str, model: Model, schemas: Schemas) -> str:
    text = prose(asyncapi.summary_of(model))
    fields = model_table(name, schemas.event(model), schemas.components)
    return (
        f'<article id="{escape(anchor)}" class="message"><h4><code>{escape(name)}</code></h4>{text}{fields}</article>'
    )


def _models(components: Mapping[str, Schema]) -> str:
    shown = "".join(
        f'<article id="model-{name}"><h3>{name}</h3>{_said(schema)}{model_table(name, schema, components)}</article>'
        for name, schema in sorted(components.items())
    )
    return f'<section id="models"><h2>Models</h2>{shown}</section>'


def _said(schema: Schema) -> str:
    return prose(shape_of(schema).description)


def _errors() -> str:
    rows = (
        (
            f'<code id="error-{error.code}">{error.code}</code>',
            str(error.number),
            str(error.status),
            "retry" if error.retryable else "",
            inline(error.meaning),
            inline(error.advice),
        )
        for error in catalogue()
    )
    heads = ("Code", "Number", "HTTP", "Retry", "What happened", "What to do")
    return f'<section id="errors"><h2>Errors</h2>{table("All errors", heads, rows)}</section>'
