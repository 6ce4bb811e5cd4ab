"""Train on purchases alone: label windows inside the history, then a ranker over candidate features.

A label window is a cut in time: features from before it, labels from the weeks after it. Several
windows, the newest ending now, cover more than one season; nothing of a window's own
weeks enters its features.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.core import Progress, no_progress
from baihuo.evaluate import ndcg_by_group
from baihuo.models import (
    CANDIDATE_FEATURES,
    DAY_US,
    DISCOVER_MODE,
    PURCHASE_MODES,
    PURCHASE_SETTINGS,
    Baskets,
    CandidateFeatures,
    ChosenModel,
    Examples,
    FitContext,
    Model,
    Predictions,
    ProductTitles,
    PurchaseHistory,
    PurchaseModel,
    fit_models,
    models_of,
    visitor_batches,
    with_parts,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseTraining:
    """How the ranker of purchases is trained."""

    window_days: int = 42  # labels: purchases within these days after a cut
    n_windows: int = 7
    step_days: int = 21  # between cuts: windows overlap by half
    half_life_days: float = 42  # a window counts half of one so much later; inf: all count 1
    max_visitors: int = 2_000  # a window; more are drawn at random
    keep_unbought: float = 0.3  # share of candidates without a purchase kept as negatives, at most
    max_unbought: int = 24_000  # the same as a number, a window: so many owned and so many new ones
    models: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """By registered model, what differs from ``PURCHASE_SETTINGS`` and the defaults of its file."""
    seed: int = 7

    def cuts(self, first_us: int, at_us: int) -> list[int]:
        """Cuts in time, newest first. A short history gets shorter windows: an eighth of it."""
        window_us = self.window_us(first_us, at_us)
        step_us = window_us * self.step_days // self.window_days
        cuts = [at_us - window_us - j * step_us for j in range(self.n_windows)]
        return [c for c in cuts if c - first_us >= 2 * window_us]

    def window_weight(self, number: int) -> float:
        """How much the rows of a window count, 1 for the newest (number 0): a shop and its season move on."""
        return float(np.exp2(-number * self.step_days / self.half_life_days))

    def window_us(self, first_us: int, at_us: int) -> int:
        """The length of a label window for a history of that span."""
        return min(self.window_days * DAY_US, (at_us - first_us) // 5)


_ALL_EFFORT = (
    20_000  # candidates that were bought: from so many on, a model takes all its usual steps
)
_MIN_BOUGHT = 200  # candidates that were bought; fewer teach no order


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
    product_titles = ProductTitles.of(titles)
    n_steps = len(cuts)
    window_us = training.window_us(first_us, at_us)
    windows: list[Examples] = []
    for i, cut_us in enumerate(cuts):
        progress("purchases: windows", i, n_steps)
        windows.append(_window(past, cut_us, cut_us + window_us, product_titles, training, i))
    rankers: dict[str, ChosenModel] = {}
    progress("purchases: windows", n_steps, n_steps)
    for mode in PURCHASE_MODES:
        if (ranker := _fit(windows, mode, training, threads, progress)) is not None:
            rankers[mode] = ranker
    candidate_features = CandidateFeatures.fit(past, at_us=at_us, titles=product_titles)
    return PurchaseModel(candidate_features, rankers)


def _window(
    past: Baskets,
    cut_us: int,
    stop_us: int,
    product_titles: ProductTitles,
    training: PurchaseTraining,
    number: int,
) -> Examples:
    """Candidates of one window, a visitor a group: visitors known before it who buy in it."""
    rng = np.random.default_rng([training.seed, number])
    before, after = past.before(cut_us), past.between(cut_us, stop_us)
    visitors = np.intersect1d(before.visitor, after.visitor)
    if len(visitors) > training.max_visitors:
        visitors = np.sort(rng.choice(visitors, training.max_visitors, replace=False))
    candidate_features = CandidateFeatures.fit(before, at_us=cut_us, titles=product_titles)
    labels = after.for_visitors(visitors)
    purchased = np.unique(labels.visitor.astype(np.int64) * past.n_products + labels.product)
    parts = []
    for start, batch in visitor_batches(before.for_visitors(visitors), past.n_products):
        scored = candidate_features.score_products(
            PurchaseHistory.from_baskets(batch, at_us=cut_us)
        )
        visitor, product = candidate_features.candidates(scored)
        label = np.isin((start + visitor).astype(np.int64) * past.n_products + product, purchased)
        at_most = training.max_unbought * batch.n_visitors / len(visitors)
        share = _kept_share(label, scored.is_owned(visitor, product), training, at_most)
        kept = rng.random(len(label)) < share
        features = candidate_features.features(scored, visitor[kept], product[kept])
        group = number * 10_000_000 + start + visitor[kept].astype(np.int64)
        weight = training.window_weight(number) * _counted(label, share)[kept]
        parts.append(_examples(features, label[kept], group, weight))
    return _joined(parts)


def _kept_share(
    label: NDArray[np.bool_],
    is_owned: NDArray[np.bool_],
    training: PurchaseTraining,
    at_most: float,
) -> NDArray[np.float64]:
    """The share of candidates like each one that teaches: all that were bought, and of the others ``at_most`` that the
    visitor owns and as many new ones. Four of five candidates are new, but the order of what is owned needs more to learn from.
    """
    share = np.ones(len(label))
    for of in (is_owned, ~is_owned):
        unbought = of & ~label
        share[unbought] = min(training.keep_unbought, at_most / max(1, int(unbought.sum())))
    return share


def _counted(label: NDArray[np.bool_], share: NDArray[np.float64]) -> NDArray[np.float64]:
    """How much each candidate counts: one that was not bought by how many it stands for, 1 where fewest of its like are kept."""
    least = float(share[~label].min(initial=1.0))
    return np.where(label, 1.0, least / share)


def _examples(
    features: NDArray[np.float32],
    label: NDArray[np.bool_],
    group: NDArray[np.int64],
    weight: NDArray[np.float64],
) -> Examples:
    return Examples(
        CANDIDATE_FEATURES,
        features,
        label.astype(np.float32),
        label.astype(np.int32),
        group,
        weight.astype(np.float32),
    )


def _joined(parts: Sequence[Examples]) -> Examples:
    """All rows of the parts, in their order."""
    if not parts:
        empty = np.zeros((0, len(CANDIDATE_FEATURES)), np.float32)
        return _examples(empty, np.zeros(0, bool), np.zeros(0, np.int64), np.zeros(0))
    return Examples(
        CANDIDATE_FEATURES,
        np.concatenate([part.matrix for part in parts]),
        np.concatenate([part.labels for part in parts]),
        np.concatenate([part.gains for part in parts]),
        np.concatenate([part.group for part in parts]),
        np.concatenate([np.ones(0, np.float32) if p.weights is None else p.weights for p in parts]),
    )


def _fit(
    windows: list[Examples],
    mode: str,
    training: PurchaseTraining,
    threads: int,
    progress: Progress,
) -> ChosenModel | None:
    """The model that orders a mode, of all registered ones; None where there are too few purchases."""
    if mode == DISCOVER_MODE:
        bought = CANDIDATE_FEATURES.index("bought_n")
        windows = [window.take(window.matrix[:, bought] == 0) for window in windows]
    rows = _joined(windows)
    if rows.labels.sum() < _MIN_BOUGHT:
        return None

    settings = {
        name: {**PURCHASE_SETTINGS.get(name, {}), **training.models.get(name, {})}
        for name in {*PURCHASE_SETTINGS, *training.models}
    }

    def fitted(rows: Examples) -> dict[str, Model]:
        context = FitContext(
            seed=training.seed,
            threads=threads,
            effort=min(1.0, float(np.sqrt(rows.labels.sum() / _ALL_EFFORT))),
            progress=lambda task, done, total: progress(f"{task} {mode}", done, total),
        )
        return fit_models("purchases", rows, None, context, settings=settings)

    names = [spec.name for spec in models_of("purchases")]
    best = names[0]
    if len(names) > 1 and len(windows) > 1:  # the newest window says which, then all windows teach
        best = _best(fitted(_joined(windows[1:])), windows[0])
    models = fitted(rows)
    return ChosenModel(best, {name: models[name] for name in with_parts(best)})


def _best(models: dict[str, Model], newest: Examples) -> str:
    """The model with the best mean nDCG@20 over visitors; the first of equals."""
    asked = Predictions(models, newest.matrix, newest.columns)
    gains = newest.gains.astype(np.float64)
    ndcg = {
        name: float(np.nanmean(ndcg_by_group(gains, asked.of(name).scores, newest.group, k=20)))
        for name in models
    }
    return max(ndcg, key=lambda name: ndcg[name])
