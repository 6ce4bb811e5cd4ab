"""The click models of a bundle: the order of each surface, and P(click)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.bundle.folder import Bundle, Part
from baihuo.bundle.stored_models import model_parts, open_stored
from baihuo.evaluate import Examination, examined
from baihuo.model_inputs import AT_SERVING, POSITION
from baihuo.models import Calibrator, Model, Prediction, Predictions

CLICKS_FOLDER = "clicks"


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """The scores of candidates by the click models."""

    order: NDArray[np.float64]  # [n] larger first, comparable within one request
    p_click: NDArray[np.float64]  # [n] calibrated P(click) at the top of the page


@dataclass(frozen=True, slots=True, eq=False)
class ClickModels:
    """The models, calibrators, and the choices of validation: each surface's order, and the model of P(click).

    In a bundle: a folder a model (:mod:`~baihuo.bundle.stored_models`), ``clicks/calibrators.json`` and
    ``order.json``.
    """

    models: Mapping[str, Model]  # by name
    columns: tuple[str, ...]  # all inputs of models and baselines, in order
    calibrators: Mapping[str, Calibrator]  # by surface
    order_by: Mapping[str, str]  # by surface: a model's name, or the baseline that no model beat
    p_click_by: str  # the model whose probabilities are calibrated and shown
    position: str = "input"  # how they learned position
    examination: Mapping[str, Examination] = field(default_factory=dict)
    """By surface; empty if position is an input of the models."""

    @classmethod
    def open(cls, bundle: Bundle) -> ClickModels | None:
        """Open from a bundle; None if it was trained without impressions. Raises: BadInput: this version cannot open its models."""
        models = open_stored(bundle, "clicks")
        if not models:
            return None
        order = bundle.json("order.json")
        return cls(
            models=models,
            columns=tuple(order["columns"]),
            calibrators={
                surface: Calibrator.from_json(stored)
                for surface, stored in bundle.json(f"{CLICKS_FOLDER}/calibrators.json").items()
            },
            order_by=order["order_by"],
            p_click_by=order["p_click_by"],
            position=order.get("position", "input"),
            examination={
                surface: Examination.from_json(stored)
                for surface, stored in order.get("examination", {}).items()
            },
        )

    def orders(self, surface: str) -> bool:
        """Return whether a model orders this surface, rather than a baseline."""
        return self.order_by.get(surface) in self.models

    def scored_by(self, surface: str) -> str:
        """The model whose scores a surface gets: the one that orders it, else that of P(click)."""
        by = self.order_by.get(surface, self.p_click_by)
        return by if by in self.models else self.p_click_by

    def score(
        self,
        surface: str,
        matrix: NDArray[np.float32],
        columns: tuple[str, ...] | None = None,
    ) -> Scored:
        """Score one request's candidates, all as if at the top of the page.

        Args:
            surface: Decides calibrator and model.
            matrix: ``[n, columns]``; NaN is missing.
            columns: Names of the matrix's columns; None: those of the bundle.

        Raises:
            ValueError: another number of columns.
            BadInput: an input column is missing.
        """
        names = self.columns if columns is None else columns
        if matrix.shape[1:] != (len(names),):
            raise ValueError(f"{matrix.shape} given, want [rows, {len(names)}]")
        at_top = matrix.copy()
        for place, value in _serving_constants(names):
            at_top[:, place] = value
        asked = Predictions(self.models, at_top, names)
        order = asked.of(self.scored_by(surface)).scores
        return Scored(order, self.calibrated(surface, asked.of(self.p_click_by)))

    def probabilities(
        self, matrix: NDArray[np.float32], surfaces: NDArray[np.str_] | None = None
    ) -> NDArray[np.float64]:
        """Map ``[rows, columns]``, with real position and device, to P(click) ``[rows]``, uncalibrated.

        Args:
            surfaces: ``[rows]``; models that do not know position need them.
        """
        if not self.examination or surfaces is None:
            return _claimed(Predictions(self.models, matrix, self.columns).of(self.p_click_by))
        at = self.columns.index(POSITION)
        top = matrix.copy()
        top[:, at] = AT_SERVING[POSITION]
        p = _claimed(Predictions(self.models, top, self.columns).of(self.p_click_by))
        return p * examined(self.examination, surfaces, matrix[:, at])

    def calibrated(self, surface: str, prediction: Prediction) -> NDArray[np.float64]:
        """Calibrate P(click) on that surface."""
        p, calibrator = _claimed(prediction), self.calibrators.get(surface)
        return p if calibrator is None else calibrator.apply(p)


@lru_cache(maxsize=64)  # used by every page
def _serving_constants(columns: tuple[str, ...]) -> tuple[tuple[int, float], ...]:
    """Return the indexes of columns that serving sets to a constant, and the constants."""
    return tuple(
        (columns.index(name), value) for name, value in AT_SERVING.items() if name in columns
    )


def _claimed(prediction: Prediction) -> NDArray[np.float64]:
    if prediction.probabilities is None:
        raise ValueError("the model chosen for P(click) has no probability")
    return prediction.probabilities


def click_parts(models: ClickModels, *, report: Any) -> dict[str, Part]:
    """Return the bundle parts that :meth:`ClickModels.open` reads."""
    return {
        **model_parts(models.models),
        f"{CLICKS_FOLDER}/calibrators.json": {
            s: c.to_json() for s, c in models.calibrators.items()
        },
        f"{CLICKS_FOLDER}/report.json": report,
        "order.json": {
            "order_by": dict(models.order_by),
            "p_click_by": models.p_click_by,
            "columns": list(models.columns),
            "at_serving": AT_SERVING,
            "position": models.position,
            "examination": {s: curve.to_json() for s, curve in models.examination.items()},
        },
    }
