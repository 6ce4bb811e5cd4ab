"""Evidence of typed words for a product: input columns of the relevance model, for trainer and ranker. None uses popularity or the visitor:
these make clicks likely, not relevance.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from baihuo.index import Generation

Floats: TypeAlias = NDArray[np.float32]

EVIDENCE_COLUMNS = (
    "bm25_share",  # of the best BM25 of the query: BM25 itself has no common scale
    "coverage",
    "naming",
    "title_coverage",
    "missing",  # missing typed words
    "type_match",
    "cosine",
    "cosine_gap",  # below the nearest product: 0 is the nearest
    "relevance",
    "relevance_gap",  # below the most relevant product: 0 is the best
    "kind_share",  # of the most relevant products, the share in this product's category
    "top_kind_share",  # the same one level up
)
"""Evidence of the index for words and product."""

_KIND_DEPTH = 20  # products that vote for the kind of the query


def evidence_columns(generation: Generation, query_text: str, rows: NDArray[np.int32]) -> Floats:
    """``[rows, EVIDENCE_COLUMNS]``; NaN without a query text.

    Gaps and shares are relative to the whole index, not to ``rows``: filters and pages must not change a product's relevance.
    """
    snapshot = generation.snapshot
    words = generation.limits(query_text, (), snapshot).rest  # prices and sizes are not words
    match = generation.match(words, snapshot)
    if match is None:
        return np.full((len(rows), len(EVIDENCE_COLUMNS)), np.nan, np.float32)
    known = generation.pair_scores(query_text, rows)
    n = len(match.relevance)  # the snapshot may have grown since the match
    best = np.argpartition(-match.relevance, min(_KIND_DEPTH, n) - 1)[:_KIND_DEPTH]
    best = best[snapshot.is_live[best]]
    weights = match.relevance[best].astype(np.float64) ** 2
    columns = {
        "bm25_share": known["bm25"] / max(float(match.bm25.max()), 1e-6),
        "cosine_gap": known["cosine"] - float(match.cosines.near.max()),
        "relevance_gap": known["relevance"] - float(match.relevance.max()),
        **dict(
            zip(
                ("kind_share", "top_kind_share"),
                _kind_shares(generation, best, weights, rows),
                strict=True,
            )
        ),
        **known,
    }
    return np.stack([columns[name] for name in EVIDENCE_COLUMNS], axis=1).astype(np.float32)


def knows_all_words(generation: Generation, query_text: str) -> bool:
    """Return whether every typed word occurs in products: an unknown one (the 铝 of 铝锅, where titles have 铝合金) needs vectors."""
    snapshot = generation.snapshot
    limits = generation.limits(query_text, (), snapshot)
    match = generation.match(limits.rest, snapshot)
    notes = limits.notes if match is None else (*limits.notes, *match.notes)
    is_noted = any(note.startswith("unknown_word:") for note in notes)
    return not is_noted and (match is None or not match.unfound)


def _kind_shares(
    generation: Generation,
    best: NDArray[np.intp],
    weights: NDArray[np.float64],
    rows: NDArray[np.int32],
) -> tuple[Floats, Floats]:
    """``[rows]`` twice: the weight of ``best`` in each row's category, and in the category above it."""
    names, codes = generation.snapshot.category_names, generation.snapshot.category_code
    total = float(weights.sum()) or 1.0
    by_code: dict[int, float] = {}
    by_parent: dict[tuple[str, ...], float] = {}
    for code, weight in zip(codes[best].tolist(), (weights / total).tolist(), strict=True):
        if code >= 0:
            by_code[code] = by_code.get(code, 0.0) + weight
            parent = names[code][:-1]
            by_parent[parent] = by_parent.get(parent, 0.0) + weight
    of_rows = codes[rows].tolist()
    kind = [by_code.get(code, 0.0) for code in of_rows]
    parents = {
        code: by_parent.get(names[code][:-1], 0.0) if code >= 0 else 0.0 for code in set(of_rows)
    }
    return np.array(kind, np.float32), np.array([parents[c] for c in of_rows], np.float32)
