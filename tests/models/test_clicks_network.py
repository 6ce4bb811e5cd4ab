"""The click network learns, stops, continues, and is the same in ONNX."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from baihuo.evaluate import auc, log_loss
from baihuo.models import Network, NetworkConfig, Scaler, Weights
from baihuo.models.deep.fit import NumbersNetwork, fit_network, stored_weights

Rows = tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float64]]


def _clicks(n: int, seed: int) -> Rows:
    """Columns, clicks and true probabilities; the second and third column matter together."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 5)).astype(np.float32)
    odds = -2.0 + x[:, 0] + 1.5 * x[:, 1] * x[:, 2]
    p = 1 / (1 + np.exp(-odds))
    return x, (rng.random(n) < p).astype(np.float32), p


def _untrained(n_in: int, config: NetworkConfig, start: Any = None) -> NumbersNetwork:
    settings = config.settings()
    weights = Weights(settings.shape(n_fields=0, n_numbers=n_in), settings)
    if start is not None:
        weights.load(start, are_some=True)
    return NumbersNetwork(weights)


_CONFIG = NetworkConfig(max_epochs=30, batch_rows=512, learning_rate=3e-3)


def test_it_learns_what_a_line_cannot_and_nearly_all_there_is_to_learn() -> None:
    x, y, _ = _clicks(12_000, 1)
    v, w, _ = _clicks(3_000, 2)
    t, u, truth = _clicks(20_000, 3)
    quick = NetworkConfig(max_epochs=12, batch_rows=512, learning_rate=1e-2)
    fitted = fit_network((x, y), (v, w), quick)
    p = fitted.network.probabilities(t)
    constant = log_loss(np.full(len(u), y.mean()), u)
    closed = (constant - log_loss(p, u)) / (constant - log_loss(truth, u))
    assert closed > 0.9
    assert auc(p, u) > auc(t[:, 0], u) + 0.1


def test_it_stops_when_validation_no_longer_improves_and_keeps_the_best_epoch() -> None:
    rng = np.random.default_rng(1)
    x, v = rng.normal(size=(2, 400, 30)).astype(np.float32)
    y, w = (rng.random((2, 400)) < 0.3).astype(np.float32)  # nothing to learn, only to remember
    config = NetworkConfig(
        max_epochs=60, patience=3, dropout=0.0, l2=0.0, learning_rate=1e-2, batch_rows=64
    )
    fitted = fit_network((x, y), (v, w), config)
    assert len(fitted.validation_loss) < 60
    kept = log_loss(fitted.network.probabilities(v), w)
    assert kept <= min(fitted.validation_loss) + 1e-6
    assert min(fitted.validation_loss[-3:]) > kept


def test_l2_keeps_weights_smaller() -> None:
    x, y, _ = _clicks(3000, 1)
    v, w, _ = _clicks(1000, 2)
    sizes = []
    for l2 in (0.0, 0.1):
        config = NetworkConfig(max_epochs=5, l2=l2, batch_rows=128, learning_rate=1e-2)
        network = fit_network((x, y), (v, w), config).network
        sizes.append(float(network.network.layers.dense[0].weight.detach().square().mean()))
    assert sizes[1] < 0.5 * sizes[0]


def test_the_same_seed_gives_the_same_network_and_leaves_the_callers_chance_alone() -> None:
    import torch

    x, y, _ = _clicks(2000, 1)
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    one, two = (
        fit_network((x, y), (x, y), NetworkConfig(max_epochs=2)).network.to_safetensors()
        for _ in range(2)
    )
    assert one == two
    assert torch.equal(torch.rand(1), expected)


@pytest.mark.parametrize("model", ["mlp", "dcn", "deepfm", "logistic"])
@pytest.mark.parametrize("n", [0, 1, 7, 200])
def test_onnx_says_what_torch_says(n: int, model: str) -> None:
    x, _, _ = _clicks(300, 1)
    x[::7, 2] = np.nan
    scaler = Scaler.fit(x)
    network = _untrained(scaler.n_out, NetworkConfig(model=model))
    served = Network(network.to_onnx(), scaler)
    expected = network.probabilities(scaler.apply(x[:n]))
    np.testing.assert_allclose(served.probabilities(x[:n]), expected, atol=1e-6)


def test_weights_survive_being_stored() -> None:
    x, _, _ = _clicks(50, 1)
    network = _untrained(5, NetworkConfig(layers=(32, 8), seed=1))
    tensors, layers = stored_weights(network.to_safetensors())
    assert layers == (32, 8)
    other = _untrained(5, NetworkConfig(layers=layers, seed=2), tensors)
    np.testing.assert_array_equal(other.probabilities(x), network.probabilities(x))


def test_continuing_starts_where_it_stopped() -> None:
    x, y, _ = _clicks(8000, 1)
    v, w, _ = _clicks(3000, 2)
    first = fit_network((x, y), (v, w), _CONFIG).network.to_safetensors()
    gentle = NetworkConfig(max_epochs=1, learning_rate=1e-5)
    continued = fit_network((x, y), (v, w), gentle, continued=first)
    fresh = fit_network((x, y), (v, w), gentle)
    assert continued.validation_loss[0] < fresh.validation_loss[0] - 0.02


def test_the_scaler_is_finite_whatever_comes_and_survives_json() -> None:
    x = np.array([[1.0, np.nan, 5.0], [1e30, 3.0, 5.0], [-1e30, np.nan, 5.0]], np.float32)
    scaler = Scaler.fit(x)
    again = Scaler.from_json(scaler.to_json())
    out = scaler.apply(np.full((2, 3), np.nan, np.float32))
    assert np.isfinite(out).all()
    assert out.shape == (2, 4)  # one column said that it had gaps
    np.testing.assert_array_equal(again.apply(x), scaler.apply(x))
    with pytest.raises(ValueError, match="scaled"):
        scaler.apply(x[:, :2])


def test_scaled_columns_have_mean_zero_and_spread_one() -> None:
    x = np.random.default_rng(1).lognormal(2, 2, size=(5000, 3)).astype(np.float32)
    out = Scaler.fit(x).apply(x)
    np.testing.assert_allclose(out.mean(axis=0), 0, atol=0.02)
    np.testing.assert_allclose(out.std(axis=0), 1, atol=0.02)
