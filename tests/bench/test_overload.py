"""Callers and probe of the benchmarks of load and abuse, against a server whose answers are known."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import repeat

import numpy as np
import pytest
from tests import coroutines

from suites.overload.callers import closed_loop, open_loop
from suites.overload.probing import health


@contextmanager
def _server(answers: Iterator[bytes]) -> Iterator[int]:
    """Answers each request with the next of ``answers``, from a thread of its own."""
    started, is_over, ports = threading.Event(), threading.Event(), list[int]()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                if b"/healthz" in head:
                    writer.write(b'HTTP/1.1 200 OK\r\ncontent-length: 15\r\n\r\n{"status":"ok"}')
                else:
                    await asyncio.sleep(0.01)
                    writer.write(next(answers))
        writer.close()

    async def run() -> None:
        async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
            ports.append(server.sockets[0].getsockname()[1])
            started.set()
            while not is_over.is_set():
                await asyncio.sleep(0.02)

    thread = threading.Thread(target=lambda: asyncio.run(run()), daemon=True)
    thread.start()
    assert started.wait(30)
    try:
        yield ports[0]
    finally:
        is_over.set()
        thread.join(30)


_GOOD = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
_BUSY = b"HTTP/1.1 503 Busy\r\nRetry-After: 1\r\nContent-Length: 2\r\n\r\nno"
_BARE = b"HTTP/1.1 503 Busy\r\nContent-Length: 2\r\n\r\nno"


def test_pages_refusals_and_failures_are_told_apart() -> None:
    answers = iter([_GOOD, _BUSY, _BARE, *repeat(_GOOD, 10_000)])
    with _server(answers) as port:
        outcomes = coroutines.run(
            closed_loop(port, os.getpid(), repeat("/x"), n=1, seconds=1.5, is_patient=True)
        )
    assert (outcomes.n_refused, outcomes.n_failed) == (1, 1)
    line = outcomes.line()
    assert line["n_pages"] == len(outcomes.waits_s) == len(outcomes.busy_s)
    assert line["n_pages"] < 60  # of 1.5 seconds one was waited for
    assert line["p50_ms"] >= 10


@pytest.mark.parametrize("per_s", [40.0, 200.0])
def test_an_open_loop_asks_at_its_rate_whatever_the_answers_take(per_s: float) -> None:
    with _server(repeat(_GOOD)) as port:
        dice = np.random.default_rng(1)
        outcomes = coroutines.run(
            open_loop(port, os.getpid(), repeat("/x"), per_s=per_s, seconds=1.0, dice=dice)
        )
    assert abs(len(outcomes.waits_s) - per_s) < 5 * per_s**0.5


def test_the_probe_reports_every_wait_and_stops_when_it_is_told() -> None:
    with (
        _server(repeat(_GOOD)) as port,
        health(port, os.getpid(), at_most_s=60, every_ms=5) as found,
    ):
        coroutines.run(closed_loop(port, os.getpid(), repeat("/x"), n=2, seconds=1.0))
    assert len(found.kept) > 5
    assert len(found.new) >= 1
    assert len(found.busy) == len(found.held) == len(found.kept) + len(found.new)
    assert 0 < max(found.held) <= max(found.kept + found.new)
