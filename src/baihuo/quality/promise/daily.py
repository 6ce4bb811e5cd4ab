"""Daily statistics of a checked log."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa

from baihuo.engine import Source, Tables, sql_file
from baihuo.quality.promise.conformal import DailyStatistics, Floats

_DAILY = sql_file(__file__, "daily")
DAY_US = 86_400_000_000
STATISTICAL_STEPS = ("traffic", "sessions", "prices", "labels")
"""Groups whose checks weigh evidence, so that clean rows may be touched; all others are rules that cannot be wrong about a row."""
_LEAST_SHARE = 0.01  # of all events: rarer platforms and types are too few to say anything of a day


def daily_statistics(
    tables: Tables, *, events: Source, quarantined: Path, findings: Path, steps: dict[str, str]
) -> DailyStatistics | None:
    """One row a day from the first to the last complete one; None: there is none.

    The newest day counts as complete if something came in its last hour.

    Args:
        events: clean events.
        steps: check → step, of the checks whose findings are counted.
    """
    named = pa.table({"check": list(steps), "step": list(steps.values())})
    rows = tables.sql(
        f"SELECT day, name, n, total FROM ({_DAILY(day_us=DAY_US)}) ORDER BY day, name",
        events=events,
        quarantined=quarantined,
        findings=findings,
        steps=named,
    ).to_pylist()
    newest = tables.sql("SELECT max(received_at_us) AS at_us FROM events", events=events)
    at_us = newest["at_us"][0].as_py()
    if not rows or at_us is None:
        return None
    first, last = min(r["day"] for r in rows), at_us // DAY_US
    if at_us % DAY_US < DAY_US * 23 // 24:
        last -= 1
    return statistics_of(rows, first, last - first + 1) if last >= first else None


def statistics_of(rows: list[dict[str, object]], first_day: int, n_days: int) -> DailyStatistics:
    """From rows of day, name, n and total; a day without a row has none of it."""
    n: dict[str, Floats] = {}
    total: dict[str, Floats] = {}
    for row in rows:
        day, name = int(str(row["day"])) - first_day, str(row["name"])
        if 0 <= day < n_days:
            n.setdefault(name, np.zeros(n_days))[day] = float(str(row["n"]))
            total.setdefault(name, np.zeros(n_days))[day] = float(str(row["total"]))
    events = n.get("counts.all", np.zeros(n_days))
    kept, values, spreads = [], [], []
    for name in sorted(n):
        group = name.split(".")[0]
        if group in ("counts", "shares") and n[name].sum() < _LEAST_SHARE * events.sum():
            continue
        value, spread = _on_even_scale(group, n[name], total[name], events)
        kept.append(name)
        values.append(value)
        spreads.append(spread)
    empty = np.zeros((n_days, 0))
    return DailyStatistics(
        first_day,
        tuple(kept),
        np.stack(values, axis=1) if kept else empty,
        np.stack(spreads, axis=1) if kept else empty,
    )


def _on_even_scale(group: str, n: Floats, total: Floats, events: Floats) -> tuple[Floats, Floats]:
    """Values whose spread does not depend on their size, and the spread of chance alone."""
    if group == "counts":
        return np.log1p(n), 1 / np.sqrt(n + 1)
    if group == "distributions":
        return np.where(total > 0, n / 1000, np.nan), 1 / np.sqrt(total + 1)
    share = np.divide(n, events, out=np.full(len(n), np.nan), where=events > 0)
    return np.arcsin(np.sqrt(np.clip(share, 0, 1))), 0.5 / np.sqrt(events + 1)
