"""Builds the answer set of a search: filters, lexical matches and semantic matches."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from baihuo.core import Filters, Query, Sort
from baihuo.index.answers import AnswerSet
from baihuo.index.applied_limits import apply_limits, only_what_was_asked, tiers
from baihuo.index.fast_order import descending
from baihuo.index.filters import FilterMasks, simple_filters
from baihuo.index.generation import Generation
from baihuo.index.lacking import words_lacking
from baihuo.index.match import Match
from baihuo.index.snapshot import Snapshot
from baihuo.index.thresholds import Thresholds

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]
_N_KINDS, _N_OF_EACH = 3, 4  # alternatives to what is not sold: kinds, and products of each


def answer_set(generation: Generation, query: Query, thresholds: Thresholds) -> AnswerSet:
    """All products that match ``query``: filters ∧ (enough terms ∪ cosine above the threshold).

    Limits that were read in the words ("under 300", "size 38") are filters too, and colours, genders and
    measures put the products that have them first. Sold-out products come last.

    Without a query text, every live product that passes the filters matches. Filters apply before the
    limit ``thresholds.max_rows``. How many terms must match does not depend on the filters, so the count
    of a facet is the total that selecting it gives.

    Raises:
        BadFilter: the filter in the filter language cannot be read, or names a field that no product has.
    """
    snapshot = generation.snapshot
    thresholds = generation.tuning.thresholds(thresholds)
    is_by_relevance = query.sort is Sort.RELEVANCE
    key = (
        query.query_text,
        query.filters,
        is_by_relevance,
        query.as_typed,
        query.page_size,
        thresholds.key,
    )
    return generation.answers.get(
        (snapshot.version, *key), lambda: _build(generation, snapshot, query, thresholds)
    )


def _build(
    generation: Generation, snapshot: Snapshot, query: Query, thresholds: Thresholds
) -> AnswerSet:
    filters, unknown = simple_filters(query.filters, snapshot)
    limits = generation.limits(query.query_text, query.as_typed, snapshot)
    match = generation.match(limits.rest, snapshot, query.as_typed)
    lexical, notes = lexical_core(match, snapshot, thresholds)
    lacking = words_lacking(match, snapshot, lexical)
    notes = () if match is None else (*match.notes, *notes)
    is_sorted = query.sort is not Sort.RELEVANCE
    full = lacking.none_of(lexical) if is_sorted or limits.cheapness else lexical
    applied = apply_limits(
        limits,
        filters,
        snapshot,
        lexical=lexical,
        eligible=lexical if is_sorted else _with_near(match, lexical, snapshot, thresholds),
        full=full,
        of_kind=None if is_sorted else _of_kind(match, snapshot),
    )
    if is_sorted:
        applied = only_what_was_asked(applied, snapshot, full=full)
    passes = applied.eligible & FilterMasks(snapshot, applied.filters).rows()
    passing = np.flatnonzero(passes)
    rows = passing.astype(np.int32)
    by = match or generation.match(limits.about, snapshot, query.as_typed)
    relevance = np.zeros(len(rows), np.float32) if by is None else by.relevance.take(passing)
    tier = tiers(snapshot, rows, applied, lexical=lexical)
    order = descending(relevance)
    if tier.any():
        order = order[np.argsort(tier[order], kind="stable")]
    order = order[: thresholds.max_rows]
    rows = rows[order]
    return AnswerSet(
        rows=rows,
        relevance=relevance[order],
        is_lexical=lexical.take(rows),
        total=len(rows),
        total_is_exact=len(rows) == len(passing),
        notes=()
        if applied.product_row >= 0
        else (
            *unknown,
            *notes,
            *limits.notes,
            *applied.notes(rows, snapshot, query.page_size),
        ),
        snapshot=snapshot,
        filters=applied.filters,
        eligible=applied.eligible,
        passing=passing,
        kind=None if match is None else match.kind,
        alternatives=_alternatives(generation, match, snapshot, applied.filters),
        read=applied.read,
        left_out=applied.left_out,
        limits=limits,
        tier=tier[order],
        lacking=lacking.of(rows),
    )


def _of_kind(match: Match | None, snapshot: Snapshot) -> Mask | None:
    """The live rows of the kind asked for, ``[n]``; None where no kind is surely meant."""
    if match is None or match.is_of_kind is None:
        return None
    return match.is_of_kind & snapshot.is_live


def _with_near(
    match: Match | None, lexical: Mask, snapshot: Snapshot, thresholds: Thresholds
) -> Mask:
    """The rows that have the words, and those that are near in meaning: ``[n]``."""
    if match is None or match.not_sold:
        return lexical
    near = match.cosines.at_least(thresholds.cosine(match.encoder_name), match.is_of_kind)
    return (lexical | near) & snapshot.is_live


def _alternatives(
    generation: Generation, match: Match | None, snapshot: Snapshot, filters: Filters
) -> NDArray[np.int32]:
    """Rows of the kinds nearest to something that is not sold, nearest first; they pass the filters. Products that
    nobody can buy now stand for their kind only where it has too few others."""
    if match is None or not match.not_sold:
        return np.empty(0, np.int32)
    passes = snapshot.is_live & FilterMasks(snapshot, filters).rows()
    is_for_sale = (snapshot.price_minor >= 0) & (snapshot.stock_units != 0)
    chosen = []
    for code in generation.nearest_categories(match.text, n=_N_KINDS):
        rows = np.flatnonzero(passes & (snapshot.category_code == code))
        order = np.lexsort((-match.cosines.of(rows), ~is_for_sale[rows]))
        chosen.append(rows[order[:_N_OF_EACH]])
    return np.concatenate([np.empty(0, np.int32), *chosen]).astype(np.int32)


def lexical_core(
    match: Match | None, snapshot: Snapshot, thresholds: Thresholds
) -> tuple[Mask, tuple[str, ...]]:
    """Live rows with enough of the terms, ``[n]``, and a note if the number was relaxed."""
    if match is None:
        return snapshot.is_live, ()
    if match.not_sold:
        return np.zeros(snapshot.n, np.bool_), ()
    candidates = (
        snapshot.is_live if match.is_of_kind is None else snapshot.is_live & match.is_of_kind
    )
    usual = required = thresholds.words_needed(len(match.groups))
    while required > 0:
        core = (match.n_matched >= required) & candidates
        if core.any():
            break
        required -= 1
    if required == 0 and (by_title := match.may_be_of_kind & snapshot.is_live).any():
        return by_title, ()
    if required == 0:
        return np.zeros(snapshot.n, np.bool_), ("no_word_found",)
    return core, () if required == usual else (f"relaxed:{required}",)
