"""Which entries are weighed at all for a question: those that share words with it, and those that are near in meaning."""

from __future__ import annotations

import numpy as np

from baihuo.assist.retrieve.dense_search import DenseSearch
from baihuo.assist.retrieve.flat_terms import Buckets, FlatTerms, Floats, Numbers
from baihuo.assist.retrieve.postings_search import PostingsSearch

_BY_WORDS, _BY_QUESTION, _BY_ANSWER = 24, 16, 16  # entries that each search brings


class CandidateSearch:
    """Searches of entries, in serving as in training: a re-ranker learns among what it will be given.

    Args:
        terms: of each entry's question, twice, and of its answer.
        question_vectors: ``[entries, dim]``; zeros: an entry has no question.
        answer_vectors: ``[entries, dim]``.
    """

    def __init__(self, terms: FlatTerms, question_vectors: Floats, answer_vectors: Floats) -> None:
        self._words = PostingsSearch.of(terms)
        self._by_question = DenseSearch(question_vectors)
        self._by_answer = DenseSearch(answer_vectors)

    def best(self, places: Buckets, vector: Floats, *, by_answer: bool = True) -> Numbers:
        """Rows of entries, ascending.

        Args:
            places: of the terms of what is asked.
            vector: the encoder's, of what is asked.
            by_answer: entries whose answer is near the question, too. Only a re-ranker can tell the right one of these.
        """
        found = [self._words.best(places, _BY_WORDS), self._by_question.best(vector, _BY_QUESTION)]
        if by_answer:
            found.append(self._by_answer.best(vector, _BY_ANSWER))
        return np.unique(np.concatenate(found))
