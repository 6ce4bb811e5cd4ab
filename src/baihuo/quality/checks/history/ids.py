"""What one id determines in nearly the whole log, and in some rows does not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from baihuo.quality.checks.history.signals import Codes, dictionary

KEYS: tuple[tuple[str, ...], ...] = (
    ("query_id",),
    ("session_id",),
    ("order_id",),
    ("visitor_id",),
    ("product_id",),
    ("variant_id",),
    ("query_id", "product_id"),
    ("order_id", "product_id"),
    ("query_id", "position"),
)
VALUES = (
    "visitor_id session_id query_id query_text product_id order_id surface position price_minor currency quantity platform device country "
    "language region referrer consent_analytics consent_personalization"
).split()
_MIN_GROUPS = 60  # of two rows or more, before a dependency is believed
_MOST_WRONG = 0.01  # of them may break it: above, it is none
_MOST_CHANCE = 0.9  # with which two rows of different groups agree: nothing depends on a constant


@dataclass(frozen=True, slots=True)
class Broken:
    """Rows that break a dependency which nearly all groups keep."""

    key: tuple[str, ...]
    column: str
    n_groups: int
    n_broken: int
    rows: Codes


def find_broken(log: pa.Table) -> list[Broken]:
    """Dependencies of a column on an id that 99 of 100 ids keep (approximate functional dependencies, TANE 1999), and the rows that break them:
    those with another value than most rows of their id, or all where none is the most frequent.
    """
    columns = {
        name: np.where(pc.is_null(log[name]).to_numpy(), -1, dictionary(log[name])[0])
        for name in {*VALUES, *(part for key in KEYS for part in key)}
        if log[name].null_count < log.num_rows
    }
    found = []
    for key in (key for key in KEYS if all(part in columns for part in key)):
        group = _groups_of([columns[part] for part in key])
        there = np.flatnonzero(group >= 0)
        rows = there[np.argsort(group[there], kind="stable")]
        of = group[rows]
        for name in (name for name in VALUES if name in columns and name not in key):
            value = columns[name][rows]
            held = value >= 0
            broken = (
                _broken(rows, of, value)
                if held.all()
                else _broken(rows[held], of[held], value[held])
            )
            if broken is not None:
                found.append(Broken(key, name, *broken))
    return found


def _groups_of(parts: list[Codes]) -> Codes:
    """A number for each row's group; -1 where a part of the key is empty."""
    whole = parts[0]
    for part in parts[1:]:
        whole = np.where((whole < 0) | (part < 0), -1, whole * (part.max() + 2) + part)
    return whole


def _broken(rows: Codes, of: Codes, value: Codes) -> tuple[int, int, Codes] | None:
    """Groups of two rows or more, those of them with several values, and the rows to blame; None where nothing depends.

    Args:
        rows: sorted by their group ``of``; each has a ``value``.
    """
    if len(rows) < _MIN_GROUPS:
        return None
    starts = np.flatnonzero(np.r_[True, of[1:] != of[:-1]])
    n_groups = int((np.diff(np.r_[starts, len(of)]) >= 2).sum())
    is_broken = np.minimum.reduceat(value, starts) != np.maximum.reduceat(value, starts)
    by_chance = float(((np.bincount(value) / len(rows)) ** 2).sum())
    if (
        n_groups < _MIN_GROUPS
        or not is_broken.any()
        or is_broken.sum() > _MOST_WRONG * n_groups
        or by_chance > _MOST_CHANCE
    ):
        return None
    few = np.repeat(is_broken, np.diff(np.r_[starts, len(of)]))
    rows, of, value = rows[few], np.unique(of[few], return_inverse=True)[1], value[few]
    pairs, inverse, n = np.unique(
        of * (value.max() + 1) + value, return_inverse=True, return_counts=True
    )
    of_pair = pairs // (value.max() + 1)
    most = np.zeros(of.max() + 1, dtype=np.int64)
    np.maximum.at(most, of_pair, n)
    n_most = np.bincount(of_pair, weights=n == most[of_pair], minlength=len(most))
    to_blame = (n[inverse] < most[of]) | (n_most[of] > 1)
    return n_groups, int(is_broken.sum()), rows[to_blame]
