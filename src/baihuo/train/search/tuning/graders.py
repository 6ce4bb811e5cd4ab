"""Who judges a tuning: people, a calibrated model beside them, or clicks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from baihuo.evaluate import Examination
from baihuo.labels import RELEVANT, ModelGrades
from baihuo.train.search.tuning.clicked_searches import ClickedSearches
from baihuo.train.search.tuning.judged_queries import Gains

MIN_QUERIES = 30  # judged or clicked; fewer are left to the defaults
MIN_OF_PEOPLE = (
    20  # queries with a good product by people; with fewer no model beside them is checked
)

Grades = Mapping[str, Mapping[str, int]]  # query → product → grade


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class SearchEvidence:
    """What a shop knows of its searches."""

    grades: Grades  # of people
    clicked: ClickedSearches | None  # None: the log has no clicked search
    curve: (
        Examination | None
    )  # how far down pages of searches are read, where exploration has shown it
    model: ModelGrades | None = None  # of pairs that people did not judge; None: none was asked


@dataclass(frozen=True, slots=True, eq=False)
class Graders:
    """Gains to choose by, and which of them are people's."""

    by: str
    gains: Gains
    people: Gains | None  # a part of ``gains``; None: one kind of grader gave all
    pages: ClickedSearches | None  # to check on; none of them took part in choosing
    grades: dict[str, Any]  # how many came from whom


def graders(evidence: SearchEvidence) -> Graders:
    """People first, a model's grades beside theirs if it agrees with them, clicks where both judged too few queries."""
    people = {q: {p: 2.0**g - 1 for p, g in by.items()} for q, by in evidence.grades.items()}
    n_people = _n_good(people)
    counts: dict[str, Any] = {"people": sum(map(len, people.values())), "people_queries": n_people}
    gains: Gains = people
    if evidence.model is not None:
        counts |= _counts_of_model(evidence.model, evidence.grades)
        counts["model_not_used"] = _why_no_model(evidence.model, n_people, counts["model"])
        if not counts["model_not_used"]:
            gains = with_model(evidence.grades, evidence.model)
    if evidence.clicked is None:
        older, newer = None, None
    else:
        older, newer = evidence.clicked.older_and_newer()
    if older is not None and _n_good(gains) < MIN_QUERIES:
        return Graders("clicks", older.gains(evidence.curve), None, newer, counts)
    if gains is people:
        return Graders("judgements", people, None, newer, counts)
    counts["queries_of_model_alone"] = len(gains.keys() - people.keys())
    return Graders("judgements and a model", gains, people, newer, counts)


def with_model(grades: Grades, model: ModelGrades) -> Gains:
    """Query → product → gain: of people where they judged, else expected by the model's probability.

    A pair that is relevant with probability p is worth p times the mean gain of the pairs that people found relevant, and
    1 − p times that of the others: in the units of people's gains, however seldom they give the highest grade.
    """
    given = np.array([g for by in grades.values() for g in by.values()], np.int64)
    worth, is_relevant = 2.0**given - 1, given >= RELEVANT
    high = float(worth[is_relevant].mean()) if is_relevant.any() else 0.0
    low = float(worth[~is_relevant].mean()) if not is_relevant.all() else 0.0
    found = {
        q: {p: x * high + (1 - x) * low for p, x in of.items()}
        for q, of in model.probabilities.items()
    }
    for query, by in grades.items():
        found.setdefault(query, {}).update({p: 2.0**g - 1 for p, g in by.items()})
    # A query whose products are all surely irrelevant has no good one; with ``low`` above 0 it would seem to have.
    is_good = {q for q, by in grades.items() if any(by.values())}
    is_good |= {q for q, of in model.probabilities.items() if any(x >= 0.5 for x in of.values())}
    return {q: of for q, of in found.items() if q in is_good}


def _counts_of_model(model: ModelGrades, grades: Grades) -> dict[str, Any]:
    """``model``: its grades that count; ``overruled``: those that people judged since, where theirs count instead."""
    pairs = [(q, p, x) for q, of in model.probabilities.items() for p, x in of.items()]
    since = [
        (x >= 0.5) == (grades[q][p] >= RELEVANT) for q, p, x in pairs if p in grades.get(q, {})
    ]
    return {
        "model": len(pairs) - len(since),
        "overruled": len(since),
        "overruled_agree": sum(since),
        "model_name": model.model,
        "agreement": dict(model.agreement),
    }


def _why_no_model(model: ModelGrades, n_people: int, n_grades: int) -> str:
    """Why the model's grades do not count; empty where they do."""
    if not model.is_usable:
        return "it does not agree with people well enough"
    if not n_grades:
        return "it graded nothing that people did not judge"
    if n_people < MIN_OF_PEOPLE:
        return f"people found a good product for {n_people} searches, {MIN_OF_PEOPLE} are needed to check it"
    return ""


def _n_good(gains: Gains) -> int:
    return sum(any(by.values()) for by in gains.values())
