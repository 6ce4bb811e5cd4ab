"""Routes are loaded by the first request to one of their paths, once, and in their place."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from fastapi import APIRouter, FastAPI
from fastapi.testclient import TestClient

from baihuo.serve.app import LazyRoutes, load_all

_UNUSED = ("console", "storefront", "api.routes", "worker.worker")


def test_an_application_loads_no_console_no_desk_and_no_worker_before_they_are_used() -> None:
    names = (*(f"baihuo.serve.{name}" for name in _UNUSED), "baihuo.assist.conversation", "scipy")
    code = f"import sys, baihuo.serve.app; print([m for m in {names} if m in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert loaded.stdout.strip() == "[]", loaded.stderr


def _application(added: list[str]) -> FastAPI:
    def add(app: FastAPI, name: str) -> None:
        router = APIRouter(prefix=f"/v1/{name}")
        router.add_api_route("/one", lambda: name, methods=["GET"])
        added.append(name)
        app.include_router(router)

    app = FastAPI(redirect_slashes=False)
    for name in ("first", "second"):
        lazy = LazyRoutes(app, (f"/v1/{name}",), lambda app, name=name: add(app, name))  # type: ignore[misc]
        app.router.routes.append(lazy)
    app.add_api_route("/{anything:path}", lambda anything: anything)
    return app


def test_a_request_loads_its_routes_alone_and_is_answered_by_them() -> None:
    added: list[str] = []
    with TestClient(_application(added)) as client:
        assert client.get("/v1/secondary").json() == "v1/secondary"
        assert added == []
        assert client.get("/v1/second/one").json() == "second"
        assert client.get("/v1/second/two").json() == "v1/second/two"  # as without them
        assert client.post("/v1/second/one").status_code == 405
        assert added == ["second"]


def test_many_who_ask_at_once_load_it_once_and_the_order_stays() -> None:
    added: list[str] = []
    app = _application(added)
    with TestClient(app) as client, ThreadPoolExecutor(8) as many:
        answers = many.map(client.get, ["/v1/second/one", "/v1/first/one"] * 8)
        assert {a.json() for a in answers} == {"first", "second"}
    load_all(app)
    assert sorted(added) == ["first", "second"]
    paths = [path for path in app.openapi()["paths"] if path.startswith("/v1")]
    assert paths == ["/v1/first/one", "/v1/second/one"]
