"""Train on purchases alone: label windows inside the history, then a ranker over candidate features.

A label window is a cut in time: features from before it, labels from the weeks after it. Several
windows, the newest ending now, cover more than one season; nothing of a window's own
weeks enters its features.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from baihuo.core import Progress, no_progress
from baihuo.models import (
    CANDIDATE_FEATURES,
    DAY_US,
    DISCOVER_MODE,
    HOME_MODE,
    Baskets,
    CandidateFeatures,
    Neighbours,
    PurchaseHistory,
    PurchaseModel,
    Trees,
    similar_titles,
    visitor_batches,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseTraining:
    """How the ranker of purchases is trained."""

    window_days: int = 42  # labels: purchases within these days after a cut
    n_windows: int = 4
    step_days: int = 21  # between cuts: windows overlap by half
    max_visitors: int = 2_000  # a window; more are drawn at random
    keep_unbought: float = 0.3  # share of candidates without a purchase kept as negatives, at most
    max_unbought: int = 80_000  # the same as a number, a window
    n_trees: int = 220
    seed: int = 7

    def cuts(self, first_us: int, at_us: int) -> list[int]:
        """Cuts in time, newest first. A short history gets shorter windows: an eighth of it."""
        window_us = self.window_us(first_us, at_us)
        step_us = window_us * self.step_days // self.window_days
        cuts = [at_us - window_us - j * step_us for j in range(self.n_windows)]
        return [c for c in cuts if c - first_us >= 2 * window_us]

    def window_us(self, first_us: int, at_us: int) -> int:
        """The length of a label window for a history of that span."""
        return min(self.window_days * DAY_US, (at_us - first_us) // 5)


BOOSTING = {
    "objective": "lambdarank",
    "lambdarank_truncation_level": 40,
    "num_leaves": 31,
    "learning_rate": 0.05,
    "min_data_in_leaf": 100,
    "feature_fraction": 0.5,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "lambda_l2": 5.0,
    "max_bin": 127,
    "verbose": -1,
    "deterministic": True,
    "force_row_wise": True,
}


def learn_purchases(
    baskets: Baskets,
    *,
    at_us: int,
    titles: Sequence[str],
    training: PurchaseTraining = PurchaseTraining(),
    threads: int = 2,
    progress: Progress = no_progress,
) -> PurchaseModel:
    """A model of what each visitor buys next, from the lines before ``at_us``.

    Args:
        baskets: The history; later lines are not looked at.
        at_us: Now.
        titles: One a product, in the numbers of ``baskets``.
        training: Windows and sizes.
        threads: For boosting.
        progress: Called after each window and each tree.
    """
    past = baskets.before(at_us)
    first_us = int(past.at_us.min()) if len(past) else at_us
    cuts = training.cuts(first_us, at_us)
    title_neighbours = similar_titles(titles)
    n_steps = len(cuts)
    window_us = training.window_us(first_us, at_us)
    windows: list[tuple[NDArray[np.float32], NDArray[np.int8], NDArray[np.int64]]] = []
    for i, cut_us in enumerate(cuts):
        progress("purchases: windows", i, n_steps)
        windows.append(_window(past, cut_us, cut_us + window_us, title_neighbours, training, i))
    rankers: dict[str, Trees] = {}
    progress("purchases: windows", n_steps, n_steps)
    for mode in (HOME_MODE, DISCOVER_MODE):
        if (ranker := _fit(windows, mode, training, threads, progress)) is not None:
            rankers[mode] = ranker
    candidate_features = CandidateFeatures.fit(past, at_us=at_us, similar_titles=title_neighbours)
    return PurchaseModel(candidate_features, rankers)


def _window(
    past: Baskets,
    cut_us: int,
    stop_us: int,
    title_neighbours: Neighbours,
    training: PurchaseTraining,
    number: int,
) -> tuple[NDArray[np.float32], NDArray[np.int8], NDArray[np.int64]]:
    """Features, labels and groups of one window: visitors known before it who buy in it."""
    rng = np.random.default_rng([training.seed, number])
    before, after = past.before(cut_us), past.between(cut_us, stop_us)
    visitors = np.intersect1d(before.visitor, after.visitor)
    if len(visitors) > training.max_visitors:
        visitors = np.sort(rng.choice(visitors, training.max_visitors, replace=False))
    candidate_features = CandidateFeatures.fit(
        before, at_us=cut_us, similar_titles=title_neighbours
    )
    labels = after.for_visitors(visitors)
    purchased = np.unique(labels.visitor.astype(np.int64) * past.n_products + labels.product)
    parts = []
    for start, batch in visitor_batches(before.for_visitors(visitors), past.n_products):
        scored = candidate_features.score_products(
            PurchaseHistory.from_baskets(batch, at_us=cut_us)
        )
        visitor, product = candidate_features.candidates(scored)
        label = np.isin((start + visitor).astype(np.int64) * past.n_products + product, purchased)
        at_most = training.max_unbought * batch.n_visitors / len(visitors) / max(1, len(label))
        kept = label | (rng.random(len(label)) < min(training.keep_unbought, at_most))
        features = candidate_features.features(scored, visitor[kept], product[kept])
        group = number * 10_000_000 + start + visitor[kept].astype(np.int64)
        parts.append((features, label[kept].astype(np.int8), group))
    if not parts:
        return (
            np.zeros((0, len(CANDIDATE_FEATURES)), np.float32),
            np.zeros(0, np.int8),
            np.zeros(0, np.int64),
        )
    return (
        np.concatenate([features for features, _, _ in parts]),
        np.concatenate([label for _, label, _ in parts]),
        np.concatenate([group for _, _, group in parts]),
    )


def _fit(
    windows: list[tuple[NDArray[np.float32], NDArray[np.int8], NDArray[np.int64]]],
    mode: str,
    training: PurchaseTraining,
    threads: int,
    progress: Progress,
) -> Trees | None:
    """A ranker; None where there are too few purchases."""
    import lightgbm

    if not windows:
        return None
    features, label, group = (np.concatenate(c) for c in zip(*windows, strict=True))
    if mode == DISCOVER_MODE:
        is_new = features[:, CANDIDATE_FEATURES.index("bought_n")] == 0
        features, label, group = features[is_new], label[is_new], group[is_new]
    if label.sum() < 200:
        return None
    order = np.argsort(group, kind="stable")
    sizes = np.unique(group[order], return_counts=True)[1]
    data = lightgbm.Dataset(
        features[order], label[order], group=sizes, feature_name=list(CANDIDATE_FEATURES)
    )
    parameters = {**BOOSTING, "seed": training.seed, "num_threads": threads}
    n_trees, task = training.n_trees, f"purchases: ranker {mode}"
    booster = lightgbm.train(
        parameters,
        data,
        num_boost_round=n_trees,
        callbacks=[lambda state: progress(task, state.iteration + 1, n_trees)],
    )
    return Trees(booster.model_to_string())
