"""What an answer says to caches and browsers, and what a client cannot make it say."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from starlette.types import Message, Receive, Scope, Send
from tests.coroutines import run
from tests.serve.small_shop import WITH_KEY, copied
from tests.waiting import wait_until, wait_until_ready

from baihuo.access import VisitorTokens
from baihuo.core import NotFound
from baihuo.monitor import Metrics
from baihuo.serve import ServeConfig, TrafficSettings, create_app
from baihuo.serve.api.middleware import RequestMiddleware, RouteLimits
from baihuo.serve.ids import now_us
from baihuo.serve.storefront.pages import picture
from baihuo.serve.traffic.guard import Guard
from baihuo.serve.traffic.settings import RequestLimits


@pytest.mark.parametrize(
    "path",
    ["/v1/search?q=lamp", "/v1/visitors/v1/profile", "/v1/products/nothing", "/v1/search?page=0"],
)
def test_no_cache_keeps_an_answer_of_the_api_and_no_browser_guesses_its_type(
    client: TestClient, path: str
) -> None:
    headers = client.get(path, headers=WITH_KEY).headers
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", ["/", "/docs", "/openapi.json", "/metrics", "/static/shop.css"])
def test_headers_of_safety_stand_once(client: TestClient, path: str) -> None:
    assert client.get(path).headers.get_list("x-content-type-options") == ["nosniff"]
    assert len(client.get(path).headers.get_list("cache-control")) <= 1


@pytest.mark.parametrize("path", ["/docs/", "/search/", "/search//", "/v1/search/"])
def test_no_answer_sends_a_browser_to_the_host_that_the_client_named(
    client: TestClient, path: str
) -> None:
    answer = client.get(path, headers={"Host": "evil.example"}, follow_redirects=False)
    assert answer.status_code == 404
    assert "location" not in answer.headers


@pytest.mark.parametrize("page", [1, 2])
def test_a_query_id_that_no_page_has_is_not_taken_from_a_client(
    client: TestClient, page: int
) -> None:
    made_up = client.get(f"/v1/search?q=lamp&page={page}&query_id=mine").json()
    assert made_up["query_id"] != "mine"
    served = client.app.state.worker.served  # type: ignore[attr-defined]
    assert served.get("mine") is None
    served.flush()  # pages are written in the background
    assert served.get(made_up["query_id"]) is not None


def test_a_token_has_one_spelling() -> None:
    tokens = VisitorTokens(b"k" * 32)
    token = tokens.sign("anna")
    assert tokens.read(token) == "anna"
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    others = [token[:-1] + last for last in letters if last != token[-1]]
    for other in [*others, f"{token}=", f"{token}==", f"{token} "]:
        assert tokens.read(other) is None, other


def test_a_link_out_of_the_folder_is_no_picture(tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    (tmp_path / "keys.sqlite").write_text("secret")
    (folder / "real.svg").write_text("<svg/>")
    (folder / "out.svg").symlink_to(tmp_path / "keys.sqlite")
    (folder / "in.svg").symlink_to(folder / "real.svg")
    with pytest.raises(NotFound):
        picture(folder, "out.svg")
    assert picture(folder, "in.svg")[0] == b"<svg/>"


@pytest.mark.parametrize(("says", "is_ours"), [("; the handler is closed", True), ("else", False)])
def test_a_connection_that_ends_while_it_is_answered_is_no_failure(
    client: TestClient, says: str, is_ours: bool
) -> None:
    """uvloop refuses to write to it before the server has heard that it ended: 160 tracebacks in four minutes of attacks."""

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def closed(message: Message) -> None:
        raise RuntimeError(f"unable to perform operation on <TCPTransport closed=True>{says}")

    async def nothing() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    settings = TrafficSettings()
    limits = RouteLimits(settings.limits)
    middleware = RequestMiddleware(application, Metrics(), limits, Guard(settings))
    scope: Scope = {
        "type": "http",
        "method": "GET",
        "path": "/nothing",
        "raw_path": b"/nothing",
        "query_string": b"",
        "headers": [],
        "client": ("127.0.0.1", 1),
        "app": client.app,
    }

    async def ask() -> None:
        await middleware(scope, nothing, closed)

    if is_ours:
        run(ask())
    else:
        with pytest.raises(RuntimeError):
            run(ask())


def test_a_flood_of_made_up_visitors_fills_no_memory_and_is_seen_in_the_metrics(
    built: Path, tmp_path: Path
) -> None:
    limits = RequestLimits(live_entries=50)
    config = ServeConfig(seed=1, visitors="open", traffic=TrafficSettings(limits=limits))
    with TestClient(create_app(copied(built, tmp_path), config)) as flooded:
        wait_until_ready(flooded)
        for batch in range(3):
            rows = [
                {
                    "event_id": f"flood-{batch}-{i}",
                    "event_type": "click",
                    "visitor_id": f"made-up-{batch}-{i}",
                    "occurred_at_us": now_us(),
                    "product_id": "p1",
                    "query_text": f"words {batch} {i}",
                }
                for i in range(100)
            ]
            answer = flooded.post("/v1/events", json={"events": rows})
            assert answer.json()["n_new"] == 100  # all are stored
        wait_until(lambda: _left_out(flooded) >= 200, what="the worker counts what it left out")
        assert flooded.get("/v1/search?q=lamp").status_code == 200
        state = flooded.app.state.worker.state().feature_state  # type: ignore[attr-defined]
        assert state.n_new <= 60


def _left_out(client: TestClient) -> float:
    lines = client.get("/metrics").text.splitlines()
    return max(float(x.rpartition(" ")[2]) for x in lines if x.startswith("baihuo_live_left_out"))
