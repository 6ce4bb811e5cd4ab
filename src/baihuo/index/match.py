"""How every row of the index answers some typed words, before any filter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from baihuo.encode import Encoders
from baihuo.index.postings import FIELDS
from baihuo.index.query_parser import TermGroup, understand
from baihuo.index.relevance import FIELD_WEIGHTS, fuse
from baihuo.index.snapshot import RowVectors, Snapshot

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]
_TITLES_AT = {FIELDS.index(f) for f in ("title_en", "title_zh")}
_REPEATED_AT = {FIELDS.index(f) for f in ("model", "category")}
_NAMING = ("title_en", "title_zh", "category", "brand", "model", "codes")  # say what it is
_NAMING_AT = {FIELDS.index(f) for f in _NAMING}
_WEIGHTS = [np.float32(FIELD_WEIGHTS[f]) for f in FIELDS]


@dataclass(frozen=True, slots=True, eq=False)
class Match:
    """Evidence over all rows ``[n]`` of one snapshot, dead rows included."""

    groups: tuple[TermGroup, ...]
    notes: tuple[str, ...]
    bm25: Floats  # of all fields, weighted
    n_matched: NDArray[np.uint8]  # words found anywhere
    coverage: Floats  # share of the words found anywhere, by idf: 0 to 1
    naming: Floats  # the same share, found where it is said what the product is
    cosine: Floats  # 0 where the row has no vector in the query's space
    encoder_name: str
    relevance: Floats  # all of it as one number: :mod:`baihuo.index.relevance`


def pair_scores(found: Match, rows: NDArray[np.int32]) -> dict[str, Floats]:
    """The evidence for some rows: ``bm25``, ``cosine``, ``coverage`` and ``naming`` (shares of the
    words found anywhere, found in what names the product) and ``relevance``."""
    names = ("bm25", "cosine", "coverage", "naming", "relevance")
    return {name: getattr(found, name)[rows] for name in names}


def match(text: str, snapshot: Snapshot, encoders: Encoders, vector: Floats) -> Match:
    """Match typed words against all rows.

    Args:
        text: as typed.
        snapshot: the index now.
        encoders: which of them reads ``text`` says which space is scanned.
        vector: of ``text`` in that space.
    """
    asked = understand(text, snapshot)
    n = snapshot.n
    hits = [_hits(group, snapshot) for group in asked.groups]
    is_hit = np.zeros(n, np.bool_)
    for group_hits in hits:
        for _, rows, _ in group_hits:
            is_hit[rows] = True
    # Most words are in few products: the sums run over the rows that have any word.
    found = np.flatnonzero(is_hit)
    place = np.zeros(n, np.int32)
    place[found] = np.arange(len(found), dtype=np.int32)
    words, matched = np.zeros(len(found), np.float32), np.zeros(len(found), np.uint8)
    covered, named = np.zeros(len(found), np.float32), np.zeros(len(found), np.float32)
    total_idf = 0.0
    for group, group_hits in zip(asked.groups, hits, strict=True):
        score, has, names = _group(group_hits, place, len(found), n_terms=len(group.terms))
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
    coverage, naming = np.zeros(n, np.float32), np.zeros(n, np.float32)
    bm25[found], n_matched[found] = words, matched
    if total_idf:
        coverage[found], naming[found] = covered / total_idf, named / total_idf
    encoder = encoders.for_text(text)
    vectors, cosine = None, np.zeros(n, np.float32)
    if asked.groups and encoder.name in snapshot.segments[0].vectors:
        vectors = RowVectors(snapshot, encoder.name)
        cosine = vectors @ vector
    return Match(
        groups=asked.groups,
        notes=asked.notes,
        bm25=bm25,
        n_matched=n_matched,
        coverage=coverage,
        naming=naming,
        cosine=cosine,
        encoder_name=encoder.name,
        relevance=fuse(bm25, coverage, cosine, vectors, snapshot.is_live),
    )


Hits: TypeAlias = list[tuple[int, NDArray[np.int32], Floats]]
"""Field number, rows that have a term there, and its BM25 weight in each."""


def _hits(group: TermGroup, snapshot: Snapshot) -> Hits:
    """Where the terms of a group are, in the text that counts of each row."""
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


def _group(
    hits: Hits, place: NDArray[np.int32], n_found: int, *, n_terms: int
) -> tuple[Floats, Mask, Mask]:
    """BM25 of a group over all fields without its idf, ``[found]``, the best of its terms counting in
    each field; which rows have any term; and which have it where it is said what they are."""
    if n_terms > 1:
        hits = _best_of(hits, n_found, place)
        place = np.arange(n_found, dtype=np.int32)
    score = np.zeros(n_found, np.float32)
    has, names, in_title = (np.zeros(n_found, np.bool_) for _ in range(3))
    found = [(f, place[rows], values) for f, rows, values in hits]
    for f, at, _ in found:
        has[at] = True
        if f in _NAMING_AT:
            names[at] = True
        if f in _TITLES_AT:
            in_title[at] = True
    for f, at, values in found:
        # Said once is enough: a model or category that the title repeats is no second proof.
        score[at] += _WEIGHTS[f] * (values * ~in_title[at] if f in _REPEATED_AT else values)
    return score, has, names


def _best_of(hits: Hits, n_found: int, place: NDArray[np.int32]) -> Hits:
    """One entry a field and row, where several terms may have hit: the highest weight."""
    best: dict[int, Floats] = {}
    for f, rows, values in hits:
        weights = best.setdefault(f, np.zeros(n_found, np.float32))
        at = place[rows]
        weights[at] = np.maximum(weights[at], values)
    return [
        (f, at.astype(np.int32), weights[at])
        for f, weights in best.items()
        for at in (np.flatnonzero(weights),)
    ]
