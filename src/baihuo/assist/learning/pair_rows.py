"""Past pairs as the tables that the re-ranker is fitted on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from baihuo.assist.knowledge.pair_terms import bare_text
from baihuo.assist.knowledge.past_pairs import PastPair, earlier_pairs
from baihuo.assist.retrieve.context import Context, context_of
from baihuo.assist.retrieve.flat_terms import Numbers
from baihuo.assist.retrieve.pair_tables import (
    MOST_CHARACTERS,
    AnswerRows,
    QuestionRow,
)
from baihuo.encode import Vectors

Encode = Callable[[Sequence[str]], Vectors]


@dataclass(frozen=True, slots=True, eq=False)
class PairRows:
    """Pairs as aligned tables; the first ``n_main`` are the pairs themselves, then earlier ones of their contexts."""

    questions: Sequence[QuestionRow]
    answers: AnswerRows
    same: Numbers  # equal where two answers are the same text
    group: Numbers  # conversation
    lengths: Numbers  # of the answers' bare text
    n_main: int


def pair_rows(pairs: Sequence[PastPair], encode: Encode, *, with_earlier: bool = True) -> PairRows:
    """Tables of pairs, with the answers that the shop gave earlier in their contexts."""
    earlier = [e for pair in pairs for e in earlier_pairs(pair)] if with_earlier else []
    everything = [*pairs, *earlier]
    contexts = [context_of(pair.utterances) for pair in everything]
    answers = [pair.answer for pair in everything]
    bare = [bare_text(answer) for answer in answers]
    conversations = [pair.conversation for pair in everything]
    return PairRows(
        question_rows(contexts, encode),
        AnswerRows.of(answers, encode([a[:MOST_CHARACTERS] for a in answers])),
        np.unique(np.array(bare), return_inverse=True)[1].astype(np.int64),
        np.unique(np.array(conversations), return_inverse=True)[1].astype(np.int64),
        np.array([len(text) for text in bare], np.int64),
        len(pairs),
    )


def question_rows(contexts: Sequence[Context], encode: Encode) -> list[QuestionRow]:
    """One row a context; a text that several have is encoded once."""
    distinct = list(dict.fromkeys(context.asked for context in contexts))
    vectors = encode(distinct)
    at = {text: i for i, text in enumerate(distinct)}
    return [QuestionRow.of(context, vectors[at[context.asked]]) for context in contexts]
