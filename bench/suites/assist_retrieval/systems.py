"""The systems that are compared: scores ``[questions, 100]`` of the same lists."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from baihuo.assist.knowledge.past_pairs import PastPair
from baihuo.assist.learning.pair_rows import Encode
from baihuo.assist.retrieve.context import context_of
from baihuo.assist.retrieve.flat_terms import FlatTerms, buckets_of, found_at, sums
from baihuo.assist.retrieve.pair_tables import MOST_CHARACTERS, AnswerRows
from baihuo.index import index_terms
from suites.assist_retrieval.lists import AnswerLists

Scores = NDArray[np.float32]


def bm25(train: Sequence[PastPair], judged: Sequence[PastPair], lists: AnswerLists) -> Scores:
    """BM25 of the whole context over answers (k1 1.2, b 0.75), idf and mean length of the training answers.

    Words as the search of products cuts them, without any treatment of masks.
    """
    known = FlatTerms.of([buckets_of(index_terms(pair.answer)) for pair in train])
    idf, mean_length = known.inverse_frequency(), float(known.lengths().mean())
    answers = FlatTerms.of([buckets_of(index_terms(pair.answer)) for pair in judged])
    weights = answers.bm25_weights(idf, mean_length)
    out = np.zeros(lists.answers.shape, np.float32)
    for row, at in enumerate(lists.questions.tolist()):
        text = " ".join(line for line, _ in judged[at].utterances)
        asked, _ = buckets_of(index_terms(text))
        found, starts = answers.positions(lists.answers[row])
        is_there = found_at(asked, answers.buckets[found])[1]
        out[row] = sums((weights[found] * is_there).astype(np.float32), starts)
    return out


def encoder(
    judged: Sequence[PastPair], answers: AnswerRows, lists: AnswerLists, encode: Encode
) -> Scores:
    """Cosine of the frozen encoder's vectors of the end of the context and the answer."""
    contexts = [context_of(judged[at].utterances) for at in lists.questions.tolist()]
    vectors = encode([context.text[-MOST_CHARACTERS:] for context in contexts])
    return np.stack(
        [
            answers.vectors[listed] @ vector
            for vector, listed in zip(vectors, lists.answers, strict=True)
        ]
    )
