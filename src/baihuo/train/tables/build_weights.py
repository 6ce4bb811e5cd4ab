"""The weights of a trained folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from baihuo.models import DeepSettings, Weights
from baihuo.train.tables.beside.stored import read_beside
from baihuo.train.tables.columns import Columns
from baihuo.train.tables.rows_on_disk import shape_of
from baihuo.train.tables.stored_tensors import read_tensors


def folder_weights(folder: Path, columns: Columns | None = None, **changed: Any) -> Weights:
    """The weights of a trained folder. ``columns``: where they lie elsewhere; ``changed``: settings that shape nothing."""
    settings = DeepSettings.model_validate_json((folder / "settings.json").read_text("utf-8"))
    settings = settings.model_copy(update=changed)
    columns = columns or Columns.read(folder / "columns.json")
    with torch.random.fork_rng():
        weights = Weights(shape_of(columns, settings), settings)
    weights.load(read_tensors(folder / "weights.safetensors"))
    weights.beside = read_beside(folder, columns)
    return weights
