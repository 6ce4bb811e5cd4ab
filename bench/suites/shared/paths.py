"""Paths that a script reads."""

from __future__ import annotations

from argparse import ArgumentTypeError
from pathlib import Path


def given(path: str) -> Path:
    """A file or folder that is there, as ``type`` of an argument.

    Raises:
        ArgumentTypeError: it is not.
    """
    if not Path(path).exists():
        raise ArgumentTypeError(f"there is no file or folder {path}")
    return Path(path)
