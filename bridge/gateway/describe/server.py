"""The routes that are open to anyone: probes, descriptions and pages."""

from bridge import errors
from bridge.gateway.describe.route import HTML, Answer, Parameter, Route, Tag
from bridge.gateway.describe.schemas import Schema
from bridge.gateway.replies import Alive, Ready, Version

DOCUMENT: Schema = {"type": "object"}
PATH = Parameter(
    name="name",
    where="path",
    text="A file that the pages need.",
    schema={"type": "string", "minLength": 1},
    required=True,
)


def _open(path: str, name: str, summary: str, answer: Answer, tag: Tag = "Server", text: str = "") -> Route:
    return Route(
        method="GET", path=path, name=name, tag=tag, role="open", summary=summary, text=text, answers={200: answer}
    )


def _page(path: str, name: str, summary: str) -> Route:
    return _open(path, name, summary, Answer(text="The page.", media_type=HTML, schema={"type": "string"}), "Pages")


ROUTES = (
    _open("/livez", "isAlive", "Ask whether the process answers", Answer(text="It does.", model=Alive)),
    Route(
        method="GET",
        path="/readyz",
        name="isReady",
        tag="Server",
        role="open",
        summary="Ask whether sessions can be created",
        answers={200: Answer(text="They can.", model=Ready)},
        errors=(errors.ShuttingDown,),
    ),
    _open(
        "/version",
        "version",
        "Ask which version this is",
        Answer(text="Its name and version.", model=Version, example={"name": "avatar-bridge", "version": "1.0.0"}),
    ),
    Route(
        method="GET",
        path="/metrics",
        name="metrics",
        tag="Server",
        role="key",
        summary="Read the metrics",
        text="For Prometheus; OpenMetrics for those who ask for it with `Accept`.",
        answers={200: Answer(text="All of them.", media_type="text/plain", schema={"type": "string"})},
    ),
    _open("/openapi.json", "openapi", "This description", Answer(text="OpenAPI 3.1.", schema=DOCUMENT)),
    _open("/asyncapi.json", "asyncapi", "The events and messages", Answer(text="AsyncAPI 3.0.", schema=DOCUMENT)),
    _page("/docs", "docs", "This description, to be read"),
    _page("/", "start", "The start page"),
    _page("/kiosk", "kiosk", "The kiosk: one avatar, full screen"),
    _page("/console", "console", "The console: every session at a glance"),
    _page("/host", "host", "The live host: a script, a microphone, an audience"),
    _page("/stage", "stage", "The page for a browser source: only the picture"),
    Route(
        method="GET",
        path="/static/{name}",
        name="file",
        tag="Pages",
        role="open",
        summary="A file of the pages",
        parameters=(PATH,),
        answers={200: Answer(text="The file.", media_type="*/*", schema={})},
        errors=(errors.NotFound,),
    ),
)
