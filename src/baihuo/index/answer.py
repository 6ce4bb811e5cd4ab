"""Builds the answer set of a search: filters, lexical matches and semantic matches."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from baihuo.core import Query, Sort
from baihuo.index.answers import AnswerSet
from baihuo.index.applied_limits import apply_limits, tiers
from baihuo.index.filters import FilterMasks
from baihuo.index.generation import Generation
from baihuo.index.match import Match, pair_scores
from baihuo.index.snapshot import Snapshot
from baihuo.index.thresholds import Thresholds

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]


def answer_set(generation: Generation, query: Query, thresholds: Thresholds) -> AnswerSet:
    """All products that match ``query``: filters ∧ (enough terms ∪ cosine above the threshold).

    Limits that were read in the words ("under 300", "size 38") are filters too, and colours, genders and
    measures put the products that have them first. Sold-out products come last.

    Without a query text, every live product that passes the filters matches. Filters apply before the
    limit ``thresholds.max_rows``. How many terms must match does not depend on the filters, so the count
    of a facet is the total that selecting it gives.
    """
    snapshot = generation.snapshot
    key = (
        query.query_text,
        query.filters,
        query.sort is Sort.RELEVANCE,
        query.as_typed,
        thresholds.key,
    )
    return generation.answers.get(
        (snapshot.version, *key), lambda: _build(generation, snapshot, query, thresholds)
    )


def _build(
    generation: Generation, snapshot: Snapshot, query: Query, thresholds: Thresholds
) -> AnswerSet:
    limits = generation.limits(query.query_text, query.as_typed, snapshot)
    match = generation.match(limits.rest, snapshot)
    lexical, notes = lexical_core(match, snapshot, thresholds)
    if match is None:
        eligible, notes = snapshot.is_live, ()
    else:
        notes = (*match.notes, *notes)
        eligible = lexical
        if query.sort is Sort.RELEVANCE:
            near = match.cosine >= thresholds.cosine(match.encoder_name)
            eligible = (lexical | near) & snapshot.is_live
    applied = apply_limits(limits, query.filters, snapshot, lexical=lexical, eligible=eligible)
    passes = applied.eligible & FilterMasks(snapshot, applied.filters).rows()
    rows = np.flatnonzero(passes).astype(np.int32)
    total = len(rows)
    if match is None:
        zeros = np.zeros(total, np.float32)
        scores = {"bm25": zeros, "cosine": zeros, "relevance": zeros}
    else:
        scores = pair_scores(match, rows)
    tier = tiers(snapshot, rows, applied, lexical=lexical)
    order = np.argsort(-scores["relevance"], kind="stable")
    if tier.any():
        order = order[np.argsort(tier[order], kind="stable")]
    order = order[: thresholds.max_rows]
    rows = rows[order]
    return AnswerSet(
        rows=rows,
        lexical_score=scores["bm25"][order],
        dense_score=scores["cosine"][order],
        relevance=scores["relevance"][order],
        is_lexical=lexical[rows],
        total=len(rows),
        total_is_exact=total == len(rows),
        notes=() if applied.product_row >= 0 else (*notes, *applied.notes(rows)),
        snapshot=snapshot,
        filters=applied.filters,
        eligible=applied.eligible,
        read=applied.read,
        left_out=applied.left_out,
        limits=limits,
        tier=tier[order],
    )


def lexical_core(
    match: Match | None, snapshot: Snapshot, thresholds: Thresholds
) -> tuple[Mask, tuple[str, ...]]:
    """Live rows with enough of the terms, ``[n]``, and a note if the number was relaxed."""
    if match is None:
        return snapshot.is_live, ()
    usual = required = thresholds.words_needed(len(match.groups))
    while required > 0:
        core = (match.n_matched >= required) & snapshot.is_live
        if core.any():
            break
        required -= 1
    if required == 0:
        return np.zeros(snapshot.n, np.bool_), ("no_word_found",)
    return core, () if required == usual else (f"relaxed:{required}",)
