"""Training rows: clean, or with one kind of unfixed finding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.valuation.kinds import Kind
from baihuo.valuation.rows import EventRows, name_of

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Variant:
    """Training rows without a kind of dirt, and with it."""

    without: Mask  # [rows]
    with_it: Mask  # [rows]

    @property
    def is_same(self) -> bool:
        """Whether both are the same for every model."""
        return bool((self.without == self.with_it).all())


def clean_rows(rows: EventRows) -> Mask:
    """Return ``[rows]``: the clean rows."""
    return np.asarray(rows.kind == -1)


def variant_of(rows: EventRows, kind: Kind, number: int, reference: Mask) -> Variant:
    """``reference`` without and with this kind of dirt.

    Args:
        reference: ``[rows]``: clean rows without notes, so that other dirt does not interfere.
    """
    if kind.table != "events":
        return Variant(reference, reference)
    if kind.action == "note":
        return Variant(reference, reference | (clean_rows(rows) & _named(rows, [kind])))
    put_back = rows.kind == number
    replaced = reference & np.isin(rows.name, rows.name[put_back])
    return Variant(reference, (reference & ~replaced) | put_back)


def reference_rows(rows: EventRows, kinds: Sequence[Kind]) -> Mask:
    """Return ``[rows]``: clean rows without notes. Models are tested only on these."""
    return clean_rows(rows) & ~_named(
        rows, [k for k in kinds if k.table == "events" and k.action == "note"]
    )


def _named(rows: EventRows, kinds: Sequence[Kind]) -> Mask:
    return np.isin(rows.name, np.array([name_of(f.row) for k in kinds for f in k.found], np.int64))


def cuts(rows: EventRows, *, folds: int) -> list[tuple[int, int, int]]:
    """Times ``(train until, test from, test until)`` that cut the newer half of the clean events into ``folds`` tests, µs."""
    at_us: NDArray[Any] = rows.at_us[clean_rows(rows)]
    shares = np.linspace(0.6, 1.0, folds + 1)
    edges = np.quantile(at_us, shares).astype(np.int64)
    edges[-1] += 1
    return [(int(a), int(a), int(b)) for a, b in pairwise(edges)]
