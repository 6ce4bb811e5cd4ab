"""The profile of a batch: distributions of its columns, small enough to keep, and distances between two.

PSI (population stability index) sums ``(p - q) * ln(p / q)`` over bins: below 0.1 is usually called
stable, above 0.25 another population. Numbers are in bins of a tenth of the earlier batch each.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import log, sqrt
from typing import Any

import numpy as np

from baihuo.engine import Source, Tables

WORDS = ("event_type", "platform", "device", "country", "surface", "currency")
NUMBERS = ("position", "price_minor", "quantity", "dwell_ms", "rating", "hour")
_MAX_VALUES = 50  # of a column of words; all others count as one
_N_BINS = 10
_MISSING, _OTHER = "", "…"  # keys that no value has: empty words count as missing

Pairs = Sequence[tuple[float, int]]
"""(value, rows), by value."""


@dataclass(frozen=True, slots=True)
class ColumnDrift:
    """How far one column moved between two batches."""

    column: str
    psi: float
    psi_noise: float  # PSI of samples of as many visitors by chance


def column_counts(tables: Tables, sample: Source) -> dict[str, dict[str, Any]]:
    """Counts of a sample's columns: ``words`` is column → value → rows; ``numbers`` is column →
    ``missing`` rows and ``pairs``, with each value rounded to three digits.
    """
    by_column = _grouped(
        tables,
        sample,
        {n: f"coalesce(left({n}, 60), '{_MISSING}')" for n in WORDS},
        "n DESC, value",
    )
    words: dict[str, Any] = {}
    for name, rows in by_column.items():
        words[name] = {r["value"]: r["n"] for r in rows[:_MAX_VALUES]}
        if rest := sum(r["n"] for r in rows[_MAX_VALUES:]):
            words[name][_OTHER] = words[name].get(_OTHER, 0) + rest
    digits = {n: f"power(10, floor(log10(greatest(abs({n}), 0.01))) - 2)" for n in NUMBERS}
    rounded = {n: f"round(round({n} / {sql}) * {sql}, 6)" for n, sql in digits.items()}
    numbers: dict[str, Any] = {}
    for name, rows in _grouped(tables, sample, rounded, "value").items():
        pairs = [(float(r["value"]), int(r["n"])) for r in rows if r["value"] is not None]
        numbers[name] = {"missing": sum(r["n"] for r in rows if r["value"] is None), "pairs": pairs}
    return {"words": words, "numbers": numbers}


def _grouped(
    tables: Tables, sample: Source, columns: Mapping[str, str], order: str
) -> dict[str, list[dict[str, Any]]]:
    """How many rows have each ``value`` (``n``) of each column, in one statement; the columns are SQL by name."""
    parts = " UNION ALL ".join(
        f"SELECT '{name}' AS name, {sql} AS value, count(*) AS n FROM sample GROUP BY value"
        for name, sql in columns.items()
    )
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in columns}
    statement = f"SELECT * FROM ({parts}) ORDER BY name, {order}"
    for row in tables.sql(statement, sample=sample).to_pylist():
        found[row["name"]].append(row)
    return found


def compact(columns: Mapping[str, Any]) -> dict[str, Any]:
    """The counts of :func:`column_counts` in the form that is kept: of numbers the rows in each tenth, and where it ends."""
    numbers = {}
    for name, column in columns["numbers"].items():
        edges = _tenths(column["pairs"])
        numbers[name] = {
            "missing": column["missing"],
            "edges": edges,
            "rows": _binned(edges, column["pairs"]),
        }
    return {"words": columns["words"], "numbers": numbers}


def _tenths(pairs: Pairs) -> list[float]:
    """The values at each tenth of the rows but the last; fewer where many rows have one value."""
    edges: list[float] = []
    total = sum(n for _, n in pairs)
    for (value, _), so_far in zip(pairs, accumulate(n for _, n in pairs), strict=True):
        if so_far * _N_BINS >= (len(edges) + 1) * total and so_far < total:
            edges.append(value)
    return edges


def _binned(edges: Sequence[float], pairs: Pairs) -> list[float]:
    """How many rows lie up to each edge, and beyond the last."""
    values, n = [value for value, _ in pairs], [rows for _, rows in pairs]
    at = np.searchsorted(np.array(edges, np.float64), np.array(values, np.float64))
    rows: list[float] = np.bincount(at, n, len(edges) + 1).tolist()
    return rows


def column_drifts(
    before: Mapping[str, Any], now: Mapping[str, Any], n_before: int, n_now: int
) -> Iterator[ColumnDrift]:
    """Every column of ``now`` (as :func:`column_counts`) compared with ``before`` (as :func:`compact`).

    Args:
        n_before: visitors in ``before``, and ``n_now`` in ``now``: rows of one visitor are alike, so
            visitors are the sample size of what chance explains.
    """
    noise = 1 / max(n_before, 1) + 1 / max(n_now, 1)
    for name, reference in before["words"].items():
        current = now["words"].get(name, {})
        known = [v for v in reference if v != _OTHER]
        sides = [
            [side.get(v, 0) for v in known]
            + [sum(side.values()) - sum(side.get(v, 0) for v in known)]
            for side in (reference, current)
        ]
        yield ColumnDrift(name, psi(*sides), _psi_noise(len(known) + 1, noise))
    for name, reference in before["numbers"].items():
        current = now["numbers"].get(name, {"missing": 0, "pairs": []})
        rows = reference["rows"], _binned(reference["edges"], current["pairs"])
        filled = [sum(side) for side in rows]  # a rating is in few rows: it has a scale of its own
        visitors = zip((n_before, n_now), filled, strict=True)
        value_noise = sum(1 / max(min(n, rows_with), 1) for n, rows_with in visitors)
        is_filled = ([filled[0], reference["missing"]], [filled[1], current["missing"]])
        distances = (
            (psi(*rows), _psi_noise(len(rows[0]), value_noise)),
            (psi(*is_filled), _psi_noise(2, noise)),
        )
        yield ColumnDrift(name, *max(distances, key=lambda d: d[0] - d[1]))


def psi(before: Sequence[float], now: Sequence[float]) -> float:
    """The population stability index of two rows of counts, bin by bin; half a row is added to each
    bin, so that an empty one is finite.

    >>> round(psi([50, 50], [50, 50]), 6), round(psi([900, 100], [700, 300]), 2)
    (0.0, 0.27)
    """
    total = [sum(side) + 0.5 * len(side) for side in (before, now)]
    shares = [
        ((a + 0.5) / total[0], (b + 0.5) / total[1]) for a, b in zip(before, now, strict=True)
    ]
    return sum((q - p) * log(q / p) for p, q in shares)


def _psi_noise(n_bins: int, noise: float) -> float:
    """PSI of two samples of one population is chi-squared with ``n_bins - 1`` degrees of freedom, times
    ``noise``; this is its mean and four standard deviations."""
    free = max(n_bins - 1, 1)
    return noise * (free + 4 * sqrt(2 * free))
