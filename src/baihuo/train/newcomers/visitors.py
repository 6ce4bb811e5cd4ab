"""What visitors turned to, by category, and what was known of them before."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from baihuo.core import BASICS_FIELDS, CATEGORY_SEPARATOR, VisitorBasics, basics_of
from baihuo.engine import Source, Tables, sql_file
from baihuo.models import segment_values

_TURNED_TO = sql_file(__file__, "turned_to")
_MOST_VISITORS = 20_000  # of the newest: their shares are held in memory
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class KnownVisitors:
    """Visitors who turned to anything."""

    shares: Floats  # [visitors, categories], a row sums to 1: each visitor counts once
    categories: list[tuple[str, ...]]  # from the root
    basics: list[VisitorBasics]
    segments: list[dict[str, str]]  # by dimension, see ``segment_values``

    def __len__(self) -> int:
        return len(self.basics)


def known_visitors(
    tables: Tables, *, events: Source, category_of: dict[str, str], before_us: int
) -> KnownVisitors:
    """From all events received before ``before_us``, whether a client sends basics with each event or once.

    Args:
        category_of: Product id → category as a path; products without one count for nothing.
    """
    turned = tables.sql(_TURNED_TO(before_us=str(before_us)), events=events)
    known_of = _basics_by_visitor(tables, events=events, before_us=before_us)
    names, number = np.unique(
        [category_of.get(p) or "" for p in turned.column("product_id").to_pylist()],
        return_inverse=True,
    )
    ids, visitor = np.unique(
        np.asarray(turned.column("visitor_id").to_pylist(), dtype=np.str_), return_inverse=True
    )
    visitor_ids = ids.tolist()
    newest = sorted(range(len(ids)), key=lambda i: -known_of[visitor_ids[i]][1])
    kept = np.sort(np.array(newest[:_MOST_VISITORS], dtype=np.int64))
    place = np.full(len(ids), -1)
    place[kept] = np.arange(len(kept))
    weights = np.zeros((len(kept), len(names)))
    weight = turned.column("weight").to_numpy()
    has_one = (place[visitor] >= 0) & (names[number] != "") if len(ids) else np.zeros(0, np.bool_)
    np.add.at(weights, (place[visitor[has_one]], number[has_one]), weight[has_one])
    total = weights.sum(axis=1)
    kept, weights = kept[total > 0], weights[total > 0] / total[total > 0][:, None]
    known = [known_of[visitor_ids[i]] for i in kept.tolist()]
    return KnownVisitors(
        shares=weights,
        categories=[tuple(name.split(CATEGORY_SEPARATOR)) if name else () for name in names],
        basics=[basics for basics, _ in known],
        segments=[segment_values(basics, at_us) for basics, at_us in known],
    )


def _basics_by_visitor(
    tables: Tables, *, events: Source, before_us: int
) -> dict[str, tuple[VisitorBasics, int]]:
    """Visitor → the newest value of each field, and when their first event came."""
    there = tables.sql("SELECT * FROM events LIMIT 0", events=events).column_names
    columns = [name for name in BASICS_FIELDS if name in there]  # events of older shops lack some
    listed = "".join(f", {name}" for name in columns)
    rows = tables.sql(
        f"SELECT visitor_id{listed}, min(received_at_us) AS first_us, max(received_at_us) AS last_us FROM events "
        f"WHERE visitor_id IS NOT NULL AND received_at_us < {before_us} "
        f"GROUP BY visitor_id{listed} ORDER BY last_us, visitor_id{listed}",
        events=events,
    )
    known_of: dict[str, tuple[VisitorBasics, int]] = {}
    for row in rows.to_pylist():
        older, first_us = known_of.get(row["visitor_id"], (VisitorBasics(), row["first_us"]))
        known_of[row["visitor_id"]] = (basics_of(row).over(older), min(first_us, row["first_us"]))
    return known_of
