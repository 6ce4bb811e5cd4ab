"""The models compared with their baselines, on pages newer than all training data."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.bundle import ClickModels
from baihuo.evaluate import (
    auc,
    bootstrap_mean,
    calibration_error,
    log_loss,
    ndcg_by_group,
    paired_bootstrap,
    recall_by_group,
    reciprocal_rank_by_group,
    reliability,
)
from baihuo.models import Predictions
from baihuo.train.clicks.fit import DEPTH, ExampleRows, baseline_scores

Scores = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SystemResult:
    """One system on one surface."""

    surface: str
    system: str
    ndcg10: float
    n_pages: int  # test pages where something happened
    is_chosen: bool = False  # by validation; the gate and shop.yaml decide whether it serves
    mrr10: float = 0.0  # reciprocal rank of the first product that something happened to
    recall10: float = 0.0
    intervals: dict[str, dict[str, float]] = field(default_factory=dict)
    """95% over visitors, of ndcg10, mrr10 and recall10."""


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """The results on the test pages."""

    lines: list[SystemResult]
    lift: dict[str, dict[str, Any]]  # by surface: over which baseline, mid, low, high
    clicks: dict[str, float]  # of P(click): log_loss, constant_log_loss, auc, ece, n, n_clicks
    reliability: dict[str, list[float]]

    def to_json(self) -> dict[str, Any]:
        """As kept in the bundle's report."""
        return {
            "table": [asdict(line) for line in self.lines],
            "lift": self.lift,
            "clicks": self.clicks,
            "reliability": self.reliability,
        }


def compare(
    models: ClickModels,
    test: ExampleRows,
    *,
    base_rate: float,
    knn: Scores | None,
    seed: int,
) -> Comparison:
    """Every order on every surface, the lift over the best baseline, and the calibration.

    Args:
        base_rate: Clicks an impression in training: the prediction of a constant.
        knn: ``[rows]`` item kNN's scores of the test rows; None: not computed.
    """
    columns = models.columns
    asked = Predictions(models.models, test.at_top(columns), columns)
    lines, lift = [], {}
    for surface in np.unique(test.surface).tolist():
        mask = test.surface == surface
        rows = test.take(mask)
        names = ["popularity", "own"] + (["bm25", "relevance"] if surface == "search" else [])
        baselines = {name: baseline_scores(name, rows.matrix, columns) for name in names}
        if knn is not None:
            baselines["item_knn"] = knn[mask]
        ours = {name: asked.of(name).scores[mask] for name in models.models}
        scored = {**baselines, **ours}
        by_page = {
            name: ndcg_by_group(rows.earned(), scores, rows.page, k=DEPTH)
            for name, scores in scored.items()
        }
        n_pages = int((~np.isnan(by_page["popularity"])).sum())
        if not n_pages:
            continue
        mean = {name: float(np.nanmean(values)) for name, values in by_page.items()}
        chosen = models.order_by.get(surface, "popularity")
        lines += [
            _result(surface, n, rows, scored[n], is_chosen=n == chosen, seed=seed) for n in mean
        ]
        best = max(baselines, key=lambda name: mean[name])
        _, first = np.unique(rows.page, return_index=True)
        gained = paired_bootstrap(
            by_page[chosen], by_page[best], seed=seed, clusters=rows.visitor[first]
        )
        lift[surface] = {"over": best, "order": chosen, "n_pages": n_pages, **gained.to_json()}
    p_click = probabilities(models, test)
    return Comparison(lines, lift, _clicks(p_click, test, base_rate), _curve(p_click, test))


def _result(
    surface: str, system: str, rows: ExampleRows, scores: Scores, *, is_chosen: bool, seed: int
) -> SystemResult:
    """nDCG, MRR and recall at 10 over pages where something happened, with intervals over visitors."""
    by_page = {
        "ndcg10": ndcg_by_group(rows.earned(), scores, rows.page, k=DEPTH),
        "mrr10": reciprocal_rank_by_group(rows.earned(), scores, rows.page, k=DEPTH),
        "recall10": recall_by_group(rows.earned(), scores, rows.page, k=DEPTH),
    }
    _, first = np.unique(rows.page, return_index=True)
    visitor = rows.visitor[first]
    found = {
        name: bootstrap_mean(values, seed=seed, clusters=visitor, n_resamples=500)
        for name, values in by_page.items()
    }
    return SystemResult(
        surface,
        system,
        found["ndcg10"].mid,
        int((~np.isnan(by_page["ndcg10"])).sum()),
        is_chosen,
        found["mrr10"].mid,
        found["recall10"].mid,
        {name: one.to_json() for name, one in found.items()},
    )


def probabilities(models: ClickModels, rows: ExampleRows) -> Scores:
    """Calibrated P(click) at the position each row really had, to compare with outcomes."""
    raw = models.probabilities(rows.matrix, rows.surface)
    calibrated = raw.copy()
    for surface, calibrator in models.calibrators.items():
        mask = rows.surface == surface
        calibrated[mask] = calibrator.apply(raw[mask])
    return calibrated


def _clicks(p: Scores, test: ExampleRows, base_rate: float) -> dict[str, float]:
    has_both = 0 < test.clicks.sum() < len(test.clicks)
    return {
        "log_loss": log_loss(p, test.clicks),
        "constant_log_loss": log_loss(np.full(len(p), base_rate), test.clicks),
        "auc": auc(p, test.clicks) if has_both else 0.5,
        "ece": calibration_error(p, test.clicks),
        "base_rate": base_rate,
        "n": float(len(p)),
        "n_clicks": float(test.clicks.sum()),
    }


def _curve(p: Scores, test: ExampleRows) -> dict[str, list[float]]:
    return reliability(p, test.clicks).to_json()
