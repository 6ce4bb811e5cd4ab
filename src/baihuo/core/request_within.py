"""One HTTP request that ends in time, whatever the server does.

The time limit of a socket, and of HTTP libraries, begins again with each byte (docs/decisions/0041). Here a timer ends the connection.
"""

from __future__ import annotations

import http.client
import socket
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import NamedTuple
from urllib.parse import urlsplit

_CHUNK = 8_192


class Reply(NamedTuple):
    """What a server answered."""

    status: int
    content_type: str
    body: bytes


def request_within(
    limit_s: float,
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    data: bytes | None = None,
    longest: int,
    ends_with: bytes = b"",
    only_ok: bool = False,
) -> Reply:
    """Ask once, on a connection of its own; no redirect is followed.

    Args:
        limit_s: of everything together.
        longest: bytes of a body.
        ends_with: what ends a body, where the server leaves the connection open.
        only_ok: read no body of another status than 200.

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
    alarm = threading.Timer(max(0.01, limit_s), _end, (opened,))
    alarm.daemon = True
    alarm.start()
    try:
        connection.connect()
        opened.append(connection.sock)
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        connection.request(method, path, data, dict(headers))
        reply = connection.getresponse()
        body = bytearray()
        while not only_ok or reply.status == 200:
            part = reply.read1(_CHUNK)
            body += part
            if len(body) > longest:
                raise OverflowError(f"more than {longest} bytes")
            if not part or (ends_with and body[-_CHUNK:].rstrip().endswith(ends_with)):
                break
        if time.monotonic() >= ends_at:  # the timer ended it, which looks like its end
            raise TimeoutError(f"no answer within {limit_s:g} s")
        return Reply(reply.status, reply.getheader("Content-Type") or "", bytes(body))
    except (OSError, http.client.HTTPException, ValueError, AttributeError) as error:
        if time.monotonic() >= ends_at:
            raise TimeoutError(f"no answer within {limit_s:g} s") from error
        raise
    finally:
        alarm.cancel()
        connection.close()


def _end(opened: list[socket.socket]) -> None:
    for sock in opened:
        with suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)
