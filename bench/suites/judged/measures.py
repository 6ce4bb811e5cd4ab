"""What the answers are worth: right@10 and nDCG@10 by language and task, intervals, and what is not sold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from baihuo.evaluate import ndcg_by_query, paired_bootstrap
from suites.judged.asking import PLACES, Answer
from suites.judged.catalogue import Catalogue
from suites.judged.rules import RIGHT, JudgedQuery, grade
from suites.judged.writing import NotSold

MEASURES = ("right_at_10", "ndcg10")
Scores = dict[str, NDArray[np.float64]]
"""Measure → one value a query."""


@dataclass(frozen=True, slots=True)
class Exam:
    """Queries with the grade of every product that has one above 0, and what each system answered."""

    queries: Sequence[JudgedQuery]
    grades: Sequence[Mapping[str, int]]
    answers: Mapping[str, Sequence[Answer]]  # system → one answer a query


def graded(catalogue: Catalogue, queries: Sequence[JudgedQuery]) -> list[dict[str, int]]:
    """Product id → grade, where it is above 0."""
    return [
        {i.product_id: g for i in catalogue.items if (g := grade(q.wanted, i))} for q in queries
    ]


def oracle(grades: Sequence[Mapping[str, int]]) -> list[Answer]:
    """The best possible pages."""
    return [Answer(tuple(sorted(g, key=lambda p: (-g[p], p))[:PLACES])) for g in grades]


def scored(answers: Sequence[Answer], grades: Sequence[Mapping[str, int]]) -> Scores:
    """right@10: right products among the first ten places, of the ten (or all, if fewer) that could be there.

    nDCG@10 has the gain 2^grade - 1, and its ideal is over the whole catalogue.
    """
    found = np.zeros((len(answers), PLACES))
    best = np.zeros((len(answers), PLACES))
    for row, (answer, known) in enumerate(zip(answers, grades, strict=True)):
        top = [known.get(p, 0) for p in answer.product_ids[:PLACES]]
        found[row, : len(top)] = top
        ideal = sorted(known.values(), reverse=True)[:PLACES]
        best[row, : len(ideal)] = ideal
    n_right, n_possible = (found >= RIGHT).sum(axis=1), (best >= RIGHT).sum(axis=1)
    ndcg = ndcg_by_query(2.0**found - 1, k=PLACES, ideal=2.0**best - 1)
    return {"right_at_10": n_right / n_possible, "ndcg10": ndcg}


def results(exam: Exam, *, seed: int) -> Iterator[dict[str, object]]:
    """One line a language and system, one a difference, one a task and system."""
    scores = {name: scored(answers, exam.grades) for name, answers in exam.answers.items()}
    languages = np.array([q.language for q in exam.queries])
    tasks = np.array([q.task for q in exam.queries])
    for language in dict.fromkeys(languages.tolist()):
        of_language = languages == language
        for name, columns in scores.items():
            yield {"language": language, "system": name, **_means(columns, of_language)}
        for measure in MEASURES:
            ours, theirs = (scores[s][measure][of_language] for s in ("learned", "words"))
            interval = paired_bootstrap(ours, theirs, seed=seed)
            yield {
                "language": language,
                "measure": measure,
                "learned_minus_words": {k: round(v, 5) for k, v in interval.to_json().items()},
                "n_better": int((ours > theirs).sum()),
                "n_worse": int((ours < theirs).sum()),
            }
    for language in dict.fromkeys(languages.tolist()):
        for task in dict.fromkeys(tasks[languages == language].tolist()):
            mask = (languages == language) & (tasks == task)
            for name in ("words", "learned"):
                line = {"language": language, "task": task, "system": name}
                yield {**line, **_means(scores[name], mask)}


def not_sold_results(
    asked: Sequence[NotSold], answers: Sequence[Answer], sold: Exam, kind_of: Mapping[str, str]
) -> Iterator[dict[str, object]]:
    """By language: how many things that are not sold got an empty page, and how many that are sold did.

    A brand that is not sold is answered well by products of its kind and a note that names the brand;
    ``noted`` counts the notes, ``right_at_10`` the share of places with the kind.
    """
    for language in dict.fromkeys(a.language for a in asked):
        pairs = [(q, a) for q, a in zip(asked, answers, strict=True) if q.language == language]
        things = [a for q, a in pairs if not q.brand]
        brands = [(q, a) for q, a in pairs if q.brand]
        pages = zip(sold.queries, sold.answers["learned"], strict=True)
        yield {
            "language": language,
            "not_sold": sum(not a.product_ids for a in things),
            "noted": sum(not a.product_ids and _notes(a, "not_sold") for a in things),
            "of": len(things),
            "false_not_sold": sum(
                q.language == language and (not a.product_ids or _notes(a, "not_sold"))
                for q, a in pages
            ),
            "of_sold": sum(q.language == language for q in sold.queries),
        }
        if brands:
            yield {
                "language": language,
                "unsold_brand": len(brands),
                "noted": sum(_notes(a, "brand") for _, a in brands),
                "right_at_10": float(
                    np.mean([sum(kind_of[p] in q.kinds for p in a.product_ids) for q, a in brands])
                    / PLACES
                ),
            }


def _notes(answer: Answer, word: str) -> bool:
    """One of the page's notes is of this sort: ``not_sold:sofa``, ``unknown_brand:iphone``."""
    return any(word in note.partition(":")[0] for note in answer.notes)


def _means(scores: Scores, mask: NDArray[np.bool_]) -> dict[str, float | int]:
    return {**{m: float(scores[m][mask].mean()) for m in MEASURES}, "n": int(mask.sum())}
