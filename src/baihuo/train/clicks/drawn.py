"""Which impressions chance placed: those of other systems by their logged propensity, our own by the repeated draw."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from baihuo.engine import Tables
from baihuo.evaluate import DrawnImpressions

MOST_BY_CHANCE = 0.02
"""A product with at most this probability at its position was drawn from many."""

_ROWS = """
SELECT e.query_id, e.visitor_id, e.surface, e.position, e.propensity, e.is_clicked,
       p.propensity AS drawn_with, p.base_rank, p.n_first, p.n_fixed, p.may_rise, p.may_fall
FROM e LEFT JOIN p ON e.query_id = p.query_id AND e.product_id = p.product_id
"""


def drawn_impressions(
    tables: Tables, examples: pa.Table, placements: Path | None
) -> DrawnImpressions:
    """The impressions whose position was left to chance, in strata where it says nothing of the product.

    - On a page that another system served (imported), a product that had at most :data:`MOST_BY_CHANCE` at its position was
      drawn from many, and could as well have come to any other position. A stratum has rows of one surface and one propensity.
    - On our own pages the draw is known. A product of the random slot could have come to any position of the slot. A product of
      the first page could change places with a neighbour: it is compared with itself at the two positions, by 1 / propensity.

    Args:
        examples: As :func:`baihuo.train.impressions` writes them.
        placements: Parquet of :attr:`baihuo.monitor.Placements.rows`; None: no page was served here.
    """
    if placements is None:
        return _imported(_Columns(examples))
    rows = _Columns(tables.sql(_ROWS, e=examples, p=placements))
    own = np.asarray(tables.sql("SELECT DISTINCT query_id FROM p", p=placements)["query_id"])
    is_own = np.isin(rows.words("query_id"), own.astype(str))
    others = rows.take(~is_own)
    ours = rows.take(~np.isnan(rows.numbers("drawn_with")))
    return _together([_imported(others), _slot(ours), *_pairs(ours)])


class _Columns:
    """Columns of a table as arrays; nulls are NaN or ''."""

    def __init__(self, table: pa.Table) -> None:
        self.table = table

    def numbers(self, name: str) -> NDArray[np.float64]:
        values = self.table.column(name).to_numpy(zero_copy_only=False)
        return np.array([np.nan if v is None else v for v in values], np.float64)

    def words(self, name: str) -> NDArray[np.str_]:
        return np.array([v or "" for v in self.table.column(name).to_pylist()], np.str_)

    def take(self, mask: NDArray[np.bool_]) -> _Columns:
        return _Columns(self.table.filter(pa.array(mask)))

    def drawn(self, weight: NDArray[np.float64], *key: NDArray[Any] | str) -> DrawnImpressions:
        """All rows, in strata by surface and what ``key`` names."""
        surface = self.words("surface")
        stratum = surface
        for part in key:
            words = part if isinstance(part, str) else np.asarray(part).astype(np.str_)
            stratum = np.char.add(np.char.add(stratum, "|"), words)
        return DrawnImpressions(
            position=self.numbers("position").astype(np.int64),
            clicks=self.numbers("is_clicked"),
            weight=weight,
            stratum=stratum,
            surface=surface,
            visitor=self.words("visitor_id"),
        )


def _imported(rows: _Columns) -> DrawnImpressions:
    propensity = rows.numbers("propensity")
    kept = rows.take((propensity > 0) & (propensity <= MOST_BY_CHANCE))
    propensity = kept.numbers("propensity")
    rounded = np.array([f"{p:.2g}" for p in propensity], np.str_)
    return kept.drawn(1 / propensity, "drawn", rounded)


def _slot(rows: _Columns) -> DrawnImpressions:
    """Products from below the first page: each position of the slot was as likely."""
    n_first = rows.numbers("n_first")
    kept = rows.take((rows.numbers("base_rank") > n_first) & (rows.numbers("position") <= n_first))
    return kept.drawn(
        np.ones(kept.table.num_rows), "slot", kept.numbers("n_fixed"), kept.numbers("n_first")
    )


def _pairs(rows: _Columns) -> list[DrawnImpressions]:
    """Products of the first page at their own position or a neighbour's, once for each neighbour they may swap with."""
    rank, position = rows.numbers("base_rank"), rows.numbers("position")
    pairs = []
    for may, other in (("may_rise", rank - 1), ("may_fall", rank + 1)):
        kept = rows.take((rows.numbers(may) > 0) & ((position == rank) | (position == other)))
        pairs.append(kept.drawn(1 / kept.numbers("drawn_with"), may, kept.numbers("base_rank")))
    return pairs


def _together(parts: list[DrawnImpressions]) -> DrawnImpressions:
    def all_of(name: str) -> NDArray[Any]:
        return np.concatenate([getattr(part, name) for part in parts])

    return DrawnImpressions(
        position=all_of("position"),
        clicks=all_of("clicks"),
        weight=all_of("weight"),
        stratum=all_of("stratum"),
        surface=all_of("surface"),
        visitor=all_of("visitor"),
    )
