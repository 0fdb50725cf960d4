"""One call, as the page shows it."""

from html import escape

import msgspec

from bridge.gateway.describe.fieldtables import model_table, parameter_table
from bridge.gateway.describe.html import inline, prose, sample, table
from bridge.gateway.describe.route import EVENTS, JSON, Answer, Role, Route
from bridge.gateway.describe.schemas import Model, Schemas

ORIGIN = '<span class="origin">http://127.0.0.1:8080</span>'
ROLES: dict[Role, str] = {
    "open": "open to anyone",
    "watcher": "needs a token to watch",
    "driver": "needs a token to drive",
    "key": "needs the server's key",
}


def call(route: Route, schemas: Schemas) -> str:
    """Return everything about one call."""
    name = f"call-{route.name}"
    summary, path, role = escape(route.summary), escape(route.path), ROLES[route.role]
    method = f'<span class="method {route.method.lower()}">{route.method}</span>'
    answers = "".join(_answer(str(status), answer, schemas) for status, answer in route.answers.items())
    if route.otherwise is not None:
        answers += _answer("other", route.otherwise, schemas)
    return (
        f'<article id="{name}" class="call" aria-labelledby="{name}-head"><h3 id="{name}-head">{summary}</h3>'
        f'<p class="line">{method} <code>{path}</code> <span class="role">{role}</span></p>'
        f"{prose(route.text) if route.text else ''}{_example(route)}{parameter_table(list(route.all_parameters()))}"
        f"{_body(route, schemas)}{answers}{_errors(route)}</article>"
    )


def _example(route: Route) -> str:
    """Return the call as a line for a shell; pages are opened in a browser, not with curl."""
    if route.tag == "Pages":
        return ""
    streams = any(answer.media_type == EVENTS for answer in route.answers.values())
    words = ["curl -sSN" if streams else "curl -sS"]
    if route.method != "GET":
        words.append(f"-X {route.method}")
    words.append(ORIGIN + escape(route.path.replace("{session_id}", "$ID")) + escape(_query(route)))
    lines = [" ".join(words)]
    body = route.body
    if body is not None and body.example is not None:
        media = JSON if body.media is None else next(iter(body.media))
        text = body.example if isinstance(body.example, str) else msgspec.json.encode(body.example).decode()
        lines += [f"-H 'Content-Type: {media}'", f"-d '{escape(text)}'"]
    return sample(" \\\n  ".join(lines), f"curl for {route.summary}")


def _query(route: Route) -> str:
    needed = [each.name for each in route.parameters if each.where == "query" and each.required]
    return "?" + "&".join(f"{name}=${name.upper()}" for name in needed) if needed else ""


def _body(route: Route, schemas: Schemas) -> str:
    body = route.body
    if body is None:
        return ""
    if body.model is None:
        kinds = ", ".join(f"<code>{escape(media)}</code>" for media in body.media or {})
        return f"<h4>Body</h4><p>{kinds}</p>"
    need = "" if body.required else "<p>May be empty: then everything has its default.</p>"
    return f"<h4>Body</h4>{need}{model_table('Body', schemas.reference(body.model), schemas.components)}"


def _answer(status: str, answer: Answer, schemas: Schemas) -> str:
    text = f'<h4>Answer <span class="status">{status}</span></h4><p>{inline(answer.text)}</p>'
    if answer.headers:
        text += "".join(f"<p><code>{name}</code>: {inline(meaning)}</p>" for name, meaning in answer.headers.items())
    if answer.model is not None:
        text += f"<p>Model: {_link(answer.model, schemas)}</p>"
    if answer.events is not None:
        rows = ((f"<code>{event}</code>", _link(model, schemas)) for event, model in answer.events.items())
        text += table("Events of the stream", ("Event", "Data"), rows)
    if answer.example is not None:
        example = answer.example
        shown = example if isinstance(example, str) else msgspec.json.format(msgspec.json.encode(example)).decode()
        text += sample(escape(shown.strip()), f"answer {status}")
    return text


def _link(model: Model, schemas: Schemas) -> str:
    schemas.event(model)
    return f'<a href="#model-{model.__name__}">{model.__name__}</a>'


def _errors(route: Route) -> str:
    codes = (
        f'<li><span class="status">{status}</span> '
        + ", ".join(f'<a href="#error-{kind.code}">{kind.code}</a>' for kind in kinds)
        + "</li>"
        for status, kinds in route.all_errors().items()
    )
    return f'<details class="errors"><summary>Errors</summary><ul>{"".join(codes)}</ul></details>'
