"""Smaller networks from a trained one: fewer units, or of several one that learns from their answers."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from scipy.special import expit

from baihuo.core import Progress, no_progress
from baihuo.models import DeepSettings, Tensors, Trainer, Weights, kinds_named
from baihuo.train.tables.outputs import outputs_of
from baihuo.train.tables.rows_on_disk import RowsOnDisk

_GENTLY = 0.3  # of the learning rate, when weights are refined
_TRUE_SHARE = 0.5  # of a label that is the true one; the rest is the common answer


def smaller_form(
    weights: Weights, rows: RowsOnDisk, progress: Progress = no_progress
) -> tuple[str, Weights | None]:
    """How this network is made smaller, and the smaller one; None: it has no units to take out."""
    if weights.settings.n_networks > 1:
        return "one of them", one_of_them(weights, rows, progress)
    if hasattr(weights.module, "layers") and min(weights.settings.layers, default=0) >= 4:
        return "pruned", pruned(weights, rows, progress)
    return "whole", None


def pruned(weights: Weights, rows: RowsOnDisk, progress: Progress = no_progress) -> Weights:
    """Half of the units of each layer, those with the largest weights in and out, fitted once more.

    Source: Li, Kadav, Durdanovic, Samet and Graf (2017), "Pruning filters for efficient convnets".
    """
    tensors, sizes = dict(weights.tensors()), weights.settings.layers
    for place in range(len(sizes)):
        name = f"module.layers.dense.{place}"
        is_last = place + 1 == len(sizes)
        after = "module.out.weight" if is_last else f"module.layers.dense.{place + 1}.weight"
        before_units = tensors[after].shape[1] - sizes[place]  # inputs beside the layer's units
        going = tensors[after][:, before_units:]
        strength = tensors[f"{name}.weight"].norm(dim=1) * going.norm(dim=0)
        kept = strength.topk(sizes[place] // 2).indices.sort().values
        for part in ("weight", "bias"):
            tensors[f"{name}.{part}"] = tensors[f"{name}.{part}"][kept]
        tensors[after] = torch.cat([tensors[after][:, :before_units], going[:, kept]], 1)
    return _refined(rows, _gently(weights, layers=tuple(n // 2 for n in sizes)), tensors, progress)


def one_of_them(weights: Weights, rows: RowsOnDisk, progress: Progress = no_progress) -> Weights:
    """Of several side by side the first, fitted once more; with the loss ``binary`` half of each label is their common answer."""
    settings = _gently(weights, model=kinds_named(weights.settings.model)[0], networks=1)
    settings = settings.model_copy(update={"together": "mean", "beside": ()})
    tensors = {
        name.replace("table.0.", "table.", 1).replace("module.networks.0.", "module.", 1): tensor
        for name, tensor in weights.tensors().items()
        if name.startswith(("table.0.", "module.networks.0."))
    }
    if settings.loss == "binary":
        answers, labels = expit(outputs_of(weights, rows).astype(np.float64)), rows.mapped().labels
        assert labels is not None
        mixed = _TRUE_SHARE * labels + (1 - _TRUE_SHARE) * answers
        rows = rows.with_labels(mixed.astype(np.float32))
    return _refined(rows, settings, tensors, progress)


def _gently(weights: Weights, **changed: Any) -> DeepSettings:
    """One pass at a part of the learning rate."""
    rate = weights.settings.learning_rate * _GENTLY
    return weights.settings.model_copy(update={"epochs": 1, "learning_rate": rate, **changed})


def _refined(
    rows: RowsOnDisk, settings: DeepSettings, tensors: Tensors, progress: Progress
) -> Weights:
    """One pass from these tensors; those of another shape begin from their start."""
    start = {k: t.clone() for k, t in Weights(rows.shape(settings), settings).tensors().items()}
    fitting = {k: t for k, t in tensors.items() if k in start and t.shape == start[k].shape}
    return Trainer(rows, settings, start=start | fitting, progress=progress).fit().weights
