"""Texts that were made to be slow: a worker goes on answering, and works no further for a client that left."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from fastapi import FastAPI
from tests.coroutines import run
from tests.serve.small_shop import copied

from baihuo.privacy import mask
from baihuo.serve import ServeConfig, create_app

_MOST_TURN_S = 0.25  # CPU time of one turn of the event loop, under attack
_MOST_TEXT_S = 0.1  # CPU time of one text
_N_CHARACTERS = 10_000  # the most that a text of an event has
_TEXTS = ("a-", "&a.", "eyJ-", "1号", "a@", "?sid=", "token-", "password:", "2 ", "一", "http://")
Test = Callable[[FastAPI, httpx.AsyncClient], Awaitable[None]]


def _reviews(n: int = 61) -> bytes:
    rows = [
        {
            "event_id": f"slow-{i}",
            "event_type": "review",
            "visitor_id": "v-slow",
            "product_id": "p-1",
            "rating": 5,
            "text": (_TEXTS[i % len(_TEXTS)] * _N_CHARACTERS)[: _N_CHARACTERS - 1] + "0",
        }
        for i in range(n)
    ]
    return orjson.dumps({"events": rows})


@pytest.mark.parametrize("unit", _TEXTS)
def test_a_text_of_any_unit_is_masked_at_once(unit: str) -> None:
    text = (unit * _N_CHARACTERS)[:_N_CHARACTERS]

    def cpu_s() -> float:
        start_s = time.thread_time()
        mask(text, b"key")
        return time.thread_time() - start_s

    assert min(cpu_s() for _ in range(3)) < _MOST_TEXT_S


@pytest.mark.slow(reason="opens an application")
def test_no_turn_of_the_loop_is_long_while_slow_reviews_come(built: Path, tmp_path: Path) -> None:
    async def attack(app: FastAPI, client: httpx.AsyncClient) -> None:
        turns: list[float] = []

        async def watch() -> None:
            before_s = time.thread_time()
            while True:
                await asyncio.sleep(0)
                turns.append(time.thread_time() - before_s)
                before_s = time.thread_time()

        watching = asyncio.create_task(watch())
        answer = await client.post("/v1/events", content=_reviews())
        watching.cancel()
        assert answer.status_code == 200, answer.text
        assert answer.json()["n_new"] == 61
        assert max(turns) < _MOST_TURN_S

    run(_with_app(built, tmp_path, attack))


@pytest.mark.slow(reason="opens an application")
def test_a_batch_whose_client_left_is_dropped_whole(
    built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def attack(app: FastAPI, client: httpx.AsyncClient) -> None:
        worker, n_read, n_written = app.state.worker, 0, 0
        read, write = worker.pseudonyms.event, worker.log.submit

        def counted(event: Any) -> Any:
            nonlocal n_read
            n_read += 1
            return read(event)

        def submitted(*given: Any, **more: Any) -> Any:
            nonlocal n_written
            n_written += 1
            return write(*given, **more)

        monkeypatch.setattr(worker.pseudonyms, "event", counted)
        monkeypatch.setattr(worker.log, "submit", submitted)
        status = await _hang_up(app, "/v1/events", _reviews(200), lambda: n_read >= 3)
        assert status is None  # nobody is there to be answered
        assert 3 <= n_read < 100
        assert n_written == 0

    run(_with_app(built, tmp_path, attack))


@pytest.mark.slow(reason="opens an application")
def test_a_message_whose_client_left_is_answered_when_it_is_sent_again(
    built: Path, tmp_path: Path
) -> None:
    async def attack(app: FastAPI, client: httpx.AsyncClient) -> None:
        api = "/v1/assist/conversations"
        conversation = (await client.post(api, json={})).json()["conversation_id"]
        path = f"{api}/{conversation}/messages"
        body = {"text": "a-" * 10_000, "message_id": "m-1"}
        store = app.state.assistant.service().store
        begun, may_go_on, begin = threading.Event(), threading.Event(), store.begin

        def begin_slowly(*given: Any, **more: Any) -> Any:
            made = begin(*given, **more)
            begun.set()
            may_go_on.wait(10)
            return made

        store.begin = begin_slowly
        leaving = _hang_up(app, path, orjson.dumps(body), begun.is_set, after=may_go_on.set)
        assert await leaving is None
        store.begin = begin
        read = (await client.get(f"{api}/{conversation}")).json()["messages"]
        assert [m["author"] for m in read] == ["shopper"]
        again = await client.post(path, json=body)
        assert again.status_code == 200, again.text
        assert len(again.json()["text"]) > 5

    run(_with_app(built, tmp_path, attack))


async def _with_app(built: Path, folder: Path, test: Test) -> None:
    app = create_app(copied(built, folder), ServeConfig(seed=1))
    async with _started(app) as client:
        await test(app, client)


@asynccontextmanager
async def _started(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with app.router.lifespan_context(app):
        transport, headers = httpx.ASGITransport(app), {"content-type": "application/json"}
        async with httpx.AsyncClient(
            transport=transport, base_url="http://shop", headers=headers
        ) as client:
            yield client


async def _hang_up(
    app: FastAPI,
    path: str,
    body: bytes,
    when: Callable[[], bool],
    *,
    after: Callable[[], None] = lambda: None,
) -> int | None:
    """Send a request and close the connection as soon as ``when`` holds; the status of its answer, None without one."""
    closed, statuses = asyncio.Event(), list[int]()
    messages = iter([{"type": "http.request", "body": body, "more_body": False}])

    async def receive() -> Any:
        if (message := next(messages, None)) is not None:
            return message
        await closed.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    headers = [(b"content-type", b"application/json"), (b"host", b"shop")]
    scope = {
        "type": "http",
        "method": "POST",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": headers,
        "client": ("127.0.0.1", 1),
        "scheme": "http",
        "server": ("shop", 80),
        "root_path": "",
        "http_version": "1.1",
        "state": {},
    }
    request = asyncio.create_task(app(scope, receive, send))
    while not (when() or request.done()):
        await asyncio.sleep(0.001)
    closed.set()
    await asyncio.sleep(0.05)
    after()
    await request
    return statuses[0] if statuses else None
