"""Clicks on ads that no interest led to, found without labels: organic clicks are known to be honest.

Nobody is paid for an organic click, so what tells ad clicks from organic ones is the fraud among them, and what ads
and their places do to honest people. Small trees learn which click is an ad's from how it came about, what followed
it and how the visitor clicks on other pages: learning from positive and unlabelled examples (Elkan & Noto, KDD 2008).
A click is judged by trees that saw none of its visitor's, and is as suspicious as the organic clicks with a score as
high are few: what a search against decoys is to mass spectra (Elias & Gygi, Nature Methods 2007).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_FOLDS, _REPEATS, _ROUNDS = 5, 4, 80
# Few features a tree and few leaves: a fraud of which the log has a dozen clicks would else be drowned by what ads do
_TREES = {
    "objective": "binary",
    "learning_rate": 0.05,
    "num_leaves": 15,
    "min_data_in_leaf": 20,
    "feature_fraction": 0.2,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "lambda_l2": 5,
    "deterministic": True,
    "force_row_wise": True,
    "verbose": -1,
}
_IDS = ("import_id", "line", "visitor_id", "brand", "surface", "is_ad")
# What a click's company adds, of its own log-odds; few others count as so many usual ones
_OF_COMPANY, _FEW_OF_VISITOR, _FEW_OF_BRAND = 0.3, 3, 5
_REASONS = 3
_SUSPICIOUS = 0.05  # of organic clicks: only such have their reasons worked out


def judge_ad_clicks(clicks: Path) -> pa.Table:
    """How unlike organic clicks each click on an ad is.

    Args:
        clicks: A Parquet file, one row a click: ``import_id``, ``line``, ``visitor_id``, ``brand``, ``surface``,
            ``is_ad``, and features (float, null if not known).

    Returns:
        A row for each ad click: ``import_id``, ``line``, ``surface``; ``organic_alike`` and ``ads_alike``, the
        shares of organic and of ad clicks with a score as high; ``reasons``, the three features that raised it most
        (null of a click that is like one organic click in twenty).
    """
    table = pq.read_table(clicks)
    names = [name for name in table.column_names if name not in _IDS]
    features = np.column_stack([table[n].cast(pa.float64()).to_numpy() for n in names])
    is_ad = table["is_ad"].to_numpy(zero_copy_only=False)
    visitors, brands = _codes(table, "visitor_id"), _codes(table, "brand")
    trees = _CrossFitted(features, is_ad, visitors)
    scores = _with_company(trees.log_odds(), is_ad, visitors, brands)
    organic_alike = _share_above(scores[is_ad], scores[~is_ad])
    top: list[list[str] | None] = [None] * len(organic_alike)
    suspicious = np.flatnonzero(organic_alike <= _SUSPICIOUS)
    raised = trees.raised(np.flatnonzero(is_ad)[suspicious])
    for i, row in zip(suspicious, np.argsort(-raised, axis=1, kind="stable"), strict=True):
        top[i] = [names[j] for j in row[:_REASONS]]
    return (
        table.select(["import_id", "line", "surface"])
        .filter(table["is_ad"])
        .append_column("organic_alike", [organic_alike])
        .append_column("ads_alike", [_share_above(scores[is_ad], scores[is_ad])])
        .append_column("reasons", [top])
    )


class _CrossFitted:
    """Trees for which clicks are ads', of which those judge a click that saw none of its visitor's."""

    def __init__(self, features: Floats, is_ad: NDArray[np.bool_], visitors: Ints) -> None:
        import lightgbm  # which takes half a second to load

        self._features = features
        self._parts: list[tuple[lightgbm.Booster, NDArray[np.bool_]]] = []
        binned = lightgbm.Dataset(features, is_ad, params=_TREES, free_raw_data=False).construct()
        for repeat in range(_REPEATS):
            rng = np.random.default_rng(repeat)
            fold_of = rng.integers(_FOLDS, size=visitors.max(initial=0) + 1)[visitors]
            for fold in range(_FOLDS):
                others = binned.subset(np.flatnonzero(fold_of != fold).tolist())
                trees = lightgbm.train(_TREES | {"seed": repeat}, others, _ROUNDS)
                self._parts.append((trees, fold_of == fold))

    def log_odds(self) -> Floats:
        """Of every click, averaged over the ways to split the visitors."""
        total = np.zeros(len(self._features))
        for trees, judged in self._parts:
            total[judged] += trees.predict(self._features[judged], raw_score=True)
        return total / _REPEATS

    def raised(self, clicks: Ints) -> Floats:
        """By how much each feature raised the log-odds of these clicks (TreeSHAP): clicks x features."""
        features, total = self._features[clicks], np.zeros((len(clicks), self._features.shape[1]))
        for trees, judged in self._parts:
            if (here := judged[clicks]).any():
                total[here] += trees.predict(features[here], pred_contrib=True)[:, :-1]
        return total / _REPEATS


def _codes(table: pa.Table, name: str) -> Ints:
    return np.asarray(table[name].combine_chunks().dictionary_encode().indices, dtype=np.int64)


def _with_company(scores: Floats, is_ad: NDArray[np.bool_], visitors: Ints, brands: Ints) -> Floats:
    """Scores with those of the visitor's other clicks, and of other visitors' on the brand: fraud seldom clicks once.

    Only of clicks of the same kind, and less their mean, so that organic clicks stay a reference of honest ones.
    """
    sums, sizes = _sums(is_ad.astype(np.int64), scores)
    less = scores - sums / sizes
    of_visitor, n_of_visitor = _sums(visitors * 2 + is_ad, less)
    of_brand, n_of_brand = _sums(brands * 2 + is_ad, less)
    pairs = brands * (visitors.max(initial=0) + 1) + visitors
    of_pair, n_of_pair = _sums(pairs * 2 + is_ad, less)
    visit = (of_visitor - less) / (n_of_visitor - 1 + _FEW_OF_VISITOR)
    brand = (of_brand - of_pair) / (n_of_brand - n_of_pair + _FEW_OF_BRAND)
    return np.asarray(scores + _OF_COMPANY * (visit + brand))


def _sums(groups: Ints, values: Floats) -> tuple[NDArray[Any], Floats]:
    """For each row, the sum and the number of its group's values."""
    _, group = np.unique(groups, return_inverse=True)
    sums, sizes = np.bincount(group, values), np.bincount(group)
    return sums[group], sizes[group].astype(np.float64)


def _share_above(scores: Floats, reference: Floats) -> Floats:
    """For each score, the share of the reference that is as high or higher, never 0: one more might be."""
    below = np.searchsorted(np.sort(reference), scores, side="left")
    return 1 - below / (len(reference) + 1)
