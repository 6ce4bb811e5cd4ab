"""Find changes of a search that would show a product again; each is tried on the index."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

from baihuo.core import CATEGORY_SEPARATOR, BadInput, Filters, Product, Query, Sort
from baihuo.index import (
    AnswerSet,
    Generation,
    Thresholds,
    answer_set,
    conditions_of,
    simple_filters,
)

_MOST_TRIED, _MOST_NAMED, _MOST_WORDS = (
    12,
    6,
    8,
)  # each try is a search, a few ms of CPU


@dataclass(frozen=True, slots=True)
class Change:
    """A change of a search, in words."""

    words: str
    query: Query


def bring_back(
    generation: Generation, thresholds: Thresholds, query: Query, answer: AnswerSet, row: int
) -> tuple[str, ...]:
    """Return changes of ``query`` whose results have the product, smallest first.

    Args:
        generation: The index.
        thresholds: The search's thresholds.
        query: The search.
        answer: The search's answer, without ``row``.
        row: The product.
    """
    product = generation.product(row)
    filters = list(_filters(generation, query, product))
    single = [*filters, *_readings(query, answer), *_sort(query), *_words(query, answer)]
    found = [
        change.words
        for change in islice(single, _MOST_TRIED)
        if _has(generation, thresholds, change.query, row)
    ]
    if found:
        return tuple(found[:_MOST_NAMED])
    for change in _together(query, answer, filters):
        if _has(generation, thresholds, change.query, row):
            return (change.words,)
    return ()


def _has(generation: Generation, thresholds: Thresholds, query: Query, row: int) -> bool:
    try:
        return row in answer_set(generation, query, thresholds).rows
    except BadInput:
        return False


def _filters(generation: Generation, query: Query, product: Product) -> Iterator[Change]:
    """Yield the query without each filter, with the product's value."""
    simple, _ = simple_filters(query.filters, generation.snapshot)

    def without(words: str, has: str, **changed: object) -> Change:
        filters = replace(simple, **changed)  # type: ignore[arg-type]
        return Change(f"without the filter {words}: {has}", replace(query, filters=filters))

    if simple.brands:
        of = f"it is of {product.brand}" if product.brand else "it has no brand"
        yield without(f"brand {' or '.join(simple.brands)}", of, brands=())
    if simple.category:
        path = CATEGORY_SEPARATOR.join(product.category)
        is_in = f"it is in {path}" if path else "it has no category"
        yield without(f"category {CATEGORY_SEPARATOR.join(simple.category)}", is_in, category=())
    if (simple.price_min_minor, simple.price_max_minor) != (None, None):
        prices = _prices(product)
        yield without("price", prices, price_min_minor=None, price_max_minor=None)
    if simple.in_stock:
        yield without("in_stock", "it is sold out", in_stock=False)
    for name, values in simple.attributes:
        others = tuple(pair for pair in simple.attributes if pair[0] != name)
        yield without(f"{name} {' or '.join(values)}", _values(product, name), attributes=others)
    conditions = conditions_of(simple.where)
    for i, condition in enumerate(conditions):
        rest = " AND ".join(f"({c})" for j, c in enumerate(conditions) if j != i)
        yield without(condition, "it does not hold for any variant", where=rest)


def _prices(product: Product) -> str:
    """Return the price limits in minor units."""
    prices = [v.price_minor for v in product.variants] + [product.price_minor]
    known = sorted({price for price in prices if price is not None})
    if not known:
        return "it has no price"
    return f"it costs {' or '.join(f'{price:,}' for price in known)} in minor units"


def _values(product: Product, name: str) -> str:
    owners = [product.attributes, *(v.attributes for v in product.variants)]
    values = dict.fromkeys(str(owner[name]) for owner in owners if name in owner)
    return f"it has {', '.join(values)}" if values else f"it has no {name}"


def _readings(query: Query, answer: AnswerSet) -> Iterator[Change]:
    """Yield the query with each kind of reading switched off."""
    for kind in dict.fromkeys(reading.kind for reading in answer.read):
        if kind in query.as_typed:
            continue
        typed = ", ".join(repr(r.text) for r in answer.read if r.kind == kind)
        words = f"without reading {typed} as {kind}: as_typed={kind}"
        yield Change(words, replace(query, as_typed=(*query.as_typed, kind)))


def _sort(query: Query) -> Iterator[Change]:
    if query.sort is not Sort.RELEVANCE:
        words = "sorted by relevance: other sorts show only products with the most matching words"
        yield Change(words, replace(query, sort=Sort.RELEVANCE))


def _words(query: Query, answer: AnswerSet) -> Iterator[Change]:
    """Yield the query without each word: separated by spaces, else the words read as limits or a kind."""
    typed = query.query_text.split()
    if len(typed) > 1:
        for i, word in enumerate(typed[:_MOST_WORDS]):
            text = " ".join((*typed[:i], *typed[i + 1 :]))
            yield Change(f"without the word {word!r}", replace(query, query_text=text))
        return
    parts = [r.text for r in answer.read] + ([answer.kind.phrase] if answer.kind else [])
    for part in dict.fromkeys(parts):
        text = query.query_text.replace(part, " ").strip()
        if text and text != query.query_text:
            yield Change(f"without the word {part!r}", replace(query, query_text=text))


def _together(query: Query, answer: AnswerSet, filters: list[Change]) -> Iterator[Change]:
    """Yield larger changes, for when smaller ones are not enough."""
    kinds = tuple(dict.fromkeys((*query.as_typed, *(r.kind for r in answer.read))))
    unfiltered = replace(query, filters=Filters())
    as_typed = replace(unfiltered, as_typed=kinds, sort=Sort.RELEVANCE)
    if len(filters) > 1:
        yield Change("without all of the filters", unfiltered)
    if filters or kinds != query.as_typed:
        yield Change("without the filters and without limits read in the words", as_typed)
    if query.query_text and filters:
        yield Change("without the words, with the filters", replace(query, query_text=""))
    if query.query_text:
        words = "with other words: it has too few of these, and its text is not similar in meaning"
        yield Change(words, replace(unfiltered, query_text=""))
