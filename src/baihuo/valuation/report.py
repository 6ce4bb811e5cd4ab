"""The report of ``baihuo value``."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import ceil
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.engine import written_whole
from baihuo.evaluate import DrawnSection, Interval, Mark, bootstrap_mean, drawn_page, interval_chart

# Money that kinds of dirt cost, less noisily than by prices alone.
#
# Prices are heavy-tailed: one expensive product dominates the sum by chance. So a kind's loss has two parts: lost products at the mean price,
# and the effect of their prices. The second is shrunk by its signal share over all kinds (empirical Bayes): near 0 in a small shop, near 1
# with much test data.


Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class MoneyLost:
    """A kind's loss by tested visitor, minor units."""

    at_mean_price: Floats  # [visitors]
    at_own_prices: Floats  # [visitors]

    @property
    def by_price(self) -> Floats:
        """``[visitors]``: the effect of prices."""
        return self.at_own_prices - self.at_mean_price


def price_share(lost: Sequence[MoneyLost], visitors: NDArray[np.int64]) -> float:
    """Return the signal share of the effect of prices: 0 to 1, one number for all kinds.

    Args:
        visitors: ``[visitors]``, visitor of each row, one over all folds.

    >>> same = MoneyLost(np.zeros(4), np.array([1.0, 1.0, 1.0, 1.0]))
    >>> price_share([same], np.arange(4)), price_share([], np.arange(4))
    (1.0, 0.0)
    """
    squares = [float(one.by_price.mean()) ** 2 for one in lost if one.by_price.any()]
    errors = [_error(one.by_price, visitors) ** 2 for one in lost if one.by_price.any()]
    total = sum(squares)
    return max(0.0, 1.0 - sum(errors) / total) if total else 0.0


def money_costs(
    lost: Sequence[MoneyLost], visitors: NDArray[np.int64], *, seed: int
) -> list[Interval]:
    """Return each kind's loss for each visitor, with 95% intervals over visitors."""
    share = price_share(lost, visitors)
    return [
        bootstrap_mean(
            one.at_mean_price + share * one.by_price,
            seed=seed,
            clusters=visitors,
            n_resamples=500,
        )
        for one in lost
    ]


def _error(values: Floats, visitors: NDArray[np.int64]) -> float:
    """Return the standard error of the mean, clustered by visitor."""
    _, of = np.unique(visitors, return_inverse=True)
    return float(np.sqrt((np.bincount(of, values - values.mean()) ** 2).sum()) / len(values))


# Choose what to fix first in few hours: the most valuable set of kinds.


def best_within(
    values: Sequence[float], minutes: Sequence[float], *, budget_minutes: float
) -> list[int]:
    """Return the most valuable items within a budget: 0/1 knapsack, exact to whole minutes (each rounded up). Items without a positive
    value are left out.

    Returns:
        Their numbers, most value an hour first.

    Raises:
        ValueError: lengths differ, or a time or the budget is negative.

    >>> best_within([60, 100, 120], [10, 20, 30], budget_minutes=50)
    [1, 2]
    """
    if len(values) != len(minutes) or min(minutes, default=0) < 0 or budget_minutes < 0:
        raise ValueError("each value needs a time, and no time is below 0")
    budget = int(min(budget_minutes, sum(map(ceil, minutes))))
    costs = [ceil(m) for m in minutes]
    best = np.zeros(budget + 1)
    takes = []  # by item: at which budgets it is taken
    for value, cost in zip(values, costs, strict=True):
        taken = np.zeros(budget + 1, bool)
        if value > 0 and cost <= budget:
            with_it = np.concatenate([np.full(cost, -np.inf), best[: budget + 1 - cost] + value])
            taken = with_it > best
            best = np.where(taken, with_it, best)
        takes.append(taken)
    left, chosen = budget, []
    for item in range(len(values) - 1, -1, -1):
        if takes[item][left]:
            chosen.append(item)
            left -= costs[item]
    return sorted(chosen, key=lambda i: (-values[i] / max(minutes[i], 1e-9), i))


# ``value.json``, ``value.html`` and ``harmful_rows.csv``.


_METRICS = {
    "skill": "Lost share of the models' skill",
    "ndcg": "nDCG@20 lost",
    "log_loss": "Log-loss of clicks, rise in nats",
    "money": "Money not found in 30 days, minor units",
}
_MOST = 25  # kinds in a chart


def write_value(report: ValueReport, folder: Path) -> None:
    """Write the report in all its forms."""
    folder.mkdir(parents=True, exist_ok=True)
    texts = {"value.json": report.to_json(), "value.html": value_page(report)}
    for name, text in texts.items():
        with written_whole(folder / name) as part:
            part.write_text(text, encoding="utf-8")
    with (
        written_whole(folder / "harmful_rows.csv") as part,
        part.open("w", encoding="utf-8", newline="") as file,
    ):
        writer = csv.writer(file)
        writer.writerow(["table", "row_id", "task", "value", "group", "group_value", "check"])
        for row in report.rows:
            of_row = (row.table, row.row_id, row.task, f"{row.value:.6g}", row.group)
            writer.writerow([*of_row, f"{row.group_value:.6g}", row.check])


def value_page(report: ValueReport) -> str:
    """Return the report as an HTML page with a chart for each metric."""
    facts = [f"{name}: {value:.4f} on clean rows" for name, value in report.metrics.items()]
    facts += [
        f"{report.n_visitors:,} visitors and {report.n_clicks:,} clicks held out",
        *report.notes,
    ]
    first = [
        f"{n}. {kind.name}: {kind.value:.4g} for {kind.minutes / 60:.1f} h ({kind.n_rows:,} rows)"
        for n, kind in enumerate(report.first, start=1)
    ] or ["No kind with a cost beyond chance fits into the hours."]
    sections = [DrawnSection(f"Fix this first, in {report.hours:g} hours, by {report.by}", first)]
    sections += [
        DrawnSection(title, [], [(title, _chart(report, metric, title))])
        for metric, title in _METRICS.items()
    ]
    unmeasured = [f"{k.name}, {k.n_rows:,} rows: {k.why}" for k in report.kinds if k.why]
    sections.append(DrawnSection("Not measured", unmeasured))
    return drawn_page("Cost of dirt", facts, sections)


def _chart(report: ValueReport, metric: str, title: str) -> str:
    found: list[tuple[KindValue, Interval]] = []
    for kind in report.kinds:
        cost: Interval | None = getattr(kind, metric)
        if cost is not None and (cost.low, cost.high) != (0.0, 0.0):
            found.append((kind, cost))
    found.sort(key=lambda pair: -pair[1].mid)
    marks = [
        Mark.of(
            cost.to_json(), kind.name, "worst" if cost.low > 0 else "other", f"{kind.n_rows:,} rows"
        )
        for kind, cost in found[:_MOST]
    ]
    return interval_chart(marks, title, with_zero=True)


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
