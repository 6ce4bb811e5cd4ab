"""P(the first passage answers), learned as it is served: questions held out, the knowledge of the other conversations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from baihuo.assist.knowledge.cleaning import clean_pairs
from baihuo.assist.knowledge.entries import KnowledgeEntry, language_of
from baihuo.assist.knowledge.pair_terms import bare_text
from baihuo.assist.knowledge.past_files import PastFile
from baihuo.assist.knowledge.past_pairs import PastPair
from baihuo.assist.learning.right_answers import right_rows
from baihuo.assist.learning.trainer import said_key
from baihuo.assist.retrieve.answer_model import AnswerModel
from baihuo.assist.retrieve.context import context_of
from baihuo.assist.retrieve.flat_terms import Floats
from baihuo.assist.retrieve.knowledge_index import Encode, KnowledgeIndex
from baihuo.assist.retrieve.match_scale import MatchScale
from baihuo.assist.retrieve.question_match import Logistic
from baihuo.assist.turns import Author, PassageKind
from baihuo.encode import Encoder

_MOST_ASKED = 1_500  # held-out questions: P of one number needs no more


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskCoverage:
    """How many questions are answered when an answer is given from a probability on."""

    precision: float  # that was asked for
    coverage: float  # share of questions that are answered, 0 to 1
    least_p: float  # from which an answer is given; above 1: never
    n: int


def risk_coverage(
    p_right: NDArray[np.floating], is_right: NDArray[np.bool_], *, precision: float = 0.9
) -> RiskCoverage:
    """The largest share of questions that can be answered with at least that share of right answers.

    Args:
        p_right: ``[questions]``, of the first passage.
        is_right: ``[questions]``, whether it is right.
        precision: 0 to 1.

    Raises:
        ValueError: the arrays differ in length.

    Source: El-Yaniv and Wiener (2010).
    """
    if len(p_right) != len(is_right):
        raise ValueError(f"{len(p_right)} probabilities, {len(is_right)} answers")
    order = np.argsort(-p_right, kind="stable")
    right = np.cumsum(is_right[order]) / np.arange(1, len(order) + 1)
    # a threshold cannot cut between equal probabilities
    ends = np.append(p_right[order][1:] < p_right[order][:-1], True) if len(order) else order
    good = np.flatnonzero((right >= precision) & ends)
    if not len(good):
        return RiskCoverage(precision=precision, coverage=0.0, least_p=1.01, n=len(order))
    last = int(good[-1])
    least = float(p_right[order][last])
    return RiskCoverage(
        precision=precision, coverage=(last + 1) / len(order), least_p=least, n=len(order)
    )


@dataclass(frozen=True, slots=True, eq=False)
class Matched:
    """The candidates of held-out questions: columns of each, and which answer as the shop did."""

    columns: list[Floats]
    is_right: list[NDArray[np.bool_]]

    def halves(self) -> tuple[Matched, Matched]:
        """Every other question."""
        return (
            Matched(self.columns[::2], self.is_right[::2]),
            Matched(self.columns[1::2], self.is_right[1::2]),
        )


def matched(
    pairs: Sequence[PastPair],
    held: NDArray[np.bool_],
    model: AnswerModel,
    encoder: Encoder,
    encode: Encode,
) -> Matched:
    """Ask the questions of ``held`` pairs of the knowledge of the others. Right is an answer with the same words."""
    known = [p for p, is_held in zip(pairs, held.tolist(), strict=True) if not is_held]
    asked = [p for p, is_held in zip(pairs, held.tolist(), strict=True) if is_held]
    index = KnowledgeIndex(entries_of(known), encoder, model=model, encode=encode)
    return matched_in(index, asked[:_MOST_ASKED])


def matched_in(index: KnowledgeIndex, asked: Sequence[PastPair]) -> Matched:
    """Ask past questions of an index. One without a candidate has no rows."""
    columns, right = [], []
    for pair in asked:
        context = context_of(pair.utterances)
        at, found = index.columns(context.asked, context)
        true = bare_text(pair.answer)
        columns.append(found)
        right.append(
            np.array([bare_text(index.entries[i].answer) == true for i in at.tolist()], np.bool_)
        )
    return Matched(columns, right)


def matched_in_knowledge(
    knowledge: Sequence[KnowledgeEntry],
    asked: Sequence[PastPair],
    model: AnswerModel,
    encoder: Encoder,
    encode: Encode,
) -> Matched:
    """Ask past questions of the shop's whole knowledge, as a turn will, but for past answers to the very same questions.

    Right is an entry that says what a person answered, with or without a greeting around it. Questions whose answer the knowledge would
    never keep ("that is done") are left out: nothing that may be said answers them.
    """
    kept = [p for p in asked if clean_pairs(PastFile((p,), (0,)), source="").entries][:_MOST_ASKED]
    without = {said_key(pair.utterances[-1][0]) for pair in kept}
    known = [
        e
        for e in knowledge
        if e.kind is not PassageKind.ANSWER or said_key(e.question) not in without
    ]
    index = KnowledgeIndex(known, encoder, model=model, encode=encode)
    rights = right_rows([p.answer for p in kept], [e.answer for e in known])
    columns, right = [], []
    for pair, rows in zip(kept, rights, strict=True):
        context = context_of(pair.utterances)
        at, found = index.columns(context.asked, context)
        columns.append(found)
        right.append(np.array([i in rows for i in at.tolist()], np.bool_))
    return Matched(columns, right)


def calibration_error(p_right: NDArray[np.floating], is_right: NDArray[np.bool_]) -> float:
    """Mean absolute difference of P and the share that is right, over ten groups of equal size by P; 0 is perfect."""
    order = np.argsort(p_right, kind="stable")
    groups = [g for g in np.array_split(order, 10) if len(g)]
    return float(
        np.sum([len(g) * abs(p_right[g].mean() - is_right[g].mean()) for g in groups])
        / max(len(order), 1)
    )


def fit_logistic(found: Matched) -> Logistic:
    """P of each candidate, from all candidates of all questions, then scaled so that that of the first is right.

    The first is the largest of many: what holds for all candidates is too high for it.
    """
    of_all = Logistic.fit(
        np.concatenate(found.columns), np.concatenate(found.is_right).astype(np.float64)
    )
    chances, right = first_ones(found, of_all)
    p = np.clip(chances, 1e-6, 1 - 1e-6)
    scaled = Logistic.fit(np.log(p / (1 - p))[:, None], right.astype(np.float64), l2=1e-3)
    slope = max(float(scaled.weights[0]), 0.05)  # the order stays
    return Logistic(of_all.weights * slope, of_all.bias * slope + scaled.bias)


def fit_p_of_people(found: Matched) -> Logistic:
    """As :func:`fit_logistic`, where what people answered is the truth, and is itself wrong now and then (:class:`MatchScale`)."""
    of_all = Logistic.fit(
        np.concatenate(found.columns), np.concatenate(found.is_right).astype(np.float64)
    )
    chances, right = first_ones(found, of_all)
    return MatchScale.fit(chances, right.astype(np.float64)).of(of_all)


def first_ones(found: Matched, p: Logistic) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """P of the first candidate of each question, and whether it is right."""
    chances, right = [], []
    for columns, is_right in zip(found.columns, found.is_right, strict=True):
        if not len(columns):  # nothing is found, and nothing is said
            continue
        of_each = p.of(columns)
        best = int(of_each.argmax())
        chances.append(float(of_each[best]))
        right.append(bool(is_right[best]))
    return np.array(chances), np.array(right, np.bool_)


def entries_of(pairs: Sequence[PastPair]) -> list[KnowledgeEntry]:
    """Past pairs as entries, one for each question and answer."""
    return [
        KnowledgeEntry(
            source_id=f"answer:past/{at}",
            kind=PassageKind.ANSWER,
            language=language_of(pair.answer),
            question=context_of(pair.utterances).asked,
            answer=pair.answer,
            said_by=Author.DESK,
            as_of_us=0,
        )
        for at, pair in enumerate(pairs)
    ]
