"""Clicks, by a network over all columns: P(click), and its log-odds as the order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from baihuo.models.calibrator import log_odds
from baihuo.models.contract import (
    Examples,
    Files,
    FitContext,
    Floats,
    Model,
    ModelSpec,
    Prediction,
    Scores,
    bytes_of,
    json_of,
)
from baihuo.models.deep.network_config import NetworkConfig
from baihuo.models.network import Network
from baihuo.models.scaler import Scaler

_GENTLY = 0.3  # of the learning rate, when it continues


@dataclass(frozen=True, slots=True, eq=False)
class ClickNetwork(Model):
    """The network as ONNX, and its weights to continue from."""

    columns: tuple[str, ...]
    network: Network
    onnx: bytes
    weights: bytes  # safetensors

    def scores(self, matrix: Floats) -> Scores:
        """Log-odds of a click."""
        return log_odds(self.network.probabilities(matrix))

    def probabilities(self, matrix: Floats) -> Scores:
        """P(click), not calibrated."""
        return self.network.probabilities(matrix)

    def predict(self, matrix: Floats) -> Prediction:
        """One pass for both."""
        p = self.network.probabilities(matrix)
        return Prediction(log_odds(p), p)

    def files(self) -> Files:
        """Return ONNX to serve, safetensors to continue from, and the scaling of inputs."""
        return {
            "network.onnx": self.onnx,
            "network.safetensors": self.weights,
            "inputs.json": {
                "columns": list(self.columns),
                "scaler": self.network.scaler.to_json(),
            },
        }


def fit(train: Examples, validation: Examples | None, context: FitContext) -> ClickNetwork:
    """Settings are those of :class:`NetworkConfig`. When continued, scaling and units stay, and the learning rate is a
    third."""
    from baihuo.models.deep.fit import fit_network

    config = replace(NetworkConfig(**context.settings), seed=context.seed)
    before, newer = context.continued, train if validation is None else validation
    scaler = Scaler.fit(train.matrix) if before is None else _scaler(before)
    if before is not None:
        config = replace(config, learning_rate=config.learning_rate * _GENTLY)
    fitted = fit_network(
        (scaler.apply(train.matrix), train.labels),
        (scaler.apply(newer.matrix), newer.labels),
        config,
        continued=None if before is None else bytes_of(before, "network.safetensors"),
        weights=train.weights,
        progress=context.progress,
    )
    context.curves["train_loss"] = fitted.train_loss
    context.curves["validation_loss"] = fitted.validation_loss
    onnx = fitted.network.to_onnx()
    return ClickNetwork(train.columns, Network(onnx, scaler), onnx, fitted.network.to_safetensors())


def open_files(files: Files, parts: Mapping[str, Model]) -> ClickNetwork:
    """Open from :meth:`ClickNetwork.files`."""
    onnx = bytes_of(files, "network.onnx")
    return ClickNetwork(
        tuple(json_of(files, "inputs.json")["columns"]),
        Network(onnx, _scaler(files)),
        onnx,
        bytes_of(files, "network.safetensors"),
    )


def _scaler(files: Files) -> Scaler:
    return Scaler.from_json(json_of(files, "inputs.json")["scaler"])


MODEL = ModelSpec(
    name="network",
    learns="clicks",
    fit=fit,
    open=open_files,
    settings=NetworkConfig,
    searched={
        "learning_rate": {"low": 3e-4, "high": 1e-2, "log": True},
        "layers": {"choices": ((64,), (256,), (256, 64))},
        "dropout": {"low": 0.0, "high": 0.5},
        "l2": {"choices": (0.0, 1e-6, 1e-5, 1e-4)},
    },
)
