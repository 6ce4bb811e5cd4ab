"""What held-out examples say of a part: intents, entities, ranking of answers, calibration, risk against coverage."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from baihuo.assist.learning.examples import AnsweredQuestion, LabelledUtterance
from baihuo.assist.learning.plain_bm25 import PlainBm25
from baihuo.assist.learning.right_answers import right_rows
from baihuo.assist.turns import (
    Author,
    Conversation,
    Identity,
    Message,
    Passage,
    Turn,
    Understanding,
)
from baihuo.evaluate import (
    Interval,
    bootstrap_mean,
    error_by_chance,
    paired_bootstrap,
    reliability,
)

PRECISION = 0.9
"""At which risk is looked against coverage."""
_AGREED, _AS_P_SAYS = 0.9, 20
_SEED = 5
_NOBODY = Identity(visitor_id="held-out")
_MOST_QUESTIONS = 1_000


class Understands(Protocol):
    """What :class:`~baihuo.assist.understand.Understander` does."""

    def understand(self, turn: Turn) -> Understanding: ...


class Finds(Protocol):
    """What a retriever does."""

    def find(self, turn: Turn, understanding: Understanding) -> tuple[Passage, ...]: ...


@dataclass(frozen=True, slots=True, eq=False)
class IntentMeasures:
    """Of held-out utterances, in their order."""

    is_right: NDArray[np.float64]  # [utterances]
    macro_f1: float
    entity_f1: float  # of whole spans with their kind; NaN without any
    by_intent: dict[str, float]  # intent → share that is right

    @property
    def accuracy(self) -> Interval:
        """With its 95% interval."""
        return bootstrap_mean(self.is_right, seed=_SEED)

    def to_json(self) -> dict[str, Any]:
        """As written into reports."""
        return {
            "n": len(self.is_right),
            "accuracy": self.accuracy.to_json(),
            "macro_f1": self.macro_f1,
            "entity_f1": None if np.isnan(self.entity_f1) else self.entity_f1,
            "by_intent": self.by_intent,
        }


@dataclass(frozen=True, slots=True, eq=False)
class AnswerMeasures:
    """Of held-out questions that something in the knowledge answers, in their order; and of all for P(right)."""

    rank: NDArray[
        np.float64
    ]  # [answerable] 1-based place of the first right passage; inf: not found
    bm25_rank: NDArray[np.float64]
    p_right: NDArray[np.float64]  # [questions] of the best passage; 0 without any
    is_right: NDArray[np.float64]  # [questions] whether the best passage is right

    @property
    def error_beyond_chance(self) -> float:
        """How far P(right) is surely off on average: beyond what perfect probabilities show in 19 of 20 draws of so few questions."""
        if not len(self.p_right):
            return 0.0
        error = reliability(self.p_right, self.is_right).error
        return max(0.0, error - self._error_by_chance)

    @property
    def _error_by_chance(self) -> float:
        return error_by_chance(self.p_right, seed=_SEED, quantile=0.95)

    def to_json(self) -> dict[str, Any]:
        """As written into reports."""
        made: dict[str, Any] = {"n": len(self.p_right), "n_answerable": len(self.rank)}
        if len(self.rank):
            made |= {
                "recall1": bootstrap_mean(self.rank <= 1, seed=_SEED).to_json(),
                "recall5": bootstrap_mean(self.rank <= 5, seed=_SEED).to_json(),
                "mrr": bootstrap_mean(1 / self.rank, seed=_SEED).to_json(),
                "bm25": {
                    "recall1": float((self.bm25_rank <= 1).mean()),
                    "recall5": float((self.bm25_rank <= 5).mean()),
                    "mrr": float((1 / self.bm25_rank).mean()),
                },
                "recall1_over_bm25": over(self.rank <= 1, self.bm25_rank <= 1).to_json(),
            }
        if len(self.p_right):
            made["reliability"] = reliability(self.p_right, self.is_right).to_json()
            made["ece"] = reliability(self.p_right, self.is_right).error
            made["ece_by_chance"] = self._error_by_chance
            made["risk"] = risk_curve(self.p_right, self.is_right)
            made["coverage_at_90"] = coverage_at(self.p_right, self.is_right).to_json()
        return made


def over(ours: NDArray[Any], theirs: NDArray[Any]) -> Interval:
    """The paired difference of two systems on the same questions."""
    return paired_bootstrap(ours.astype(np.float64), theirs.astype(np.float64), seed=_SEED)


def measure_intents(
    understander: Understands, utterances: Sequence[LabelledUtterance]
) -> IntentMeasures:
    """Intents and entities of held-out utterances, each alone in its conversation.

    Raises:
        ValueError: there is none.
    """
    if not utterances:
        raise ValueError("no utterance is held out")
    found: list[Understanding] = [
        understander.understand(turn_of(u.text, number=i)) for i, u in enumerate(utterances)
    ]
    guessed = [one.intent for one in found]
    meant = [u.intent for u in utterances]
    is_right = np.array([g == m for g, m in zip(guessed, meant, strict=True)], np.float64)
    by_intent = {
        intent: float(is_right[[i for i, m in enumerate(meant) if m == intent]].mean())
        for intent in sorted(set(meant))
    }
    return IntentMeasures(
        is_right, _macro_f1(guessed, meant), _entity_f1(found, utterances), by_intent
    )


def measure_answers(
    understander: Understands,
    retriever: Finds,
    questions: Sequence[AnsweredQuestion],
    knowledge: Sequence[Passage],
    *,
    right: Callable[[Sequence[str], Sequence[str]], list[frozenset[int]]] = right_rows,
) -> AnswerMeasures:
    """How well held-out questions find what a person answered.

    Args:
        retriever: over ``knowledge``: what was said in the conversations of these questions is not in it.
        questions: at most a thousand are asked, spread over all.
        knowledge: everything that may be said.
        right: which passages say what was answered.
    """
    asked = list(questions)[:: max(1, -(-len(questions) // _MOST_QUESTIONS))]
    rights = right([q.answer for q in asked], [p.text for p in knowledge])
    bm25 = PlainBm25([f"{p.question} {p.text}" for p in knowledge])
    ranks, bm25_ranks, p_right, is_right = [], [], [], []
    for number, (question, rows) in enumerate(zip(asked, rights, strict=True)):
        turn = turn_of(question.question, number=number, before=question.before)
        found = retriever.find(turn, understander.understand(turn))
        texts = {knowledge[row].text for row in rows}
        place = next((i for i, p in enumerate(found, start=1) if p.text in texts), np.inf)
        p_right.append((found[0].p_right or 0.0) if found else 0.0)
        is_right.append(float(place == 1))
        if rows:
            ranks.append(float(place))
            bm25_ranks.append(_rank(bm25.scores(question.question), rows))
    return AnswerMeasures(
        np.array(ranks), np.array(bm25_ranks), np.array(p_right), np.array(is_right)
    )


def turn_of(text: str, *, number: int = 0, before: Sequence[tuple[str, bool]] = ()) -> Turn:
    """A message as a turn of nobody's conversation."""
    messages = tuple(
        Message(
            message_id=f"b{i}",
            author=Author.DESK if by_shop else Author.SHOPPER,
            text=said,
            at_us=0,
        )
        for i, (said, by_shop) in enumerate(before)
    )
    conversation = Conversation(
        conversation_id=f"held-out-{number}", identity=_NOBODY, messages=messages
    )
    return Turn(conversation=conversation, message_id="m", text=text, now_us=0)


