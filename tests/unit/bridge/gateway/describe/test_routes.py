"""The table of routes against the server that it describes."""

import pytest

from bridge.gateway import app
from bridge.gateway.context import Gateway
from bridge.gateway.describe import openapi
from bridge.gateway.describe.route import Role
from bridge.gateway.describe.routes import ROUTES
from bridge.gateway.rules import RULES, Rule
from tests.unit.bridge.gateway.conftest import Serve

RIGHTS: dict[Rule, Role] = {
    "open": "open",
    "watch": "watcher",
    "renew": "watcher",
    "socket": "watcher",
    "drive": "driver",
    "manage": "key",
}


@pytest.fixture
def served() -> set[tuple[str, str]]:
    """Return method and pattern of every route; HEAD goes with GET."""
    routes = app.create_app(Gateway.__new__(Gateway)).router.routes()
    found = {(route.method, route.resource.canonical) for route in routes if route.resource is not None}
    return {each for each in found if each[0] != "HEAD"}


def test_what_is_served_is_described_and_the_other_way_round(served: set[tuple[str, str]]) -> None:
    described = {(route.method, route.path) for route in ROUTES}
    assert served - described == set()
    assert described - served == set()


def test_the_right_that_is_described_is_the_one_that_is_checked() -> None:
    assert {(route.method, route.path): route.role for route in ROUTES} == {
        (route.method, route.path): RIGHTS[RULES[route.method, route.path]] for route in ROUTES
    }


def test_every_route_has_a_name_of_its_own_and_a_tag_with_a_text() -> None:
    names = [route.name for route in ROUTES]
    assert len(set(names)) == len(names)
    assert {route.tag for route in ROUTES} == set(openapi.TAGS)


def test_what_an_error_is_answered_with_is_not_what_success_is_answered_with() -> None:
    for route in ROUTES:
        assert set(route.answers) & set(route.all_errors()) == set(), route.name


@pytest.mark.parametrize(
    ("path", "media_type"),
    [("/openapi.json", "application/json"), ("/asyncapi.json", "application/json"), ("/docs", "text/html")],
)
async def test_the_description_is_open_to_anyone(serve: Serve, path: str, media_type: str) -> None:
    async with serve(api_key="key-of-the-server") as client, client.get(path) as response:
        assert (response.status, response.content_type) == (200, media_type)
