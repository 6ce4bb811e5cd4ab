"""Clicks, by a network of one hidden layer: P(click), and its log-odds as the order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

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
from baihuo.models.network import Network
from baihuo.models.scaler import Scaler

DEFAULTS = {"max_epochs": 20, "dropout": 0.2, "l2": 1e-5, "learning_rate": 2e-3}
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
    """Settings are those of :class:`~baihuo.models.ctr.NetworkConfig`. When continued, scaling and units stay, and the learning rate is a
    third."""
    from baihuo.models.ctr import CtrNetwork, NetworkConfig, fit_network

    settings: dict[str, Any] = {**DEFAULTS, **context.settings, "seed": context.seed}
    before, newer = context.continued, train if validation is None else validation
    scaler, network_before = Scaler.fit(train.matrix) if before is None else _scaler(before), None
    if before is not None:
        settings["learning_rate"] *= _GENTLY
        network_before = CtrNetwork.from_safetensors(
            bytes_of(before, "network.safetensors"), dropout=settings["dropout"]
        )
        settings["hidden_units"] = network_before.dense.out_features
    config = NetworkConfig(**settings)
    rows = (scaler.apply(train.matrix), train.labels)
    newer_rows = (scaler.apply(newer.matrix), newer.labels)
    fitted = fit_network(
        rows,
        newer_rows,
        config,
        continued=network_before,
        weights=train.weights,
        progress=context.progress,
    )
    context.curves["train_loss"] = fitted.train_loss
    context.curves["validation_loss"] = fitted.validation_loss
    network = fitted.network
    onnx = network.to_onnx()
    return ClickNetwork(train.columns, Network(onnx, scaler), onnx, network.to_safetensors())


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


MODEL = ModelSpec(name="network", learns="clicks", fit=fit, open=open_files)