def risk_curve(p: NDArray[np.float64], is_right: NDArray[np.float64]) -> dict[str, list[float]]:
    """Share that is answered against the share of these that is wrong, from the surest on; at most 50 points."""
    order = np.argsort(-p, kind="stable")
    n = np.arange(1, len(order) + 1)
    wrong = 1 - np.cumsum(is_right[order]) / n
    at = np.unique(np.linspace(0, len(order) - 1, 50).astype(int))
    return {
        "coverage": (n[at] / len(order)).tolist(),
        "risk": wrong[at].tolist(),
        "p": p[order][at].tolist(),
    }


def sure_threshold(p: NDArray[np.float64], is_right: NDArray[np.float64]) -> float | None:
    """The smallest P(right) from which on surely enough entries answer, by what people answered; None: there is none.

    People say a right answer in other words, or a wrong one, one time in ten (:class:`~baihuo.assist.retrieve.match_scale.MatchScale`), so
    that nothing would reach their agreement nine times in ten: the share that they agree with is divided by that. It is shrunk to the mean
    of P, as if twenty more questions had said what P says, so that a lucky run of a few opens no door.
    """
    best, n_right, n, sum_p = None, 0.0, 0, 0.0
    for value in sorted(set(p.tolist()), reverse=True):
        same = p == value
        n_right, n = n_right + float(is_right[same].sum()), n + int(same.sum())
        sum_p += value * int(same.sum())
        answers = min(n_right / _AGREED, n)
        if value > 0 and answers + _AS_P_SAYS * sum_p / n >= PRECISION * (n + _AS_P_SAYS):
            best = value
    return best


def answer_threshold(
    p: NDArray[np.float64], is_right: NDArray[np.float64], *, precision: float = PRECISION
) -> float | None:
    """The smallest P(right) from which on answers are right often enough; None: there is none.

    Of answers above it, the share that is right is at least ``precision``, each equal value taken whole.
    """
    best, n_right, n = None, 0.0, 0
    for value in sorted(set(p.tolist()), reverse=True):
        same = p == value
        n_right, n = n_right + float(is_right[same].sum()), n + int(same.sum())
        if value > 0 and n_right >= precision * n:
            best = value
    return best


def coverage_at(
    p: NDArray[np.float64], is_right: NDArray[np.float64], *, precision: float = PRECISION
) -> Interval:
    """The share of questions that is answered where answers are right often enough, by the best threshold of these rows,
    with an interval over questions for that threshold."""
    threshold = answer_threshold(p, is_right, precision=precision)
    if threshold is None:
        return Interval(0.0, 0.0, 0.0)
    return bootstrap_mean(p >= threshold, seed=_SEED)


def _rank(scores: NDArray[np.float64], rows: frozenset[int]) -> float:
    """The best place of these rows; among equals it counts as the last."""
    best = float(scores[list(rows)].max())
    return float((scores > best).sum() + (scores == best).sum()) if best > 0 else np.inf


def _macro_f1(guessed: Sequence[str], meant: Sequence[str]) -> float:
    n_guessed, n_meant = Counter(guessed), Counter(meant)
    n_right = Counter(m for g, m in zip(guessed, meant, strict=True) if g == m)
    return float(np.mean([2 * n_right[i] / (n_guessed[i] + n_meant[i]) for i in n_meant]))


def _entity_f1(found: Sequence[Understanding], utterances: Sequence[LabelledUtterance]) -> float:
    """Of kinds that were labelled, in messages with a label: what a row has no column for counts neither way."""
    n_right = n_found = n_meant = 0
    for one, utterance in zip(found, utterances, strict=True):
        meant = {(e.kind, e.start, e.end) for e in utterance.entities}
        kinds = {e.kind for e in utterance.entities}
        guessed = {(e.kind, e.start, e.end) for e in one.entities if e.kind in kinds}
        n_right += len(meant & guessed)
        n_found += len(guessed)
        n_meant += len(meant)
    return 2 * n_right / (n_found + n_meant) if n_meant else float("nan")
