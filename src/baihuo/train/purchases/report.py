"""A purchase model compared with its baselines, over the whole catalogue, with intervals."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from baihuo.evaluate import (
    Interval,
    list_measures,
    ndcg_by_query,
    paired_bootstrap,
    recall_by_query,
)
from baihuo.models import (
    DISCOVER_MODE,
    HOME_MODE,
    Baskets,
    Ease,
    ItemKnn,
    Popularity,
    PurchaseModel,
    RepeatPurchase,
)

Mode: TypeAlias = Literal["all", "new"]
MODES: tuple[Mode, ...] = ("all", "new")
OURS = "baihuo"
_RANKED_BY: dict[Mode, str] = {"all": HOME_MODE, "new": DISCOVER_MODE}


class Recommender(Protocol):
    """The protocol of models that score every product for every visitor."""

    def scores(self, baskets: Baskets, *, at_us: int) -> NDArray[np.float32]:
        """``[visitors, products]``, larger is better."""
        ...


@dataclass(frozen=True, slots=True)
class SystemResult:
    """One system in one mode. ``vs`` is ours minus each baseline, paired over visitors."""

    system: str
    mode: Mode
    recall20: float
    ndcg20: float
    n: int
    vs: dict[str, dict[str, float]] | None = None
    lists: dict[str, dict[str, float]] = field(default_factory=dict)
    """``mrr``, ``coverage``, ``gini``, ``novelty`` (bits) and, with categories, ``diversity`` of lists of 20, with intervals."""

    def to_json(self) -> dict[str, Any]:
        """As benchmarks print it."""
        row: dict[str, Any] = {
            "system": self.system,
            "mode": self.mode,
            "recall20": self.recall20,
            "ndcg20": self.ndcg20,
            "n": self.n,
            "lists": self.lists,
        }
        return row if self.vs is None else {**row, "vs": self.vs}


def baselines(history: Baskets, *, at_us: int) -> dict[str, Recommender]:
    """Popularity of 28 days, repeat purchases by recency-weighted count, item kNN, EASE."""
    return {
        "popularity": Popularity.fit(history, at_us=at_us),
        "own": RepeatPurchase.fit(history, at_us=at_us),
        "knn": ItemKnn.fit(history, at_us=at_us),
        "ease": Ease.fit(history, at_us=at_us),
    }


def evaluate_purchases(
    model: PurchaseModel,
    history: Baskets,
    truth: Baskets,
    *,
    at_us: int,
    k: int = 20,
    seed: int = 7,
    max_visitors: int = 20_000,
    kinds: NDArray[np.integer[Any]] | None = None,
) -> list[SystemResult]:
    """Recall and nDCG of ours and the baselines: what visitors known before ``at_us`` bought after.

    Args:
        model: Ours, trained on ``history`` before ``at_us``.
        history: Lines before ``at_us``; later ones are not read.
        truth: Lines from ``at_us`` on, in the same numbers of visitors and products.
        at_us: The cut.
        k: Length of the list. Recall is hits / min(what was bought, ``k``).
        seed: Of the bootstrap over visitors, and of the draw of visitors.
        max_visitors: Of more, so many are drawn at random.
        kinds: ``[products]``, the number of each product's category, for the diversity of lists; None: not measured.

    ``new`` counts only products that the visitor had not bought before, and no system may list
    any other. A product outside of the history's catalogue cannot be recommended by anyone and is
    not in ``truth``.
    """
    past = history.before(at_us)
    visitors = np.intersect1d(past.visitor, truth.visitor).astype(np.int32)
    if len(visitors) > max_visitors:
        rng = np.random.default_rng(seed)
        visitors = np.sort(rng.choice(visitors, max_visitors, replace=False))
    known_visitors, after = (
        past.for_visitors(visitors),
        truth.for_visitors(visitors).matrix().toarray() > 0,
    )
    is_owned = known_visitors.matrix().toarray() > 0
    wanted = {"all": after, "new": after & ~is_owned}
    ranked = model.scores_by_mode(known_visitors, at_us=at_us)
    found = {
        (OURS, mode): _Lists.of(ranked[by], is_owned, wanted[mode], mode, k)
        for mode, by in _RANKED_BY.items()
    }
    del ranked
    names = []
    for name, system in baselines(past, at_us=at_us).items():
        names.append(name)
        scores = system.scores(known_visitors, at_us=at_us)
        for mode in MODES:
            found[name, mode] = _Lists.of(scores, is_owned, wanted[mode], mode, k)
    n_knew = np.bincount(past.matrix().nonzero()[1], minlength=past.n_products)
    results = []
    for mode in MODES:
        for name in (*names, OURS):
            lists = found[name, mode]
            measured = list_measures(
                lists.top,
                lists.hits,
                wanted[mode].any(axis=1),
                n_knew=n_knew,
                n_visitors=past.n_visitors,
                kinds=kinds,
                seed=seed,
            )
            others = {other: found[other, mode] for other in names} if name == OURS else None
            results.append(_result(name, mode, lists, others, measured, seed))
    return results


def _result(
    name: str,
    mode: Mode,
    lists: _Lists,
    others: dict[str, _Lists] | None,
    measured: dict[str, Interval],
    seed: int,
) -> SystemResult:
    """Means over visitors, and over ``others`` the paired differences of recall."""
    vs = None
    if others is not None:
        vs = {
            other: paired_bootstrap(lists.recall, theirs.recall, seed=seed).to_json()
            for other, theirs in others.items()
        }
    return SystemResult(
        name,
        mode,
        float(np.nanmean(lists.recall)),
        float(np.nanmean(lists.ndcg)),
        int((~np.isnan(lists.recall)).sum()),
        vs,
        {measure: one.to_json() for measure, one in measured.items()},
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Lists:
    """One system's list for each visitor, and what it found; recall and nDCG are NaN where nothing was bought."""

    top: NDArray[np.integer[Any]]  # [visitors, k] products, best first
    hits: NDArray[np.bool_]
    recall: NDArray[np.float64]
    ndcg: NDArray[np.float64]

    @classmethod
    def of(
        cls,
        scores: NDArray[np.float32],
        is_owned: NDArray[np.bool_],
        wanted: NDArray[np.bool_],
        mode: Mode,
        k: int,
    ) -> _Lists:
        """The ``k`` products with the highest scores, in ``new`` mode without those that the visitor owns."""
        allowed = np.where(is_owned, -np.inf, scores) if mode == "new" else scores
        k = min(k, allowed.shape[1])
        top = np.argpartition(-allowed, k - 1, axis=1)[:, :k]
        by_score = np.argsort(-np.take_along_axis(allowed, top, axis=1), axis=1, kind="stable")
        top = np.take_along_axis(top, by_score, axis=1)
        hits = np.take_along_axis(wanted, top, axis=1)
        n_wanted = wanted.sum(axis=1).astype(np.int64)
        ideal = (np.arange(k)[None, :] < n_wanted[:, None]).astype(np.float64)
        recall = recall_by_query(hits, n_wanted, k=k, is_capped=True)
        return cls(top, hits, recall, ndcg_by_query(hits.astype(np.float64), k=k, ideal=ideal))
