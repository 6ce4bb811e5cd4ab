"""The limits of connections in a server as `baihuo serve` starts it."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from tests.serve.servers import Server, connection, started
from tests.serve.small_shop import copied

from baihuo.serve.traffic.connections import raise_file_limit


@pytest.fixture(scope="module")
def server(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = started(copied(built, tmp_path_factory.mktemp("limits")), workers=1)
    yield server
    assert server.stop() == 0


def _status_of(port: int, head: bytes) -> int:
    with socket.create_connection(("127.0.0.1", port), timeout=60) as one:
        one.sendall(head + b"Connection: close\r\n\r\n")
        return int(one.makefile("rb").readline().split()[1])


def test_a_request_names_one_host(server: Server) -> None:
    """RFC 9112, section 3.2."""
    port = int(server.url.rpartition(":")[2])
    for path in (b"/healthz", b"/openapi.json"):
        start = b"GET " + path + b" HTTP/1.1\r\n"
        assert _status_of(port, start) == 400
        assert _status_of(port, start + b"Host: a\r\nHost: b\r\n") == 400
        assert _status_of(port, start + b"Host: a\r\nHost: a\r\n") == 400
        assert _status_of(port, start + b"Host: evil/path\r\n") == 400
        for host in (b"shop.example.com", b"127.0.0.1:8000", b"[::1]:8000", b""):
            assert _status_of(port, start + b"Host: " + host + b"\r\n") == 200
        assert _status_of(port, b"GET " + path + b" HTTP/1.0\r\n") == 200


def test_949_silent_connections_and_endless_headers_shut_nobody_out(server: Server) -> None:
    raise_file_limit()  # of this process, which holds the other ends
    port = int(server.url.rpartition(":")[2])
    with ExitStack() as stack:
        silent = [
            stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=60))
            for _ in range(949)
        ]
        for one in silent[::2]:
            one.sendall(b"GET / HTTP/1.1\r\nX-Slow: ")
        with connection(server.url) as client:
            assert client.get("/v1/search?q=lamp").status_code == 200
            assert client.get("/healthz").status_code == 200
            greedy = silent[0]
            for _ in range(33):
                greedy.sendall(b"a" * 1_000)
            assert b" 431 " in greedy.recv(4_096)
            too_much = client.post("/v1/search", content=b" " * 6_000_000)
            assert too_much.status_code == 413  # seen, not a reset
            assert "baihuo_closed_connections_total" in client.get("/metrics").text
