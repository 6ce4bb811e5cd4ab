"""Weights of a network: new ones, and those of a trained folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from baihuo.train.tables.beside.stored import read_beside
from baihuo.train.tables.checkpoint import read_tensors
from baihuo.train.tables.columns import Columns
from baihuo.train.tables.optimisers import Optimiser
from baihuo.train.tables.processes import ALONE, Group
from baihuo.train.tables.processor import device_named, precision_named
from baihuo.train.tables.settings import DeepSettings
from baihuo.train.tables.weights import Weights


def new_weights(columns: Columns, settings: DeepSettings, group: Group = ALONE) -> Weights:
    """As a training starts."""
    device = device_named(settings.device, number=group.rank)
    optimiser = Optimiser(settings.optimiser, settings.l2)
    dtype = precision_named(settings.precision, device)
    return Weights(columns, settings, optimiser, device, dtype, group)


def folder_weights(folder: Path, columns: Columns | None = None, **changed: Any) -> Weights:
    """The weights of a trained folder. ``columns``: where they lie elsewhere; ``changed``: settings that shape nothing."""
    settings = DeepSettings.model_validate_json((folder / "settings.json").read_text("utf-8"))
    settings = settings.model_copy(update=changed)
    with torch.random.fork_rng():
        weights = new_weights(columns or Columns.read(folder / "columns.json"), settings)
    weights.load(read_tensors(folder / "weights.safetensors")[0], with_moments=False)
    weights.beside = read_beside(folder, weights.columns)
    return weights
