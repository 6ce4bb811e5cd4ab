"""What transforms add to the ranker of purchases: the same windows, candidates and trees, with and without."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.core.progress import Progress, no_progress
from baihuo.evaluate import Interval, ndcg_by_query, paired_bootstrap, recall_by_query
from baihuo.models.baskets import DAY_US, Baskets
from baihuo.models.candidate_features import CANDIDATE_FEATURES
from baihuo.models.product_titles import ProductTitles
from baihuo.models.purchase_ranker import BOOSTING
from baihuo.train import PurchaseTraining
from suites.features.purchase_columns import COLUMNS, LINES
from suites.features.purchase_pairs import PairMaker, Pairs, with_noise


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseGain:
    """One line: with its columns, less without; above 0 is better."""

    name: str
    kind: str
    n_columns: int
    recall20: Interval
    ndcg20: Interval
    n_visitors: int


def purchase_feature_report(
    lines: Baskets,
    *,
    test_from_us: int,
    titles: Sequence[str],
    training: PurchaseTraining = PurchaseTraining(),  # noqa: B008 - frozen
    n_seeds: int = 2,
    most_test_visitors: int = 1_500,
    threads: int = 2,
    progress: Progress = no_progress,
) -> tuple[dict[str, float], list[PurchaseGain]]:
    """Learn on windows before ``test_from_us``, test on what was bought after it, by visitor.

    Args:
        lines: All purchases; those from ``test_from_us`` on only test.
        titles: One a product.

    Returns:
        Recall@20 and nDCG@20 of the default columns, and a gain for each line, all lines, other seeds, noise.
    """
    past, product_titles = lines.before(test_from_us), ProductTitles.of(titles)
    first_us = int(past.at_us.min())
    window_us = training.window_us(first_us, test_from_us)
    pairs = PairMaker(titles, product_titles, window_us, training.seed)
    windows = []
    cuts = training.cuts(first_us, test_from_us)
    for i, cut_us in enumerate(cuts):
        progress("purchases: windows", i, len(cuts) + 1)
        before, after = past.before(cut_us), past.between(cut_us, cut_us + window_us)
        windows.append(
            pairs.at(before, after, cut_us, max_visitors=training.max_visitors, keep=0.12)
        )
    progress("purchases: windows", len(cuts), len(cuts) + 1)
    after = lines.between(test_from_us, int(lines.at_us.max()) + 1)
    test = pairs.at(past, after, test_from_us, max_visitors=most_test_visitors, keep=1.0)
    rng = np.random.default_rng(training.seed)
    fit = _Fit(
        [with_noise(one, rng) for one in windows],
        with_noise(test, rng),
        (*COLUMNS, "noise"),
        threads,
    )
    return _gains(fit, training.seed, n_seeds, progress)


def _gains(
    fit: _Fit, seed: int, n_seeds: int, progress: Progress
) -> tuple[dict[str, float], list[PurchaseGain]]:
    seeds = [seed + i for i in range(n_seeds)]
    variants: list[tuple[str, str, tuple[str, ...], list[int]]] = [
        ("other seeds", "control", CANDIDATE_FEATURES, [s + 1000 for s in seeds]),
        ("noise", "control", (*CANDIDATE_FEATURES, "noise"), seeds),
        *(
            (name, kind, (*CANDIDATE_FEATURES, *more), seeds)
            for name, (kind, more) in LINES.items()
        ),
        ("all lines", "all", COLUMNS, seeds),
    ]
    base_recall, base_ndcg = fit.evaluate(CANDIDATE_FEATURES, seeds)
    gains = []
    for i, (name, kind, columns, used_seeds) in enumerate(variants):
        progress(f"purchases: with {name}", i, len(variants))
        recall, ndcg = fit.evaluate(columns, used_seeds)
        gains.append(
            PurchaseGain(
                name=name,
                kind=kind,
                n_columns=len(columns) - len(CANDIDATE_FEATURES),
                recall20=paired_bootstrap(recall, base_recall, seed=seed),
                ndcg20=paired_bootstrap(ndcg, base_ndcg, seed=seed),
                n_visitors=int((~np.isnan(recall)).sum()),
            )
        )
    base = {
        "recall20": float(np.nanmean(base_recall)),
        "ndcg20": float(np.nanmean(base_ndcg)),
        "n_columns": len(CANDIDATE_FEATURES),
    }
    return base, gains


@dataclass(frozen=True, slots=True, eq=False)
class _Fit:
    """Trees of any columns over the same windows, tested on the same candidates."""

    windows: Sequence[Pairs]
    test: Pairs
    columns: tuple[str, ...]
    threads: int

    def evaluate(
        self, chosen: tuple[str, ...], seeds: Sequence[int], k: int = 20
    ) -> tuple[NDArray[Any], NDArray[Any]]:
        """Recall@20 and nDCG@20 of each test visitor, scores averaged over seeds."""
        import lightgbm

        at = [self.columns.index(c) for c in chosen]
        matrix = np.concatenate([one.matrix[:, at] for one in self.windows])
        label = np.concatenate([one.label for one in self.windows])
        sizes = np.concatenate(
            [np.unique(one.visitor, return_counts=True)[1] for one in self.windows]
        )
        scores = np.zeros(len(self.test.label))
        for seed in seeds:
            data = lightgbm.Dataset(matrix, label, group=sizes, feature_name=list(chosen))
            grown = lightgbm.train(
                {**BOOSTING, "seed": seed, "num_threads": self.threads}, data, num_boost_round=220
            )
            raw = np.asarray(
                grown.predict(self.test.matrix[:, at], num_threads=self.threads), np.float64
            )
            scores += raw / raw.std()
        order = np.lexsort((-scores, self.test.visitor))
        visitor = self.test.visitor[order]
        position = np.arange(len(order)) - np.searchsorted(visitor, visitor)
        hits = np.zeros((len(self.test.n_wanted), k))
        top = position < k
        hits[visitor[top], position[top]] = self.test.label[order][top]
        n_wanted = self.test.n_wanted.astype(np.int64)
        ideal = (np.arange(k)[None, :] < n_wanted[:, None]).astype(np.float64)
        recall = recall_by_query(hits > 0, n_wanted, k=k, is_capped=True)
        return recall, ndcg_by_query(hits, k=k, ideal=ideal)


TEST_DAYS = 42


def last_weeks_from(lines: Baskets) -> int:
    """Where the last six weeks begin."""
    return int(lines.at_us.max()) - TEST_DAYS * DAY_US
