"""OpenAPI 3.1 of all routes."""

from collections.abc import Iterable, Iterator, Sequence
from http import HTTPStatus

from bridge import __version__
from bridge.gateway.describe.catalogue import catalogue
from bridge.gateway.describe.route import EVENTS, JSON, SESSION_ID, Answer, Body, Parameter, Route
from bridge.gateway.describe.routes import ROUTES
from bridge.gateway.describe.schemas import Schema, Schemas
from bridge.gateway.problems import MEDIA_TYPE, ProblemDetails

SUMMARY = "Puts a digital human in front of people: sessions, speech, events and the picture."
DESCRIPTION = """\
All calls are under `/v1`, with JSON in and out. Requests with properties that are not described here are refused;
answers and events may get further members, so ignore those that you do not know.

With `server.api_key` set every call under `/v1` needs `Authorization: Bearer …` with that key, or with a token for one
session: a watcher's token follows, a driver's token speaks, too. Without it the server answers on its own machine only,
and to anybody there. Every answer has an `X-Request-ID`, under which the logs know the request. Errors are problem
details (RFC 9457) with a stable `code`."""
TAGS = {
    "Sessions": "An avatar in front of somebody, from its beginning to its end.",
    "Speech": "What it is to say, and that it shall stop.",
    "Live host": "A script that is said line by line, and the audience that is answered between two lines.",
    "Watching": "What happens in a session, as it happens.",
    "Picture": "The video of a session.",
    "Access": "Tokens for pages and bots, and links that let a page in.",
    "Server": "Probes and descriptions; open to anyone.",
    "Pages": "For people; open to anyone.",
}
HEADERS: dict[int, dict[str, str]] = {
    HTTPStatus.UNAUTHORIZED: {"WWW-Authenticate": "How to authorise."},
}


def openapi(routes: Sequence[Route] = ROUTES) -> Schema:
    """Return the document."""
    schemas = Schemas()
    problem = schemas.reference(ProblemDetails)
    paths: dict[str, Schema] = {}
    links = _links(routes)
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, schemas, problem, links)
    return {
        "openapi": "3.1.0",
        "jsonSchemaDialect": "https://spec.openapis.org/oas/3.1/dialect/base",
        "info": {
            "title": "avatar-bridge",
            "version": __version__,
            "summary": SUMMARY,
            "description": DESCRIPTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/", "description": "This server."}],
        "tags": [{"name": name, "description": text} for name, text in TAGS.items()],
        "paths": paths,
        "components": {
            "schemas": dict(sorted(schemas.components.items())),
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "`server.api_key`, or a token for one session.",
                }
            },
        },
    }


def _operation(route: Route, schemas: Schemas, problem: Schema, links: Schema) -> Schema:
    operation: Schema = {"operationId": route.name, "tags": [route.tag], "summary": route.summary}
    if route.text:
        operation["description"] = route.text
    # Both are true of one server or another: without an api_key nothing is needed.
    operation["security"] = [] if route.role == "open" else [{"bearer": [route.role]}, {}]
    parameters = [_parameter(parameter) for parameter in route.all_parameters()]
    if parameters:
        operation["parameters"] = parameters
    if route.body is not None:
        operation["requestBody"] = _body(route.body, schemas)
    answers = {str(status): _answer(answer, schemas) for status, answer in route.answers.items()}
    for answer in answers.values():
        if route.creates:
            answer["links"] = links
    otherwise = {} if route.otherwise is None else {"default": _answer(route.otherwise, schemas)}
    operation["responses"] = {**answers, **dict(_errors(route, problem)), **otherwise}
    return operation


def _parameter(parameter: Parameter) -> Schema:
    return {
        "name": parameter.name,
        "in": parameter.where,
        "required": parameter.required,
        "description": parameter.text,
        "schema": parameter.schema,
    }


def _body(body: Body, schemas: Schemas) -> Schema:
    media = dict(body.media or {})
    if body.model is not None:
        media[JSON] = schemas.reference(body.model)
    content: dict[str, Schema] = {kind: {"schema": schema} for kind, schema in media.items()}
    if body.example is not None:
        content[next(iter(media))]["example"] = body.example
    return {"required": body.required, "content": content}


def _answer(answer: Answer, schemas: Schemas) -> Schema:
    described: Schema = {"description": answer.text}
    if answer.headers:
        described["headers"] = {
            name: {"description": text, "required": True, "schema": {"type": "string"}}
            for name, text in answer.headers.items()
        }
    schema = _schema(answer, schemas)
    if schema is not None:
        example = {} if answer.example is None else {"example": answer.example}
        more = {kind: {"schema": each} for kind, each in (answer.more or {}).items()}
        described["content"] = {answer.media_type: {"schema": schema, **example}, **more}
    return described


def _schema(answer: Answer, schemas: Schemas) -> Schema | None:
    if answer.model is not None:
        return schemas.reference(answer.model)
    if answer.media_type != EVENTS or answer.events is None:
        return answer.schema
    return {
        "type": "object",
        "description": "One event of the stream.",
        "required": ["data", "event"],
        "properties": {"id": {"type": "string"}, "event": {"type": "string"}, "data": {"type": "string"}},
        "oneOf": [
            {
                "properties": {
                    "event": {"const": name},
                    "data": {"contentMediaType": JSON, "contentSchema": schemas.event(model)},
                }
            }
            for name, model in answer.events.items()
        ],
    }


def _errors(route: Route, problem: Schema) -> Iterator[tuple[str, Schema]]:
    """Yield the problems of each status, with the codes that they may have there."""
    meanings = {error.code: error.meaning for error in catalogue()}
    for status, kinds in route.all_errors().items():
        codes = sorted({kind.code for kind in kinds})
        schema = {"allOf": [problem, {"properties": {"code": {"enum": codes}}}]}
        described: Schema = {
            "description": "\n".join(f"`{code}`: {meanings.get(code, '')}" for code in codes),
            "content": {MEDIA_TYPE: {"schema": schema}},
        }
        if status in HEADERS:
            described["headers"] = {
                name: {"description": text, "required": True, "schema": {"type": "string"}}
                for name, text in HEADERS[status].items()
            }
        yield str(status), described


def _links(routes: Iterable[Route]) -> Schema:
    """Return what can be done next with the session that a call has created."""
    return {
        route.name: {"operationId": route.name, "parameters": {"session_id": "$response.body#/session_id"}}
        for route in routes
        if SESSION_ID in route.all_parameters() and HTTPStatus.SWITCHING_PROTOCOLS not in route.answers
    }
