"""What a step is: checks that look at the same thing, and the SELECTs that find their rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from baihuo.engine import Source
from baihuo.quality.engine.ledger import Ledger
from baihuo.quality.spec import Check, On

if TYPE_CHECKING:
    from baihuo.quality.rules import QualityRules


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What a step may look at besides the rows of its own table."""

    now_us: int  # our clock, µs UTC
    raw_events: Source
    raw_products: Source
    products: Path | None = None  # the clean catalogue; None while products are being checked
    merged: Path | None = None  # which of them went into which other
    shared: Path | None = None  # a folder for what is made once for all ranges of days
    history: tuple[Path, ...] = ()  # clean events of earlier ranges of days, the last seen too
    pictures: Path | None = None  # the folder that relative paths of pictures start at
    begins_day: int | None = None  # that the whole log begins on, since 1970; None: it is empty
    out: Path  # where the last run left its files, until this one replaces them
    mask_key: bytes = b""  # of the shop's pseudonyms; empty: personal data is named by kind only


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A step's answer: SELECTs of :data:`baihuo.quality.engine.ledger.FOUND` and what they read."""

    selects: list[str] = field(default_factory=list)
    inputs: Mapping[str, Source] = field(default_factory=dict)
    not_checked: tuple[str, ...] = ()  # "purchase_before_view: this log holds no views"
    looked_at: tuple[str, ...] = ()  # "pictures: 5,012 opened": what no finding says
    failed: tuple[str, ...] = ()  # checks that broke: the shop's own may


Find: TypeAlias = "Callable[[Ledger, QualityRules, Given], Found]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Checks that run together. Several finds are rounds: each sees what the one before left."""

    name: str  # its section in quality.yaml
    checks: tuple[Check, ...]
    finds: tuple[Find, ...]
    is_whole: bool = False  # of events: looks at all ranges of days at once, last, and only notes

    def is_on(self, table: On) -> bool:
        """Whether it has a check for that table."""
        return any(check.on == table for check in self.checks)
