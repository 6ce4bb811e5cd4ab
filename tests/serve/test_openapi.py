"""The API does what its description says, asked in ways nobody would think of."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase, settings

from baihuo.serve import ServeConfig, create_app


@pytest.fixture(scope="module")
def app(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    import shutil

    shop = tmp_path_factory.mktemp("openapi") / "shop"
    shutil.copytree(built, shop)
    app = create_app(shop, ServeConfig(seed=1))
    with TestClient(app) as client:
        deadline = time.monotonic() + 30
        while client.get("/readyz").status_code != 200 and time.monotonic() < deadline:
            time.sleep(0.02)
        yield app


@pytest.fixture(scope="module")
def api(app: FastAPI) -> Any:
    return schemathesis.openapi.from_dict(app.openapi())


schema = schemathesis.pytest.from_fixture("api")


@schema.parametrize()
@settings(
    max_examples=25,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_the_api_keeps_its_word(case: Any, app: FastAPI) -> None:
    case.call_and_validate(app=app)


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
