"""Matches a query text against every row of the index, before any filter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from baihuo.encode import Encoders
from baihuo.index.postings import FIELDS
from baihuo.index.query_parser import TermGroup, parse_query
from baihuo.index.relevance import FIELD_WEIGHTS, fuse
from baihuo.index.snapshot import RowVectors, Snapshot

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]
_TITLES_AT = {FIELDS.index(f) for f in ("title_en", "title_zh")}
_REPEATED_AT = {FIELDS.index(f) for f in ("model", "category")}
_IDENTITY_FIELDS = (
    "title_en",
    "title_zh",
    "category",
    "brand",
    "model",
    "codes",
)  # fields that identify the product
_IDENTITY_AT = {FIELDS.index(f) for f in _IDENTITY_FIELDS}
_WEIGHTS = [np.float32(FIELD_WEIGHTS[f]) for f in FIELDS]


@dataclass(frozen=True, slots=True, eq=False)
class Match:
    """Scores over all rows ``[n]`` of one snapshot, including removed products."""

    groups: tuple[TermGroup, ...]
    notes: tuple[str, ...]
    bm25: Floats  # of all fields, weighted
    n_matched: NDArray[np.uint8]  # number of terms found in any field
    coverage: Floats  # share of the terms found in any field, weighted by idf: 0 to 1
    identity_coverage: Floats  # the same share, found in fields that identify the product
    cosine: Floats  # 0 where the row has no vector in the query's space
    encoder_name: str
    relevance: Floats  # the fused score: :mod:`baihuo.index.relevance`


def pair_scores(found: Match, rows: NDArray[np.int32]) -> dict[str, Floats]:
    """Scores of some rows: ``bm25``, ``cosine``, ``coverage`` and ``naming`` (idf-weighted shares of
    terms found in any field, and in identifying fields) and ``relevance``."""
    columns = {
        "bm25": found.bm25,
        "cosine": found.cosine,
        "coverage": found.coverage,
        "naming": found.identity_coverage,
        "relevance": found.relevance,
    }
    return {name: column[rows] for name, column in columns.items()}


def match(text: str, snapshot: Snapshot, encoders: Encoders, vector: Floats) -> Match:
    """Match a query text against all rows.

    Args:
        text: as typed.
        snapshot: the index now.
        encoders: the encoder for ``text`` decides which vectors are scanned.
        vector: the vector of ``text`` in that space.
    """
    parsed = parse_query(text, snapshot)
    n = snapshot.n
    hits = [_hits(group, snapshot) for group in parsed.groups]
    is_hit = np.zeros(n, np.bool_)
    for group_hits in hits:
        for _, rows, _ in group_hits:
            is_hit[rows] = True
    # Most terms are in few products: the sums run only over rows that have any term.
    found = np.flatnonzero(is_hit)
    index_of = np.zeros(n, np.int32)
    index_of[found] = np.arange(len(found), dtype=np.int32)
    words, matched = np.zeros(len(found), np.float32), np.zeros(len(found), np.uint8)
    covered, named = np.zeros(len(found), np.float32), np.zeros(len(found), np.float32)
    total_idf = 0.0
    for group, group_hits in zip(parsed.groups, hits, strict=True):
        score, has, names = _score_group(group_hits, index_of, len(found), n_terms=len(group.terms))
        n_rows = int(np.count_nonzero(has))
        idf = float(np.log1p((n - n_rows + 0.5) / (n_rows + 0.5)))
        total_idf += idf
        if not n_rows:
            continue
        words += idf * score
        matched += has
        covered[has] += idf
        named[names] += idf
    bm25, n_matched = np.zeros(n, np.float32), np.zeros(n, np.uint8)
    coverage, identity_coverage = np.zeros(n, np.float32), np.zeros(n, np.float32)
    bm25[found], n_matched[found] = words, matched
    if total_idf:
        coverage[found], identity_coverage[found] = covered / total_idf, named / total_idf
    encoder = encoders.for_text(text)
    vectors, cosine = None, np.zeros(n, np.float32)
    if parsed.groups and encoder.name in snapshot.segments[0].vectors:
        vectors = RowVectors(snapshot, encoder.name)
        cosine = vectors @ vector
    return Match(
        groups=parsed.groups,
        notes=parsed.notes,
        bm25=bm25,
        n_matched=n_matched,
        coverage=coverage,
        identity_coverage=identity_coverage,
        cosine=cosine,
        encoder_name=encoder.name,
        relevance=fuse(bm25, coverage, cosine, vectors, snapshot.is_live),
    )


Hits: TypeAlias = list[tuple[int, NDArray[np.int32], Floats]]
"""Field number, rows that have a term in it, and the BM25 weight in each row."""


def _hits(group: TermGroup, snapshot: Snapshot) -> Hits:
    """Hits of the terms of a group, in the current text of each row."""
    hits: Hits = []
    for number, segment in enumerate(snapshot.segments):
        rows_of = snapshot.segment_rows[number]
        for term, weight in group.terms:
            at = segment.terms.get(term)
            if at is None:
                continue
            for f, name in enumerate(FIELDS):
                local, weights = segment.postings[name].of(at)
                if not len(local):
                    continue
                rows, values = rows_of[local], weight * weights
                if number or len(snapshot.segments) > 1:
                    counts = snapshot.segment_of[rows] == number
                    rows, values = rows[counts], values[counts]
                hits.append((f, rows, values))
    return hits


def _score_group(
    hits: Hits, index_of: NDArray[np.int32], n_found: int, *, n_terms: int
) -> tuple[Floats, Mask, Mask]:
    """BM25 of a group over all fields without idf, ``[found]``, with the best term in each field;
    which rows have any term; and which have one in an identifying field."""
    if n_terms > 1:
        hits = _best_of(hits, n_found, index_of)
        index_of = np.arange(n_found, dtype=np.int32)
    score = np.zeros(n_found, np.float32)
    has, names, in_title = (np.zeros(n_found, np.bool_) for _ in range(3))
    found = [(f, index_of[rows], values) for f, rows, values in hits]
    for f, at, _ in found:
        has[at] = True
        if f in _IDENTITY_AT:
            names[at] = True
        if f in _TITLES_AT:
            in_title[at] = True
    for f, at, values in found:
        # A model or category that repeats a term of the title does not count twice.
        score[at] += _WEIGHTS[f] * (values * ~in_title[at] if f in _REPEATED_AT else values)
    return score, has, names


def _best_of(hits: Hits, n_found: int, index_of: NDArray[np.int32]) -> Hits:
    """One entry for each field and row with the highest weight, where several terms hit."""
    best: dict[int, Floats] = {}
    for f, rows, values in hits:
        weights = best.setdefault(f, np.zeros(n_found, np.float32))
        at = index_of[rows]
        weights[at] = np.maximum(weights[at], values)
    return [
        (f, at.astype(np.int32), weights[at])
        for f, weights in best.items()
        for at in (np.flatnonzero(weights),)
    ]
