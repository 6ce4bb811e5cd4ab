"""The click models of a bundle, ready to score: trees for the order, a network for P(click)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from baihuo.bundle.folder import Bundle, Part
from baihuo.model_inputs import AT_SERVING
from baihuo.models import Calibrator, Network, Scaler, Trees, log_odds

OrderBy: TypeAlias = Literal["trees", "network", "both", "relevance", "popularity"]
"""What orders a surface: a model of the bundle, or the baseline that no model beat."""

CLICK_MODELS: tuple[OrderBy, ...] = ("trees", "network", "both")
CLICKS_FOLDER = "clicks"


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """The scores of candidates by the click models."""

    order: NDArray[np.float64]  # [n] larger first, comparable within one request
    p_click: NDArray[np.float64]  # [n] calibrated P(click) at the top of the page


@dataclass(frozen=True, slots=True, eq=False)
class ClickModels:
    """Trees, network, calibrators, and which of them orders which surface.

    In a bundle: ``clicks/columns.json``, ``clicks/ranker.txt``, ``clicks/ctr.onnx``,
    ``clicks/ctr.safetensors`` (to continue from), ``clicks/scaler.json``,
    ``clicks/calibrators.json`` and ``order.json``.
    """

    columns: tuple[str, ...]
    trees: Trees
    network: Network
    calibrators: Mapping[str, Calibrator]  # by surface
    order_by: Mapping[str, OrderBy]  # by surface
    tree_scale: float  # spread of the trees' scores within a request, to add them to log-odds

    @classmethod
    def open(cls, bundle: Bundle) -> ClickModels | None:
        """From a bundle; None where it was trained without impressions."""
        if f"{CLICKS_FOLDER}/columns.json" not in bundle:
            return None
        order = bundle.json("order.json")
        return cls(
            columns=tuple(bundle.json(f"{CLICKS_FOLDER}/columns.json")["columns"]),
            trees=Trees(bundle.text(f"{CLICKS_FOLDER}/ranker.txt")),
            network=Network(
                bundle.file(f"{CLICKS_FOLDER}/ctr.onnx").read_bytes(),
                Scaler.from_json(bundle.json(f"{CLICKS_FOLDER}/scaler.json")),
            ),
            calibrators={
                surface: Calibrator.from_json(stored)
                for surface, stored in bundle.json(f"{CLICKS_FOLDER}/calibrators.json").items()
            },
            order_by=order["order_by"],
            tree_scale=float(order["tree_scale"]),
        )

    def orders(self, surface: str) -> bool:
        """Whether a model orders this surface, rather than a baseline."""
        return self.order_by.get(surface) in CLICK_MODELS

    def score(self, surface: str, matrix: NDArray[np.float32]) -> Scored:
        """Score one request's candidates, all as if at the top of the page.

        Args:
            surface: Where it is asked: decides calibrator and model.
            matrix: ``[n, columns]`` in the order of ``columns``; NaN is missing.

        Raises:
            ValueError: another number of columns.
        """
        at_top = matrix.copy()
        for name, value in AT_SERVING.items():
            at_top[:, self.columns.index(name)] = value
        raw = self.network.probabilities(at_top)
        by = self.order_by.get(surface, "network")
        trees = self.trees.scores(at_top) if by in ("trees", "both") else np.zeros(len(raw))
        calibrator = self.calibrators.get(surface)
        p_click = raw if calibrator is None else calibrator.apply(raw)
        return Scored(combined(by, trees / self.tree_scale, log_odds(raw)), p_click)


def combined(by: str, trees: NDArray[np.float64], odds: NDArray[np.float64]) -> NDArray[np.float64]:
    """The order's score: ``trees`` (scaled), log-odds of the network, or their sum."""
    if by == "trees":
        return trees
    return trees + odds if by == "both" else odds


def click_parts(
    models: ClickModels, *, onnx: bytes, safetensors: bytes, scaler: Scaler, report: Any
) -> dict[str, Part]:
    """What :meth:`ClickModels.open` reads, as parts of a bundle."""
    return {
        f"{CLICKS_FOLDER}/columns.json": {
            "columns": list(models.columns),
            "at_serving": AT_SERVING,
        },
        f"{CLICKS_FOLDER}/ranker.txt": models.trees.text,
        f"{CLICKS_FOLDER}/ctr.onnx": onnx,
        f"{CLICKS_FOLDER}/ctr.safetensors": safetensors,
        f"{CLICKS_FOLDER}/scaler.json": scaler.to_json(),
        f"{CLICKS_FOLDER}/calibrators.json": {
            s: c.to_json() for s, c in models.calibrators.items()
        },
        f"{CLICKS_FOLDER}/report.json": report,
        "order.json": {"order_by": dict(models.order_by), "tree_scale": models.tree_scale},
    }
