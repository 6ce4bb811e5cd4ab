"""Fit every registered click model; calibrators, and which model orders which surface, by the validation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.bundle import ClickModels
from baihuo.evaluate import clustered_mean, log_loss, ndcg_by_group
from baihuo.model_inputs import AT_SERVING
from baihuo.models import (
    Blend,
    Calibrator,
    Examples,
    Files,
    FitContext,
    Model,
    Predictions,
    fit_models,
)

Floats = NDArray[np.float32]
DEPTH = 10  # nDCG@10: the first screen
BASELINE_ORDER: dict[str, str] = {
    "search": "relevance",
    "home": "popularity",
    "similar": "popularity",
}
"""What orders a surface when no model beats it."""


@dataclass(frozen=True, slots=True, eq=False)
class ExampleRows:
    """Examples with their columns, pages together, oldest first."""

    matrix: Floats  # [rows, columns]
    clicks: Floats  # [rows] 0 or 1
    gains: NDArray[np.int32]  # [rows] grade of the best outcome
    page: NDArray[np.int64]  # [rows] number of the page, in order of rows
    visitor: NDArray[np.int64]  # [rows] number of the visitor
    surface: NDArray[np.str_]  # [rows]
    weights: Floats | None = None  # [rows] how much a row counts in learning; None: all the same
    seen: NDArray[np.float64] | None = None
    """``[rows]`` P(examined) at the position each had, where the matrix has all at the top; None: the matrix has it."""

    def take(self, mask: NDArray[np.bool_]) -> ExampleRows:
        """The rows where ``mask`` holds."""
        return ExampleRows(
            self.matrix[mask],
            self.clicks[mask],
            self.gains[mask],
            self.page[mask],
            self.visitor[mask],
            self.surface[mask],
            None if self.weights is None else self.weights[mask],
            None if self.seen is None else self.seen[mask],
        )

    def examples(self, columns: tuple[str, ...]) -> Examples:
        """As models are fitted on: a page is a group."""
        return Examples(columns, self.matrix, self.clicks, self.gains, self.page, self.weights)

    def at_top(self, columns: tuple[str, ...]) -> Floats:
        """The matrix as serving would make it: every product at the top."""
        matrix = self.matrix.copy()
        for name, value in AT_SERVING.items():
            matrix[:, columns.index(name)] = value
        return matrix

    def earned(self) -> NDArray[np.float64]:
        """What each row earns an order: ``2 ** grade - 1``."""
        return np.asarray(2.0**self.gains - 1.0, dtype=np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class FittedClicks:
    """Click models ready to score, and how the fitting went."""

    models: ClickModels
    curves: dict[str, list[float]] = field(default_factory=dict)  # by step, for TensorBoard
    validation_ndcg: dict[str, dict[str, float]] = field(default_factory=dict)  # surface, order
    validation_log_loss: float = float("nan")  # nats a row, of P(click) before it is calibrated


def fit_clicks(
    train: ExampleRows,
    validation: ExampleRows,
    columns: tuple[str, ...],
    *,
    settings: Mapping[str, Mapping[str, Any]],
    continued: Mapping[str, Files] | None = None,
    context: FitContext | None = None,
    calibration: str = "auto",
    calibrate_by: str = "surface",
) -> FittedClicks:
    """Fit on ``train``, stop, calibrate and choose on ``validation``.

    Args:
        settings: By model, what differs from its defaults.
        continued: By model, the files to continue from.
        context: Seed, threads and what else models are given; its curves and constants are set here.
        calibration: A way of :func:`baihuo.models.fit_calibrator`.
        calibrate_by: ``surface``: each has a calibrator of its own; ``all``: they share one.
    """
    context = replace(context or FitContext(), at_serving=AT_SERVING, curves={})
    fitted = fit_models(
        "clicks",
        train.examples(columns),
        validation.examples(columns),
        context,
        settings=settings,
        continued=continued,
    )
    return choose_clicks(
        fitted,
        validation,
        columns,
        seed=context.seed,
        calibration=calibration,
        calibrate_by=calibrate_by,
        curves=context.curves,
    )


def choose_clicks(
    fitted: Mapping[str, Model],
    validation: ExampleRows,
    columns: tuple[str, ...],
    *,
    seed: int,
    calibration: str = "auto",
    calibrate_by: str = "surface",
    curves: dict[str, list[float]] | None = None,
) -> FittedClicks:
    """Which of the fitted models orders which surface and gives P(click), and calibrators, by ``validation``; arguments as for
    :func:`fit_clicks`. A blend orders a surface unless another is better by a standard error."""
    order_by, measured = _choose(fitted, validation, columns)
    p_click_by, raw = _most_likely(fitted, validation, columns)
    models = ClickModels(
        models=fitted,
        columns=columns,
        calibrators=_calibrators(raw, validation, seed=seed, way=calibration, by=calibrate_by),
        order_by=order_by,
        p_click_by=p_click_by,
    )
    if blend := next((name for name, model in fitted.items() if isinstance(model, Blend)), None):
        steady = steady_order(models, dict.fromkeys(order_by, blend), validation)
        models = replace(models, order_by=steady)
    loss = log_loss(raw, validation.clicks)
    return FittedClicks(models, curves or {}, measured, loss)


def mean_ndcg(rows: ExampleRows, scores: NDArray[np.float64]) -> float:
    """Mean nDCG@10 of pages where something happened; 0 where nothing did."""
    by_page = ndcg_by_group(rows.earned(), scores, rows.page, k=DEPTH)
    return float(np.nanmean(by_page)) if not np.isnan(by_page).all() else 0.0


def _choose(
    models: Mapping[str, Model], validation: ExampleRows, columns: tuple[str, ...]
) -> tuple[dict[str, str], dict[str, dict[str, float]]]:
    """By surface, the model or baseline with the best nDCG, and that of all of them. The first of equals."""
    asked = Predictions(models, validation.at_top(columns), columns)
    order_by: dict[str, str] = {}
    measured: dict[str, dict[str, float]] = {}
    for surface in np.unique(validation.surface).tolist():
        mask = validation.surface == surface
        rows = validation.take(mask)
        if not rows.gains.any():
            continue
        ndcg = {name: mean_ndcg(rows, asked.of(name).scores[mask]) for name in models}
        baseline = BASELINE_ORDER[surface]
        ndcg[baseline] = mean_ndcg(rows, baseline_scores(baseline, rows.matrix, columns))
        order_by[surface] = max(ndcg, key=lambda name: ndcg[name])
        measured[surface] = ndcg
    return order_by, measured


def steady_order(
    models: ClickModels, before: Mapping[str, str], validation: ExampleRows
) -> dict[str, str]:
    """By surface, what orders it: what did before, where the best of the validation gains no more than a standard error.

    A small shop validates on some ninety pages a surface, and the best of several models there is the best by chance
    (docs/decisions/0027).

    Args:
        models: Fitted; their ``order_by`` is the best of the validation.
        before: By surface, what ordered it before the update; a blend, before the first.
        validation: The rows that chose.

    Source: the one-standard-error rule of Breiman et al. (1984), over visitors.
    """
    asked = Predictions(models.models, validation.at_top(models.columns), models.columns)
    order_by = dict(models.order_by)
    for surface, best in models.order_by.items():
        kept = before.get(surface)
        is_known = kept in models.models or kept == BASELINE_ORDER.get(surface)
        if kept is None or kept == best or not is_known:
            continue
        mask = validation.surface == surface
        rows = validation.take(mask)
        ndcg = {
            name: ndcg_by_group(
                rows.earned(),
                asked.of(name).scores[mask]
                if name in models.models
                else baseline_scores(name, rows.matrix, models.columns),
                rows.page,
                k=DEPTH,
            )
            for name in (best, kept)
        }
        _, first = np.unique(rows.page, return_index=True)
        gain = clustered_mean(ndcg[best] - ndcg[kept], rows.visitor[first])
        if not gain.mid > gain.error:  # NaN of a single visitor keeps too
            order_by[surface] = kept
    return order_by


def _most_likely(
    models: Mapping[str, Model], validation: ExampleRows, columns: tuple[str, ...]
) -> tuple[str, NDArray[np.float64]]:
    """The model whose probabilities surprise least, and what it says of the validation rows as they were."""
    asked = Predictions(models, validation.matrix, columns)
    seen = 1.0 if validation.seen is None else validation.seen
    claimed = {name: p * seen for name in models if (p := asked.of(name).probabilities) is not None}
    if not claimed:
        raise ValueError("no registered click model gives probabilities, and pages show P(click)")
    best = min(claimed, key=lambda name: log_loss(claimed[name], validation.clicks))
    return best, claimed[best]


def baseline_scores(name: str, matrix: Floats, columns: tuple[str, ...]) -> NDArray[np.float64]:
    """A baseline's score of each row, from point-in-time columns: as fresh as the models' own.

    ``popularity`` is purchases of 28 days (clicks break ties), ``own`` (repeat purchase) the visitor's decayed
    purchases (popularity breaks ties), ``bm25`` and ``relevance`` what the index says of the words.
    """

    def column(one: str) -> NDArray[np.float64]:
        return np.nan_to_num(matrix[:, columns.index(one)].astype(np.float64))

    popular = column("product_purchases_28d") + 1e-3 * column("product_clicks_28d")
    if name == "popularity":
        return popular
    if name == "own":
        return 1e6 * column("own_purchases_decayed") + popular
    if name in ("bm25", "relevance"):
        return column(name)
    raise ValueError(f"no baseline {name!r}")


def _calibrators(
    raw: NDArray[np.float64], validation: ExampleRows, *, seed: int, way: str, by: str
) -> dict[str, Calibrator]:
    """By surface."""
    from baihuo.models import fit_calibrator

    calibrators = {}
    for surface in np.unique(validation.surface).tolist():
        mask = (validation.surface == surface) | (by == "all")
        calibrators[surface] = fit_calibrator(
            raw[mask], validation.clicks[mask], seed=seed, way=way
        )
    return calibrators


def write_curves(folder: Path, curves: dict[str, list[float]], final: dict[str, float]) -> None:
    """Losses and metrics by step, for ``tensorboard --logdir 4-train``."""
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.summary.writer.event_file_writer import EventFileWriter

    folder.mkdir(parents=True, exist_ok=True)
    writer = EventFileWriter(str(folder))
    points = [(tag, step, v) for tag, values in curves.items() for step, v in enumerate(values, 1)]
    points += [(f"test/{tag}", 0, value) for tag, value in final.items()]
    for tag, step, value in points:
        summary = Summary(value=[Summary.Value(tag=tag, simple_value=value)])
        writer.add_event(Event(step=step, summary=summary))
    writer.close()
