"""Questions asked of the knowledge as it is served: what is found first, and how often P(right) is right."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from baihuo.assist.knowledge.pair_terms import bare_text
from baihuo.assist.knowledge.past_pairs import PastPair
from baihuo.assist.learning.measures import coverage_at
from baihuo.assist.learning.p_right import Matched, RiskCoverage, first_ones
from baihuo.assist.retrieve.context import context_of
from baihuo.assist.retrieve.knowledge_index import KnowledgeIndex
from baihuo.assist.retrieve.question_match import MATCH_COLUMNS, Logistic
from baihuo.evaluate import paired_bootstrap, reliability

_DRAWS = 300
_RANKED = len(MATCH_COLUMNS)  # the column of the re-ranker's score

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """Judged questions with their candidates, and those whose answer says something and stands in the knowledge."""

    found: Matched
    is_known: NDArray[np.bool_]
    by_questions: Matched  # the same questions asked of an index without a re-ranker


def is_known(judged: Sequence[PastPair], known: Sequence[PastPair], fewest: int) -> list[bool]:
    """Which judged answers have so many characters, and are answers of ``known``, too."""
    said = {bare_text(pair.answer) for pair in known}
    bare = [bare_text(pair.answer) for pair in judged]
    return [len(text) >= fewest and text in said for text in bare]


def by_questions(index: KnowledgeIndex, judged: Sequence[PastPair]) -> Matched:
    """The entries that an index without a re-ranker finds, each with its P(right) as the one column."""
    columns, right = [], []
    for pair in judged:
        context = context_of(pair.utterances)
        found, true = index.search(context.asked, context, len(index)), bare_text(pair.answer)
        answers = [bare_text(index.entries[at].answer) for at in found.at.tolist()]
        columns.append(found.p_right[:, None].astype(np.float32))
        right.append(np.array([answer == true for answer in answers], np.bool_))
    return Matched(columns, right)


def of_knowledge(asked: Asked, p_right: Logistic, *, seed: int) -> dict[str, object]:
    """Recall@1 and MRR of questions whose answer stands in the knowledge: by their questions, by the re-ranker, and by P(right)."""
    rows = np.flatnonzero(asked.is_known).tolist()
    orders: dict[str, tuple[Matched, Callable[[Floats], Floats]]] = {
        "matching": (asked.by_questions, lambda columns: columns[:, 0]),
        "ranker": (asked.found, lambda columns: columns[:, _RANKED]),
        "served": (asked.found, p_right.of),
    }
    before = {
        name: np.array([_before(of(found.columns[at]), found.is_right[at]) for at in rows])
        for name, (found, of) in orders.items()
    }
    fields: dict[str, object] = {
        "n": len(rows),
        "found": float(np.mean([asked.found.is_right[at].any() for at in rows])),
    }
    for name, places in before.items():
        fields[f"{name}_recall1"] = float((places < 1).mean())
        fields[f"{name}_mrr"] = float((1 / (1 + places)).mean())
    ours, theirs = (1.0 * (before[name] < 1) for name in ("served", "matching"))
    interval = paired_bootstrap(ours, theirs, seed=seed)
    fields["recall1_over_matching"] = [interval.mid, interval.low, interval.high]
    return fields


def of_p_right(
    asked: Asked, p_right: Logistic, chosen: RiskCoverage, *, seed: int
) -> dict[str, object]:
    """Calibration of P(right) of the first entry, and how many questions are answered at 90% precision.

    ``coverage_at_90`` is by the best threshold of these questions, ``answered`` and ``answered_right`` by the one that was chosen in training.
    """
    chances, right = first_ones(asked.found, p_right)
    outcomes = right.astype(np.float64)
    rng = np.random.default_rng(seed)
    draws = [rng.integers(0, len(chances), len(chances)) for _ in range(_DRAWS)]
    errors = [reliability(chances[at], outcomes[at]).error for at in draws]
    coverage = coverage_at(chances, outcomes)
    is_answered = chances >= chosen.least_p
    made = reliability(chances, outcomes)
    return {
        "n": len(chances),
        "right": float(outcomes.mean()),
        "mean_p": float(chances.mean()),
        "ece": made.error,
        "ece_interval": np.quantile(errors, [0.025, 0.975]).tolist(),
        "coverage_at_90": [coverage.mid, coverage.low, coverage.high],
        "threshold": chosen.least_p,
        "answered": float(is_answered.mean()),
        "answered_right": float(outcomes[is_answered].mean()) if is_answered.any() else None,
        "predicted": np.round(made.predicted, 3).tolist(),
        "observed": np.round(made.observed, 3).tolist(),
    }


def _before(scores: NDArray[np.floating], is_right: NDArray[np.bool_]) -> float:
    """How many wrong entries stand before the first right one; infinitely many where it was not found."""
    if not is_right.any():
        return float("inf")
    wrong, best = scores[~is_right], scores[is_right].max()
    return float((wrong > best).sum() + 0.5 * (wrong == best).sum())
