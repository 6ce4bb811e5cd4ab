"""Which model orders a surface: the blend, unless another is better by more than chance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from baihuo.features import default_features
from baihuo.model_inputs import click_columns
from baihuo.models import Files, Model
from baihuo.models.click_blend import ClickBlend
from baihuo.train.clicks.fit import ExampleRows, choose_clicks

COLUMNS = click_columns(default_features())
N_PAGES, ROWS = 60, 8


@dataclass(frozen=True, eq=False)
class OneColumn(Model):
    """Orders by one column, and takes it for the log-odds."""

    at: int
    columns: tuple[str, ...] = COLUMNS

    def scores(self, matrix: np.ndarray) -> np.ndarray:
        return np.asarray(matrix[:, self.at], np.float64)

    def probabilities(self, matrix: np.ndarray) -> np.ndarray:
        return np.asarray(1 / (1 + np.exp(-self.scores(matrix))))

    def files(self) -> Files:
        return {}


def chosen(noise: tuple[float, float]) -> str:
    """Two models see what is clicked, each behind noise of its own; the blend adds them up."""
    rng = np.random.default_rng(3)
    n = N_PAGES * ROWS
    liked = rng.normal(size=n)
    matrix = np.zeros((n, len(COLUMNS)), np.float32)
    for at, spread in enumerate(noise):
        matrix[:, at] = liked + spread * rng.normal(size=n)
    page = np.repeat(np.arange(N_PAGES), ROWS)
    clicks = np.zeros(n, np.float32)
    clicks[liked.reshape(N_PAGES, ROWS).argmax(axis=1) + ROWS * np.arange(N_PAGES)] = 1
    rows = ExampleRows(matrix, clicks, clicks.astype(np.int32), page, page, np.full(n, "home"))
    parts: dict[str, Model] = {"one": OneColumn(0), "other": OneColumn(1)}
    fitted = choose_clicks({**parts, "both": ClickBlend(parts)}, rows, COLUMNS, seed=1)
    return fitted.models.order_by["home"]


def test_a_single_model_that_is_surely_better_orders() -> None:
    assert chosen((0.1, 30.0)) == "one"


def test_among_equals_the_blend_orders() -> None:
    assert chosen((0.8, 0.8)) == "both"
    assert chosen((0.7, 0.9)) == "both"
