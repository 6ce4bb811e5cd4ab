"""Fit the click models: network, trees, calibrators, and which of them orders which surface."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from baihuo.bundle import CLICK_MODELS, ClickModels, OrderBy, combined
from baihuo.core import Progress, no_progress
from baihuo.evaluate import ndcg_by_group
from baihuo.model_inputs import AT_SERVING
from baihuo.models import (
    Calibrator,
    Network,
    Ranked,
    Scaler,
    Trees,
    TreesConfig,
    fit_ranker,
    log_odds,
)

if TYPE_CHECKING:
    from baihuo.models import NetworkConfig

Floats = NDArray[np.float32]
DEPTH = 10  # nDCG@10: the first screen
BASELINE_ORDER: dict[str, OrderBy] = {
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

    def take(self, mask: NDArray[np.bool_]) -> ExampleRows:
        """The rows where ``mask`` holds."""
        return ExampleRows(
            self.matrix[mask],
            self.clicks[mask],
            self.gains[mask],
            self.page[mask],
            self.visitor[mask],
            self.surface[mask],
        )

    def ranked(self) -> Ranked:
        """For the ranker: pages without any outcome have no order to learn and are left out."""
        _, number = np.unique(self.page, return_inverse=True)
        kept = (np.bincount(number, self.gains) > 0)[number]
        _, n_by_page = np.unique(self.page[kept], return_counts=True)
        return Ranked(self.matrix[kept], self.gains[kept], n_by_page.astype(np.int64))

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
class Continuation:
    """Models to continue from, as a bundle keeps them."""

    models: ClickModels
    weights: bytes  # of the network, safetensors


@dataclass(frozen=True, slots=True, eq=False)
class FittedClicks:
    """Click models ready to score, their files, and how the fitting went."""

    models: ClickModels
    onnx: bytes
    safetensors: bytes
    curves: dict[str, list[float]] = field(default_factory=dict)  # by step, for TensorBoard
    validation_ndcg: dict[str, dict[str, float]] = field(default_factory=dict)  # surface, order


def fit_clicks(
    train: ExampleRows,
    validation: ExampleRows,
    columns: tuple[str, ...],
    *,
    network_config: NetworkConfig,
    trees_config: TreesConfig,
    continued: Continuation | None = None,
    seed: int = 7,
    progress: Progress = no_progress,
) -> FittedClicks:
    """Fit on ``train``, stop, calibrate and choose on ``validation``.

    Args:
        continued: Models to continue from; their scaler stays.
    """
    from baihuo.models import CtrNetwork, fit_network

    if continued is None:
        scaler, network_before, trees_before = Scaler.fit(train.matrix), None, None
    else:
        scaler, trees_before = continued.models.network.scaler, continued.models.trees
        network_before = CtrNetwork.from_safetensors(
            continued.weights, dropout=network_config.dropout
        )
    fitted = fit_network(
        (scaler.apply(train.matrix), train.clicks),
        (scaler.apply(validation.matrix), validation.clicks),
        network_config,
        continued=network_before,
        progress=progress,
    )
    trees, curve = fit_ranker(
        train.ranked(),
        validation.ranked(),
        columns,
        trees_config,
        continued=trees_before,
        progress=progress,
    )
    onnx = fitted.network.to_onnx()
    network = Network(onnx, scaler)
    order_by, scale, measured = _choose(trees, network, validation, columns)
    models = ClickModels(
        columns=columns,
        trees=trees,
        network=network,
        calibrators=_calibrators(network, validation, seed=seed),
        order_by=order_by,
        tree_scale=scale,
    )
    curves = {
        "network/train_loss": fitted.train_loss,
        "network/validation_loss": fitted.validation_loss,
        "trees/validation_ndcg": curve,
    }
    return FittedClicks(models, onnx, fitted.network.to_safetensors(), curves, measured)


def mean_ndcg(rows: ExampleRows, scores: NDArray[np.float64]) -> float:
    """Mean nDCG@10 of pages where something happened; 0 where nothing did."""
    by_page = ndcg_by_group(rows.earned(), scores, rows.page, k=DEPTH)
    return float(np.nanmean(by_page)) if not np.isnan(by_page).all() else 0.0


def _choose(
    trees: Trees, network: Network, validation: ExampleRows, columns: tuple[str, ...]
) -> tuple[dict[str, OrderBy], float, dict[str, dict[str, float]]]:
    at_top = validation.at_top(columns)
    tree_scores = trees.scores(at_top, threads=2)
    # Spread within a page: a score shared by all of a page's products orders nothing.
    _, number = np.unique(validation.page, return_inverse=True)
    within = tree_scores - (np.bincount(number, tree_scores) / np.bincount(number))[number]
    scale = float(within.std()) or 1.0
    odds = log_odds(network.probabilities(at_top))
    order_by: dict[str, OrderBy] = {}
    measured: dict[str, dict[str, float]] = {}
    for surface in np.unique(validation.surface).tolist():
        mask = validation.surface == surface
        rows = validation.take(mask)
        if not rows.gains.any():
            continue
        ndcg_by_order: dict[OrderBy, float] = {
            name: mean_ndcg(rows, combined(name, tree_scores[mask] / scale, odds[mask]))
            for name in CLICK_MODELS
        }
        baseline = BASELINE_ORDER[surface]
        ndcg_by_order[baseline] = mean_ndcg(rows, baseline_scores(baseline, rows.matrix, columns))
        order_by[surface] = max(ndcg_by_order, key=lambda name: ndcg_by_order[name])
        measured[surface] = {str(k): v for k, v in ndcg_by_order.items()}
    return order_by, scale, measured


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


def _calibrators(network: Network, validation: ExampleRows, *, seed: int) -> dict[str, Calibrator]:
    from baihuo.models import fit_calibrator

    raw = network.probabilities(validation.matrix)
    return {
        surface: fit_calibrator(
            raw[validation.surface == surface],
            validation.clicks[validation.surface == surface],
            seed=seed,
        )
        for surface in np.unique(validation.surface).tolist()
    }


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
