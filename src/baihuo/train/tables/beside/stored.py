"""The members beside the networks as a file of a trained folder."""

from __future__ import annotations

from pathlib import Path

import torch

from baihuo.train.tables.beside.members import Beside
from baihuo.train.tables.beside.row_inputs import InputShape
from baihuo.train.tables.columns import Columns
from baihuo.train.tables.model_folder import BESIDE
from baihuo.train.tables.stored_tensors import read_tensors, write_tensors


def write_beside(folder: Path, beside: Beside | None) -> None:
    """Nothing where there are none."""
    if beside is not None and beside.names:
        arrays = beside.arrays()
        write_tensors(folder / BESIDE, {n: torch.from_numpy(a) for n, a in arrays.items()})


def read_beside(folder: Path, columns: Columns) -> Beside | None:
    """Those of a trained folder, if it has some.

    Raises:
        BrokenFile: the file is damaged.
    """
    if not (folder / BESIDE).exists():
        return None
    tensors = read_tensors(folder / BESIDE)
    arrays = {name: tensor.numpy() for name, tensor in tensors.items()}
    return Beside.of_arrays(InputShape.of(columns), arrays)
