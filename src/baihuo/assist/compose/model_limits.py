"""When a generative model is asked: not after failures in a row, and within a budget for the day. Safe for threads."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

_DAY_US = 86_400_000_000


@dataclass(slots=True)
class CircuitBreaker:
    """After ``n_failures`` in a row nobody is asked for ``rest_s`` seconds; then one question tries whether it works again."""

    clock: Callable[[], float]
    n_failures: int = 3
    rest_s: float = 30.0
    failures: int = 0
    opened_at: float | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def may_ask(self) -> bool:
        """Whether a question may be asked now. The first after a rest holds back the others until it is answered."""
        with self.lock:
            if self.opened_at is None:
                return True
            if self.clock() - self.opened_at < self.rest_s:
                return False
            self.opened_at = self.clock()
            return True

    def succeeded(self) -> None:
        """An answer came."""
        with self.lock:
            self.failures, self.opened_at = 0, None

    def failed(self) -> None:
        """No answer came."""
        with self.lock:
            self.failures += 1
            if self.failures >= self.n_failures:
                self.opened_at = self.clock()


@dataclass(slots=True)
class DayBudget:
    """Tokens, money and time of a day in UTC."""

    tokens: int
    money: float
    seconds: float
    price_per_million_tokens: float = 0.0
    day: int = -1
    spent_tokens: int = 0
    spent_seconds: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def has_left(self, now_us: int) -> bool:
        """Whether anything is left of this day."""
        with self.lock:
            if now_us // _DAY_US != self.day:
                self.day = now_us // _DAY_US
                self.spent_tokens, self.spent_seconds = 0, 0.0
            money = self.spent_tokens * self.price_per_million_tokens / 1_000_000
            return (
                self.spent_tokens < self.tokens
                and self.spent_seconds < self.seconds
                and money < self.money
            )

    def spend(self, n_tokens: int, seconds: float) -> None:
        """A question was asked."""
        with self.lock:
            self.spent_tokens += n_tokens
            self.spent_seconds += seconds
