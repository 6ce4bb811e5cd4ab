"""Which phrase of a title names the product, and which only describe it."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from baihuo.core import Product
from baihuo.index.goods import general_goods
from baihuo.index.known_phrases import ends_with_any, heads, phrase_key

_PART = re.compile(r"(?:(?<!\s)\s++)?(?:[&,/;、，|+]|\band\b|与|和)\s*+")
_NONE = np.empty(0, np.int32)
_USUAL = 0.02  # share of a category's products
SURE = ""
"""In place of a phrase key: the rows whose title names their own category."""


@dataclass(frozen=True, slots=True)
class CategoryNames:
    """Phrases that stand in the names of categories: key → codes of the categories so named or below."""

    whole: Mapping[str, frozenset[int]]  # the whole name of a category, at any depth
    part: Mapping[str, frozenset[int]]  # a part of the name of a category that has none below it
    upper: Mapping[
        str, frozenset[int]
    ]  # a part of the name of a broader category, or the last word of any
    leaf: Mapping[str, frozenset[int]]  # the whole name of a category that has none below it

    def own(self) -> dict[int, frozenset[str]]:
        """Category code → phrases that name it or a kind of that name."""
        goods = general_goods()
        own: dict[int, set[str]] = defaultdict(set)
        for named in (self.whole, self.part):
            for key, codes in named.items():
                numbers = goods.numbers_of.get(key, ())
                names = {key, *(k for n in numbers for k in goods.kinds[n].keys)}
                for code in codes if len(codes) == 1 else ():
                    own[code] |= names
        return {code: frozenset(names) for code, names in own.items()}


def category_names(categories: Sequence[tuple[str, ...]]) -> CategoryNames:
    """The phrases in the names of categories, each a path, broad to narrow."""
    found: tuple[dict[str, set[int]], ...] = tuple(defaultdict(set) for _ in range(4))
    whole, part, upper, leaf = found
    for code, path in enumerate(categories):
        for depth, name in enumerate(path, start=1):
            pieces = _PART.split(name)
            if depth == len(path):
                leaf[phrase_key(name)].add(code)
                upper[phrase_key(name).split(" ")[-1]].add(code)
            if depth == len(path) or len(pieces) == 1:  # "Phones & Accessories" is not what
                whole[phrase_key(name)].add(code)  # "phone accessories" asks for
            for piece in pieces:
                (part if depth == len(path) else upper)[phrase_key(piece)].add(code)
    frozen = [{k: frozenset(c) for k, c in one.items() if k} for one in found]
    return CategoryNames(*frozen)


@dataclass(frozen=True, slots=True)
class HeadNames:
    """The phrases that may be the head of a title."""

    n_categories: int
    names: CategoryNames
    keys: frozenset[str]
    own: Mapping[int, frozenset[str]]  # of each category: :meth:`CategoryNames.own`
    named: frozenset[str]  # of all categories

    @staticmethod
    def of(categories: Sequence[tuple[str, ...]]) -> HeadNames:
        """Those of general knowledge and of the categories."""
        names = category_names(categories)
        keys = {*general_goods().numbers_of, *names.whole, *names.part, *names.upper}
        own = names.own()
        named = frozenset().union(*own.values())
        return HeadNames(len(categories), names, frozenset(keys), own, named)


def heads_of(
    products: Iterable[Product], names: HeadNames, code_of: Callable[[tuple[str, ...]], int]
) -> dict[str, NDArray[np.int32]]:
    """Phrase key → rows of ``products`` whose title, in either language, has it as its head."""
    rows: dict[str, list[int]] = defaultdict(list)
    usual = _usual_values(products)
    for row, product in enumerate(products):
        own = names.own.get(code_of(product.category), frozenset())
        described = _values(product) & usual[product.category]
        found: set[str] = set()
        for title in (product.title_en, product.title_zh):
            if title:
                found |= heads(
                    title, names.keys, own, names.named, described, general_goods().is_broader
                )
        if any(ends_with_any(key, own) for key in found):
            found.add(SURE)
        for key in sorted(found):  # so that the same catalogue gives the same files
            rows[key].append(row)
    return {key: np.array(r, np.int32) for key, r in rows.items()}


def _values(product: Product) -> set[str]:
    return {phrase_key(v) for v in product.attributes.values() if isinstance(v, str)}


def _usual_values(products: Iterable[Product]) -> dict[tuple[str, ...], set[str]]:
    """By category, the attribute values that several of its products have: flavours and materials. A value
    that hardly another product has (a "headset" among the notebooks) may say that the category is wrong."""
    counts: dict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    n_products: Counter[tuple[str, ...]] = Counter()
    for product in products:
        counts[product.category].update(_values(product))
        n_products[product.category] += 1
    return {
        category: {v for v, n in found.items() if n >= _USUAL * n_products[category]}
        for category, found in counts.items()
    }


def names_category(rows_of: Mapping[str, NDArray[np.int32]], n: int) -> NDArray[np.bool_]:
    """``[n]``: whether the title names the product's own category."""
    is_sure = np.zeros(n, np.bool_)
    is_sure[rows_of.get(SURE, _NONE)] = True
    return is_sure


def save_heads(rows_of: Mapping[str, NDArray[np.int32]], folder: Path) -> None:
    """Write the result of :func:`heads_of`."""
    counts = [len(rows) for rows in rows_of.values()]
    (folder / "heads.json").write_text(json.dumps([*rows_of], ensure_ascii=False), "utf-8")
    np.save(folder / "heads.starts.npy", np.concatenate(([0], np.cumsum(counts))).astype(np.int64))
    np.save(folder / "heads.rows.npy", np.concatenate([_NONE, *rows_of.values()]))


def load_heads(folder: Path) -> dict[str, NDArray[np.int32]]:
    """Load what :func:`save_heads` wrote; an earlier version wrote nothing."""
    if not (folder / "heads.json").exists():
        return {}
    keys = json.loads((folder / "heads.json").read_text("utf-8"))
    starts, rows = np.load(folder / "heads.starts.npy"), np.load(folder / "heads.rows.npy")
    return {key: rows[starts[i] : starts[i + 1]] for i, key in enumerate(keys)}
