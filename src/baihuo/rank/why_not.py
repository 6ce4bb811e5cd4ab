"""Why a product is not on a page: the first thing that kept it away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from baihuo.core import Query, Surface
from baihuo.index import AnswerSet
from baihuo.index.filters import FilterMasks
from baihuo.rank.ranker import Ranker


@dataclass(frozen=True, slots=True)
class WhyNot:
    """What became of one product. ``position`` is 1-based; 0: it is nowhere in the order."""

    product_id: str
    position: int
    page: int  # of that position; 0: none
    stage: str  # that took it out, or "page" where it stands in the order
    why: str


def why_not(ranker: Ranker, query: Query, product_id: str) -> WhyNot:
    """Follow ``product_id`` through a page asked now.

    Answers for the first page of ``query``: a later page has the same order.
    """
    row = ranker.generation.row_of.get(product_id, -1)
    if row < 0:
        return WhyNot(product_id, 0, 0, "catalogue", "it is not in the catalogue as served")
    context = ranker.context(query)
    run = ranker.run(context)
    order = ranker.frozen(context, run).product_ids
    if (in_order := where_in_order(order, query, product_id)) is not None:
        return in_order
    if context.answer is not None:
        kept_away = _answer_without(context.answer, row)
        if kept_away is not None:
            return WhyNot(product_id, 0, 0, *kept_away)
    for gone in run.candidates.removed:
        if row in gone.rows:
            return WhyNot(product_id, 0, 0, gone.stage, f"{gone.reason} took it out")
    if query.surface is Surface.SEARCH:
        return WhyNot(
            product_id, 0, 0, "page", f"it answers, but behind the first {len(order)} products"
        )
    return WhyNot(
        product_id, 0, 0, "sources", "no source brought it: nothing ties it to the visitor"
    )


def where_in_order(order: Sequence[str], query: Query, product_id: str) -> WhyNot | None:
    """Where ``product_id`` stands in the whole order of ``query``; None where it does not."""
    if product_id not in order:
        return None
    position = order.index(product_id) + 1
    page = (position - 1) // query.page_size + 1
    where = "on this page" if page == query.page else f"on page {page}"
    return WhyNot(product_id, position, page, "page", f"it stands {where}, at {position}")


def _answer_without(answer: AnswerSet, row: int) -> tuple[str, str] | None:
    """Stage and reason where the answer set itself leaves the product out."""
    if row in answer.rows:
        return None
    if row >= len(answer.eligible) or not answer.eligible[row]:
        return "matches", "it has too few of the words, and its text is not near enough in meaning"
    masks = FilterMasks(answer.snapshot, answer.filters)
    for part in masks.parts:
        if masks.rows(except_for=part)[row]:
            return f"filter {part}", f"the filter {part} leaves it out"
    if not masks.rows()[row]:
        return "filters", "several filters leave it out"
    return "matches", f"it answers, but behind the {len(answer.rows)} best that are counted"
