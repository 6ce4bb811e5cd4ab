"""Smaller networks from a trained one: fewer units, or a small one that learns from its answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

import numpy as np
import torch
from scipy.special import expit

from baihuo.core import Progress, no_progress
from baihuo.models import DeepSettings, Tensors, Trainer, Weights, kinds_named
from baihuo.train.tables.outputs import outputs_of
from baihuo.train.tables.rows_on_disk import RowsOnDisk

_GENTLY = 0.3  # of the learning rate, when weights are refined
_OWN_SHARE = 0.5  # of a label that is the true one; the rest is the large network's answer
Shrink: TypeAlias = Callable[[Weights, RowsOnDisk, Progress], Weights]


def smaller_networks(weights: Weights) -> Iterator[tuple[str, Shrink]]:
    """Names and how they are made, of those that this network can be made into: those with the fewest products first."""
    layers = weights.settings.layers
    if not hasattr(weights.module, "layers"):
        if weights.settings.n_networks > 1:
            yield "one of them", one_of_them
        return
    if not layers:
        return
    if weights.settings.loss == "binary" and min(layers) >= 8:
        yield "distilled", distilled
    if min(layers) >= 4:
        yield "pruned", pruned


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
    return _refined(rows, _with_layers(weights, [n // 2 for n in sizes]), tensors, progress)


def distilled(weights: Weights, rows: RowsOnDisk, progress: Progress = no_progress) -> Weights:
    """Layers of a quarter of the units, fitted to labels of which half is the large network's answer.

    Source: Hinton, Vinyals and Dean (2015), "Distilling the knowledge in a neural network".
    """
    settings = _with_layers(weights, [n // 4 for n in weights.settings.layers], rate=1.0)
    tables = {k: t for k, t in weights.tensors().items() if "table." in k}
    return _taught(weights, rows, settings, tables, progress)


def one_of_them(weights: Weights, rows: RowsOnDisk, progress: Progress = no_progress) -> Weights:
    """Of several side by side the first, fitted once more; with the loss ``binary`` half of each label is their common answer."""
    settings = _with_layers(weights, weights.settings.layers)
    changed = {"model": kinds_named(settings.model)[0], "networks": 1}
    changed |= {"together": "mean", "beside": ()}
    settings = settings.model_copy(update=changed)
    tensors = {
        name.replace("table.0.", "table.", 1).replace("module.networks.0.", "module.", 1): tensor
        for name, tensor in weights.tensors().items()
        if name.startswith(("table.0.", "module.networks.0."))
    }
    if settings.loss != "binary":
        return _refined(rows, settings, tensors, progress)
    return _taught(weights, rows, settings, tensors, progress)


def _taught(
    weights: Weights, rows: RowsOnDisk, settings: DeepSettings, start: Tensors, progress: Progress
) -> Weights:
    """One pass over labels of which half is the answer of ``weights``."""
    answers = expit(outputs_of(weights, rows).astype(np.float64))
    own = rows.mapped().labels
    assert own is not None
    labels = (_OWN_SHARE * own + (1 - _OWN_SHARE) * answers).astype(np.float32)
    return _refined(rows.with_labels(labels), settings, start, progress)


def _with_layers(weights: Weights, layers: object, *, rate: float = _GENTLY) -> DeepSettings:
    settings = weights.settings
    changed = {
        "layers": tuple(layers),  # type: ignore[arg-type]
        "epochs": 1,
        "learning_rate": settings.learning_rate * rate,
    }
    return settings.model_copy(update=changed)


def _refined(
    rows: RowsOnDisk, settings: DeepSettings, tensors: Tensors, progress: Progress
) -> Weights:
    """One pass from these tensors; those of another shape begin from their start."""
    start = {k: t.clone() for k, t in Weights(rows.shape(settings), settings).tensors().items()}
    fitting = {k: t for k, t in tensors.items() if k in start and t.shape == start[k].shape}
    return Trainer(rows, settings, start=start | fitting, progress=progress).fit().weights
