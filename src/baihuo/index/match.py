"""Matches a query text against every row of the index, before any filter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from baihuo.index.kind_match import QueryKind, type_match
from baihuo.index.phrases import rows_of_heads
from baihuo.index.postings import FIELDS
from baihuo.index.query_parser import ParsedQuery, TermGroup
from baihuo.index.relevance import FIELD_WEIGHTS, FusionWeights, TextEvidence, fuse, nearness
from baihuo.index.row_vectors import Cosines, RowVectors, spread
from baihuo.index.snapshot import Snapshot

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


PAIR_SCORES = (
    "bm25",
    "cosine",
    "coverage",
    "naming",
    "title_coverage",
    "missing",
    "type_match",
    "relevance",
)
"""Names of the columns of :func:`pair_scores`."""
NEAREST = 300  # rows whose lists are read; they hold most of the 1,000 that nearness is scaled by
_NONE = np.empty(0, np.intp)
_SAME_KIND = 0.3  # a row whose ``type_match`` is below is of another kind
_SURE_KIND = 0.9  # from here on a row has the name of the kind, whatever its title calls it
_DESCRIPTION_AT = FIELDS.index("description")


@dataclass(frozen=True, slots=True, eq=False)
class Match:
    """Scores over all rows ``[n]`` of one snapshot, including removed products."""

    text: str  # folded and corrected: what was matched
    groups: tuple[TermGroup, ...]
    notes: tuple[str, ...]
    kind: QueryKind | None  # None: the text names no kind of product
    not_sold: str  # words for something that is not sold; nothing answers the query
    unfound: tuple[str, ...]  # typed words that no product has
    evidence: TextEvidence  # what :attr:`relevance` was fused from
    n_matched: NDArray[np.uint8]  # number of terms found in any field, or meant by the kind
    words: WordSums  # of the rows that have any term
    type_match: Floats  # how surely a row is of the kind asked for: 0 to 1; 0 without a kind
    cosines: Cosines  # with the query; 0 where the row has no vector in its space
    encoder_name: str
    relevance: Floats  # the fused score: :mod:`baihuo.index.relevance`

    @property
    def bm25(self) -> Floats:
        """``[n]``: of all fields, weighted."""
        return self.evidence.spread(self.evidence.bm25, len(self.n_matched))

    @property
    def coverage(self) -> Floats:
        """``[n]``: share of the terms found in any field, weighted by idf: 0 to 1."""
        return self.evidence.spread(self.evidence.coverage, len(self.n_matched))

    @property
    def identity_coverage(self) -> Floats:
        """``[n]``: share of the terms found in fields that identify the product, weighted by idf: 0 to 1."""
        return self.words.share_of(self.words.named, np.arange(len(self.n_matched)))

    @property
    def may_be_of_kind(self) -> Mask:
        """``[n]``: rows that may be of the kind asked for, sure or not."""
        return self.type_match >= _SAME_KIND

    @property
    def is_of_kind(self) -> Mask | None:
        """``[n]``: rows of the kind asked for; None where the text does not surely name one."""
        is_sure = self.kind is not None and self.kind.is_certain
        return self.type_match >= _SAME_KIND if is_sure else None


def pair_scores(found: Match, rows: NDArray[np.int32]) -> dict[str, Floats]:
    """Scores of some rows: ``bm25``, ``cosine``, ``coverage``, ``naming`` and ``title_coverage``
    (idf-weighted shares of terms found in any field, in identifying fields and in titles), ``missing``
    (number of terms not found), ``type_match`` and ``relevance``."""
    sums, n_missing = found.words, len(found.groups) - found.n_matched[rows].astype(np.float32)
    return {
        "bm25": sums.of(sums.words, rows),
        "cosine": found.cosines.of(rows),
        "coverage": sums.share_of(sums.covered, rows),
        "naming": sums.share_of(sums.named, rows),
        "title_coverage": sums.share_of(sums.titled, rows),
        "missing": np.maximum(n_missing, 0),
        "type_match": found.type_match[rows],
        "relevance": found.relevance[rows],
    }


Hits: TypeAlias = list[tuple[int, NDArray[np.int32], Floats]]
"""Field number, rows that have a term in it, and the BM25 weight in each row."""


@dataclass(slots=True, eq=False)
class WordSums:
    """Sums over the query's terms, of the rows that have any: ``[found]``."""

    found: NDArray[np.intp]  # ascending
    words: Floats
    matched: NDArray[np.uint8]
    described: Floats
    covered: Floats
    named: Floats
    titled: Floats
    total_idf: float = 0.0

    def of(self, sums: Floats, rows: NDArray[Any]) -> Floats:
        """One of the sums, of any rows: ``[rows]``."""
        if not len(self.found):
            return np.zeros(len(rows), np.float32)
        at = np.minimum(np.searchsorted(self.found, rows), len(self.found) - 1)
        return np.where(self.found[at] == rows, sums[at], np.float32(0))

    def share_of(self, sums: Floats, rows: NDArray[Any]) -> Floats:
        """One of the sums of idf as a share of all terms, of any rows: ``[rows]``."""
        return self.of(sums, rows) / (self.total_idf or 1.0)


