"""The textbook click network, in torch. Needs ``baihuo[train]``; serving reads its ONNX."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import safetensors.numpy
import torch
from numpy.typing import NDArray

from baihuo.core import Progress, no_progress

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class NetworkConfig:
    """How a click network is built and fitted."""

    hidden_units: int = 256
    dropout: float = 0.2
    l2: float = 1e-5  # on weights, not on biases
    learning_rate: float = 2e-3
    batch_rows: int = 4096
    max_epochs: int = 40
    patience: int = 4  # epochs without a better validation loss
    seed: int = 7
    threads: int = (
        1  # such small products gain nothing from more, and lose much where cores are shared
    )


class CtrNetwork(torch.nn.Module):
    """Dense, ReLU, dropout, dense: the log-odds of a click."""

    def __init__(self, n_in: int, *, hidden_units: int = 256, dropout: float = 0.2) -> None:
        super().__init__()
        self.dense = torch.nn.Linear(n_in, hidden_units)
        self.dropout = torch.nn.Dropout(dropout)
        self.out = torch.nn.Linear(hidden_units, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """``[rows, n_in]`` scaled numbers to ``[rows]`` log-odds."""
        hidden = self.dropout(torch.relu(self.dense(x)))
        logits: torch.Tensor = self.out(hidden).squeeze(1)
        return logits

    def probabilities(self, x: Floats) -> Floats:
        """``[rows, n_in]`` to P(click) ``[rows]``, without dropout."""
        self.eval()
        with torch.inference_mode():
            return np.asarray(torch.sigmoid(self(torch.from_numpy(x))).numpy(), dtype=np.float32)

    def to_safetensors(self) -> bytes:
        """The weights, to continue from."""
        state = {k: v.detach().numpy() for k, v in self.state_dict().items()}
        return bytes(safetensors.numpy.save(state))

    @classmethod
    def from_safetensors(cls, content: bytes, *, dropout: float = 0.2) -> CtrNetwork:
        """The inverse of :meth:`to_safetensors`."""
        state = safetensors.numpy.load(content)
        hidden, n_in = state["dense.weight"].shape
        network = cls(n_in, hidden_units=hidden, dropout=dropout)
        network.load_state_dict({k: torch.from_numpy(v.copy()) for k, v in state.items()})
        return network

    def to_onnx(self) -> bytes:
        """The same function with the sigmoid, ``x [rows, n_in]`` to ``p [rows]``."""
        from baihuo.models.deep.served import onnx_bytes

        given = {"x": torch.zeros(2, self.dense.in_features)}
        return onnx_bytes(torch.nn.Sequential(self, torch.nn.Sigmoid()), given, ("p",))


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """A network at its best epoch, and the losses on the way (nats a row)."""

    network: CtrNetwork
    train_loss: list[float] = field(default_factory=list)  # [epochs], with dropout
    validation_loss: list[float] = field(default_factory=list)  # [epochs]
    best_epoch: int = 0  # 1-based; 0: no epoch was better than where it started


def fit_network(
    train: tuple[Floats, Floats],
    validation: tuple[Floats, Floats],
    config: NetworkConfig,
    *,
    continued: CtrNetwork | None = None,
    weights: Floats | None = None,
    progress: Progress = no_progress,
) -> Fitted:
    """Fit by binary cross-entropy with Adam, L2 and dropout; stop when validation stops improving.

    Args:
        train: Scaled numbers ``[rows, n_in]`` and clicks ``[rows]`` (0 or 1).
        validation: The same, later in time.
        continued: Start from these weights; they are copied.
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
    continued: CtrNetwork | None,
    progress: Progress,
) -> Fitted:
    x, y = (torch.from_numpy(np.ascontiguousarray(a, dtype=np.float32)) for a in train[:2])
    weights = None if train[2] is None else torch.from_numpy(train[2] / train[2].mean())
    network = CtrNetwork(x.shape[1], hidden_units=config.hidden_units, dropout=config.dropout)
    start = -np.inf
    if continued is not None:
        network.load_state_dict(continued.state_dict())
    else:
        with torch.no_grad():  # start at the base rate, so that rare clicks cost no epochs
            mean = y.mean() if weights is None else (weights * y).mean()
            rate = float(mean.clamp(1e-6, 1 - 1e-6))
            network.out.bias.fill_(float(np.log(rate / (1 - rate))))
    loss_of = torch.nn.BCEWithLogitsLoss()
    optimiser = torch.optim.Adam(_groups(network, config.l2), lr=config.learning_rate)
    start = _loss(network, validation, loss_of)
    best, best_loss, best_epoch = _copy(network), start, 0
    fitted = Fitted(network)
    for epoch in range(1, config.max_epochs + 1):
        network.train()
        order = torch.randperm(len(x))
        total = 0.0
        for rows in order.split(config.batch_rows):
            optimiser.zero_grad(set_to_none=True)
            loss = torch.nn.functional.binary_cross_entropy_with_logits(
                network(x[rows]), y[rows], weight=None if weights is None else weights[rows]
            )
            loss.backward()
            optimiser.step()
            total += float(loss.detach()) * len(rows)
        fitted.train_loss.append(total / len(x))
        fitted.validation_loss.append(_loss(network, validation, loss_of))
        progress("fitting the click network", epoch, config.max_epochs)
        if fitted.validation_loss[-1] < best_loss:
            best, best_loss, best_epoch = _copy(network), fitted.validation_loss[-1], epoch
        elif epoch - best_epoch >= config.patience:
            break
    network.load_state_dict(best)
    network.eval()
    return Fitted(network, fitted.train_loss, fitted.validation_loss, best_epoch)


def _groups(network: CtrNetwork, l2: float) -> list[dict[str, Any]]:
    named = dict(network.named_parameters())
    return [
        {"params": [p for n, p in named.items() if n.endswith("weight")], "weight_decay": l2},
        {"params": [p for n, p in named.items() if n.endswith("bias")], "weight_decay": 0.0},
    ]


def _copy(network: CtrNetwork) -> dict[str, torch.Tensor]:
    return {k: v.detach().clone() for k, v in network.state_dict().items()}


def _loss(network: CtrNetwork, rows: tuple[Floats, Floats], loss_of: torch.nn.Module) -> float:
    network.eval()
    with torch.inference_mode():
        x, y = (torch.from_numpy(np.ascontiguousarray(a, dtype=np.float32)) for a in rows)
        return float(loss_of(network(x), y))
