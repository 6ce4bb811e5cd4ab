"""Fits any network of this folder to columns of numbers in memory, as click models have them. Needs ``baihuo[train]``; serving reads its ONNX."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import safetensors.numpy
import torch
from numpy.typing import NDArray
from torch.nn import functional as F

from baihuo.core import Progress, no_progress
from baihuo.models.deep.contract import DeepModel
from baihuo.models.deep.network_config import NetworkConfig
from baihuo.models.deep.rows import RowsInMemory
from baihuo.models.deep.scorer import onnx_bytes
from baihuo.models.deep.trainer import Trainer
from baihuo.models.deep.weights import Weights

Floats = NDArray[np.float32]


class NumbersNetwork(torch.nn.Module):
    """A network without categories: ``[rows, n_in]`` scaled numbers to the log-odds of the label, ``[rows]``."""

    def __init__(self, weights: Weights) -> None:
        super().__init__()
        self.network: DeepModel = weights.module
        self.widths = {name: table.weights.shape[1] for name, table in weights.tables.items()}

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Log-odds."""
        rows = {name: x.new_zeros((x.shape[0], 0, width)) for name, width in self.widths.items()}
        odds: torch.Tensor = self.network(rows, x)
        return odds

    def probabilities(self, x: Floats) -> Floats:
        """P(label) ``[rows]``, without dropout."""
        self.eval()
        with torch.inference_mode():
            return np.asarray(torch.sigmoid(self(torch.from_numpy(x))).numpy(), dtype=np.float32)

    def to_safetensors(self) -> bytes:
        """The weights, to continue from."""
        state = {k: v.detach().numpy() for k, v in self.network.state_dict().items()}
        return bytes(safetensors.numpy.save(state))

    def to_onnx(self) -> bytes:
        """The same function with the sigmoid, ``x [rows, n_in]`` to ``p [rows]``."""
        given = {"x": torch.zeros(2, self.network.shape.n_numbers)}
        return onnx_bytes(torch.nn.Sequential(self, torch.nn.Sigmoid()), given, ("p",))


def stored_weights(content: bytes) -> tuple[dict[str, torch.Tensor], tuple[int, ...]]:
    """The inverse of :meth:`NumbersNetwork.to_safetensors`: tensors as a training starts from, and the units of the layers."""
    tensors = {}
    for name, array in safetensors.numpy.load(content).items():
        tensors[f"module.{name}"] = torch.from_numpy(array.copy())
    dense = sorted(
        k for k in tensors if k.startswith("module.layers.dense.") and k[-6:] == "weight"
    )
    return tensors, tuple(len(tensors[name]) for name in dense)


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """A network at its best epoch, and the losses on the way (nats a row)."""

    network: NumbersNetwork
    train_loss: list[float]  # [epochs], with dropout
    validation_loss: list[float]  # [epochs]


def fit_network(
    train: tuple[Floats, Floats],
    validation: tuple[Floats, Floats],
    config: NetworkConfig,
    *,
    continued: bytes | None = None,
    weights: Floats | None = None,
    progress: Progress = no_progress,
) -> Fitted:
    """Fit by binary cross-entropy with Adam, L2 and dropout; stop when validation stops improving.

    Args:
        train: Scaled numbers ``[rows, n_in]`` and clicks ``[rows]`` (0 or 1).
        validation: The same, later in time.
        continued: Weights to start from, of the same network, which are kept where no epoch is better.
        weights: ``[rows]`` of ``train``, how much a row counts; None: all the same.

    Raises:
        Diverged: the loss is no number any more.

    Source: Kingma and Ba (2015); Prechelt (1998) for stopping early.
    """
    x, y = train
    if continued is None:  # start at the base rate, so that rare clicks cost no epochs
        mean = torch.tensor(float(np.average(y, weights=weights)))
        start = {"module.out.bias": torch.logit(mean, eps=1e-6)[None]}
    else:
        start, layers = stored_weights(continued)
        config = replace(config, layers=layers)
    newer, clicked = (torch.from_numpy(np.ascontiguousarray(a, np.float32)) for a in validation)

    def measure(fitted: Weights) -> dict[str, float]:
        network = NumbersNetwork(fitted).eval()
        with torch.inference_mode():
            loss = F.binary_cross_entropy_with_logits(network(newer), clicked)
        return {"log_loss": float(loss)}

    done = Trainer(
        RowsInMemory(x, y, weights),
        config.settings(),
        measure=measure,
        start=start,
        may_stay=True,
        progress=progress,
    ).fit()
    return Fitted(
        NumbersNetwork(done.weights).eval(),
        [measures["train_loss"] for measures in done.history],
        [measures["log_loss"] for measures in done.history],
    )
