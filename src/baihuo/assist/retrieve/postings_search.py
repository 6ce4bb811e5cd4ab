"""The entries that share words with a question: BM25 over the house's postings, rarest words first."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from baihuo.assist.retrieve.flat_terms import Buckets, FlatTerms, Floats, Numbers, found_at
from baihuo.index import Postings, invert

_COUNTED_UP_TO = 20_000  # entries
MOST_READ = 6_000  # postings a question: frequent words of a large shop are not read to their end


@dataclass(frozen=True, slots=True, eq=False)
class PostingsSearch:
    """Inverted entries. The cost of a search does not grow once the frequent words are over the limit."""

    words: Buckets  # ascending; term numbers of ``postings``
    idf: Floats  # [words]
    postings: Postings
    n_entries: int

    @staticmethod
    def of(terms: FlatTerms) -> PostingsSearch:
        """Invert the terms of all entries."""
        words = np.unique(terms.buckets)
        repeated = np.repeat(found_at(words, terms.buckets)[0], terms.counts.astype(np.int64))
        ends = np.zeros(len(terms) + 1, np.int64)
        owners = np.repeat(np.arange(len(terms)), np.diff(terms.starts))
        np.cumsum(np.bincount(owners, terms.counts, minlength=len(terms)), out=ends[1:])
        postings, _ = invert(repeated.astype(np.int32), ends, n_terms=len(words))
        n_with = np.diff(postings.starts).astype(np.float64)
        idf = np.log1p((len(terms) - n_with + 0.5) / (n_with + 0.5)).astype(np.float32)
        return PostingsSearch(words, idf, postings, len(terms))

    def best(self, places: Buckets, k: int) -> Numbers:
        """At most ``k`` entries with words of a question, those that share the rarest first."""
        at, is_known = found_at(self.words, places)
        known = at[is_known]
        if not len(known):
            return np.empty(0, np.int64)
        known = known[np.argsort(-self.idf[known], kind="stable")]
        rows, scores, n_read = [], [], 0
        for term in known.tolist():
            found, weights = self.postings.of(term)
            if n_read and n_read + len(found) > MOST_READ:
                break
            if len(found) > MOST_READ:  # one word, and half of the shop has it
                found, weights = found[:MOST_READ], weights[:MOST_READ]
            rows.append(found)
            scores.append(weights * self.idf[term])
            n_read += len(found)
        found, weights = np.concatenate(rows), np.concatenate(scores)
        if self.n_entries <= _COUNTED_UP_TO:  # as fast as sorting what was read, where that is much
            every = np.bincount(found, weights, minlength=self.n_entries)
            entries = np.flatnonzero(every)
            total = every[entries]
        else:
            entries, inverse = np.unique(found, return_inverse=True)
            total = np.bincount(inverse, weights)
        if len(entries) > k:
            entries = entries[np.argpartition(-total, k)[:k]]
        return entries.astype(np.int64)
