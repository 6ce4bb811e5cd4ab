"""Slow, idle and greedy connections against a real server on loopback."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import httpx
import pytest
import uvicorn
from tests.waiting import wait_until

from baihuo.serve.traffic.connections import Connections, protocol_with
from baihuo.serve.traffic.settings import TrafficSettings

_ANSWER = b"x" * 100


async def _app(scope: Any, receive: Any, send: Any) -> None:
    """Reads the body, then answers; /large without end."""
    if scope["type"] != "http":
        return
    is_more = True
    while is_more:
        message = await receive()
        is_more = message.get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    while scope["path"] == "/large":
        await send({"type": "http.response.body", "body": b"x" * 2**20, "more_body": True})
        if scope["client"] in _gone:
            return
    await send({"type": "http.response.body", "body": _ANSWER})


_gone: set[Any] = set()


@contextmanager
def _server(
    *, exempt: tuple[str, ...] = ("127.0.0.0/8",), app: Any = None, **limits: Any
) -> Iterator[tuple[int, Connections]]:
    values = {"header_s": 0.5, "read_s": 0.5, "idle_s": 5, **limits}
    connections = Connections(
        TrafficSettings.model_validate(
            {
                "connections": values,
                "limits": {"header_bytes": 2_000, "address_bytes": 1_000},
                "rates": {"exempt": exempt},
            }
        ),
        most_files=10_000,
    )
    config = uvicorn.Config(
        app or _app,
        port=0,
        http=protocol_with(connections),
        ws="none",
        lifespan="off",
        log_level="critical",
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()), daemon=True)
    thread.start()
    wait_until(lambda: server.started, within_s=60)
    try:
        yield server.servers[0].sockets[0].getsockname()[1], connections
    finally:
        server.should_exit = True
        thread.join(60)


def _connected(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=30)


def _rest(sock: socket.socket) -> bytes:
    parts = []
    try:
        while part := sock.recv(65_536):
            parts.append(part)
    except ConnectionResetError:
        pass
    return b"".join(parts)


def _get(port: int) -> int:
    return httpx.get(f"http://127.0.0.1:{port}/", timeout=30).status_code


def test_headers_that_never_end_and_silence_are_cut_off() -> None:
    with _server() as (port, connections), ExitStack() as stack:
        silent, partial, newlines = (stack.enter_context(_connected(port)) for _ in range(3))
        partial.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nX: ")
        newlines.sendall(b"\r\n")
        start = time.monotonic()
        assert [_rest(s) for s in (silent, partial, newlines)] == [b"", b"", b""]
        assert time.monotonic() - start < 20
        assert connections.n_closed == 3
        assert _get(port) == 200
        wait_until(lambda: len(connections) == 0)


def test_dripping_headers_do_not_win_time() -> None:
    with _server() as (port, _), _connected(port) as dripping:
        dripping.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n")

        def is_cut_off() -> bool:
            try:
                dripping.sendall(b"X: 1\r\n")
            except OSError:
                return True
            return False

        wait_until(is_cut_off, within_s=30, every_s=0.05)


@pytest.mark.parametrize("end", [b"\r\n\r\n", b""])
def test_headers_larger_than_the_limit_are_a_431(end: bytes) -> None:
    with _server() as (port, _), _connected(port) as greedy:
        for _ in range(4):
            greedy.sendall(b"GET / HTTP/1.1\r\nX: " if _ == 0 else b"a" * 1_000)
            time.sleep(0.02)
        answer = _rest(greedy)
        assert answer.startswith(b"HTTP/1.1 431 ")
        assert b"send fewer or shorter headers" in answer


def test_a_connection_more_closes_the_one_that_has_asked_nothing_for_longest() -> None:
    with _server(most=20, header_s=60) as (port, connections), ExitStack() as stack:
        idle = [stack.enter_context(_connected(port)) for _ in range(20)]
        wait_until(lambda: len(connections) == 20)
        for _ in range(3):
            assert _get(port) == 200
        idle[0].settimeout(10)
        assert _rest(idle[0]) == b""
        assert len(connections) <= 20
        idle[-1].sendall(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        assert _rest(idle[-1]).endswith(_ANSWER + b"\r\n0\r\n\r\n")  # the newest were kept


def test_half_bodies_make_room_too() -> None:
    with _server(most=20, header_s=60) as (port, connections), ExitStack() as stack:
        half = [stack.enter_context(_connected(port)) for _ in range(20)]
        for one in half:
            one.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n12345")
        wait_until(lambda: len(connections) == 20)
        assert [_get(port) for _ in range(5)] == [200] * 5


def test_one_address_has_its_number_of_connections() -> None:
    with (
        _server(most_by_address=3, header_s=60, exempt=("10.0.0.0/8",)) as (port, connections),
        ExitStack() as stack,
    ):
        held = [stack.enter_context(_connected(port)) for _ in range(3)]
        wait_until(lambda: len(connections) == 3)
        with _connected(port) as fourth:
            answer = _rest(fourth)
            assert answer.startswith(b"HTTP/1.1 503 ")
            assert b"too many connections" in answer
        held[0].close()
        wait_until(lambda: len(connections) == 2)
        assert _get(port) == 200


def test_a_client_that_does_not_read_its_answer_is_cut_off() -> None:
    with _server() as (port, connections), _connected(port) as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        name = deaf.getsockname()
        deaf.sendall(b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
        wait_until(lambda: connections.n_closed == 1, within_s=60)
        _gone.add(name)
        wait_until(lambda: len(connections) == 0)


def test_many_requests_at_once_on_one_connection_are_cut_off() -> None:
    with _server() as (port, connections), _connected(port) as eager:
        eager.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n" * 100)
        _rest(eager)
        assert connections.n_closed == 1
        with _connected(port) as few:
            last = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
            few.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n" * 4 + last)
            assert _rest(few).count(b"HTTP/1.1 200") == 5


async def _refusing(scope: Any, receive: Any, send: Any) -> None:
    """Answers before it reads anything."""
    await send(
        {"type": "http.response.start", "status": 413, "headers": [(b"content-length", b"2")]}
    )
    await send({"type": "http.response.body", "body": b"no"})


def test_who_sends_too_much_sees_the_refusal_and_the_connection_goes_on() -> None:
    with _server(app=_refusing) as (port, connections), _connected(port) as large:
        large.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6000000\r\n\r\n")
        large.sendall(b" " * 6_000_000)  # a reset would be an error here
        large.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        assert _rest(large).count(b"HTTP/1.1 413 ") == 2
        assert connections.n_closed == 0


def test_what_is_read_after_a_refusal_is_bounded_in_bytes_and_in_time() -> None:
    with _server(app=_refusing) as (port, connections), ExitStack() as stack:
        head = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 999999999\r\n\r\n"
        endless, dripping = (stack.enter_context(_connected(port)) for _ in range(2))
        dripping.sendall(head)
        with pytest.raises(OSError, match=r"reset|[Bb]roken"):
            endless.sendall(head + b" " * 90_000_000)
        assert b"413" in _rest(dripping)
        assert connections.n_closed == 2


_CHUNKED = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"


def _send_on(client: socket.socket, piece: bytes) -> None:
    """Send the same again and again, for a few seconds."""
    for _ in range(2_000):
        client.sendall(piece)
        time.sleep(0.002)


@pytest.mark.parametrize(
    "begin",
    [
        b"0\r\nX: " + b"a" * 1_000,  # one trailer without an end
        b"1;" + b"e" * 1_000,  # an extension of a chunk
        b"0" * 1_000,  # zeros before a size
    ],
)
def test_what_stands_around_the_chunks_of_a_body_has_a_limit(begin: bytes) -> None:
    with _server(header_s=20) as (port, connections), _connected(port) as client:
        client.sendall(_CHUNKED + begin)
        with pytest.raises(OSError):
            _send_on(client, begin[-1:] * 1_000)
        assert connections.n_closed == 1


def test_many_trailers_are_cut_off_and_few_are_no_headers() -> None:
    seen: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await _app(scope, receive, send)
        seen.append(scope["headers"])

    with _server(header_s=20, app=app) as (port, _):
        with _connected(port) as client:
            client.sendall(_CHUNKED + b"2\r\nab\r\n0\r\n")
            with pytest.raises(OSError):
                _send_on(client, b"X: a\r\n" * 100)
        with _connected(port) as client:
            client.sendall(_CHUNKED + b"2\r\nab\r\n0\r\nAuthorization: Bearer x\r\n\r\n")
            assert client.recv(1_000).startswith(b"HTTP/1.1 200")
        assert [name for name, _ in seen[-1]] == [b"host", b"transfer-encoding"]


def test_a_body_of_many_small_chunks_is_read() -> None:
    with _server(header_s=20) as (port, connections), _connected(port) as client:
        client.sendall(_CHUNKED)
        for _ in range(20):
            client.sendall(b"1\r\nx\r\n" * 1_000)
            time.sleep(0.002)
        client.sendall(b"0\r\n\r\n")
        assert client.recv(1_000).startswith(b"HTTP/1.1 200")
        assert connections.n_closed == 0
