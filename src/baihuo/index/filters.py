"""Filters as masks over rows. A product passes if one of its variants passes all filters."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import reduce
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.fuzz import WRatio
from rapidfuzz.process import extract

from baihuo.core import CATEGORY_SEPARATOR, Filters, fold, minor_unit_digits
from baihuo.index.attribute_groups import by_attribute
from baihuo.index.filter_language import (
    Anything,
    BadFilter,
    Between,
    Exact,
    Joined,
    Node,
    Not,
    Term,
    Value,
    conjuncts,
    decimal_of,
    is_true,
    joined,
    minor_span,
    number_span,
    parse_filter,
    time_span,
    to_text,
    word_or_quoted,
)
from baihuo.index.segment import Segment
from baihuo.index.snapshot import Snapshot
from baihuo.index.vocabulary import Vocabulary

Mask = NDArray[np.bool_]
BRAND, CATEGORY, PRICE, STOCK, RELEASED = "brand", "category", "price", "in_stock", "released"
_FIELDS, _FILTER = (BRAND, CATEGORY, PRICE, STOCK, RELEASED), "filter"
_FIXED = (BRAND, CATEGORY, PRICE, STOCK, _FILTER)
_SEPARATOR = CATEGORY_SEPARATOR.strip()
_MIN_SIMILARITY, _MOST_NEAR, _MOST_LISTED = 65, 3, 8
_MOST_ATTRIBUTES = 20  # each has a facet, counted under the filters of all others


@dataclass(frozen=True, slots=True, eq=False)
class Variants:
    """The variants of one segment. A product without variants is its own variant."""

    snapshot: Snapshot
    segment: Segment
    rows: NDArray[np.int32]  # [variants] index row of each
    prices: NDArray[np.int64]  # [variants], by default that of the product; -1: not for sale
    in_stock: Mask  # [variants]; none of a product that is out of stock

    @staticmethod
    def of(snapshot: Snapshot, number: int) -> Variants:
        """Those of a segment."""
        segment = snapshot.segments[number]
        rows = np.repeat(snapshot.segment_rows[number], np.diff(segment.variant_starts))
        own = segment.variant_price_minor
        prices = np.where(own >= 0, own, snapshot.price_minor[rows])
        in_stock = (segment.variant_stock_units != 0) & (snapshot.stock_units[rows] != 0)
        return Variants(snapshot, segment, rows, prices, in_stock)

    def has_code(self, column: str, codes: Iterable[int]) -> Mask:
        """Which are of a product with one of the codes in a column of the snapshot."""
        return np.isin(getattr(self.snapshot, column)[self.rows], [c for c in codes if c >= 0])

    def has_pair(self, codes: Iterable[int]) -> Mask:
        """Which have one of the attribute pairs."""
        table = np.zeros(len(self.snapshot.dictionaries.pairs) + 1, np.bool_)
        table[[code for code in codes if code >= 0]] = True
        found = np.flatnonzero(table[self.segment.pairs])
        mask = np.zeros(len(self.rows), np.bool_)
        mask[np.searchsorted(self.segment.pair_starts, found, side="right") - 1] = True
        return mask


Condition = Callable[[Variants], Mask]


class FilterMasks:
    """The masks of one request's filters over one snapshot.

    Price, stock and attributes belong to a variant: red and size M must be one variant, at that price, in stock. Brand and
    category are those of its product.

    Raises:
        BadFilter: the filter in the filter language cannot be read, or names a field that no product has.
    """

    def __init__(self, snapshot: Snapshot, filters: Filters) -> None:
        self.snapshot, self.filters = snapshot, filters
        self._conditions = list(_conditions(filters, snapshot))
        # Names of the active filters; the filter of an attribute has the name of the attribute.
        self.parts = tuple(name for name, _, _ in self._conditions)
        # The facet of every selected attribute needs the masks of all others: compute each once.
        self._masks: dict[tuple[int, int], Mask] = {}
        self._variants: dict[int, Variants] = {}

    def rows(self, *, except_for: str | None = None) -> Mask:
        """``[n]`` live rows that pass every filter, or all except ``except_for``."""
        snapshot, applied = self.snapshot, self._applied(except_for)
        if not applied:
            return snapshot.is_live.copy()
        passes = np.zeros(snapshot.n, np.bool_)
        for number, segment in enumerate(snapshot.segments):
            if len(segment):
                mask, starts = self._mask(number, applied), segment.variant_starts[:-1]
                is_one = segment.is_one_variant_each
                by_row = mask if is_one else np.logical_or.reduceat(mask, starts)
                rows = snapshot.segment_rows[number]
                passes[rows[by_row & snapshot.current(number)]] = True
        return passes & snapshot.is_live

    def variant_filters(self, *, except_for: str | None = None) -> bool:
        """Whether any filter but ``except_for`` tells variants of one product apart."""
        of_product = (BRAND, CATEGORY)
        applied = (self._conditions[at] for at in self._applied(except_for))
        return any(is_attribute or name not in of_product for name, is_attribute, _ in applied)

    def variant_mask(self, number: int, *, except_for: str | None = None) -> Mask:
        """The variants of segment ``number`` that pass the filters."""
        return self._mask(number, self._applied(except_for))

    def in_stock(self, number: int) -> Mask:
        """The variants of segment ``number`` that are in stock, whatever the filters."""
        return self.variants(number).in_stock

    def variants(self, number: int) -> Variants:
        """The variants of segment ``number``."""
        if number not in self._variants:
            self._variants[number] = Variants.of(self.snapshot, number)
        return self._variants[number]

    def _applied(self, except_for: str | None) -> list[int]:
        """Places of the filters except one; ``except_for`` a filter of its own, such as price, means no attribute of that name."""
        return [
            at
            for at, (name, is_attribute, _) in enumerate(self._conditions)
            if name != except_for or (is_attribute and name in _FIXED)
        ]

    def _mask(self, number: int, applied: list[int]) -> Mask:
        variants = self.variants(number)
        for at in applied:
            if (number, at) not in self._masks:
                self._masks[number, at] = self._conditions[at][2](variants)
        masks = [self._masks[number, at] for at in applied]
        return reduce(np.logical_and, masks, np.ones(len(variants.rows), np.bool_))


def _conditions(filters: Filters, snapshot: Snapshot) -> Iterable[tuple[str, bool, Condition]]:
    """The active filters: name, whether it is that of an attribute, and condition."""
    known = snapshot.dictionaries
    if filters.brands:
        brands = list(map(known.brands.find, filters.brands))
        yield BRAND, False, lambda variants: variants.has_code("brand_code", brands)
    if path := filters.category:
        below = [i for i, other in enumerate(known.categories.names) if other[: len(path)] == path]
        yield CATEGORY, False, lambda variants: variants.has_code("category_code", below)
    low, high = filters.price_min_minor, filters.price_max_minor
    if (low, high) != (None, None):
        yield PRICE, False, lambda variants: _within(variants.prices, low, high)
    if filters.in_stock:
        yield STOCK, False, lambda variants: variants.in_stock
    if filters.where:
        maker = _ConditionMaker(filters.where, snapshot)
        yield _FILTER, False, maker.condition(parse_filter(filters.where))
    for name, values in filters.attributes:
        codes = [known.pairs.find((name, value)) for value in values]
        yield name, True, lambda variants, codes=codes: variants.has_pair(codes)  # type: ignore[misc]


def _within(values: NDArray[np.int64], low: int | None, high: int | None) -> Mask:
    """Which values are known and in the span."""
    mask = values >= max(0, low or 0)
    return mask if high is None else mask & (values <= high)


# Rebuilt when a dictionary has grown; it never shrinks, so its length shows that.
_CODES: WeakKeyDictionary[Vocabulary[str], tuple[int, Mapping[str, list[int]]]] = (
    WeakKeyDictionary()
)


def _by_fold(names: Vocabulary[str]) -> Mapping[str, list[int]]:
    """Folded name → codes of the names that fold to it."""
    n = len(names)
    cached = _CODES.get(names)
    if cached is None or cached[0] != n:
        codes: dict[str, list[int]] = {}
        for code, name in enumerate(names.names[:n]):
            codes.setdefault(fold(name), []).append(code)
        cached = _CODES[names] = n, codes
    return cached[1]


class _ConditionMaker:
    """Makes the condition of a filter, with the names of a catalogue. Case, width and spaces in names and values do not count."""

    def __init__(self, text: str, snapshot: Snapshot) -> None:
        self.text, self.known = text, snapshot.dictionaries
        self.n_digits = minor_unit_digits(self.known.currency)
        self.grouped = by_attribute(self.known.pairs)
        self.unknown: dict[str, None] = {}  # notes on values that no product has

    def field(self, term: Term) -> str | None:
        """The field of a term; None: an attribute."""
        name = fold(term.name)
        return name if name in _FIELDS and not term.is_quoted else None

    def condition(self, node: Node) -> Condition:
        """The condition of a tree; values that no product has are added to ``unknown``.

        Raises:
            BadFilter: no product has the field, or a value is not of its type.
        """
        if isinstance(node, Not):
            inner = self.condition(node.inner)
            return lambda variants: ~inner(variants)
        if isinstance(node, Joined):
            parts = [self.condition(part) for part in node.parts]
            if node.word == "AND":
                return lambda variants: np.asarray(
                    reduce(np.logical_and, [part(variants) for part in parts])
                )
        else:
            parts = [self._value(node, value) for value in node.values]
        return lambda variants: np.asarray(
            reduce(np.logical_or, [part(variants) for part in parts])
        )

    def _value(self, term: Term, value: Value) -> Condition:
        """The condition of one value of a field."""
        field = self.field(term)
        if field in (BRAND, CATEGORY):
            column, n = f"{field}_code", len(getattr(self.known, _DICTIONARIES[field]))
            found = range(n) if isinstance(value, Anything) else self.codes(term, value)
            return lambda variants: variants.has_code(column, found)
        if field == STOCK:
            if isinstance(value, Anything):
                return lambda variants: np.ones(len(variants.rows), np.bool_)
            wanted = is_true(self.text, self._exact(term, value))
            return lambda variants: variants.in_stock == wanted
        if field is None:
            codes = self._pairs(term, value)
            return lambda variants: variants.has_pair(codes)
        low, high = (None, None)
        if not isinstance(value, Anything):
            is_price = field == PRICE
            low, high = (
                minor_span(self.text, value, self.n_digits)
                if is_price
                else time_span(self.text, value)
            )
        if field == PRICE:
            return lambda variants: _within(variants.prices, low, high)
        return lambda variants: _within(variants.snapshot.released_at_us[variants.rows], low, high)

    def _exact(self, term: Term, value: Value) -> Exact:
        if isinstance(value, Exact):
            return value
        problem, fix = f"{term.name} has no range", f"name values: {term.name}:(a OR b)"
        raise BadFilter(self.text, value.at, problem, fix=fix)

    def codes(self, term: Term, value: Value) -> list[int]:
        """Codes of the brands, categories or attribute pairs that a value names: of a category at any level, or below a
        path from the root, ``"Home > Lamps"``. A value without any is noted."""
        exact = self._exact(term, value)
        field, wanted = self.field(term), fold(exact.text)
        known: Iterable[str]
        if field == BRAND:
            known = self.known.brands.names
            codes = list(_by_fold(self.known.brands).get(wanted, ()))
        elif field == CATEGORY:
            paths, parts = (
                self.known.categories.names,
                list(map(fold, exact.text.split(_SEPARATOR))),
            )
            if len(parts) == 1:
                codes = [i for i, path in enumerate(paths) if wanted in map(fold, path)]
                known = {part for path in paths for part in path}
            else:
                starts = ([*map(fold, path[: len(parts)])] for path in paths)
                codes = [i for i, start in enumerate(starts) if start == parts]
                known = {CATEGORY_SEPARATOR.join(path) for path in paths}
        else:
            pairs, every = self.known.pairs.names, self.of_attribute(term)
            codes = [code for code in every if fold(pairs[code][1]) == wanted]
            known = {pairs[code][1] for code in every} if not codes else ()
        if not codes:
            near = ", ".join(_nearest(exact.text, known))
            note = "unknown_value_near" if near else "unknown_value"
            shown = (" ".join(p.replace(":", " ").split()) for p in (term.name, exact.text, near))
            self.unknown[":".join(filter(None, (note, *shown)))] = None
        return codes

    def attributes(self, term: Term) -> list[str]:
        """The stored names of the attribute of a term: several where they differ in case only.

        Raises:
            BadFilter: no product has it.
        """
        wanted, names = fold(term.name), self.grouped.names
        if found := [stored for stored in names if fold(stored) == wanted]:
            return found
        known = [*_FIELDS, *names]
        if near := _nearest(term.name, known):
            fix = f"did you mean {' or '.join(map(word_or_quoted, near))}?"
        else:
            more = len(known) - _MOST_LISTED
            fix = f"use one of {', '.join(map(word_or_quoted, known[:_MOST_LISTED]))}"
            fix += f" and {more:,} more attributes" if more > 0 else ""
        raise BadFilter(self.text, term.at, f"no product has an attribute {term.name!r}", fix=fix)

    def of_attribute(self, term: Term) -> list[int]:
        """Codes of all pairs of the attribute of a term."""
        numbers = [self.grouped.number(name) for name in self.attributes(term)]
        return np.flatnonzero(np.isin(self.grouped.attribute, numbers)).tolist()

    def _pairs(self, term: Term, value: Value) -> list[int]:
        if isinstance(value, Exact):
            return self.codes(term, value)
        every, stored = self.of_attribute(term), self.known.pairs.names
        if isinstance(value, Anything):
            return every
        low, high = number_span(self.text, value)
        read = ((code, decimal_of(stored[code][1])) for code in every)
        numbers = [(code, number) for code, number in read if number is not None]
        if not numbers:
            problem = f"no value of {term.name!r} is a plain number, so it has no range"
            raise BadFilter(self.text, value.at, problem, fix="name values: field:(a OR b)")
        return [
            code for code, n in numbers if (low is None or n >= low) and (high is None or n <= high)
        ]


_DICTIONARIES = {BRAND: "brands", CATEGORY: "categories"}


def _nearest(given: str, known: Iterable[str]) -> list[str]:
    found = extract(
        given,
        list(known),
        scorer=WRatio,
        processor=fold,
        score_cutoff=_MIN_SIMILARITY,
        limit=_MOST_NEAR,
    )
    return [name for name, _, _ in found]


def simple_filters(filters: Filters, snapshot: Snapshot) -> tuple[Filters, tuple[str, ...]]:
    """The same filters with as little as possible in ``where``, and notes on values that no product has.

    A condition that must hold becomes a brand, category, price, stock or attribute of ``filters`` where that is not set
    yet, with the names as stored, so that facets show it as selected and count its alternatives.

    Raises:
        BadFilter: ``where`` cannot be read, or names a field that no product has.
    """
    if not filters.where:
        return filters, ()
    maker, left = _ConditionMaker(filters.where, snapshot), list[Node]()
    tree = parse_filter(filters.where)
    maker.condition(tree)
    filters = replace(filters, where="")
    for part in conjuncts(tree):
        simpler = _with_term(filters, part, maker) if isinstance(part, Term) else None
        filters = simpler or filters
        if simpler is None:
            left.append(part)
    where = to_text(joined("AND", left)) if left else ""
    return replace(filters, where=where), tuple(maker.unknown)


def _with_term(filters: Filters, term: Term, maker: _ConditionMaker) -> Filters | None:
    """``filters`` with the term; None where they cannot say it, or have another value already."""
    field, values = maker.field(term), term.values
    if field == PRICE:
        is_set = (filters.price_min_minor, filters.price_max_minor) != (None, None)
        if is_set or len(values) > 1 or not isinstance(values[0], Exact | Between):
            return None
        low, high = minor_span(maker.text, values[0], maker.n_digits)
        if (low, high) == (None, None) or (low is not None and high is not None and low > high):
            return None
        return replace(filters, price_min_minor=low, price_max_minor=high)
    exact = [value for value in values if isinstance(value, Exact)]
    if len(exact) < len(values) or field == RELEASED:
        return None
    if field == STOCK:
        is_wanted = all(is_true(maker.text, value) for value in exact)
        return replace(filters, in_stock=True) if is_wanted else None
    found = [maker.codes(term, value) for value in exact]
    if field == CATEGORY:
        path = _path_of(maker.known.categories.names, found[0]) if len(exact) == 1 else ()
        return replace(filters, category=path) if path and not filters.category else None
    stored = maker.known.brands.names
    if field is None:
        stored = [value for _, value in maker.known.pairs.names]
    of_each = (
        [stored[c] for c in codes] or [v.text] for codes, v in zip(found, exact, strict=True)
    )
    names = tuple(dict.fromkeys(name for each in of_each for name in each))
    if field == BRAND:
        return None if filters.brands else replace(filters, brands=names)
    attributes, chosen = maker.attributes(term), dict(filters.attributes)
    is_free = attributes[0] not in (*_FIELDS, _FILTER, *chosen) and len(chosen) < _MOST_ATTRIBUTES
    if len(attributes) != 1 or not is_free:
        return None
    return replace(filters, attributes=(*filters.attributes, (attributes[0], names)))


def _path_of(paths: list[tuple[str, ...]], codes: list[int]) -> tuple[str, ...]:
    """The path that has exactly these categories at and below it; empty: there is none."""
    common = paths[codes[0]] if codes else ()
    for code in codes:
        while paths[code][: len(common)] != common:
            common = common[:-1]
    same = [i for i, path in enumerate(paths) if path[: len(common)] == common]
    return common if common and same == codes else ()
