"""What click training reads, and its settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from baihuo.core import ATTRIBUTION_MINUTES
from baihuo.engine import Source, Tables
from baihuo.index import Generation
from baihuo.train.clicks.choices import (
    CalibrationSegment,
    CalibrationWay,
    PositionLearning,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClickSource:
    """The clean data of one shop, as click training reads it."""

    tables: Tables  # the engine
    events: Source  # of ``core.tables.EVENTS``, clean
    products: Source  # of ``core.tables.PRODUCTS``, clean
    generation: Generation  # the index over the same products
    served: Path | None = None
    """Logged pages (``ServedLog.to_parquet``); their values are preferred to recomputed ones."""
    placements: Path | None = None
    """Placements of the logged pages, with the draw of each (``monitor.write_placements``)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClickTraining:
    """How click models are trained."""

    attribution_minutes: int = ATTRIBUTION_MINUTES
    """An impression's outcome counts within this time."""
    validation_share: float = 0.15
    test_share: float = 0.15
    only_tests: bool = False
    """Nothing is learned from the pages, which only choose between, calibrate and test models that another shop learned."""
    min_test_clicks: int = 100  # fewer could not show whether a model is any good
    window_days: float | None = None
    """Pages older than this, before the newest, are not learned from; None: all."""
    max_examples: int = 1_000_000  # the newest; more would not fit a small machine's memory
    models: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """By registered model, what differs from the defaults of its file."""
    position: PositionLearning = "input"
    calibration: CalibrationWay = "auto"
    calibrate_by: CalibrationSegment = "surface"
    threads: int = 1  # more pays only where cores are free
    seed: int = 7


DEFAULT = ClickTraining()
