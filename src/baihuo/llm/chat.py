"""One question to a model behind an OpenAI-compatible address (``POST /chat/completions``).

The request and the reply are those of the OpenAI API reference, "Create chat completion": ``response_format`` with a JSON
schema, ``logprobs`` and ``top_logprobs``. llama.cpp's server, vLLM and Ollama answer the same.
"""

from __future__ import annotations

import json
import math
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any
from urllib.parse import urlsplit

from baihuo.core import BadInput, ShopError

_TRIES = 4
_LONGEST_REPLY = 4 << 20  # bytes; more is no answer to a question of a few hundred tokens
_TOP = 20  # most that the API allows
_OF_ONE_QUESTION = (400, 413, 422)  # what a server says of a question that it cannot take


@dataclass(frozen=True, slots=True)
class Prompt:
    """What is asked. All of it is part of the key under which the answer is kept."""

    task: str  # name and version of the instructions, as in "grades/1"
    instructions: str
    text: str
    max_tokens: int
    schema: Mapping[str, Any] | None = None  # of a JSON answer
    options: tuple[str, ...] = ()  # the answer is one of these single tokens, with probabilities


class QuestionRefused(ValueError):
    """The server refuses this one question, such as one longer than its context; others may be answered."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply: its text, or the probability of each option."""

    text: str
    n_tokens: int  # of prompt and reply together
    options: Mapping[str, float] = field(default_factory=dict)  # natural logarithms

    def to_json(self) -> dict[str, Any]:
        """As it is kept."""
        return {"text": self.text, "n_tokens": self.n_tokens, "options": dict(self.options)}


@dataclass(frozen=True, slots=True)
class ModelAddress:
    """Where a model answers, and which it is."""

    address: str  # "http://127.0.0.1:8080/v1"
    model: str  # its name there
    identity: str  # of the weights: a hash where they are known, else address and name
    key: str = field(default="", repr=False)
    timeout_s: float = 120.0
    setting: str = "llm.address"  # of shop.yaml, for messages

    def __post_init__(self) -> None:
        try:
            parts = urlsplit(self.address)
            is_one = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
        except ValueError:  # a port that is no number, a bracket without its other one
            is_one = False
        if not is_one or any(c.isspace() for c in self.address):
            raise BadInput(
                f"{self.setting} is {self.address!r}, no address of a server",
                fix="write it as http://127.0.0.1:8080/v1",
            )


class ChatModel:
    """Asks one model. Safe to use from several threads."""

    def __init__(self, where: ModelAddress, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self.where, self._sleep = where, sleep

    def ask(self, prompt: Prompt) -> Answer:
        """The answer at temperature 0.

        A busy or broken server (429, 5xx, no connection) is asked four times, with growing pauses.

        Raises:
            QuestionRefused: this question is not taken.
            ShopError: no answer, or nothing is; it names the address.
        """
        body: dict[str, Any] = {
            "model": self.where.model,
            "messages": [
                {"role": "system", "content": prompt.instructions},
                {"role": "user", "content": prompt.text},
            ],
            "temperature": 0,
            "seed": 1,
            "max_tokens": prompt.max_tokens,
        }
        if prompt.schema is not None:
            body["response_format"] = {
                "type": "json_schema",
                "json_schema": {"name": "answer", "strict": True, "schema": prompt.schema},
            }
        if prompt.options:
            body |= {"logprobs": True, "top_logprobs": _TOP}
        return self._read(prompt, self._post(body))

    def _post(self, body: Mapping[str, Any]) -> Any:
        url = self.where.address.rstrip("/") + "/chat/completions"
        headers = {"Content-Type": "application/json"}
        if self.where.key:
            headers["Authorization"] = f"Bearer {self.where.key}"
        request = urllib.request.Request(url, json.dumps(body).encode(), headers)
        why = ""
        for attempt in range(_TRIES):
            if attempt:
                self._sleep(2.0**attempt)
            try:
                with urllib.request.urlopen(request, timeout=self.where.timeout_s) as reply:
                    return json.loads(reply.read(_LONGEST_REPLY))
            except urllib.error.HTTPError as error:
                with error:  # it is the reply, and holds the connection
                    text = " ".join(error.read(300).decode(errors="replace").split())
                why = f"{error.code} {error.reason}: {text}"
                if error.code in _OF_ONE_QUESTION:
                    raise QuestionRefused(
                        f"the server refused the question ({error.code})"
                    ) from error
                if error.code != 429 and error.code < 500:
                    break
            # No connection, time out, no HTTP, no JSON.
            except (OSError, ValueError, HTTPException, RecursionError) as error:
                why = str(error)
        raise ShopError(
            f"the model at {self.where.address} does not answer: {why}",
            fix="start its server, or correct llm.address, llm.model and the key in shop.yaml; answers so far are kept",
        )

    def _read(self, prompt: Prompt, reply: Any) -> Answer:
        try:
            choice = reply["choices"][0]
            text = choice["message"]["content"] or ""
            if not isinstance(text, str):
                raise TypeError("a text as content")
            n_tokens = int((reply.get("usage") or {}).get("total_tokens") or 0)
            if not prompt.options:
                return Answer(text, n_tokens)
            first = choice["logprobs"]["content"][0]["top_logprobs"]
            return Answer(text, n_tokens, _options(prompt.options, first))
        except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
            lacking = " with probabilities (logprobs)" if prompt.options else ""
            raise ShopError(
                f"the model at {self.where.address} answers without {error}, not as the OpenAI API{lacking}",
                fix="give the address of an OpenAI-compatible server, such as llama.cpp's",
            ) from error


def _options(options: tuple[str, ...], first: list[Mapping[str, Any]]) -> dict[str, float]:
    """The log-probability of each option as first token; several spellings (" Yes", "yes") add up."""
    found = dict.fromkeys(options, 0.0)
    if any(math.isnan(float(token["logprob"])) for token in first):
        raise ValueError("a number as logprob")
    for token in first:
        name = str(token["token"]).strip().lower()
        if name in found:
            found[name] += math.exp(min(float(token["logprob"]), 0.0))
    return {name: math.log(max(p, 1e-9)) for name, p in found.items()}
