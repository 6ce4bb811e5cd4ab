"""Judged searches: the grades, and what a ranking is worth by them."""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from suites.search.systems import Ranking


def read_ratings(path: Path) -> dict[str, dict[str, int]]:
    """Query → product id → grade."""
    judged: dict[str, dict[str, int]] = defaultdict(dict)
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            judged[row["query"]][row["docid"]] = int(row["rating"])
    return judged


def evaluate(
    ranked: dict[str, Ranking], judged: dict[str, dict[str, int]]
) -> dict[str, NDArray[np.float64]]:
    """Each measure by query, over the queries with any gain."""
    rows = []
    for query, grades in judged.items():
        if not any(grades.values()):
            continue
        order = ranked[query]
        whole = ndcg10(order, grades)
        among = ndcg10([i for i in order if i in grades], grades)
        good = {i for i, grade in grades.items() if grade >= 2}
        recall = len(good & set(order[:100])) / len(good) if good else float("nan")
        known = sum(i in grades for i in order[:10]) / 10
        rows.append((whole, among, (whole + among) / 2, recall, known))
    names = ("ndcg10", "ndcg10_judged", "midpoint", "recall100", "judged10")
    return dict(zip(names, np.array(rows, np.float64).T, strict=True))


def ndcg10(order: Ranking, grades: dict[str, int]) -> float:
    """nDCG@10 of one query with the ideal over all that was judged for it."""
    discounts = 1 / np.log2(np.arange(2, 12))
    gains = np.zeros(10)
    found = [2.0 ** grades.get(i, 0) - 1 for i in order[:10]]
    gains[: len(found)] = found
    ideal = np.zeros(10)
    best = sorted((2.0**g - 1 for g in grades.values()), reverse=True)[:10]
    ideal[: len(best)] = best
    return float(gains @ discounts / (ideal @ discounts))
