"""Clicks by position: what the model takes for examination is what it was made of, whoever is placed where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from tests.train.test_slices import COLUMNS, Log, clicks_of

from baihuo.models import Model
from baihuo.train import probabilities
from baihuo.train.clicks.by_position import clicks_by_position


@dataclass(frozen=True, eq=False)
class Examined(Model):
    """P(click) is what the taste says, times position to the power of minus ``decay``."""

    decay: float
    columns = COLUMNS

    def scores(self, matrix: np.ndarray) -> np.ndarray:
        return self.probabilities(matrix)

    def probabilities(self, matrix: np.ndarray) -> np.ndarray:
        liked = 0.3 / (1 + np.exp(-matrix[:, 0].astype(float)))
        return liked * matrix[:, 3].astype(float) ** -self.decay

    def files(self) -> Mapping[str, Any]:
        return {}


@pytest.mark.parametrize("decay", [0.0, 0.5])
def test_it_finds_the_decay_of_the_model_although_better_products_stand_higher(
    decay: float,
) -> None:
    log = Log.draw(3)
    matrix = log.rows.matrix.copy()
    by_page = matrix[:, 0].reshape(-1, 8)
    matrix[:, 0] = -np.sort(-by_page, axis=1).ravel()  # what is liked most on top
    matrix[:, 3] = np.tile(np.arange(1, 9), len(matrix) // 8)
    rows = replace(log.rows, matrix=matrix)
    models = clicks_of(Examined(decay))
    p_click = probabilities(models, rows)
    found = clicks_by_position(models, p_click, rows, seed=0)
    assert found["position"] == list(range(1, 9))
    assert found["n"] == [900.0] * 8
    assert found["moved"] == pytest.approx([k**-decay for k in range(1, 9)])
    for place, clicked, predicted in zip(
        range(8), found["clicked"], found["predicted"], strict=True
    ):
        assert clicked == pytest.approx(float(rows.clicks[place::8].mean()))
        assert predicted == pytest.approx(float(p_click[place::8].mean()))
    assert found["predicted"][0] / found["predicted"][7] > found["moved"][0] / found["moved"][7]


def test_positions_with_too_few_rows_are_left_out() -> None:
    log = Log.draw(3, n_pages=60)
    matrix = log.rows.matrix.copy()
    matrix[:, 3] = np.tile(np.arange(1, 9), len(matrix) // 8)
    matrix[:40, 3] = 25
    rows = replace(log.rows, matrix=matrix)
    models = clicks_of(Examined(0.5))
    found = clicks_by_position(models, probabilities(models, rows), rows, seed=0)
    assert found["position"] == list(range(1, 9))
    matrix[40:160, 3] = 1
    found = clicks_by_position(models, probabilities(models, rows), rows, seed=0)
    assert found["position"] == [1.0]
