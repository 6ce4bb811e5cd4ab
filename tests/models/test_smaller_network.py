"""A click network is made as small as the stated loss allows, and no smaller."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from baihuo.models import Examples, FitContext, file_to_bytes, fit_models
from baihuo.models.ctr import CtrNetwork
from baihuo.models.smaller_network import with_strongest_units

QUICK = {"network": {"max_epochs": 8, "hidden_units": 64, "batch_rows": 512}}


def clicks(n: int, seed: int) -> Examples:
    """Clicks by the sign and the size of three numbers, which one unit cannot tell."""
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(n, 3)).astype(np.float32)
    odds = 3 * np.abs(matrix[:, 0]) - 3 * np.abs(matrix[:, 1]) + matrix[:, 2]
    label = (rng.random(n) < 1 / (1 + np.exp(-odds))).astype(np.float32)
    return Examples(
        ("a", "b", "c"), matrix, label, label.astype(np.int32), np.arange(n, dtype=np.int64) // 10
    )


def fitted(smaller_within: float) -> tuple[int, dict[str, list[float]], list[float]]:
    """Units of the network that is kept, the curves, and its log-loss on other rows."""
    context = FitContext(smaller_within=smaller_within)
    settings = {**QUICK, "trees": {"n_trees": 5}}
    models = fit_models("clicks", clicks(4000, 0), clicks(1500, 1), context, settings=settings)
    network, other = models["network"], clicks(1500, 1)
    p = network.probabilities(other.matrix)
    assert p is not None
    loss = -np.mean(np.where(other.labels > 0, np.log(p), np.log(1 - p)))
    weights = CtrNetwork.from_safetensors(file_to_bytes(network.files()["network.safetensors"]))
    return weights.dense.out_features, context.curves, [float(loss)]


def test_units_are_taken_out_while_the_loss_allows_it() -> None:
    whole, curves, (loss,) = fitted(0.0)
    assert whole == 64
    assert "network/units" not in curves
    small, curves, (small_loss,) = fitted(0.02)
    assert small < 64
    tried = dict(
        zip(curves["network/units"], curves["network/validation_loss_by_units"], strict=True)
    )
    assert small == min(n for n, found in tried.items() if found <= tried[64.0] + 0.02)
    assert tried[64.0] == pytest.approx(loss, abs=1e-4)
    assert tried[float(small)] == pytest.approx(
        small_loss, abs=1e-4
    )  # what is stored is what was measured


def test_idle_units_are_the_first_to_go() -> None:
    torch.manual_seed(0)
    network = CtrNetwork(5, hidden_units=8)
    with torch.no_grad():
        network.out.weight[0, [0, 3, 4, 7]] = 0
    smaller = with_strongest_units(network, 4, dropout=0.0)
    x = np.random.default_rng(0).normal(size=(50, 5)).astype(np.float32)
    np.testing.assert_allclose(smaller.probabilities(x), network.probabilities(x), atol=1e-6)
