"""Losses against their formulas, written out row by row."""

from __future__ import annotations

import math

import pytest
import torch

from baihuo.models.deep.losses import LOSSES

OUTPUTS = [0.3, -1.2, 2.0, 0.1, 0.4]
LABELS = [1.0, 0.0, 0.0, 1.0, 0.0]
GROUPS = [0, 0, 0, 7, 7]


def loss(name: str, weights: list[float] | None = None, labels: list[float] = LABELS) -> float:
    given = None if weights is None else torch.tensor(weights)
    found = LOSSES[name](torch.tensor(OUTPUTS), torch.tensor(labels), given, torch.tensor(GROUPS))
    return float(found)


def test_cross_entropy_is_the_mean_surprise() -> None:
    p = [1 / (1 + math.exp(-x)) for x in OUTPUTS]
    lost = [-math.log(a if y else 1 - a) for a, y in zip(p, LABELS, strict=True)]
    assert loss("binary") == pytest.approx(sum(lost) / 5, rel=1e-5)
    weights = [1.0, 2.0, 0.0, 0.0, 3.0]
    weighted = sum(a * w for a, w in zip(lost, weights, strict=True)) / 6
    assert loss("binary", weights) == pytest.approx(weighted, rel=1e-5)


def test_squared_error_is_the_mean_square() -> None:
    expected = sum((x - y) ** 2 for x, y in zip(OUTPUTS, LABELS, strict=True)) / 5
    assert loss("squared") == pytest.approx(expected, rel=1e-5)


def test_the_rows_of_a_group_share_one_probability() -> None:
    first = math.log(sum(math.exp(x) for x in OUTPUTS[:3])) - OUTPUTS[0]
    second = math.log(sum(math.exp(x) for x in OUTPUTS[3:])) - OUTPUTS[3]
    assert loss("softmax") == pytest.approx((first + second) / 2, rel=1e-5)
    # a group without any label says nothing
    assert loss("softmax", labels=[1.0, 0, 0, 0, 0]) == pytest.approx(first, rel=1e-5)
