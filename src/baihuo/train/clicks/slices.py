"""Slices of the newest pages: which rows are of new visitors, of rarely shown products, of each platform, and so on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

PAGE_DIMENSIONS = ("visitor", "platform", "device", "hour", "language")
"""What is the same for a whole page: there, orders are compared too."""
ROW_DIMENSIONS = ("product", "position", "category")
_N_CATEGORIES = 12  # the most shown; others are one slice
_COLD_SHOWN = 10  # a product shown less often than this before the test pages is cold
_HOT_SHARE = 0.1  # of the products that were shown, the most shown are hot
_HOUR_US = 3_600_000_000
_POSITIONS = np.array([1, 2, 4, 7, 13])
_POSITION_NAMES = np.array(["1", "2 to 3", "4 to 6", "7 to 12", "13 or lower"])
_HOURS = np.array(["0 to 6", "6 to 12", "12 to 18", "18 to 24"])


@dataclass(frozen=True, slots=True, eq=False)
class Slices:
    """The name of each test row's slice, by dimension."""

    names: dict[str, NDArray[np.str_]]

    def masks(self, dimensions: Sequence[str]) -> list[tuple[str, str, NDArray[np.bool_]]]:
        """Dimension, slice and mask, for dimensions that divide the rows at all."""
        found = []
        for dimension in dimensions:
            values = in_order(np.unique(self.names[dimension]).tolist())
            if len(values) > 1:
                found += [(dimension, v, self.names[dimension] == v) for v in values]
        return found


def slices(
    examples: pa.Table, is_test: NDArray[np.bool_], categories: NDArray[np.str_] | None = None
) -> Slices:
    """Name the slices of the test rows.

    A visitor is new who asked for no page before the test pages begin. Hours are of UTC, languages those of the letters of the
    query, and a product is hot or cold by how often it was shown before the test pages.

    Args:
        examples: All rows, as :func:`baihuo.train.impressions` writes them.
        is_test: ``[rows]``.
        categories: ``[rows]``, the broadest category of each product; None: not known.
    """
    tested = examples.filter(pa.array(is_test))
    names = {
        "visitor": _known_before(examples, is_test),
        "product": _heat(examples, is_test),
        "platform": _labels(tested, "platform"),
        "device": _labels(tested, "device"),
        "hour": _HOURS[(tested.column("at_us").to_numpy() // _HOUR_US % 24 // 6).astype(int)],
        "position": position_names(tested.column("position").to_numpy()),
        "language": np.array([_language(t) for t in tested.column("query_text").to_pylist()]),
        "category": np.full(tested.num_rows, "")
        if categories is None
        else _most_shown(categories[is_test]),
    }
    return Slices({name: np.asarray(values, dtype=np.str_) for name, values in names.items()})


def in_order(names: Sequence[str]) -> list[str]:
    """Those that begin with a number by that number, then the others.

    >>> in_order(["13 or lower", "2 to 3", "web", "1"])
    ['1', '2 to 3', '13 or lower', 'web']
    """

    def key(name: str) -> tuple[bool, int, str]:
        number = name.partition(" ")[0]
        return not number.isdecimal(), int(number) if number.isdecimal() else 0, name

    return sorted(names, key=key)


def position_names(positions: NDArray[np.int64]) -> NDArray[np.str_]:
    """``[rows]`` positions, 1-based, to the name of the group each is in."""
    return np.asarray(_POSITION_NAMES[np.searchsorted(_POSITIONS, positions, side="right") - 1])


def _known_before(examples: pa.Table, is_test: NDArray[np.bool_]) -> NDArray[np.str_]:
    visitors = np.asarray(examples.column("visitor_id").to_pylist(), dtype=np.str_)
    return np.where(np.isin(visitors[is_test], visitors[~is_test]), "returning", "new")


def _heat(examples: pa.Table, is_test: NDArray[np.bool_]) -> NDArray[np.str_]:
    products = np.asarray(examples.column("product_id").to_pylist(), dtype=np.str_)
    names, number = np.unique(products, return_inverse=True)
    shown = np.bincount(number[~is_test], minlength=len(names))
    hot = np.quantile(shown[shown > 0], 1 - _HOT_SHARE) if shown.any() else np.inf
    heat = np.where(shown < _COLD_SHOWN, "cold", np.where(shown >= hot, "hot", "between"))
    return np.asarray(heat[number[is_test]], dtype=np.str_)


def _labels(table: pa.Table, name: str) -> NDArray[np.str_]:
    if name not in table.column_names:
        return np.full(table.num_rows, "")
    return np.array([value or "not known" for value in table.column(name).to_pylist()])


def _language(text: str | None) -> str:
    if not text:
        return "no words"
    return "Chinese" if any("\u4e00" <= letter <= "\u9fff" for letter in text) else "other letters"


def _most_shown(categories: NDArray[np.str_]) -> NDArray[np.str_]:
    names, n = np.unique(categories, return_counts=True)
    kept = names[np.argsort(-n, kind="stable")[:_N_CATEGORIES]]
    return np.where(np.isin(categories, kept), categories, "other categories")
