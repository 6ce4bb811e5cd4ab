"""The report of ``baihuo value``."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from baihuo.evaluate import Interval

SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class KindValue:
    """The cost of one kind of unfixed finding."""

    table: str
    check: str
    action: str
    n_rows: int
    how: str  # retrained, data values, not measured
    why: str = ""  # not measured
    ndcg: Interval | None = None
    log_loss: Interval | None = None
    money: Interval | None = None
    skill: Interval | None = None
    misreported_minor: float = 0.0
    value: float = 0.0  # of the chosen metric, 0 if not significant
    minutes: float = 0.0
    is_chosen: bool = False  # within the hours

    @property
    def value_per_hour(self) -> float:
        """Value for each hour of fixing."""
        return self.value / max(self.minutes / 60, 1 / 60)

    @property
    def name(self) -> str:
        """Name for people."""
        return f"{self.check} ({self.action})"


@dataclass(frozen=True, slots=True, kw_only=True)
class HarmfulRow:
    """A row to review."""

    table: str
    row_id: str
    task: str
    value: float
    group: str  # its visitor, or ""
    group_value: float
    check: str  # that found it too, or ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueReport:
    """The content of ``value.json``."""

    by: str
    hours: float
    currency: str | None
    margin: float | None
    metrics: dict[str, float]  # of clean rows
    n_visitors: int  # tested
    n_clicks: int  # tested
    kinds: tuple[KindValue, ...]  # best first
    rows: tuple[HarmfulRow, ...]
    notes: tuple[str, ...] = ()

    @property
    def first(self) -> list[KindValue]:
        """Return what to fix first, most value an hour first."""
        chosen = [kind for kind in self.kinds if kind.is_chosen]
        return sorted(chosen, key=lambda k: -k.value_per_hour)

    def to_json(self) -> str:
        """Return JSON; equal input gives equal bytes."""
        body: dict[str, Any] = {"schema_version": SCHEMA_VERSION, **asdict(self)}
        for kind, given in zip(self.kinds, body["kinds"], strict=True):
            given["value_per_hour"] = kind.value_per_hour
        body["fix_first"] = [k.name for k in self.first]
        return json.dumps(body, ensure_ascii=False, indent=1) + "\n"


def beyond_chance(cost: Interval | None) -> float:
    """Return the cost, shrunk to 0 by its uncertainty (positive-part James-Stein); at least 0.

    >>> beyond_chance(Interval(1.0, 0.9, 1.1)) > 0.99, beyond_chance(Interval(1.0, -3.0, 5.0)), beyond_chance(None)
    (True, 0.0, 0.0)
    """
    if cost is None or cost.mid <= 0:
        return 0.0
    error = (cost.high - cost.low) / (2 * 1.96)
    return cost.mid * max(0.0, 1 - (error / cost.mid) ** 2)
