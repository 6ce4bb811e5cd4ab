"""P(an entry answers) from its question and answer alone, before the shop has past conversations to learn it from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from baihuo.assist.retrieve.flat_terms import Buckets, Floats, Numbers
from baihuo.assist.retrieve.question_match import EntryTerms, Logistic, shared_idf
from baihuo.encode import MINILM

DEFAULT_COLUMNS = (
    "asked_in_question",
    "question_in_asked",
    "asked_in_answer",
    "is_same",
    "centred_cosine",
    "both_cosine",
    "lead",
)
_SHRUNK = (
    8  # entries: of fewer, hardly anything is known of what all their questions have in common
)

# Shares of words count in the lead, too, so their own weights are small or below zero.
# Fitted on utterances of a public set (Bitext) as questions: against one or two utterances of 20 of its 27 intents as entries, and against
# an FAQ by somebody else (79 entries), so that a third has no answer. P is that of the first entry. Held out was the FAQ of the sample
# shop, in both languages, with other utterances and simulated messages (docs/decisions/0035). The multilingual encoder saw the English one.
_MINILM = Logistic(np.array([0.64, -0.85, 1.09, 0.69, 2.56, 3.09, 1.25]), -3.07)
_MULTILINGUAL = Logistic(np.array([-1.54, 0.98, 3.17, 1.1, 2.04, 6.04, 1.45]), -5.12)


@dataclass(frozen=True, slots=True, eq=False)
class Centre:
    """What all questions of the entries have in common, so that "how do I" brings none of them near.

    ``mean`` ``[dim]``; ``lengths`` ``[n]`` of the questions without it, ``both`` ``[n]`` of question and answer together; ``answers``
    ``[n]`` numbers of answers, equal where the text is.
    """

    mean: Floats
    lengths: Floats
    both: Floats
    answers: Numbers

    @staticmethod
    def of(questions: Floats, answers: Floats, texts: list[str]) -> Centre:
        """Of vectors ``[n, dim]``, rows of zeros left out, and the answers' texts."""
        n = int((np.abs(questions).sum(axis=1) > 0).sum())
        mean = questions.sum(axis=0) / (n + _SHRUNK)
        number: dict[str, int] = {}
        same = np.array([number.setdefault(text, len(number)) for text in texts], np.int64)
        return Centre(
            mean.astype(np.float32),
            np.linalg.norm(questions - mean, axis=1).astype(np.float32),
            np.linalg.norm(questions + answers, axis=1).astype(np.float32),
            same,
        )


def default_columns(
    entries: EntryTerms,
    centre: Centre,
    asked: Buckets,
    vector: Floats,
    same: NDArray[np.bool_],
    at: Numbers,
) -> Floats:
    """``[entries, DEFAULT_COLUMNS]``; the arguments are those of :func:`~baihuo.assist.retrieve.question_match.match_columns`."""
    total = max(float(entries.idf[asked].sum()), 1e-6)
    in_question = shared_idf(entries.questions, entries.idf, asked, at)
    in_answer = shared_idf(entries.answers, entries.idf, asked, at)
    questions = entries.question_vectors[at]
    moved = vector - centre.mean
    far = np.maximum(centre.lengths[at] * float(np.linalg.norm(moved)), 1e-6)
    centred = (questions @ moved - float(centre.mean @ moved)) / far
    with_answer = (questions + entries.answer_vectors[at]) @ vector
    both = with_answer / np.maximum(centre.both[at], 1e-6)
    of_asked = in_question / total
    of_question = in_question / np.maximum(entries.question_idf[at], 1e-6)
    out = np.stack(
        [
            of_asked,
            of_question,
            in_answer / total,
            same.astype(np.float32),
            centred,
            both,
            lead_over_others(centred + both + of_asked + of_question, centre.answers[at]),
        ],
        axis=1,
    )
    return out.astype(np.float32)


def lead_over_others(strength: Floats, answers: Numbers) -> Floats:
    """How far each is before or behind the best with another answer: entries that say the same do not stand against each other."""
    if not len(strength):
        return strength
    best = int(strength.argmax())
    is_same = answers == answers[best]
    second = strength[~is_same].max(initial=-np.inf)
    if not np.isfinite(second):
        return np.zeros_like(strength)
    return np.where(is_same, strength - second, strength - strength[best])


def default_match(encoder: str) -> Logistic:
    """Weights of ``DEFAULT_COLUMNS`` for an encoder by name: cosines of two encoders differ."""
    return _MINILM if encoder == MINILM else _MULTILINGUAL
