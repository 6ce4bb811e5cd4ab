"""The limits of connections in a server as `baihuo serve` starts it."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx

from baihuo.serve.traffic.connections import raise_file_limit


def test_949_silent_connections_and_endless_headers_shut_nobody_out(
    shop: Path, serve: Callable[..., Any]
) -> None:
    raise_file_limit()  # of this process, which holds the other ends
    server = serve(shop, workers=1)
    port = int(server.url.rpartition(":")[2])
    with ExitStack() as stack:
        silent = [
            stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=60))
            for _ in range(949)
        ]
        for one in silent[::2]:
            one.sendall(b"GET / HTTP/1.1\r\nX-Slow: ")
        with httpx.Client(base_url=server.url, timeout=60) as client:
            assert client.get("/v1/search?q=lamp").status_code == 200
            assert client.get("/healthz").status_code == 200
            greedy = silent[0]
            for _ in range(33):
                greedy.sendall(b"a" * 1_000)
            assert b" 431 " in greedy.recv(4_096)
            too_much = client.post("/v1/search", content=b" " * 6_000_000)
            assert too_much.status_code == 413  # seen, not a reset
            assert "baihuo_closed_connections_total" in client.get("/metrics").text
