"""Fits any network of this folder to columns of numbers in memory, as click models have them. Needs ``baihuo[train]``; serving reads its ONNX."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field, replace

import numpy as np
import safetensors.numpy
import torch
from numpy.typing import NDArray
from torch.nn import functional as F

from baihuo.core import Progress, no_progress
from baihuo.models.deep.contract import DeepModel, DeepShape
from baihuo.models.deep.network_config import NetworkConfig
from baihuo.models.deep.registry import deep_model
from baihuo.models.deep.scorer import onnx_bytes

Floats = NDArray[np.float32]


class NumbersNetwork(torch.nn.Module):
    """A network without categories: ``[rows, n_in]`` scaled numbers to the log-odds of the label, ``[rows]``."""

    def __init__(self, n_in: int, config: NetworkConfig) -> None:
        super().__init__()
        shape = DeepShape(
            n_fields=0, n_numbers=n_in, layers=tuple(config.layers), dropout=config.dropout
        )
        self.network: DeepModel = deep_model(config.model)(shape)
        self.widths = self.network.tables(shape)

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

    @classmethod
    def from_safetensors(cls, content: bytes, config: NetworkConfig) -> NumbersNetwork:
        """The inverse of :meth:`to_safetensors`; layers are those of the weights, whatever ``config`` says."""
        stored = safetensors.numpy.load(content)
        # bundles of before 0.3 have one layer, of another name
        stored = {
            k.replace("dense.", "layers.dense.0.") if k[:6] == "dense." else k: v
            for k, v in stored.items()
        }
        dense = [
            stored[k]
            for k in sorted(stored)
            if k.startswith("layers.dense.") and stored[k].ndim == 2
        ]
        state = {k: torch.from_numpy(v.copy()) for k, v in stored.items()}
        n_in = dense[0].shape[1] if dense else len(stored["linear.weight"])
        network = cls(n_in, replace(config, layers=tuple(len(v) for v in dense)))
        network.network.load_state_dict(state)
        return network

    def to_onnx(self) -> bytes:
        """The same function with the sigmoid, ``x [rows, n_in]`` to ``p [rows]``."""
        given = {"x": torch.zeros(2, self.network.shape.n_numbers)}
        return onnx_bytes(torch.nn.Sequential(self, torch.nn.Sigmoid()), given, ("p",))


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """A network at its best epoch, and the losses on the way (nats a row)."""

    network: NumbersNetwork
    train_loss: list[float] = field(default_factory=list)  # [epochs], with dropout
    validation_loss: list[float] = field(default_factory=list)  # [epochs]
    best_epoch: int = 0  # 1-based; 0: no epoch was better than where it started


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
        continued: Weights to start from, of the same network.
        weights: ``[rows]`` of ``train``, how much a row counts; None: all the same.

    Source: Kingma and Ba (2015); Prechelt (1998) for stopping early.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(config.threads)
    try:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(config.seed)
            return _fit((*train, weights), validation, config, continued, progress)
    finally:
        torch.set_num_threads(before)


def _fit(
    train: tuple[Floats, Floats, Floats | None],
    validation: tuple[Floats, Floats],
    config: NetworkConfig,
    continued: bytes | None,
    progress: Progress,
) -> Fitted:
    x, y = (torch.from_numpy(np.ascontiguousarray(a, dtype=np.float32)) for a in train[:2])
    weights = None if train[2] is None else torch.from_numpy(train[2] / train[2].mean())
    if continued is None:
        network = NumbersNetwork(x.shape[1], config)
    else:
        network = NumbersNetwork.from_safetensors(continued, config)
    if continued is None and hasattr(network.network, "out"):
        with torch.no_grad():  # start at the base rate, so that rare clicks cost no epochs
            mean = y.mean() if weights is None else (weights * y).mean()
            network.network.out.bias.fill_(torch.logit(mean, eps=1e-6))
    by_decay: dict[bool, list[torch.nn.Parameter]] = {True: [], False: []}
    for name, parameter in network.named_parameters():
        by_decay[name.endswith("weight")].append(parameter)
    optimiser = torch.optim.Adam(
        [{"params": p, "weight_decay": config.l2 * has} for has, p in by_decay.items() if p],
        lr=config.learning_rate,
    )
    best, best_loss, best_epoch = _copy(network), _loss(network, validation), 0
    fitted = Fitted(network)
    for epoch in range(1, config.max_epochs + 1):
        network.train()
        total = 0.0
        for rows in torch.randperm(len(x)).split(config.batch_rows):
            optimiser.zero_grad(set_to_none=True)
            weight = None if weights is None else weights[rows]
            loss = F.binary_cross_entropy_with_logits(network(x[rows]), y[rows], weight=weight)
            loss.backward()
            optimiser.step()
            total += float(loss.detach()) * len(rows)
        fitted.train_loss.append(total / len(x))
        fitted.validation_loss.append(_loss(network, validation))
        progress("fitting the click network", epoch, config.max_epochs)
        if fitted.validation_loss[-1] < best_loss:
            best, best_loss, best_epoch = _copy(network), fitted.validation_loss[-1], epoch
        elif epoch - best_epoch >= config.patience:
            break
    network.load_state_dict(best)
    network.eval()
    return Fitted(network, fitted.train_loss, fitted.validation_loss, best_epoch)


def _copy(network: NumbersNetwork) -> dict[str, torch.Tensor]:
    return copy.deepcopy(network.state_dict())


def _loss(network: NumbersNetwork, rows: tuple[Floats, Floats]) -> float:
    network.eval()
    with torch.inference_mode():
        x, y = (torch.from_numpy(np.ascontiguousarray(a, dtype=np.float32)) for a in rows)
        return float(F.binary_cross_entropy_with_logits(network(x), y))
