"""What played conversations say: intents, entities, answers beside BM25, calibration, what was answered, handed over and wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.assist.evaluation.play import SAYS_SOMETHING, Outcome, PlayedTurn
from baihuo.assist.learning.measures import AnswerMeasures
from baihuo.assist.learning.plain_bm25 import PlainBm25
from baihuo.assist.learning.right_answers import says_the_same
from baihuo.assist.turns import DecisionKind, Passage
from baihuo.evaluate import Interval, auc, bootstrap_mean

_SEED = 5
_WITH_INTENT = ("faq", "order", "product", "person")
_FACTS = (DecisionKind.ANSWER, DecisionKind.SHOW_PRODUCTS)
_SET_PHRASES = frozenset({"declined_plan", "greeting", "thanks", "bye", "who_are_you"})


@dataclass(frozen=True, slots=True, eq=False)
class ServiceReport:
    """All figures of one evaluation."""

    n_conversations: int
    n_turns: int
    intents: dict[str, Any]
    answers: dict[str, Any]  # of questions that the FAQ answers
    outcomes: dict[str, dict[str, int]]  # kind of wish → outcome → turns
    shares: dict[
        str, Any
    ]  # answered, right of these, asked back, handed over, declined; with intervals
    wrong_by_intent: dict[str, dict[str, int]]
    slices: dict[str, dict[str, Any]]
    off_topic: dict[str, Any]
    n_without_sources: int  # facts that were said without a source: none is the only right number

    def to_json(self) -> dict[str, Any]:
        """As ``--json`` prints it."""
        return {name: getattr(self, name) for name in self.__slots__}


def service_report(played: Sequence[PlayedTurn], knowledge: Sequence[Passage]) -> ServiceReport:
    """The report of played conversations.

    Args:
        knowledge: everything that may be said: what BM25 looks in.
    """
    outcomes: dict[str, Counter[str]] = {}
    for one in played:
        outcomes.setdefault(one.truth.kind, Counter())[one.outcome] += 1
    wrong = Counter(p.truth.intent for p in played if p.outcome is Outcome.WRONG)
    n_of = Counter(p.truth.intent for p in played)
    return ServiceReport(
        n_conversations=len({p.conversation.conversation_id for p in played}),
        n_turns=len(played),
        intents=_intents(played),
        answers=_answers(played, knowledge),
        outcomes={kind: dict(counts) for kind, counts in outcomes.items()},
        shares=_shares(played),
        wrong_by_intent={
            intent or "(none)": {"n": n_of[intent], "wrong": n} for intent, n in wrong.most_common()
        },
        slices=_slices(played),
        off_topic=_off_topic(played),
        n_without_sources=sum(says_without_source(p) for p in played),
    )


def says_without_source(played: PlayedTurn) -> bool:
    """Whether a turn states facts, and no source for any."""
    taken = played.taken
    return (
        taken.decision.kind in _FACTS
        and bool(taken.decision.passages)
        and not taken.reply.source_ids
    )


def _intents(played: Sequence[PlayedTurn]) -> dict[str, Any]:
    known = [p for p in played if p.truth.kind in _WITH_INTENT and p.truth.intent]
    if not known:
        return {"n": 0}
    is_right = np.array([p.taken.understanding.intent == p.truth.intent for p in known], float)
    n_right = n_found = n_meant = 0
    for one in known:
        meant = {(e.kind, e.start, e.end) for e in one.truth.entities}
        kinds = {e.kind for e in one.truth.entities}
        found = one.taken.understanding.entities
        guessed = {(e.kind, e.start, e.end) for e in found if e.kind in kinds}
        n_right += len(meant & guessed)
        n_found += len(guessed)
        n_meant += len(meant)
    return {
        "n": len(known),
        "accuracy": _mean(is_right).to_json(),
        "entity_f1": 2 * n_right / (n_found + n_meant) if n_meant else None,
        "n_entities": n_meant,
    }


def _answers(played: Sequence[PlayedTurn], knowledge: Sequence[Passage]) -> dict[str, Any]:
    asked = [p for p in played if p.truth.kind == "faq" and p.truth.right_answers]
    if not asked:
        return {"n": 0}
    bm25 = PlainBm25([f"{p.question} {p.text}" for p in knowledge])
    rank, bm25_rank, p_right, is_right = [], [], [], []
    for one in asked:
        found = sorted(one.taken.passages, key=lambda p: -(p.p_right or 0.0))
        place = _place([p.text for p in found], one.truth.right_answers)
        rank.append(place)
        scores = bm25.scores(one.truth.text)
        best = np.argsort(-scores, kind="stable")[:50]
        texts = [knowledge[row].text for row in best if scores[row] > 0]
        bm25_rank.append(_place(texts, one.truth.right_answers))
        p_right.append((found[0].p_right or 0.0) if found else 0.0)
        is_right.append(float(place == 1))
    return AnswerMeasures(*(np.array(x) for x in (rank, bm25_rank, p_right, is_right))).to_json()


def _place(texts: Sequence[str], right: Sequence[str]) -> float:
    places = (i for i, t in enumerate(texts, 1) if any(says_the_same(t, a) for a in right))
    return float(next(places, np.inf))


def _shares(played: Sequence[PlayedTurn]) -> dict[str, Any]:
    if not played:
        return {}
    says = np.array([p.outcome in SAYS_SOMETHING for p in played], float)
    right = np.array([p.outcome is Outcome.RIGHT for p in played], float)
    made: dict[str, Any] = {"answered": _mean(says).to_json()}
    if says.any():
        made["right_of_answered"] = _mean(right[says == 1]).to_json()
    for outcome in (Outcome.ASKED_BACK, Outcome.HANDED_OVER, Outcome.DECLINED):
        made[str(outcome)] = _mean(
            np.array([p.outcome is outcome for p in played], float)
        ).to_json()
    wants_person = [p for p in played if p.truth.kind in ("person", "angry")]
    others = [p for p in played if p.truth.kind not in ("person", "angry")]
    for name, some in (("handed_over_who_wanted", wants_person), ("handed_over_others", others)):
        if some:
            share = np.array([p.outcome is Outcome.HANDED_OVER for p in some], float)
            made[name] = _mean(share).to_json()
    return made


def _slices(played: Sequence[PlayedTurn]) -> dict[str, dict[str, Any]]:
    named: dict[str, list[PlayedTurn]] = {}
    for one in played:
        named.setdefault(f"language {one.conversation.language}", []).append(one)
        wording = "new wordings" if one.truth.is_new_wording else "known wordings"
        named.setdefault(wording, []).append(one)
    made = {}
    for name, some in sorted(named.items()):
        says = [p for p in some if p.outcome in SAYS_SOMETHING]
        n_right = sum(p.outcome is Outcome.RIGHT for p in says)
        made[name] = {
            "n": len(some),
            "answered": len(says) / len(some),
            "right_of_answered": n_right / len(says) if says else None,
        }
    return made


def _off_topic(played: Sequence[PlayedTurn]) -> dict[str, Any]:
    is_ours = np.array([p.truth.kind not in ("off_topic", "thanks") for p in played])
    counted = np.array([p.truth.kind != "thanks" for p in played], bool)
    p_ours = np.array([p.taken.understanding.p_our_business for p in played])
    n = int((~is_ours[counted]).sum()) if len(played) else 0
    if not n or n == int(counted.sum()):
        return {"n": n}
    return {"n": n, "auroc": float(auc(p_ours[counted], is_ours[counted].astype(float)))}


def _mean(values: NDArray[Any]) -> Interval:
    return bootstrap_mean(values, seed=_SEED)
