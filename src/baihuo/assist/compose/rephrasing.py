"""A generative model that says the composed sentences in better words. Optional: every failure leaves the composed reply.

What it says is held against the sources afterwards (``assist/check``). It is offered no tool that reads or writes anything.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from baihuo.assist.compose.model_limits import CircuitBreaker, DayBudget
from baihuo.assist.compose.rephrase_prompt import (
    answer_schema,
    as_data,
    instructions,
    read_sentences,
    say_tool,
)
from baihuo.assist.llm_settings import AssistLlmSettings
from baihuo.assist.turns import Passage, Reply, Sentence, Turn
from baihuo.llm import ModelAddress, NoAnswer, ShortAnswer, TurnChat

_MOST_SENTENCES = 8
_MOST_CHARACTERS = 1_500  # of all sentences together: more takes a small model too long
_TOKENS_OF_A_CHARACTER = {"en": 0.5, "zh": 1.6}


class Chat(Protocol):
    """Asks a model; ``TurnChat`` is one."""

    @property
    def ask(self) -> Callable[..., ShortAnswer]:
        """As :meth:`baihuo.llm.TurnChat.ask`."""
        ...


@dataclass(slots=True)
class Outcomes:
    """How often which outcome was. Safe for threads."""

    counts: Counter[str]
    lock: threading.Lock
    note: Callable[[str], None] | None = None  # of the metrics

    def __call__(self, outcome: str) -> None:
        with self.lock:
            self.counts[outcome] += 1
        if self.note is not None:
            self.note(outcome)


class Rephraser:
    """Says replies again with a model. Safe for threads.

    ``outcomes`` counts: "rephrased", "unchanged", "too_long", "busy_here" (as many as may be are under way), "resting" (the circuit breaker), "budget", the reasons of
    :class:`baihuo.llm.NoAnswer`, "unusable", "unknown_tool", "bad_arguments".
    """

    def __init__(
        self,
        settings: AssistLlmSettings,
        chat: Chat,
        *,
        note: Callable[[str], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings, self._chat, self._clock = settings, chat, clock
        self.outcomes = Outcomes(Counter(), threading.Lock(), note)
        self.breaker = CircuitBreaker(clock)
        self.budget = DayBudget(
            tokens=settings.tokens_per_day,
            money=settings.money_per_day,
            seconds=60 * settings.minutes_per_day,
            price_per_million_tokens=settings.price_per_million_tokens,
        )
        self._slots = threading.BoundedSemaphore(settings.at_once)
        self._offers_tools = True

    def rephrase(self, turn: Turn, reply: Reply, passages: tuple[Passage, ...]) -> Reply:
        """``reply`` in other words, sentence by sentence, each with the sources that it had; or ``reply`` itself.

        Set phrases without a source stay as they are.
        """
        asked = [s for s in reply.sentences if s.source_ids]
        if not asked:
            return reply
        why_not = self._why_not(turn, asked)
        if why_not:
            self.outcomes(why_not)
            return reply
        if not self._slots.acquire(blocking=False):
            self.outcomes("busy_here")
            return reply
        try:
            said = self._say(turn, reply, asked)
        finally:
            self._slots.release()
        if said is None:
            return reply
        texts = iter(said)
        sentences = tuple(
            replace(s, text=next(texts)) if s.source_ids else s for s in reply.sentences
        )
        is_same = sentences == reply.sentences
        self.outcomes("unchanged" if is_same else "rephrased")
        return reply if is_same else replace(reply, sentences=sentences, is_generated=True)

    def _why_not(self, turn: Turn, asked: list[Sentence]) -> str:
        if len(asked) > _MOST_SENTENCES or sum(len(s.text) for s in asked) > _MOST_CHARACTERS:
            return "too_long"
        if not self.budget.has_left(turn.now_us):
            return "budget"
        return "" if self.breaker.may_ask() else "resting"

    def _say(self, turn: Turn, reply: Reply, asked: list[Sentence]) -> list[str] | None:
        started = self._clock()
        n_tokens = 0
        try:
            answer = self._ask(turn, reply, [s.text for s in asked])
            n_tokens = answer.n_tokens
            self.breaker.succeeded()
            return read_sentences(answer, len(asked), count=self.outcomes)
        except NoAnswer as error:
            self.breaker.failed()
            self.outcomes(error.why)
        except ValueError:
            self.outcomes("unusable")
            self._offers_tools = (
                False  # a small model writes prose beside a tool; a schema it keeps
            )
        finally:
            self.budget.spend(n_tokens or self._estimate(reply), self._clock() - started)
        return None

    def _estimate(self, reply: Reply) -> int:
        """Tokens where the server does not say: it may have taken them all the same."""
        per_character = _TOKENS_OF_A_CHARACTER[reply.language]
        return round(250 + 2 * per_character * len(reply.text))

    def _ask(self, turn: Turn, reply: Reply, texts: list[str]) -> ShortAnswer:
        messages = [
            {"role": "system", "content": instructions(reply.language)},
            {"role": "user", "content": as_data(turn.text, texts)},
        ]
        per_character = _TOKENS_OF_A_CHARACTER[reply.language]
        max_tokens = round(80 + 1.5 * per_character * sum(map(len, texts)) + 16 * len(texts))
        ends = self._clock() + self._settings.timeout_s
        if self._offers_tools:
            try:
                return self._chat.ask(
                    messages,
                    max_tokens=max_tokens,
                    limit_s=self._settings.timeout_s,
                    more={"tools": [say_tool()], "tool_choice": "auto"},
                )
            except NoAnswer as error:
                # Servers without tools (llama.cpp without --jinja) say 400 or 500 at once: go on without.
                if error.why not in ("status_400", "status_404", "status_422", "down"):
                    raise
        answer = self._chat.ask(
            messages,
            max_tokens=max_tokens,
            limit_s=max(0.0, ends - self._clock()),
            more={"response_format": answer_schema()},
        )
        self._offers_tools = False
        return answer


def open_rephraser(
    settings: AssistLlmSettings, *, key: str = "", note: Callable[[str], None] | None = None
) -> Rephraser | None:
    """The rephraser of these settings; None: it is off.

    Raises:
        BadInput: ``assist_llm.address`` is no address.
    """
    if settings.address is None:
        return None
    where = ModelAddress(
        settings.address, settings.model, settings.model, key=key, setting="assist_llm.address"
    )
    return Rephraser(settings, TurnChat(where), note=note)
