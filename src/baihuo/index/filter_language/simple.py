"""Moves conditions of a filter into the filters that facets show, where both mean the same."""

from __future__ import annotations

from dataclasses import replace

from baihuo.core import Filters
from baihuo.index.filter_language import fields
from baihuo.index.filter_language.conditions import ConditionMaker, Unknown
from baihuo.index.filter_language.expression import AllOf, Between, Exact, Node, Term, to_text
from baihuo.index.filter_language.numbers import is_true, minor_span
from baihuo.index.filter_language.parse import parse_filter
from baihuo.index.snapshot import Snapshot

FILTER = "filter"
_RESERVED = (*fields.FIELDS, FILTER)  # names of parts of other filters
_MOST_ATTRIBUTES = 20  # each has a facet, counted under the filters of all others


def simple_filters(filters: Filters, snapshot: Snapshot) -> tuple[Filters, tuple[Unknown, ...]]:
    """The same filters with as little as possible in ``where``, and the values that no product has.

    A condition that must hold becomes a brand, category, price, stock or attribute of ``filters`` where that is not set
    yet, with the names as stored, so that facets show it as selected and count its alternatives.

    Raises:
        BadFilter: ``where`` cannot be read, or names a field that no product has.
    """
    if not filters.where:
        return filters, ()
    maker = ConditionMaker(filters.where, snapshot)
    tree = parse_filter(filters.where)
    maker.condition(tree)
    left = list[Node]()
    filters, text = replace(filters, where=""), filters.where
    for part in conjuncts(tree):
        simpler = _with_term(filters, part, maker, text) if isinstance(part, Term) else None
        if simpler is None:
            left.append(part)
        else:
            filters = simpler
    where = to_text(AllOf(tuple(left))) if len(left) > 1 else "".join(map(to_text, left))
    return replace(filters, where=where), tuple(dict.fromkeys(maker.unknown))


def conjuncts(tree: Node) -> tuple[Node, ...]:
    """The conditions that must all hold."""
    return tree.parts if isinstance(tree, AllOf) else (tree,)


def conditions_of(text: str) -> list[str]:
    """The texts of the conditions of a filter that must all hold; none without text.

    Raises:
        BadFilter: it cannot be read.
    """
    return [to_text(part) for part in conjuncts(parse_filter(text))] if text else []


def _with_term(filters: Filters, term: Term, maker: ConditionMaker, text: str) -> Filters | None:
    """``filters`` with the term; None where they cannot say it, or have another value already."""
    field = None if term.is_quoted else maker.fields.field(term.name)
    if field == fields.PRICE:
        return _with_price(filters, term, maker, text)
    exact = [value for value in term.values if isinstance(value, Exact)]
    if len(exact) < len(term.values):
        return None
    if field == fields.BRAND and not filters.brands:
        names = maker.fields.dictionaries.brands.names
        found = [[names[c] for c in maker.fields.brands(v.text)] or [v.text] for v in exact]
        return replace(filters, brands=tuple(dict.fromkeys(n for each in found for n in each)))
    if field == fields.CATEGORY and not filters.category and len(exact) == 1:
        path = _path_of(maker, maker.fields.categories(exact[0].text))
        return replace(filters, category=path) if path else None
    if field == fields.IN_STOCK:
        wanted = {is_true(text, value) for value in exact}
        return replace(filters, in_stock=True) if wanted == {True} else None
    if field is None:
        return _with_attribute(filters, term, exact, maker)
    return None


def _with_price(filters: Filters, term: Term, maker: ConditionMaker, text: str) -> Filters | None:
    is_set = (filters.price_min_minor, filters.price_max_minor) != (None, None)
    if is_set or len(term.values) > 1 or not isinstance(term.values[0], Exact | Between):
        return None
    low, high = minor_span(text, term.values[0], maker.n_digits)
    if (low, high) == (None, None) or (low is not None and high is not None and low > high):
        return None
    return replace(filters, price_min_minor=low, price_max_minor=high)


def _path_of(maker: ConditionMaker, codes: list[int]) -> tuple[str, ...]:
    """The path that has exactly these categories at and below it; empty: there is none."""
    paths = maker.fields.dictionaries.categories.names
    common = paths[codes[0]] if codes else ()
    for code in codes:
        while paths[code][: len(common)] != common:
            common = common[:-1]
    same = [i for i, path in enumerate(paths) if path[: len(common)] == common]
    return common if common and same == codes else ()


def _with_attribute(
    filters: Filters, term: Term, exact: list[Exact], maker: ConditionMaker
) -> Filters | None:
    names = maker.fields.attributes(term.name)
    is_full = len(filters.attributes) >= _MOST_ATTRIBUTES
    if len(names) != 1 or names[0] in (*_RESERVED, *dict(filters.attributes)) or is_full:
        return None
    stored = maker.fields.dictionaries.pairs.names
    found = [[stored[c][1] for c in maker.fields.pairs(names, v.text)] or [v.text] for v in exact]
    values = tuple(dict.fromkeys(value for each in found for value in each))
    return replace(filters, attributes=(*filters.attributes, (names[0], values)))
