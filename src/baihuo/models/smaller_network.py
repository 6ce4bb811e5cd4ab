"""A click network with fewer units, within an allowed loss. Needs ``baihuo[train]``."""

from __future__ import annotations

from dataclasses import replace

import torch

from baihuo.core import Progress, no_progress
from baihuo.models.ctr import CtrNetwork, Fitted, Floats, NetworkConfig, fit_network, loss_of_rows

_FEWEST = 16
_EPOCHS, _GENTLY = 3, 0.3  # share of the learning rate after pruning


def smallest_within(
    fitted: Fitted,
    train: tuple[Floats, Floats],
    validation: tuple[Floats, Floats],
    config: NetworkConfig,
    *,
    allowed: float,
    weights: Floats | None = None,
    progress: Progress = no_progress,
) -> tuple[CtrNetwork, dict[int, float]]:
    """Halve the units and fit again, as long as the validation loss stays within ``allowed`` nats a row of the full network's.

    Returns:
        The smallest such network, and the validation loss by number of units tried.

    Source: Li, Kadav, Durdanovic, Samet and Graf (2017), "Pruning filters for efficient convnets".
    """
    network, units = fitted.network, config.hidden_units
    limit = loss_of_rows(network, validation) + allowed
    tried = {units: limit - allowed}
    while (units := units // 2) >= _FEWEST:
        gently = replace(
            config,
            hidden_units=units,
            max_epochs=_EPOCHS,
            learning_rate=config.learning_rate * _GENTLY,
        )
        smaller = fit_network(
            train,
            validation,
            gently,
            continued=with_strongest_units(network, units, dropout=config.dropout),
            weights=weights,
            progress=progress,
        ).network
        tried[units] = loss_of_rows(smaller, validation)
        if tried[units] > limit:
            break
        network = smaller
    return network, tried


def with_strongest_units(network: CtrNetwork, n_units: int, *, dropout: float) -> CtrNetwork:
    """The units with the largest product of weights in and out, unchanged."""
    strength = network.dense.weight.norm(dim=1) * network.out.weight[0].abs()
    kept = strength.topk(n_units).indices.sort().values
    smaller = CtrNetwork(network.dense.in_features, hidden_units=n_units, dropout=dropout)
    with torch.no_grad():
        smaller.dense.weight.copy_(network.dense.weight[kept])
        smaller.dense.bias.copy_(network.dense.bias[kept])
        smaller.out.weight.copy_(network.out.weight[:, kept])
        smaller.out.bias.copy_(network.out.bias)
    return smaller
