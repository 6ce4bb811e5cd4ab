"""How the answer set of a search is enumerated: filters, words, and what is near enough in meaning."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from baihuo.core import Query, Sort
from baihuo.index.answers import AnswerSet
from baihuo.index.filters import FilterMasks
from baihuo.index.generation import Generation
from baihuo.index.match import Match, pair_scores
from baihuo.index.snapshot import Snapshot
from baihuo.index.thresholds import Thresholds

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]


def answer_set(generation: Generation, query: Query, thresholds: Thresholds) -> AnswerSet:
    """All products that answer ``query``: filters ∧ (enough words ∪ near enough in meaning).

    Without words every live product that passes the filters is in it. Filters come before the cap
    of ``thresholds.max_rows``. How many words must match does not depend on the filters, so a
    facet's count is the total that choosing it gives.
    """
    snapshot = generation.snapshot
    key = (query.query_text, query.filters, query.sort is Sort.RELEVANCE, thresholds.key)
    return generation.answers.get(
        (snapshot.version, *key), lambda: _make(generation, snapshot, query, thresholds)
    )


def _make(
    generation: Generation, snapshot: Snapshot, query: Query, thresholds: Thresholds
) -> AnswerSet:
    found = generation.match(query.query_text, snapshot)
    lexical, notes = lexical_core(found, snapshot, thresholds)
    if found is None:
        eligible, notes = snapshot.is_live, ()
        relevance_of = None
    else:
        notes = (*found.notes, *notes)
        eligible = lexical
        if query.sort is Sort.RELEVANCE:
            near = found.cosine >= thresholds.cosine(found.encoder_name)
            eligible = (lexical | near) & snapshot.is_live
        relevance_of = found
    rows = np.flatnonzero(eligible & FilterMasks(snapshot, query.filters).rows()).astype(np.int32)
    total = len(rows)
    if relevance_of is None:
        zeros = np.zeros(total, np.float32)
        scores = {"bm25": zeros, "cosine": zeros, "relevance": zeros}
    else:
        scores = pair_scores(relevance_of, rows)
    order = np.argsort(-scores["relevance"], kind="stable")[: thresholds.max_rows]
    rows = rows[order]
    return AnswerSet(
        rows=rows,
        lexical_score=scores["bm25"][order],
        dense_score=scores["cosine"][order],
        relevance=scores["relevance"][order],
        is_lexical=lexical[rows],
        total=len(rows),
        total_is_exact=total == len(rows),
        notes=notes,
        snapshot=snapshot,
        filters=query.filters,
        eligible=eligible,
    )


def lexical_core(
    found: Match | None, snapshot: Snapshot, thresholds: Thresholds
) -> tuple[Mask, tuple[str, ...]]:
    """Live rows with enough of the words, ``[n]``, and the note when fewer had to do than usual."""
    if found is None:
        return snapshot.is_live, ()
    usual = needed = thresholds.words_needed(len(found.groups))
    while needed > 0:
        core = (found.n_matched >= needed) & snapshot.is_live
        if core.any():
            break
        needed -= 1
    if needed == 0:
        return np.zeros(snapshot.n, np.bool_), ("no_word_found",)
    return core, () if needed == usual else (f"relaxed:{needed}",)
