"""Rows of a generated log, as columns of numbers."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np

Column: TypeAlias = "np.ndarray[Any, np.dtype[Any]]"
Rows: TypeAlias = "dict[str, Column]"
"""Columns of one length; ids are numbers until they are written, ``NONE`` is an empty cell."""

SECOND, HOUR, DAY = 1_000_000, 3_600_000_000, 86_400_000_000

START_US = 1_735_689_600_000_000  # 2025-01-01 UTC

N_DAYS, PAGE = 90, 8

NONE = -1

TYPES = tuple(
    "search impression click dwell add_to_cart purchase cancel review ad_impression ad_click clikc".split()
)

SEARCH, IMPRESSION, CLICK, DWELL, CART, PURCHASE, CANCEL, REVIEW, AD_SEEN, AD_CLICK, TYPO = range(
    11
)

PRODUCT_NAMED, PRODUCT_UNKNOWN = 10**8, 10**9  # from here on: by its title; in no catalogue


def row_of(**columns: Column) -> Rows:
    """Rows with the columns given and nothing in the others."""
    n = len(columns["kind"])
    names = (
        "number kind visitor occurred received session query word product order "
        "position price quantity dwell rating currency again"
    ).split()
    given = {"currency": np.zeros(n, np.int64), "again": np.zeros(n, np.int64), **columns}
    return {k: np.asarray(given[k], np.int64) if k in given else np.full(n, NONE) for k in names}


def joined(parts: list[Rows]) -> Rows:
    """All rows of the parts, in their order."""
    return {k: np.concatenate([part[k] for part in parts]) for k in parts[0]}
