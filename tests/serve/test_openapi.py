"""The API keeps to the OpenAPI document, for requests that nobody would think of."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import positive_data_acceptance
from tests.serve.small_shop import WITH_KEY
from tests.waiting import wait_until_ready

from baihuo.serve import ServeConfig, create_app


@pytest.fixture(scope="module")
def app(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    import shutil

    shop = tmp_path_factory.mktemp("openapi") / "shop"
    shutil.copytree(built, shop)
    app = create_app(shop, ServeConfig(seed=1))
    with TestClient(app) as client:
        wait_until_ready(client)
        yield app


# What no JSON Schema can say, so that a request may keep to the schema and still be refused.
RULES = (
    "price_min_minor is above",
    "a product has no title",
    "attributes are named",
    "attributes together",
    "nothing to change",
    "a position has ordinal or xy",
    "names no visitor",
    "a cancellation names",
    "no event type corresponds",
    "before 1970",
    "not ISO 8601",  # a leap second
    "a search has words",
    " is about a product",
    "the filter is wrong",
    "is no category of the catalogue",
)


def operations(app: FastAPI) -> Iterator[Any]:
    async def running(scope: Any, receive: Any, send: Any) -> None:
        """The application, which is started once and not for every request."""
        if scope["type"] != "lifespan":
            await app(scope, receive, send)
            return
        for done in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{done}.complete"})

    for found in schemathesis.openapi.from_asgi("/openapi.json", running).get_all_operations():
        assert isinstance(found, Ok), found
        yield found.ok()


def keeps_its_word(operation: Any, n_examples: int) -> None:
    # Products are written with the key; the others behind it answer 401 here.
    headers = WITH_KEY if "/products" in operation.path else None

    @settings(
        max_examples=n_examples,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def ask(case: Any) -> None:
        answer = case.call(headers=headers)
        case.validate_response(answer, excluded_checks=[positive_data_acceptance])
        if answer.status_code == 422 and case.meta.generation.mode.is_positive:
            reasons = {e["reason"] for e in answer.json()["errors"]}
            assert any(rule in r for r in reasons for rule in RULES), reasons

    ask()


def test_the_api_keeps_its_word(app: FastAPI) -> None:
    names = []
    for operation in operations(app):
        names.append(operation.label)
        keeps_its_word(operation, n_examples=5)
    assert len(names) == 46, names


def test_every_endpoint_has_examples_and_describes_its_errors(app: FastAPI) -> None:
    document = app.openapi()
    text = str(document)
    assert "HTTPValidationError" not in text
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            assert operation["summary"], (method, path)
            for status, response in operation["responses"].items():
                if status.startswith(("4", "5")):
                    assert list(response["content"]) == ["application/problem+json"], (path, status)
    named = document["components"]["schemas"]
    for name in ("EventIn", "ProductIn", "PageOut", "OfferIn"):
        assert named[name]["examples"], name


def test_every_limit_is_told_exactly(app: FastAPI) -> None:
    """Limits are written as floating point, which rounds whole numbers above 2^53."""

    def limits(node: Any) -> Iterator[float]:
        if isinstance(node, dict):
            for key in ("maximum", "minimum", "exclusiveMaximum", "exclusiveMinimum"):
                if isinstance(node.get(key), int | float):
                    yield node[key]
        for inner in node.values() if isinstance(node, dict) else node:
            if isinstance(inner, dict | list):
                yield from limits(inner)

    found = list(limits(app.openapi()))
    assert len(found) > 20
    assert max(found) == 2**53 - 1
