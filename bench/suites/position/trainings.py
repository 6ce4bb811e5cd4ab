"""Click models trained with position in different ways, measured by the true appeal of products."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from baihuo.evaluate import log_loss, ndcg_by_group
from baihuo.model_inputs import AT_SERVING, POSITION
from baihuo.models import Examples, FitContext, Model, Predictions, fit_calibrator, fit_models
from suites.position.shops import LoggedShop
from suites.shared.measure import emit

Floats = NDArray[np.float64]
TRAININGS = ("input", "ipw3", "ipw10", "unclicked", "propensity")
_MOST = {"ipw3": 3.0, "ipw10": 10.0}
_MOST_OF_PROPENSITY = 4.0
_DEPTH = 10


@dataclass(frozen=True, eq=False)
class Probabilities:
    """Of the model whose probabilities surprise least, not calibrated."""

    validation: Floats
    tested: Floats


def compare_trainings(shop: LoggedShop, ways: Iterable[str], *, seed: int) -> Probabilities | None:
    """One line a way and model; returns the probabilities with position as an input."""
    of_input = None
    for way in ways:
        matrix, weights = _as_trained(shop, way)
        fitted = fit(shop, matrix, weights, seed)
        p = _probabilities(shop, matrix, fitted, takes_position=_takes_position(way))
        of_input = p if way == "input" else of_input
        common = {**shop.named, "seed": seed, "way": way}
        for name, measures in _orders(shop, matrix, fitted).items():
            emit(what="training", **common, model=name, **measures)
        emit(what="p_click", **common, **_surprise(shop, p, seed))
    return of_input


def _takes_position(way: str) -> bool:
    return way in ("input", "propensity")


def _as_trained(shop: LoggedShop, way: str) -> tuple[NDArray[np.float32], Floats | None]:
    """The matrix, and how much each row counts."""
    matrix = shop.matrix.copy()
    if not _takes_position(way):
        matrix[:, shop.columns.index(POSITION)] = AT_SERVING[POSITION]
    is_click = shop.clicks > 0
    if way in _MOST:
        return matrix, np.where(is_click, np.minimum(1 / shop.examined, _MOST[way]), 1.0)
    if (
        way == "unclicked"
    ):  # by the mean appeal: who did not click either did not look, or did not like it
        is_train = shop.part == 0
        liked = min(0.5, float(shop.clicks[is_train].mean() / shop.examined[is_train].mean()))
        looked = shop.examined * (1 - liked) / (1 - shop.examined * liked)
        return matrix, np.where(is_click, 1.0, looked)
    if way == "propensity":
        return matrix, np.minimum(1 / shop.propensity, _MOST_OF_PROPENSITY)
    return matrix, None


def fit(
    shop: LoggedShop, matrix: NDArray[np.float32], weights: Floats | None, seed: int
) -> dict[str, Model]:
    """Every click model, stopped on the validation pages."""

    def examples(part: int) -> Examples:
        rows = shop.part == part
        return Examples(
            shop.columns,
            matrix[rows],
            shop.clicks[rows],
            shop.gains[rows],
            shop.page[rows],
            None if weights is None else weights[rows].astype(np.float32),
        )

    context = FitContext(seed=seed, threads=1, at_serving=AT_SERVING, curves={})
    return fit_models("clicks", examples(0), examples(1), context, settings={})


def _orders(
    shop: LoggedShop, matrix: NDArray[np.float32], fitted: Mapping[str, Model]
) -> dict[str, dict[str, float]]:
    """By model, nDCG@10 of the tested pages as serving would order them."""
    top, rows = matrix[shop.tested], shop.tested
    for name, value in AT_SERVING.items():
        top[:, shop.columns.index(name)] = value
    asked, even = Predictions(fitted, top, shop.columns), shop.is_even[rows]
    appeal, page = (shop.p_true / shop.looked)[rows], shop.page[rows]
    earned = np.asarray(2.0 ** shop.gains[rows] - 1, dtype=np.float64)
    found = {}
    for name in fitted:
        scores = asked.of(name).scores
        found[name] = {
            "true_ndcg10": _mean(ndcg_by_group(appeal, scores, page, k=_DEPTH)),
            "true_ndcg10_even": _mean(
                ndcg_by_group(appeal[even], scores[even], page[even], k=_DEPTH)
            ),
            "ndcg10": _mean(ndcg_by_group(earned, scores, page, k=_DEPTH)),
        }
    return found


def _mean(values: Floats) -> float:
    return float(np.nanmean(values))


def _probabilities(
    shop: LoggedShop,
    matrix: NDArray[np.float32],
    fitted: Mapping[str, Model],
    *,
    takes_position: bool,
) -> Probabilities:
    """At the position each row had: a model that knows no position is multiplied by examination."""
    seen = np.ones(len(matrix)) if takes_position else shop.examined
    clicks, best = shop.clicks[shop.part == 1], None
    for model in fitted.values():
        found = [model.probabilities(matrix[rows]) for rows in (shop.part == 1, shop.tested)]
        if found[0] is None or found[1] is None:
            continue
        p = Probabilities(found[0] * seen[shop.part == 1], found[1] * seen[shop.tested])
        if best is None or log_loss(p.validation, clicks) < log_loss(best.validation, clicks):
            best = p
    if best is None:
        raise ValueError("no model gives probabilities")
    return best


def _surprise(shop: LoggedShop, p: Probabilities, seed: int) -> dict[str, float]:
    """Log-loss, and the share of the gap between a constant and the truth that is closed; calibrated by surface."""
    surface, tested = shop.surface[shop.part == 1], shop.surface[shop.tested]
    calibrated = p.tested.copy()
    for one in np.unique(tested):
        rows = surface == one
        by = fit_calibrator(p.validation[rows], shop.clicks[shop.part == 1][rows], seed=seed)
        calibrated[tested == one] = by.apply(p.tested[tested == one])
    clicks = shop.clicks[shop.tested]
    constant = np.full(len(clicks), shop.clicks[shop.part == 0].mean())
    worst, best = log_loss(constant, clicks), log_loss(shop.p_true[shop.tested], clicks)
    ours = log_loss(calibrated, clicks)
    return {"log_loss": ours, "gap_closed": (worst - ours) / (worst - best)}
