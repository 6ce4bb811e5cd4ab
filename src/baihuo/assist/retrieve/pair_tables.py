"""A question and many answers as what a re-ranker reads: hashed terms, vectors, counts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from baihuo.assist.knowledge.pair_terms import QUESTION, pair_terms, references
from baihuo.assist.retrieve.context import Context
from baihuo.assist.retrieve.flat_terms import (
    Buckets,
    FlatTerms,
    Floats,
    Numbers,
    bucket,
    buckets_of,
    found_at,
)

_LINK = re.compile(r"https?:|www\.|\[链接x?\]")
_COUNTED = ("⟦数字⟧", "⟦金额⟧", "⟦日期⟧", "⟦时间⟧", "⟦orderid⟧", "⟦picture⟧", QUESTION)
_COUNTED_BUCKETS = np.array([bucket(t) for t in _COUNTED], np.int32)
PARTS = ("asked", "last", "replied", "earlier")
QUESTION_COLUMNS = (
    *("q_asked_length", "q_last_length", "q_replied_length", "q_earlier_length"),
    *(
        "q_terms",
        "q_numbers",
        "q_amounts",
        "q_dates",
        "q_times",
        "q_orders",
        "q_pictures",
        "q_asks",
    ),
    *("q_replied_numbers", "q_replied_orders", "q_replied_asks"),
)
ANSWER_COLUMNS = (
    *("a_length", "a_parts", "a_link", "a_terms", "a_numbers", "a_amounts", "a_dates", "a_times"),
    *("a_orders", "a_pictures", "a_asks"),
)
MOST_CHARACTERS = 240  # of what an encoder reads


@dataclass(frozen=True, slots=True, eq=False)
class QuestionRow:
    """One question."""

    parts: tuple[tuple[Buckets, Floats], ...]  # terms and counts of PARTS
    vector: Floats  # [dim], of what was asked: the context is read by its words, as encoding it cost a turn as much again
    numbers: Floats  # [QUESTION_COLUMNS]
    references: frozenset[str]

    @staticmethod
    def of(context: Context, vector: Floats) -> QuestionRow:
        """From a context and the encoder's vector of ``context.asked``."""
        texts = (context.asked, context.last, context.replied, context.earlier)
        parts = tuple(map(text_terms, texts))
        replied = _counted(*parts[2])
        numbers = [*map(len, texts), *_counted(*parts[1]), replied[1], replied[5], replied[7]]
        return QuestionRow(parts, vector, np.array(numbers, np.float32), references(context.text))


@dataclass(frozen=True, slots=True, eq=False)
class AnswerRows:
    """Many answers."""

    terms: FlatTerms
    vectors: Floats  # [n, dim]
    numbers: Floats  # [n, ANSWER_COLUMNS]
    references: tuple[frozenset[str], ...]

    @staticmethod
    def of(texts: Sequence[str], vectors: Floats) -> AnswerRows:
        """From texts and their encoder vectors."""
        found = [buckets_of(pair_terms(text)) for text in texts]
        numbers = [
            (
                len(text),
                text.count("\n") + text.count(",") + text.count("，") + text.count("。"),
                bool(_LINK.search(text)),
                *_counted(*terms),
            )
            for text, terms in zip(texts, found, strict=True)
        ]
        return AnswerRows(
            FlatTerms.of(found),
            vectors,
            np.array(numbers, np.float32).reshape(len(texts), len(ANSWER_COLUMNS)),
            tuple(references(text) for text in texts),
        )

    def take(self, rows: Numbers) -> AnswerRows:
        """Some of them."""
        return replace(
            self,
            terms=self.terms.take(rows),
            vectors=self.vectors[rows],
            numbers=self.numbers[rows],
            references=tuple(self.references[r] for r in rows.tolist()),
        )

    def __len__(self) -> int:
        return len(self.numbers)


@lru_cache(maxsize=32)
def text_terms(text: str) -> tuple[Buckets, Floats]:
    """Places and counts of a text's terms, read once a turn: each wish of a message is asked after the same context."""
    return buckets_of(pair_terms(text))


def _counted(places: Buckets, counts: Floats) -> list[float]:
    """How many terms in all, and of each kind of mark."""
    at, is_there = found_at(places, _COUNTED_BUCKETS)
    marks = np.where(is_there, counts[at] if len(counts) else 0.0, 0.0)
    return [float(counts.sum()), *marks.tolist()]
