"""A filter as a condition on the variants of a segment."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from baihuo.core import minor_unit_digits
from baihuo.index.filter_language import fields
from baihuo.index.filter_language.bad_filter import BadFilter
from baihuo.index.filter_language.expression import (
    AllOf,
    Anything,
    Between,
    Exact,
    Node,
    Not,
    Term,
    Value,
)
from baihuo.index.filter_language.fields import CatalogueFields
from baihuo.index.filter_language.numbers import (
    Span,
    decimal_of,
    is_true,
    minor_span,
    number_span,
    time_span,
)
from baihuo.index.segment import Segment
from baihuo.index.snapshot import Snapshot

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Variants:
    """The variants of one segment. A product without variants is its own variant."""

    snapshot: Snapshot
    segment: Segment
    rows: NDArray[np.int32]  # [variants] index row of each
    prices: NDArray[np.int64]  # [variants], -1: none
    in_stock: Mask  # [variants]


Condition = Callable[[Variants], Mask]


@dataclass(frozen=True, slots=True)
class Unknown:
    """A value that no product has."""

    field: str
    value: str
    near: tuple[str, ...]  # stored values that are similar

    @property
    def note(self) -> str:
        """The note of a page on it; no part has the colon that separates the parts."""
        parts = [self.field, self.value, ", ".join(self.near)]
        field, value, near = (" ".join(part.replace(":", " ").split()) for part in parts)
        code = "unknown_value_near" if near else "unknown_value"
        return ":".join(filter(None, (code, field, value, near)))


class ConditionMaker:
    """Makes the condition of a filter, with the names of a catalogue."""

    def __init__(self, text: str, snapshot: Snapshot) -> None:
        self._text = text
        self.fields = CatalogueFields(snapshot.dictionaries)
        self.n_digits = minor_unit_digits(snapshot.dictionaries.currency)
        self.unknown: list[Unknown] = []

    def condition(self, node: Node) -> Condition:
        """The condition of a tree; values that no product has are added to ``unknown``.

        Raises:
            BadFilter: no product has the field, or a value is not of its type.
        """
        if isinstance(node, Not):
            inner = self.condition(node.inner)
            return lambda variants: ~inner(variants)
        if isinstance(node, Term):
            return self.term(node)
        parts = [self.condition(part) for part in node.parts]
        join = np.logical_and if isinstance(node, AllOf) else np.logical_or
        return lambda variants: np.asarray(reduce(join, [part(variants) for part in parts]))

    def term(self, term: Term) -> Condition:
        """The condition of one field."""
        field = None if term.is_quoted else self.fields.field(term.name)
        if field is None:
            names = self.attribute_names(term)
            return _one_of(self._pair_codes(term, names, value) for value in term.values)
        makers = {
            fields.BRAND: self._brand,
            fields.CATEGORY: self._category,
            fields.PRICE: self._price,
            fields.IN_STOCK: self._stock,
            fields.RELEASED: self._released,
        }
        return _one_of(makers[field](value) for value in term.values)

    def attribute_names(self, term: Term) -> list[str]:
        """The stored names of the attribute of a term.

        Raises:
            BadFilter: no product has it.
        """
        names = self.fields.attributes(term.name)
        if not names:
            problem = f"no product has an attribute {term.name!r}"
            fix = self.fields.near_fields(term.name)
            raise BadFilter(self._text, term.at, problem, fix=fix)
        return names

    def named(
        self, field: str, value: Exact, codes: list[int], attributes: Iterable[str] = ()
    ) -> list[int]:
        """``codes``; without any, the value is noted as unknown."""
        if not codes:
            near = tuple(self.fields.near_values(field, attributes, value.text))
            self.unknown.append(Unknown(field, value.text, near))
        return codes

    def _no_range(self, field: str, value: Value) -> Exact:
        if isinstance(value, Exact):
            return value
        problem, fix = f"{field} has no range", f"name values: {field}:(a OR b)"
        raise BadFilter(self._text, value.at, problem, fix=fix)

    def _brand(self, value: Value) -> Condition:
        if isinstance(value, Anything):
            return lambda variants: variants.snapshot.brand_code[variants.rows] >= 0
        exact = self._no_range(fields.BRAND, value)
        codes = self.named(fields.BRAND, exact, self.fields.brands(exact.text))
        return lambda variants: np.isin(variants.snapshot.brand_code[variants.rows], codes)

    def _category(self, value: Value) -> Condition:
        if isinstance(value, Anything):
            return lambda variants: variants.snapshot.category_code[variants.rows] >= 0
        exact = self._no_range(fields.CATEGORY, value)
        codes = self.named(fields.CATEGORY, exact, self.fields.categories(exact.text))
        return lambda variants: np.isin(variants.snapshot.category_code[variants.rows], codes)

    def _price(self, value: Value) -> Condition:
        if isinstance(value, Anything):
            return lambda variants: variants.prices >= 0
        span = minor_span(self._text, value, self.n_digits)
        return lambda variants: _within(variants.prices, span)

    def _released(self, value: Value) -> Condition:
        if isinstance(value, Anything):
            return lambda variants: variants.snapshot.released_at_us[variants.rows] >= 0
        span = time_span(self._text, value)
        return lambda variants: _within(variants.snapshot.released_at_us[variants.rows], span)

    def _stock(self, value: Value) -> Condition:
        if isinstance(value, Anything):
            return lambda variants: np.ones(len(variants.rows), np.bool_)
        wanted = is_true(self._text, self._no_range(fields.IN_STOCK, value))
        return lambda variants: variants.in_stock == wanted

    def _pair_codes(self, term: Term, names: list[str], value: Value) -> Condition:
        if isinstance(value, Between):
            codes = self._in_range(term, names, value)
        elif isinstance(value, Anything):
            codes = [code for name in names for code in self.fields.codes_of(name)]
        else:
            found = self.fields.pairs(names, value.text)
            codes = self.named(term.name, value, found, names)
        return lambda variants: has_pair(variants.snapshot, variants.segment, codes)

    def _in_range(self, term: Term, names: list[str], value: Between) -> list[int]:
        """Codes of the pairs whose value is a number of the range."""
        low, high = number_span(self._text, value)
        stored = self.fields.dictionaries.pairs.names
        numbers: dict[int, Decimal] = {}
        for name in names:
            for code in self.fields.codes_of(name):
                found = decimal_of(stored[code][1])
                if found is not None:
                    numbers[code] = found
        if not numbers:
            problem = f"no value of {term.name!r} is a plain number, so it has no range"
            raise BadFilter(self._text, value.at, problem, fix="name values: field:(a OR b)")
        return [
            code
            for code, n in numbers.items()
            if (low is None or n >= low) and (high is None or n <= high)
        ]


def has_pair(snapshot: Snapshot, segment: Segment, codes: list[int]) -> Mask:
    """Which variants of a segment have one of the attribute pairs."""
    table = np.zeros(len(snapshot.dictionaries.pairs) + 1, np.bool_)
    table[codes] = True
    found = np.flatnonzero(table[segment.pairs])
    mask = np.zeros(len(segment.variant_price_minor), np.bool_)
    mask[np.searchsorted(segment.pair_starts, found, side="right") - 1] = True
    return mask


def _one_of(conditions: Iterable[Condition]) -> Condition:
    alternatives = list(conditions)
    if len(alternatives) == 1:
        return alternatives[0]
    return lambda variants: np.asarray(
        reduce(np.logical_or, [one(variants) for one in alternatives])
    )


def _within(values: NDArray[np.int64], span: Span) -> Mask:
    """Which values are known and in the span."""
    low, high = span
    mask = values >= max(0, low or 0)
    return mask if high is None else mask & (values <= high)
