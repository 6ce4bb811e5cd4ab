"""Find why a product is not on a page: the first stage that left it out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from baihuo.core import Product, Query, Surface
from baihuo.index import AnswerSet, FilterMasks
from baihuo.rank.bring_back import bring_back
from baihuo.rank.ranker import Ranker


@dataclass(frozen=True, slots=True)
class WhyNot:
    """The answer for one product. ``position`` is 1-based; 0: it is not in the order."""

    product_id: str
    position: int
    page: int  # of that position; 0: none
    stage: str  # the stage that removed it, or "page" if it is in the order
    why: str
    bring_back: tuple[str, ...] = ()  # changes that would bring it to the page, if known


def why_not(ranker: Ranker, query: Query, product_id: str) -> WhyNot:
    """Follow ``product_id`` through the stages of a page made now.

    Later pages of ``query`` have the same order.
    """
    row = ranker.generation.row_of.get(product_id, -1)
    if row < 0:
        return WhyNot(
            product_id,
            0,
            0,
            "catalogue",
            "it is not in the catalogue that serves",
            ("in the catalogue: import it, or POST it to /v1/products",),
        )
    context = ranker.context(query)
    run = ranker.run(context)
    order = ranker.frozen(context, run).product_ids
    if (in_order := where_in_order(order, query, product_id)) is not None:
        return in_order
    if context.answer is not None:
        left_out_by = _answer_without(ranker, query, context.answer, row)
        if left_out_by is not None:
            back = bring_back(ranker.generation, ranker.thresholds, query, context.answer, row)
            return WhyNot(product_id, 0, 0, *left_out_by, back)
    for removed in run.candidates.removed:
        if row in removed.rows:
            back = _after_stage(removed.stage, ranker.generation.product(row))
            return WhyNot(product_id, 0, 0, removed.stage, f"{removed.reason} removed it", back)
    if query.surface is Surface.SEARCH:
        return WhyNot(
            product_id,
            0,
            0,
            "page",
            f"it matches, but after the first {len(order)} products",
            ("on a later page", "with more words, or more filters that it passes"),
        )
    return WhyNot(
        product_id,
        0,
        0,
        "sources",
        "no source found it: nothing relates it to the visitor",
        ("after clicks or purchases that relate it to the visitor", "in a search for it"),
    )


def _after_stage(stage: str, product: Product) -> tuple[str, ...]:
    """Return changes that would keep a product removed by a stage of recommendations."""
    if stage == "for_sale":
        lacks = [] if product.price_minor is not None else ["with a price"]
        lacks += ["with stock"] if product.stock_units == 0 else []
        return (f"{' and '.join(lacks)}: PATCH /v1/products/{product.product_id}",) if lacks else ()
    known = {
        "exclude_purchased": ("with discover=false: the visitor has bought it",),
        "exclude_anchor": ("on another product's page: this one is the anchor",),
        "query_filters": ("without a filter of the request that it does not pass",),
        "in_catalogue": ("in the catalogue: import it, or POST it to /v1/products",),
    }
    return known.get(stage, ())


def where_in_order(order: Sequence[str], query: Query, product_id: str) -> WhyNot | None:
    """Return the position of ``product_id`` in the whole order of ``query``; None if absent."""
    if product_id not in order:
        return None
    position = order.index(product_id) + 1
    page = (position - 1) // query.page_size + 1
    page_text = "on this page" if page == query.page else f"on page {page}"
    return WhyNot(product_id, position, page, "page", f"it is {page_text}, at position {position}")


def _answer_without(
    ranker: Ranker, query: Query, answer: AnswerSet, row: int
) -> tuple[str, str] | None:
    """Return stage and reason if the answer set leaves the product out."""
    if row in answer.rows:
        return None
    if answer.left_out is not None and row < len(answer.left_out) and answer.left_out[row]:
        typed = " ".join(r.text for r in answer.read if r.kind in ("colour", "gender"))
        return "matches", f"it is not {typed!r}, which was typed, and enough others are"
    if row >= len(answer.eligible) or not answer.eligible[row]:
        return "matches", _unlike(ranker, query, answer, row)
    masks = FilterMasks(answer.snapshot, answer.filters)
    for part in masks.parts:
        if masks.rows(except_for=part)[row]:
            if part == "filter":  # the typed one, whole
                return part, f"the filter {answer.filters.where} excludes it"
            return f"filter {part}", f"the filter {part} excludes it"
    if not masks.rows()[row]:
        return "filters", "a combination of filters excludes it"
    return "matches", f"it matches, but after the {len(answer.rows)} best that are counted"


def _unlike(ranker: Ranker, query: Query, answer: AnswerSet, row: int) -> str:
    """Return why a product does not match the words, with its matching words."""
    match = ranker.generation.match(answer.limits.rest, answer.snapshot, query.as_typed)
    if match is None or row >= answer.snapshot.n:
        return "it does not match"
    if match.not_sold:
        return f"nothing is a result: {match.not_sold!r} is not sold"
    if match.is_of_kind is not None and match.kind is not None and not match.is_of_kind[row]:
        return (
            f"it is not of the requested kind, {match.kind.phrase!r}, and has too few of the words"
        )
    needed = ranker.thresholds.cosine(match.encoder_name)
    cosine = match.cosines.of(np.array([row]))[0]
    near = f" ({cosine:.2f}; {needed:.2f} is enough)" if needed <= 1 else ""
    has = f"{int(match.n_matched[row])} of {len(match.groups)}"
    return (
        f"it has too few of the words ({has}), and its text is not similar enough in meaning{near}"
    )
