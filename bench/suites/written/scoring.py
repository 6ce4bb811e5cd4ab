"""What the answers to written queries are worth."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from baihuo.evaluate import paired_bootstrap
from suites.judged.asking import Answer
from suites.search.measures import ndcg10
from suites.written.rules import Written

PLACES = 10
_SEED = 7


@dataclass(frozen=True, slots=True)
class Exam:
    """A set of queries over one catalogue with what each system answered."""

    language: str  # or the name of the catalogue
    name: str
    queries: Sequence[Written]
    grades: Sequence[Mapping[str, int]]
    answers: Mapping[str, Sequence[Answer]]


def claims_not_sold(answer: Answer) -> bool:
    """Whether the page says that what was asked for is not sold; a page with nothing on it says so."""
    return not answer.product_ids or any(n.startswith("not_sold") for n in answer.notes)


def values(exam: Exam, system: str) -> NDArray[np.float64]:
    """By query: nDCG@10, where a page that claims not to sell it is empty; of what is not sold, whether the page says so."""
    return np.array(
        [
            _value(query, grades, answer)
            for query, grades, answer in zip(
                exam.queries, exam.grades, exam.answers[system], strict=True
            )
        ]
    )


def _value(query: Written, grades: Mapping[str, int], answer: Answer) -> float:
    is_claimed = claims_not_sold(answer)
    if not query.is_sold:
        return float(is_claimed)
    return 0.0 if is_claimed else ndcg10(list(answer.product_ids[:PLACES]), dict(grades))


def lines(exam: Exam) -> Iterator[dict[str, object]]:
    """One line a system, then one a class."""
    sold = np.array([q.is_sold for q in exam.queries])
    by_system = {system: values(exam, system) for system in exam.answers}
    head = {"language": exam.language, "set": exam.name}
    for system, found in by_system.items():
        claimed = np.array([claims_not_sold(a) for a in exam.answers[system]])
        line: dict[str, object] = {
            **head,
            "system": system,
            "ndcg10": float(found[sold].mean()),
            "n": int(sold.sum()),
            "not_sold_claimed": f"{int(found[~sold].sum())} of {int((~sold).sum())}",
            "wrongly_not_sold": int(claimed[sold].sum()),
        }
        if system != "bm25":
            line |= _beside(found[sold], by_system["bm25"][sold])
        yield line
    for name in dict.fromkeys(q.query_class for q in exam.queries):
        of_class = np.array([q.query_class == name for q in exam.queries])
        means = {s: float(found[of_class].mean()) for s, found in by_system.items()}
        ours, bm25 = by_system["baihuo"][of_class], by_system["bm25"][of_class]
        yield {
            **head,
            "query_class": name,
            "n": int(of_class.sum()),
            **means,
            **_beside(ours, bm25),
        }


def _beside(ours: NDArray[np.float64], bm25: NDArray[np.float64]) -> dict[str, object]:
    """The ratio of the means, and the paired difference with its interval of 95%; no ratio to a BM25 of 0."""
    interval = paired_bootstrap(ours, bm25, seed=_SEED)
    return {
        "ratio": round(float(ours.mean() / bm25.mean()), 4) if bm25.any() else None,
        "vs_bm25": {k: round(getattr(interval, k), 4) for k in ("mid", "low", "high")},
    }


def misses(exam: Exam) -> Iterator[str]:
    """A row a query, ours worst first."""
    ours, bm25 = values(exam, "baihuo"), values(exam, "bm25")
    for at in np.argsort(ours, kind="stable").tolist():
        query, answer = exam.queries[at], exam.answers["baihuo"][at]
        graded = list(exam.grades[at].values())
        yield (
            f"{ours[at]:.3f} (bm25 {bm25[at]:.3f})  {query.id}  {query.query}"
            f"  [{graded.count(2)} right, {graded.count(1)} close] {' '.join(answer.notes)}"
        )


def shown(exam: Exam, query_id: str, titles: Mapping[str, str]) -> Iterator[str]:
    """The first ten results of every system to a query, with their grades.

    Raises:
        ValueError: no query has this id.
    """
    ids = [q.id for q in exam.queries]
    if query_id not in ids:
        raise ValueError(f"no query {query_id!r} in this set; --misses prints their ids")
    at = ids.index(query_id)
    grades = exam.grades[at]
    yield f"{query_id}: {exam.queries[at].query} ({len(grades)} graded)"
    for system, answers in exam.answers.items():
        value = values(exam, system)[at]
        yield f"{system}: {value:.3f} {' '.join(answers[at].notes)}"
        for place, product_id in enumerate(answers[at].product_ids[:PLACES], start=1):
            yield f"  {place:2} [{grades.get(product_id, 0)}] {titles[product_id]}"
