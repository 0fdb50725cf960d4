"""The generated documents hold together."""

import json
import re
from collections.abc import Iterator

import pytest

from bridge.gateway.describe.documents import MAKERS, Name, document
from bridge.gateway.describe.routes import ROUTES
from bridge.gateway.describe.schemas import STAMPS, field_texts
from bridge.gateway.models import Model

Json = dict[str, "Json"] | list["Json"] | str | int | float | bool | None
NAMES: list[Name] = ["openapi", "asyncapi"]


def load(name: Name) -> dict[str, Json]:
    loaded: dict[str, Json] = json.loads(document(name))
    return loaded


def walk(value: Json) -> Iterator[dict[str, Json]]:
    """Yield every object within."""
    if isinstance(value, dict):
        yield value
        for each in value.values():
            yield from walk(each)
    elif isinstance(value, list):
        for each in value:
            yield from walk(each)


def at(name: Name, *path: str) -> dict[str, Json]:
    value: Json = load(name)
    for step in path:
        assert isinstance(value, dict)
        value = value[step]
    assert isinstance(value, dict)
    return value


@pytest.mark.parametrize("name", NAMES)
def test_every_reference_leads_somewhere(name: Name) -> None:
    references = [str(each["$ref"]) for each in walk(load(name)) if "$ref" in each]
    assert len(references) > 50
    for reference in references:
        assert reference.startswith("#/")
        at(name, *(step.replace("~1", "/") for step in reference[2:].split("/")))


def test_every_property_has_a_text_and_every_text_a_property() -> None:
    used: dict[str, set[str]] = {"Stamp": set(STAMPS)}
    for model in Model.__subclasses__():  # those that stand in queries are no schemas of their own
        used.setdefault(model.__name__, set()).update(model.model_fields)
    for name in NAMES:
        for schema, found in at(name, "components", "schemas").items():
            assert isinstance(found, dict)
            properties = found.get("properties", {})
            assert isinstance(properties, dict)
            for key, value in properties.items():
                assert isinstance(value, dict)
                assert value.get("description"), f"fields.toml [{schema}] has nothing about {key}"
            used.setdefault(schema, set()).update(properties)
    for schema, texts in field_texts().items():
        assert set(texts) - used.get(schema, set()) == set(), f"fields.toml [{schema}] is stale"


def test_every_parameter_has_a_text() -> None:
    parameters = [parameter for route in ROUTES for parameter in route.all_parameters()]
    assert [parameter.name for parameter in parameters if not parameter.text] == []


def test_requests_are_closed() -> None:
    bodies = [body for body in walk(at("openapi", "paths")) if "requestBody" in body]
    names = {match for body in bodies for match in re.findall(r"schemas/(\w+)", json.dumps(body["requestBody"]))}
    assert {"CreateSession", "Say", "Chat", "Interrupt"} <= names
    for name in names:
        assert at("openapi", "components", "schemas", name)["additionalProperties"] is False
    for name in ("Auth", "Say", "AudioStart", "Position"):
        assert at("asyncapi", "components", "schemas", name)["additionalProperties"] is False


def test_every_session_call_is_linked_from_the_one_that_creates() -> None:
    links = at("openapi", "paths", "/v1/sessions", "post", "responses", "201", "links")
    assert {"showSession", "say", "interrupt", "closeSession"} <= set(links)
    assert "socket" not in links


def test_problems_name_the_codes_of_their_status() -> None:
    answer = at("openapi", "paths", "/v1/sessions", "post", "responses", "409", "content", "application/problem+json")
    assert "user_busy" in json.dumps(answer)
    assert "session_not_found" not in json.dumps(answer)


def test_both_directions_of_the_socket_are_there() -> None:
    messages = at("asyncapi", "channels", "socket", "messages")
    assert {"client.auth", "client.say.delta", "client.audio", "server.welcome", "server.interrupt"} <= set(messages)
    events = at("asyncapi", "channels", "events", "messages")
    assert "server.session.state" in events
    assert "server.ack" not in events


def test_a_stream_event_has_its_place_in_the_log() -> None:
    for name in NAMES:
        event = at(name, "components", "schemas", "StateChanged")
        assert isinstance(event["required"], list)
        assert {"offset", "time", "session_id", "type", "state"} <= set(map(str, event["required"]))


def test_documents_have_no_other_names() -> None:
    assert list(MAKERS) == ["openapi", "asyncapi", "errors"]
