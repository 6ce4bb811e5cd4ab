"""Baskets of later days: one product is shown, the others are to be found."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from baihuo.models import Baskets

K = 10


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """Baskets to complete, ``[baskets]`` each."""

    product: NDArray[np.int64]  # the one that is shown
    others: tuple[NDArray[np.int64], ...]  # what the basket has besides
    visitor: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Completed:
    """What a system's best ten found, ``[baskets]`` each."""

    top: tuple[NDArray[np.int64], ...]  # fewer than ten where it has no more to say
    recall: NDArray[np.float64]  # of at most ten others
    by_chance: NDArray[np.float64]  # the recall of the same ten beside any basket
    ndcg: NDArray[np.float64]

    @property
    def beyond(self) -> NDArray[np.float64]:
        """Recall that knowing the product brings, and popularity does not."""
        return self.recall - self.by_chance


def asked(
    later: Baskets,
    is_known: NDArray[np.bool_],
    *,
    kinds: NDArray[np.int64] | None,
    seed: int,
    at_most: int = 4_000,
) -> Asked:
    """One product of each basket, drawn at random; with ``kinds``, only others of another kind are to be found."""
    rng = np.random.default_rng(seed)
    order, first, number = np.unique(later.order, return_index=True, return_inverse=True)
    by_order = np.argsort(number, kind="stable")
    baskets = np.split(later.product[by_order], np.cumsum(np.bincount(number))[:-1])
    shown, others, visitors = [], [], []
    for at in rng.permutation(len(order))[:at_most].tolist():
        products = np.unique(baskets[at])
        products = products[is_known[products]]
        if len(products) < 2:
            continue
        one = int(rng.choice(products))
        rest = products[products != one]
        if kinds is not None:
            rest = rest[kinds[rest] != kinds[one]]
        if len(rest):
            shown.append(one)
            others.append(rest.astype(np.int64))
            visitors.append(int(later.visitor[first[at]]))
    return Asked(np.array(shown), tuple(others), np.array(visitors))


def completed(weights: sparse.csr_matrix, asked: Asked) -> Completed:
    """The best ten beside each product; of equal weights the lower number, as nothing better is known."""
    at_any = np.zeros(weights.shape[0])
    for rest in asked.others:
        at_any[rest] += 1 / min(K, len(rest)) / len(asked.others)
    discount = 1 / np.log2(np.arange(K) + 2)
    tops, recall, chance, ndcg = [], [], [], []
    for one, rest in zip(asked.product.tolist(), asked.others, strict=True):
        start, stop = weights.indptr[one : one + 2]
        columns, values = weights.indices[start:stop], weights.data[start:stop]
        top = columns[np.lexsort((columns, -values))[:K]].astype(np.int64)
        hit, most = np.isin(top, rest), min(K, len(rest))
        tops.append(top)
        recall.append(hit.sum() / most)
        chance.append(at_any[top].sum())
        ndcg.append((hit * discount[: len(top)]).sum() / discount[:most].sum())
    return Completed(tuple(tops), np.array(recall), np.array(chance), np.array(ndcg))
