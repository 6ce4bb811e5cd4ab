"""What is known of a question and an answer together: words, meaning, and what followed such questions before.

One question at a time, in training as in serving, so that both see the same numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from baihuo.assist.retrieve.dense_search import DenseSearch
from baihuo.assist.retrieve.flat_terms import Buckets, Floats, Numbers, found_at, sums
from baihuo.assist.retrieve.pair_tables import (
    ANSWER_COLUMNS,
    PARTS,
    QUESTION_COLUMNS,
    AnswerRows,
    QuestionRow,
)
from baihuo.assist.retrieve.towers import SideBySide, Towers, tower_terms
from baihuo.assist.retrieve.translation import TranslationTable

_NEIGHBOURS = 20
_SHARPNESS = 8.0  # of the weights of past questions by their likeness
PAIR_COLUMNS = (
    *(f"bm25_{part}" for part in ("all", *PARTS)),
    *(f"covered_{part}" for part in PARTS),
    "answered_share",
    "cosine_asked",
    *(f"translated_asked_{what}" for what in ("mean", "largest", "sum", "smallest")),
    *(f"translated_all_{what}" for what in ("mean", "largest", "sum", "smallest")),
    "tower",
    *("past_nearest", "past_mean", "past_tower", "past_words"),
    *("same_references", "other_references"),
)
COLUMNS = (*PAIR_COLUMNS, *QUESTION_COLUMNS, *ANSWER_COLUMNS)


@dataclass(frozen=True, eq=False)
class Memory:
    """Past questions by their tower vectors, and what was answered to them."""

    questions: Floats  # [past, towers · dim]
    answers: Floats  # [past, encoder dim]
    answer_towers: Floats  # [past, towers · dim]

    @cached_property
    def search(self) -> DenseSearch:
        """Of past questions."""
        return DenseSearch(self.questions)


@dataclass(frozen=True, eq=False)
class PairEvidence:
    """What was learned of past pairs, and makes features of new ones."""

    idf: Floats  # [N_BUCKETS], of answers' terms
    mean_length: float
    translation: TranslationTable
    towers: tuple[Towers, ...]
    memory: Memory

    def question_towers(self, question: QuestionRow) -> Floats:
        """``[towers · dim]``."""
        terms = tower_terms([[places for places, _ in question.parts]])
        return self._side_by_side.vector(terms, question.vector)

    @cached_property
    def _side_by_side(self) -> SideBySide:
        return SideBySide.of([t.question for t in self.towers])

    def ready(self, answers: AnswerRows) -> ReadyAnswers:
        """Answers with all that does not depend on a question."""
        terms = answers.terms
        places = np.split(terms.buckets, terms.starts[1:-1]) if len(answers) else []
        placed = tower_terms([[p] for p in places])
        towers = [t.answer.vectors(placed, answers.vectors) for t in self.towers]
        return ReadyAnswers(
            answers,
            terms.bm25_weights(self.idf, self.mean_length),
            self.idf[terms.buckets],
            sums(self.idf[terms.buckets], terms.starts),
            self.translation.column_of[terms.buckets],
            np.hstack(towers) if towers else np.zeros((len(answers), 0), np.float32),
        )


@dataclass(frozen=True, eq=False)
class ReadyAnswers:
    """Answers with what :class:`PairEvidence` knows of each alone."""

    rows: AnswerRows
    weights: Floats  # of BM25, aligned with the terms
    idf: Floats  # aligned with the terms
    idf_total: Floats  # [n]
    columns: Buckets  # of the translation table, aligned with the terms
    towers: Floats  # [n, towers · dim]

    @cached_property
    def has_reference(self) -> NDArray[np.bool_]:
        """``[n]``."""
        return np.array([bool(r) for r in self.rows.references], np.bool_)


def pair_features(
    evidence: PairEvidence, question: QuestionRow, answers: ReadyAnswers, at: Numbers
) -> Floats:
    """``[answers, COLUMNS]`` of one question with the answers ``at``."""
    found, starts = answers.rows.terms.positions(at)
    out = np.zeros((len(at), len(COLUMNS)), np.float32)
    lexical = _lexical(evidence, question, answers, found, starts, at)
    vectors = answers.rows.vectors[at]
    columns = lexical.shape[1]
    out[:, :columns] = lexical
    out[:, columns] = vectors @ question.vector
    columns += 1
    out[:, columns : columns + 8] = _translated(
        evidence.translation, question, answers, found, starts
    )
    columns += 8
    asked = evidence.question_towers(question)
    towers = answers.towers[at]
    n_towers = len(evidence.towers)
    out[:, columns] = towers @ asked / n_towers  # the mean of their cosines
    columns += 1
    out[:, columns : columns + 4] = _past(evidence.memory, asked, vectors, towers, n_towers)
    columns += 4
    for row in np.flatnonzero(answers.has_reference[at]).tolist():
        said = answers.rows.references[int(at[row])]
        shared = len(said & question.references)
        out[row, columns], out[row, columns + 1] = shared, len(said) - shared
    columns += 2
    n_question = len(QUESTION_COLUMNS)
    out[:, columns : columns + n_question] = question.numbers
    out[:, columns + n_question :] = answers.rows.numbers[at]
    return out


def without_question() -> NDArray[np.bool_]:
    """Which of COLUMNS a model that sees the answer alone may read."""
    return np.array([name in ANSWER_COLUMNS for name in COLUMNS])


def _everything(question: QuestionRow) -> tuple[Buckets, Floats]:
    """Terms of all that was said: the last message is part of what was asked."""
    parts = [question.parts[0], question.parts[2], question.parts[3]]
    places, inverse = np.unique(np.concatenate([p for p, _ in parts]), return_inverse=True)
    counts = np.bincount(inverse, np.concatenate([c for _, c in parts]), minlength=len(places))
    return places, counts.astype(np.float32)


def _lexical(
    evidence: PairEvidence,
    question: QuestionRow,
    answers: ReadyAnswers,
    found: Numbers,
    starts: Numbers,
    at: Numbers,
) -> Floats:
    places = np.unique(np.concatenate([p for p, _ in question.parts]))
    in_part = np.zeros((len(places) + 1, len(PARTS)), np.float32)  # the last row: no such term
    for number, (part, _) in enumerate(question.parts):
        in_part[np.searchsorted(places, part), number] = 1.0
    row, is_there = found_at(places, answers.rows.terms.buckets[found])
    in_part = in_part[np.where(is_there, row, len(places))]
    scores = sums(in_part * answers.weights[found, None], starts)
    shared = sums(in_part * answers.idf[found, None], starts)
    covered = shared / np.maximum(answers.idf_total[at], 1e-6)[:, None]
    asked = float(evidence.idf[question.parts[0][0]].sum())
    everything = scores[:, :1] + scores[:, 2:3] + scores[:, 3:4]
    return np.hstack([everything, scores, covered, shared[:, :1] / max(asked, 1e-6)])


def _translated(
    table: TranslationTable,
    question: QuestionRow,
    answers: ReadyAnswers,
    found: Numbers,
    starts: Numbers,
) -> Floats:
    """``[answers, 8]``: log-odds of an answer's words after what was asked, and after all that was said: mean, largest, sum, smallest."""
    out = np.zeros((len(starts) - 1, 8), np.float32)
    columns = answers.columns[found]
    is_known = columns >= 0
    known = np.flatnonzero(is_known)
    counted = np.append(0, np.cumsum(is_known))[starts]
    filled = np.flatnonzero(np.diff(counted))
    if not len(filled):
        return out
    wanted, first = columns[known], counted[:-1][filled]
    n_times = answers.rows.terms.counts[found[known]]
    n_in_all = np.add.reduceat(n_times, first)
    said = [question.parts[0]]
    if len(question.parts[2][0]) or len(question.parts[3][0]):
        said.append(_everything(question))
    for number, (places, counts) in enumerate(said):
        values = table.odds(places, counts, wanted)
        total = np.add.reduceat(values * n_times, first)
        at = 4 * number
        out[filled, at] = total / n_in_all
        out[filled, at + 1] = np.maximum.reduceat(values, first)
        out[filled, at + 2] = total
        out[filled, at + 3] = np.minimum.reduceat(values, first)
    if len(said) == 1:  # nothing was said before: the two are one
        out[:, 4:] = out[:, :4]
    return out


def _past(memory: Memory, asked: Floats, vectors: Floats, towers: Floats, n_towers: int) -> Floats:
    """``[answers, 4]``: how near each is to what was answered to the nearest past questions."""
    out = np.zeros((len(vectors), 4), np.float32)
    if not len(memory.questions):
        return out
    past, dots = memory.search.nearest(asked, _NEIGHBOURS)
    likeness = dots / np.float32(n_towers)
    share = np.exp(_SHARPNESS * (likeness - likeness.max()))
    share /= share.sum()
    cosines = vectors @ memory.answers[past].T
    like = towers @ memory.answer_towers[past].T / n_towers
    out[:, 0], out[:, 1] = (cosines * likeness).max(axis=1), cosines @ share
    out[:, 2], out[:, 3] = like @ share, (like * likeness).max(axis=1)
    return out
