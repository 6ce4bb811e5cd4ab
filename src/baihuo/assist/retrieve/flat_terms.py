"""Hashed terms of many texts in flat arrays, and what a question has in common with some of them."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

N_BUCKETS = 1 << 18
_K1, _B = 1.2, 0.75  # as in the house's postings
Floats = NDArray[np.float32]
Buckets = NDArray[np.int32]
Numbers = NDArray[np.int64]


@lru_cache(maxsize=262_144)  # terms repeat
def bucket(term: str) -> int:
    """The place of a term, the same on every machine."""
    return zlib.crc32(term.encode()) & (N_BUCKETS - 1)


def buckets_of(terms: Iterable[str]) -> tuple[Buckets, Floats]:
    """The distinct places of some terms, ascending, and how often each occurs."""
    found: dict[int, int] = {}
    for term in terms:
        place = bucket(term)
        found[place] = found.get(place, 0) + 1
    places = sorted(found)
    return np.array(places, np.int32), np.array([found[p] for p in places], np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class FlatTerms:
    """Terms of texts: ``buckets[starts[i]:starts[i+1]]`` are those of text ``i``, ascending."""

    starts: Numbers  # [texts + 1]
    buckets: Buckets
    counts: Floats

    @staticmethod
    def of(documents: Sequence[tuple[Buckets, Floats]]) -> FlatTerms:
        """From the terms of each text."""
        starts = np.zeros(len(documents) + 1, np.int64)
        np.cumsum([len(b) for b, _ in documents], out=starts[1:])
        empty = np.empty(0, np.int32)
        return FlatTerms(
            starts,
            np.concatenate([empty, *(b for b, _ in documents)]).astype(np.int32),
            np.concatenate([empty, *(c for _, c in documents)]).astype(np.float32),
        )

    def __len__(self) -> int:
        return len(self.starts) - 1

    def take(self, rows: Numbers) -> FlatTerms:
        """The terms of some texts."""
        at, starts = self.positions(rows)
        return FlatTerms(starts, self.buckets[at], self.counts[at])

    def positions(self, rows: Numbers) -> tuple[Numbers, Numbers]:
        """Where the terms of ``rows`` stand, one row after the other, and where each row starts in that."""
        lengths = self.starts[rows + 1] - self.starts[rows]
        starts = np.zeros(len(rows) + 1, np.int64)
        np.cumsum(lengths, out=starts[1:])
        at = np.arange(starts[-1]) + np.repeat(self.starts[rows] - starts[:-1], lengths)
        return at, starts

    def lengths(self) -> Floats:
        """How many terms each text has, repeated ones too."""
        return sums(self.counts, self.starts)

    def inverse_frequency(self) -> Floats:
        """BM25's idf of each place: ``[N_BUCKETS]``, never negative."""
        n_with = np.bincount(self.buckets, minlength=N_BUCKETS).astype(np.float64)
        return np.log1p((len(self) - n_with + 0.5) / (n_with + 0.5)).astype(np.float32)

    def bm25_weights(self, idf: Floats, mean_length: float) -> Floats:
        """What each term adds to the score of a question that has it, aligned with ``buckets``.

        Source: Robertson and Zaragoza (2009), k1 1.2, b 0.75.
        """
        norm = _K1 * (1 - _B + _B * self.lengths() / max(mean_length, 1e-9))
        norms = np.repeat(norm, np.diff(self.starts))
        return (self.counts * (_K1 + 1) / (self.counts + norms) * idf[self.buckets]).astype(
            np.float32
        )


def sums(values: Floats, starts: Numbers) -> Floats:
    """Sums of runs of ``values`` (``[n]`` or ``[n, k]``); an empty run has 0."""
    out = np.zeros((len(starts) - 1, *values.shape[1:]), np.float32)
    filled = np.flatnonzero(np.diff(starts))
    if len(filled):
        out[filled] = np.add.reduceat(values, starts[:-1][filled], axis=0)
    return out


def found_at(places: Buckets, wanted: Buckets) -> tuple[Numbers, NDArray[np.bool_]]:
    """Where each of ``wanted`` stands in the ascending ``places``, and whether it is there."""
    if not len(places):
        return np.zeros(len(wanted), np.int64), np.zeros(len(wanted), np.bool_)
    at = np.minimum(np.searchsorted(places, wanted), len(places) - 1)
    return at, places[at] == wanted
