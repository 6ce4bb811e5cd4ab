"""A training of a table, as asked for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from baihuo.models import DeepSettings
from baihuo.train.tables.columns import TableSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class TableTraining:
    """What to train on, and where to."""

    table: Path
    out: Path
    spec: TableSpec
    settings: DeepSettings
    validation: Path | None = None  # None: the last tenth of the table
    start: Path | None = None  # a trained folder to begin from: its values keep their numbers
