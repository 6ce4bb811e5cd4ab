"""Why a product is not on a page: the first stage that left it out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from baihuo.core import Query, Surface
from baihuo.index import AnswerSet, FilterMasks
from baihuo.rank.ranker import Ranker


@dataclass(frozen=True, slots=True)
class WhyNot:
    """The answer for one product. ``position`` is 1-based; 0: it is not in the order."""

    product_id: str
    position: int
    page: int  # of that position; 0: none
    stage: str  # the stage that removed it, or "page" if it is in the order
    why: str


def why_not(ranker: Ranker, query: Query, product_id: str) -> WhyNot:
    """Follow ``product_id`` through the stages of a page made now.

    It is about the first page of ``query``; later pages have the same order.
    """
    row = ranker.generation.row_of.get(product_id, -1)
    if row < 0:
        return WhyNot(product_id, 0, 0, "catalogue", "it is not in the catalogue that serves")
    context = ranker.context(query)
    run = ranker.run(context)
    order = ranker.frozen(context, run).product_ids
    if (in_order := where_in_order(order, query, product_id)) is not None:
        return in_order
    if context.answer is not None:
        left_out_by = _answer_without(context.answer, row)
        if left_out_by is not None:
            return WhyNot(product_id, 0, 0, *left_out_by)
    for removed in run.candidates.removed:
        if row in removed.rows:
            return WhyNot(product_id, 0, 0, removed.stage, f"{removed.reason} removed it")
    if query.surface is Surface.SEARCH:
        return WhyNot(
            product_id, 0, 0, "page", f"it matches, but after the first {len(order)} products"
        )
    return WhyNot(
        product_id, 0, 0, "sources", "no source found it: nothing relates it to the visitor"
    )


def where_in_order(order: Sequence[str], query: Query, product_id: str) -> WhyNot | None:
    """The position of ``product_id`` in the whole order of ``query``; None if it is not in it."""
    if product_id not in order:
        return None
    position = order.index(product_id) + 1
    page = (position - 1) // query.page_size + 1
    page_text = "on this page" if page == query.page else f"on page {page}"
    return WhyNot(product_id, position, page, "page", f"it is {page_text}, at position {position}")


def _answer_without(answer: AnswerSet, row: int) -> tuple[str, str] | None:
    """Stage and reason, if the answer set leaves the product out."""
    if row in answer.rows:
        return None
    if answer.left_out is not None and row < len(answer.left_out) and answer.left_out[row]:
        typed = " ".join(r.text for r in answer.read if r.kind in ("colour", "gender"))
        return "matches", f"it is not {typed!r}, which was typed, and enough others are"
    if row >= len(answer.eligible) or not answer.eligible[row]:
        return (
            "matches",
            "it has too few of the words, and its text is not similar enough in meaning",
        )
    masks = FilterMasks(answer.snapshot, answer.filters)
    for part in masks.parts:
        if masks.rows(except_for=part)[row]:
            return f"filter {part}", f"the filter {part} excludes it"
    if not masks.rows()[row]:
        return "filters", "a combination of filters excludes it"
    return "matches", f"it matches, but after the {len(answer.rows)} best that are counted"
