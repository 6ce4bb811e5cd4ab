"""Queries with grades, and what the dense source alone is worth on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from baihuo.core import Product
from baihuo.index import vector_texts
from suites.search.measures import ndcg10, read_ratings
from suites.search_zh.noise import noises
from suites.search_zh.systems import cut, general_words
from suites.search_zh.titles import Title, vocabulary
from suites.search_zh.writing import write_queries

_DEPTH, _GOOD = 1_000, 2


@dataclass(frozen=True, slots=True)
class Asked:
    """Queries, the texts that are searched, and the grades."""

    queries: list[str]
    grades: list[Mapping[str, int]]
    ids: list[str]
    texts: list[str]
    good: int = _GOOD  # the lowest grade that recall counts

    def measures(
        self, texts: NDArray[np.float32], queries: NDArray[np.float32]
    ) -> dict[str, NDArray[np.float64]]:
        """Each measure by query."""
        rows = []
        for query, grades in zip(queries, self.grades, strict=True):
            nearest = np.argsort(-(texts @ query), kind="stable")
            order = [self.ids[i] for i in nearest[:_DEPTH]]
            right = {i for i, grade in grades.items() if grade >= self.good}
            among = [self.ids[i] for i in nearest if self.ids[i] in grades]
            at = [len(right & set(order[:k])) / len(right) if right else np.nan for k in (10, 100)]
            rows.append((ndcg10(order, dict(grades)), ndcg10(among, dict(grades)), *at))
        names = ("ndcg10", "ndcg10_judged", "recall10", "recall100")
        return dict(zip(names, np.array(rows).T, strict=True))


def judged_queries(products: Sequence[Product], ratings: Path, name: str, *, others: int) -> Asked:
    """Queries that people judged, over the judged products and ``others`` more."""
    judged = {q: g for q, g in read_ratings(ratings).items() if any(g.values())}
    wanted = {i for grades in judged.values() for i in grades}
    rng = np.random.default_rng(1)
    more = {products[int(i)].product_id for i in rng.permutation(len(products))[:others]}
    kept = [p for p in products if p.product_id in wanted | more and name in vector_texts(p)]
    texts = [vector_texts(p)[name] for p in kept]
    return Asked(list(judged), list(judged.values()), [p.product_id for p in kept], texts)


def written_queries(titles: Sequence[Title], *, seed: int, n: int = 200) -> Asked:
    """Clean queries written from titles, over all of them."""
    written = write_queries(
        titles, vocabulary(titles, cut), noises(general_words(), seed=seed), n=n, seed=seed
    )
    clean = [q for q in written if q.query_class in ("clean", "order")]
    return Asked(
        [q.text for q in clean],
        [q.grades for q in clean],
        [t.product_id for t in titles],
        [f"{t.title}. "[:80] for t in titles],
        good=3,
    )