_NO_SUMS = np.zeros(0, np.float32)
NO_WORDS = WordSums(_NONE, _NO_SUMS, np.zeros(0, np.uint8), _NO_SUMS, _NO_SUMS, _NO_SUMS, _NO_SUMS)
"""Of a query without words that are looked up."""


def match(
    parsed: ParsedQuery,
    snapshot: Snapshot,
    encoder_name: str,
    vector: Floats,
    weights: FusionWeights,
) -> Match:
    """Match a parsed query against all rows.

    Args:
        parsed: the query.
        snapshot: the index now.
        encoder_name: the encoder that made ``vector`` decides which vectors are scanned.
        vector: of the text, in that space.
        weights: of the fused score.
    """
    n = snapshot.n
    kind = np.zeros(n, np.float32) if parsed.kind is None else type_match(parsed.kind, snapshot)
    is_certain = parsed.kind is not None and parsed.kind.is_certain
    vectors, has_words = None, bool(parsed.groups or parsed.not_sold)
    if has_words and encoder_name in snapshot.segments[0].vectors:
        vectors = RowVectors(snapshot, encoder_name)
        cosines = vectors.near(vector, NEAREST)
    else:
        cosines = Cosines(n, vector, np.zeros(n, np.float32))
    near = nearness(cosines.values, n)
    is_near = np.flatnonzero(near > 0)
    near_rows = is_near if cosines.rows is None else cosines.rows.take(is_near).astype(np.intp)
    # Words anywhere in a title do not say what it is.
    by_titles = parsed.kind is not None and not len(snapshot.dictionaries.categories)
    called = kind * (kind >= _SURE_KIND) if by_titles else None
    is_said = np.zeros(n, np.bool_) if called is None else called > 0
    is_said[near_rows] = True
    sums = match_words(parsed.groups, snapshot, kind if is_certain else None, is_said)
    rows = sums.found
    near_of_rows = np.zeros(len(rows), np.float32)
    near_of_rows[np.searchsorted(rows, near_rows)] = near.take(is_near)
    evidence = TextEvidence(
        rows=rows,
        bm25=sums.words,
        described=sums.described,
        coverage=sums.covered / (sums.total_idf or 1.0),
        near=near_of_rows,
        n_words=len(parsed.groups),
        kind=kind.take(rows) if is_certain else None,
        called=None if called is None else called.take(rows),
    )
    return Match(
        text=parsed.text,
        groups=parsed.groups,
        notes=parsed.notes,
        kind=parsed.kind,
        not_sold=parsed.not_sold,
        unfound=parsed.unfound,
        evidence=evidence,
        n_matched=spread(rows, sums.matched, n),
        words=sums,
        type_match=kind,
        cosines=cosines,
        encoder_name=encoder_name,
        relevance=spread(rows, fuse(evidence, vectors, snapshot.is_live, weights), n),
    )


def match_words(
    groups: tuple[TermGroup, ...],
    snapshot: Snapshot,
    of_kind: Floats | None,
    is_said: Mask | None = None,
) -> WordSums:
    """The sums of the words in each row that has any of them, or is of the kind asked for.

    Args:
        of_kind: ``[n]``, 0 to 1: how surely a row is of the kind; None where none is surely asked for.
        is_said: ``[n]``: other rows that are wanted, too.
    """
    n = snapshot.n
    hits = [_hits(group, snapshot) for group in groups]
    by_head: NDArray[Any] | None = None
    for group in groups:
        if group.heads:
            by_head = np.zeros(n, np.bool_) if by_head is None else by_head
            by_head[rows_of_heads(snapshot, group.heads)] = True
    is_hit = np.zeros(n, np.bool_) if is_said is None else is_said
    if of_kind is not None:
        is_hit |= of_kind > 0
    if by_head is not None:
        is_hit |= by_head
    for group_hits in hits:
        for _, rows, _ in group_hits:
            is_hit[rows.astype(np.intp)] = True  # indexing in 32 bits takes ten times as long
    # Most terms are in few products: the sums run only over rows that have any term.
    found = np.flatnonzero(is_hit)
    kind = None if of_kind is None else of_kind[found]
    return _sums(groups, hits, found, kind, None if by_head is None else by_head[found], n)


