"""Tensors in one file: written beside its name and renamed."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import torch

from baihuo.core import BrokenFile


def write_tensors(path: Path, tensors: Mapping[str, torch.Tensor]) -> None:
    """Tensors as safetensors; on the disk when this returns.

    Raises:
        OSError: the disk is full; the file of before is still there.
    """
    from safetensors.torch import save_file

    new = path.with_name(f"{path.name}.new")
    on_cpu = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    try:
        save_file(on_cpu, new)
        new.chmod(_usual_mode(path.parent))  # the library writes for its owner alone
        with new.open("rb") as file:
            os.fsync(file.fileno())
        new.replace(path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise


def _usual_mode(folder: Path) -> int:
    return (
        0o644
        if folder.stat().st_mode & 0o004
        else 0o640
        if folder.stat().st_mode & 0o040
        else 0o600
    )


def read_tensors(path: Path) -> dict[str, torch.Tensor]:
    """The inverse of :func:`write_tensors`.

    Raises:
        BrokenFile: damaged, or not written by it.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return load_file(path)
    except (SafetensorError, OSError) as error:
        raise BrokenFile(
            f"{path} cannot be read: {error}", fix="train again, or restore the file"
        ) from error
