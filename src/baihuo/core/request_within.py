"""One HTTP request that ends in time, whatever the server does.

The time limit of a socket, and of HTTP libraries, begins again with each byte (docs/decisions/0040). Here a timer ends the connection.
"""

from __future__ import annotations

import http.client
import socket
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from urllib.parse import urlsplit

_CHUNK = 8_192


def request_within(
    limit_s: float,
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    data: bytes | None = None,
    longest: int,
    ends_with: bytes = b"",
) -> tuple[int, str, bytes]:
    """Status, content type and body of one request on a connection of its own; no redirect is followed.

    Args:
        limit_s: of everything together.
        longest: bytes of a body.
        ends_with: what ends a body, where the server leaves the connection open.

    Raises:
        TimeoutError: it was not over in time.
        OverflowError: the body is longer.
        OSError, http.client.HTTPException, ValueError: there is no server, or it does not speak HTTP.
    """
    ends_at = time.monotonic() + limit_s
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=max(0.01, limit_s))
    opened: list[socket.socket] = []  # http.client forgets its socket before the answer is read
    alarm = threading.Timer(limit_s, _end, (opened,))
    alarm.daemon = True
    alarm.start()
    body = bytearray()
    try:
        connection.connect()
        opened.append(connection.sock)
        connection.request(
            method, parts._replace(scheme="", netloc="").geturl(), data, dict(headers)
        )
        reply = connection.getresponse()
        while part := reply.read1(_CHUNK):
            body += part
            if len(body) > longest:
                raise OverflowError(f"more than {longest} bytes")
            if ends_with and body[-_CHUNK:].rstrip().endswith(ends_with):
                break
    except (OSError, http.client.HTTPException, ValueError, AttributeError):
        if time.monotonic() < ends_at:
            raise
    finally:
        alarm.cancel()
        connection.close()
    if time.monotonic() >= ends_at:  # cut off by the timer, which looks like an end
        raise TimeoutError(f"no answer within {limit_s:g} s")
    return reply.status, reply.getheader("Content-Type") or "", bytes(body)


def _end(opened: list[socket.socket]) -> None:
    for sock in opened:
        with suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)