def _sums(
    groups: tuple[TermGroup, ...],
    hits: list[Hits],
    found: NDArray[np.intp],
    of_kind: Floats | None,
    by_head: Mask | None,
    n: int,
) -> WordSums:
    """Sums over the terms. A term that names the kind is not missing in any row of the kind, and a row that is surely of
    the kind has its head as usual rows of the kind do: titles of laptops say "Notebook", those of their bags "laptop". It is
    nearly there in titles that have another name for it.

    Args:
        of_kind: ``[found]``, 0 to 1; None where no kind is surely asked for.
        by_head: ``[found]``: rows whose title has another name of the thing as its head; None: none.
    """
    index_of = np.zeros(n, np.int32)
    index_of[found] = np.arange(len(found), dtype=np.int32)
    words, described, covered, named, titled = np.zeros((5, len(found)), np.float32)
    sums = WordSums(found, words, np.zeros(len(found), np.uint8), described, covered, named, titled)
    head = groups[-1] if groups and groups[-1].names_kind else None  # the battery of "aa battery"
    for group, group_hits in zip(groups, hits, strict=True):
        scored = _score_group(group_hits, index_of, len(found), n_terms=len(group.terms))
        is_matched = scored.has
        if of_kind is not None and group.names_kind:
            is_matched = is_matched | (of_kind >= _SAME_KIND)
        sums.matched += is_matched
        if of_kind is not None and group is head:
            scored.credit(of_kind >= _SURE_KIND)
        otherwise = _NONE
        if by_head is not None and group.heads:
            otherwise = np.flatnonzero(by_head & ~scored.has)
            sums.matched[otherwise] += 1
        n_rows = int(np.count_nonzero(scored.has)) + len(otherwise)
        idf = float(np.log1p((n - n_rows + 0.5) / (n_rows + 0.5)))
        sums.total_idf += idf
        if not n_rows:
            continue
        sums.words += idf * scored.score
        sums.described += idf * scored.described
        once = np.float32(
            idf
        )  # by a product with the mask: an eighth of the time of indexing with it
        sums.covered += once * scored.has
        sums.named += once * scored.names
        sums.titled += once * scored.in_title
        if not len(otherwise):
            continue
        titles = scored.in_title
        usual = np.median(scored.score[titles]) if titles.any() else FIELD_WEIGHTS["title_en"]
        for column, most in ((words, usual), (covered, 1), (named, 1), (titled, 1)):
            column[otherwise] += np.float32(group.head_weight * idf * most)
    return sums


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
                rows = local if len(snapshot.segments) == 1 else rows_of[local]
                values = weights if weight == 1 else weight * weights
                if len(snapshot.segments) > 1:
                    counts = snapshot.segment_of[rows] == number
                    rows, values = rows.compress(counts), values.compress(counts)
                hits.append((f, rows, values))
    return hits


@dataclass(slots=True, eq=False)
class _GroupScores:
    """One group of terms in the rows that have any term of the query: ``[found]`` each."""

    score: Floats  # BM25 over all fields, without idf
    described: Floats  # the same in the description alone
    has: Mask  # any term, in any field
    names: Mask  # in a field that identifies the product
    in_title: Mask

    def credit(self, is_sure: Mask) -> None:
        """Give the term to rows that are surely of the kind it names: with the median score of those that have it."""
        lacks = is_sure & ~self.has
        if lacks.any():
            usual = self.score.compress(is_sure & self.has)
            self.score[np.flatnonzero(lacks)] = (
                np.median(usual) if len(usual) else FIELD_WEIGHTS["title_en"]
            )
            self.has |= lacks
            self.names |= lacks


def _score_group(
    hits: Hits, index_of: NDArray[np.int32], n_found: int, *, n_terms: int
) -> _GroupScores:
    """The scores of a group, with the best term in each field."""
    if n_terms > 1:
        hits = _best_of(hits, n_found, index_of)
        index_of = np.arange(n_found, dtype=np.int32)
    score, described = np.zeros((2, n_found), np.float32)
    has, names, in_title = np.zeros((3, n_found), np.bool_)
    found = [(f, index_of.take(rows).astype(np.intp), values) for f, rows, values in hits]
    for f, at, _ in found:
        has[at] = True
        if f in _IDENTITY_AT:
            names[at] = True
        if f in _TITLES_AT:
            in_title[at] = True
    for f, at, values in found:
        # A model or category that repeats a term of the title does not count twice.
        score[at] += _WEIGHTS[f] * (values * ~in_title[at] if f in _REPEATED_AT else values)
        if f == _DESCRIPTION_AT:
            described[at] += values
    return _GroupScores(score, described, has, names, in_title)


def _best_of(hits: Hits, n_found: int, index_of: NDArray[np.int32]) -> Hits:
    """One entry for each field and row with the highest weight, where several terms hit."""
    best: dict[int, Floats] = {}
    for f, rows, values in hits:
        weights = best.setdefault(f, np.zeros(n_found, np.float32))
        at = index_of.take(rows).astype(np.intp)
        weights[at] = np.maximum(weights[at], values)
    return [
        (f, at.astype(np.int32), weights[at])
        for f, weights in best.items()
        for at in (np.flatnonzero(weights > 0),)  # of numbers it takes six times as long
    ]
