"""One JSON request with a bound in time and size, whatever the other side does."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

_LONGEST = 4 << 20  # bytes of an answer
_TRIES = 3
_PAUSE_S = 0.05  # before another try; doubled each time


class NoAnswer(Exception):
    """No answer in time, or none that is JSON. Says what happened."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A status and a JSON value; None for an empty body."""

    status: int
    body: Any


@dataclass(frozen=True, slots=True)
class JsonServer:
    """A server of JSON. Each request has a connection of its own; several threads may ask."""

    address: str
    timeout_s: float  # of one request, all tries together
    key: str = field(default="", repr=False)

    def ask(
        self,
        method: str,
        path: str,
        *,
        body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Ask, up to three times while the server is busy, broken or unreachable and there is time. Who asks for a write gives it an
        idempotency key, so that a second try does nothing twice.

        Raises:
            NoAnswer: there was none.
        """
        ends_at = time.monotonic() + self.timeout_s
        why = ""
        for attempt in range(_TRIES):
            if attempt:
                time.sleep(min(_PAUSE_S * 2**attempt, max(0.0, ends_at - time.monotonic())))
            left_s = ends_at - time.monotonic()
            if left_s <= 0:
                break
            try:
                answer = self._once(method, path, body, headers or {}, left_s)
            except NoAnswer as error:
                why = str(error)
                continue
            if answer.status != 429 and answer.status < 500:
                return answer
            why = f"status {answer.status}"
        raise NoAnswer(why or f"no answer within {self.timeout_s:g} s")

    def _once(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None,
        headers: Mapping[str, str],
        left_s: float,
    ) -> Answer:
        connection = self._connection(left_s)
        sent = {"Accept": "application/json", "Connection": "close", **headers}
        if self.key:
            sent["Authorization"] = f"Bearer {self.key}"
        data = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        if data is not None:
            sent["Content-Type"] = "application/json"
        prefix = urlsplit(self.address).path.rstrip("/")
        # The timeout of a socket begins again with each byte: a server that drips would hold a turn for ever.
        opened: list[socket.socket] = []  # http.client forgets its socket before the answer is read
        watch = threading.Timer(left_s, _cut, (opened,))
        watch.daemon = True
        watch.start()
        try:
            connection.connect()
            opened.append(connection.sock)
            connection.request(method, prefix + path, data, sent)
            reply = connection.getresponse()
            read = reply.read(_LONGEST + 1)
        except (OSError, http.client.HTTPException, ValueError, AttributeError) as error:
            raise NoAnswer(f"{type(error).__name__}: {error}"[:200]) from error
        finally:
            watch.cancel()
            connection.close()
        if len(read) > _LONGEST:
            raise NoAnswer(f"more than {_LONGEST >> 20} MiB")
        return Answer(reply.status, _json(read, reply.status))

    def _connection(self, timeout_s: float) -> http.client.HTTPConnection:
        parts = urlsplit(self.address)
        host = parts.hostname or ""
        if parts.scheme == "https":
            return http.client.HTTPSConnection(host, parts.port, timeout=timeout_s)
        return http.client.HTTPConnection(host, parts.port, timeout=timeout_s)


def _cut(opened: list[socket.socket]) -> None:
    """End connections that another thread reads from: it gets an error, or the end of the answer, at once."""
    for sock in opened:
        with suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)


def _json(read: bytes, status: int) -> Any:
    if not read:
        return None
    try:
        return json.loads(read)
    except (ValueError, RecursionError) as error:
        if status >= 400:
            return None  # the page of a proxy: the status says it
        raise NoAnswer(f"no JSON: {error}"[:200]) from error
