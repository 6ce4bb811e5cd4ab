"""A training of a table, as asked for, and by how many processes."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from baihuo.models import DeepSettings
from baihuo.train.tables.columns import TableSpec

_STARTER = ("RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT")


@dataclass(frozen=True, slots=True, kw_only=True)
class TableTraining:
    """What to train on, and where to."""

    table: Path
    out: Path
    spec: TableSpec
    settings: DeepSettings
    validation: Path | None = None  # None: the last tenth of the table
    restart: bool = False  # forget what a killed run left
    start: Path | None = None  # a trained folder to begin from: its values keep their numbers


def torchrun_place() -> tuple[int, int]:
    """Which of how many processes this is, of those that torchrun started; (0, 1) of others."""
    if not all(name in os.environ for name in _STARTER):
        return 0, 1
    return int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
