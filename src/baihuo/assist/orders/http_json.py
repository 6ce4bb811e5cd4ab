"""One JSON request with a bound in time and size, whatever the other side does."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any

from baihuo.core import request_within

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
        sent = {"Accept": "application/json", "Connection": "close", **headers}
        if self.key:
            sent["Authorization"] = f"Bearer {self.key}"
        data = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        if data is not None:
            sent["Content-Type"] = "application/json"
        try:
            status, _, read = request_within(
                left_s,
                method,
                self.address.rstrip("/") + path,
                headers=sent,
                data=data,
                longest=_LONGEST,
            )
        except OverflowError as error:
            raise NoAnswer(f"more than {_LONGEST >> 20} MiB") from error
        except (OSError, HTTPException, ValueError) as error:
            raise NoAnswer(f"{type(error).__name__}: {error}"[:200]) from error
        return Answer(status, _json(read, status))


def _json(read: bytes, status: int) -> Any:
    if not read:
        return None
    try:
        return json.loads(read)
    except (ValueError, RecursionError) as error:
        if status >= 400:
            return None  # the page of a proxy: the status says it
        raise NoAnswer(f"no JSON: {error}"[:200]) from error
