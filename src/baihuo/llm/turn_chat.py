"""One short question to a model while a shopper waits: an answer within its time limit, or the reason why there is none.

Unlike ``chat.py``, which asks many questions offline and waits for each as long as it takes. Here every fault of a server (slow,
down, endless, rubbish, a redirect, 10 MB) ends the question in time and has a name that is counted.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any

from baihuo.core import request_within
from baihuo.llm.chat import ModelAddress

_LONGEST = 256 << 10  # bytes of a reply: one of a few sentences has 2,000
_LEAST_S = 0.3  # a retry is worth it only if so much time is left


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call that the model asks for. Nothing is done by it: who offered the tool decides."""

    name: str
    arguments: str  # JSON as the model wrote it


@dataclass(frozen=True, slots=True)
class ShortAnswer:
    """The answer of the model."""

    text: str
    tool_calls: tuple[ToolCall, ...] = ()
    n_tokens: int = 0  # of prompt and answer, as the server counts them


class NoAnswer(Exception):
    """Why there is no answer: "timeout", "down", "busy", "status_400", "endless", "rubbish"."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(slots=True)
class RetryBudget:
    """Retries are at most a share of the questions, so that a server in trouble is not asked twice as much. Safe for threads."""

    share: float = 0.1
    most: float = 5.0
    left: float = 1.0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def earn(self) -> None:
        """A question was asked."""
        with self.lock:
            self.left = min(self.most, self.left + self.share)

    def spend(self) -> bool:
        """Whether one more may be asked again."""
        with self.lock:
            if self.left < 1:
                return False
            self.left -= 1
            return True


class TurnChat:
    """Asks one model within a time limit. Safe to use from several threads."""

    def __init__(
        self,
        where: ModelAddress,
        *,
        retries: RetryBudget | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.where, self._clock = where, clock
        self._retries = retries or RetryBudget()

    def ask(
        self,
        messages: Sequence[Mapping[str, str]],
        *,
        max_tokens: int,
        limit_s: float,
        more: Mapping[str, Any] | None = None,
    ) -> ShortAnswer:
        """The answer at temperature 0.

        A busy or broken server (429, 5xx, a connection that breaks) is asked once more while time and the budget of retries are left.

        Args:
            messages: role and content of each.
            limit_s: of everything together, a retry included.
            more: of the request, such as ``tools`` and ``response_format``.

        Raises:
            NoAnswer: there is none in time, or none that can be read.
        """
        ends = self._clock() + limit_s
        body = {
            "model": self.where.model,
            "messages": list(messages),
            "temperature": 0,
            "seed": 1,
            "max_tokens": max_tokens,
            "stream": False,
            **(more or {}),
        }
        sent = json.dumps(body).encode()
        self._retries.earn()
        try:
            return self._once(sent, ends)
        except NoAnswer as error:
            is_passing = error.why in ("down", "busy")
            if not is_passing or ends - self._clock() < _LEAST_S or not self._retries.spend():
                raise
        return self._once(sent, ends)

    def _once(self, sent: bytes, ends: float) -> ShortAnswer:
        left = ends - self._clock()
        if left <= 0:
            raise NoAnswer("timeout")
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if self.where.key:
            headers["Authorization"] = f"Bearer {self.where.key}"
        try:
            status, kind, body = request_within(
                left,
                "POST",
                self.where.address.rstrip("/") + "/chat/completions",
                headers=headers,
                data=sent,
                longest=_LONGEST,
                ends_with=b"data: [DONE]",
            )
        except TimeoutError as error:
            raise NoAnswer("timeout") from error
        except OverflowError as error:
            raise NoAnswer("endless") from error
        except OSError as error:
            raise NoAnswer("down") from error
        except (HTTPException, ValueError) as error:
            raise NoAnswer("rubbish") from error
        if status != 200:  # a redirect, too: shoppers' words go to no other address
            raise NoAnswer(
                "busy" if status == 429 else "down" if status >= 500 else f"status_{status}"
            )
        return read_answer(body, kind)


def read_answer(body: bytes, content_type: str) -> ShortAnswer:
    """The answer in a reply, whole or as a stream of events.

    Raises:
        NoAnswer: it is none.
    """
    try:
        text = body.decode("utf-8")
        is_stream = "event-stream" in content_type or text.lstrip().startswith("data:")
        return _streamed(text) if is_stream else _whole(json.loads(text))
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError) as error:
        raise NoAnswer("rubbish") from error


def _whole(reply: Any) -> ShortAnswer:
    message = reply["choices"][0]["message"]
    calls = tuple(
        ToolCall(_text(c["function"]["name"]), _text(c["function"]["arguments"]))
        for c in message.get("tool_calls") or ()
    )
    return ShortAnswer(_text(message.get("content") or ""), calls, _tokens(reply))


def _streamed(text: str) -> ShortAnswer:
    parts: list[str] = []
    calls: dict[int, list[str]] = {}
    n_tokens = 0
    for line in text.splitlines():
        data = line.removeprefix("data:").strip() if line.startswith("data:") else ""
        if not data or data == "[DONE]":
            continue
        event = json.loads(data)
        n_tokens = max(n_tokens, _tokens(event))
        for choice in event.get("choices") or ():
            delta = choice["delta"]
            parts.append(_text(delta.get("content") or ""))
            for call in delta.get("tool_calls") or ():
                name_and_arguments = calls.setdefault(int(call.get("index", 0)), ["", ""])
                function = call["function"]
                name_and_arguments[0] += _text(function.get("name") or "")
                name_and_arguments[1] += _text(function.get("arguments") or "")
    return ShortAnswer("".join(parts), tuple(ToolCall(*c) for c in calls.values()), n_tokens)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("no text")
    return value


def _tokens(reply: Any) -> int:
    n = (reply.get("usage") or {}).get("total_tokens") or 0
    return max(0, int(n))
