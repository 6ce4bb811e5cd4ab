"""What a run counts: rows by step and day, findings by check, measured shares with their limits.

The parts of ``report.json``; a run adds them up before there is a report.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = ["Day", "Finding", "InputFile", "Limit", "RefusedRows", "StepCount", "WithheldValues"]


@dataclass(frozen=True, slots=True)
class StepCount:
    """Rows of one table through one step. In = kept + quarantined + merged + erased, always."""

    step: str
    table: str
    n_in: int
    n_kept: int
    n_quarantined: int
    n_merged: int
    n_repaired: int  # of the kept
    n_erased: int = 0  # taken out because their visitor asked; not dirt
    n_noted: int = (
        0  # nothing was changed in them, and a person should look; kept rows, by the step alone
    )

    def __post_init__(self) -> None:
        if self.n_in != self.n_kept + self.n_quarantined + self.n_merged + self.n_erased:
            raise RuntimeError(f"rows went missing: {self}")
        if self.n_noted < 0:
            raise RuntimeError(f"fewer rows noted than none: {self}")
        if not 0 <= self.n_repaired <= self.n_kept:
            raise RuntimeError(f"more rows repaired than kept: {self}")

    @property
    def touched(self) -> float:
        """The share of rows quarantined, merged or repaired, 0 to 1."""
        return (self.n_quarantined + self.n_merged + self.n_repaired) / max(self.n_in, 1)


@dataclass(frozen=True, slots=True)
class Finding:
    """How often one check did one thing, with a few rows to look at.

    One bot, one flood or one wrong clock is one finding, however many rows it has: ``n_findings`` counts those, ``n_rows``
    the rows behind them. Of checks that look at single rows both are the same.
    """

    step: str
    table: str
    check: str
    action: str
    n_rows: int
    examples: tuple[dict[str, Any], ...]  # {"row_id", "file", "detail"}, lowest rows first
    n_findings: int = 0
    largest: tuple[dict[str, Any], ...] = ()
    """Of findings with several rows those with most: {"of" (whose they are), "n_rows", "row_ids" (the first), "detail"}."""

    @property
    def is_change(self) -> bool:
        """Whether it changed what is learned from; a note does not."""
        return self.action != "note"


@dataclass(frozen=True, slots=True)
class Limit:
    """One threshold of ``quality.yaml`` with what was measured."""

    name: str  # "prices.stop_above": where to look in quality.yaml
    table: str
    measured: float
    allowed: float
    verdict: str  # ok, warn, stop
    words: str
    owner: str = ""  # of the step, where quality.yaml names one


@dataclass(frozen=True, slots=True)
class RefusedRows:
    """One table's rows that were refused at import and are still missing."""

    table: str
    n_read: int  # rows of the files
    n_refused: int  # of them
    reasons: dict[str, int]  # reason → rows, most first

    @property
    def words(self) -> str:
        """How many, and which reason dominates."""
        reason, n = next(iter(self.reasons.items()))
        most = "all of them" if n == self.n_refused else f"{n:,} of them"
        return f"{self.n_refused:,} of {self.n_read:,} rows were refused at import, {most} for {reason}"


@dataclass(frozen=True, slots=True)
class WithheldValues:
    """Values of one table that no import could read: their rows are in, and lack them."""

    table: str
    n_read: int  # rows of the files
    n_withheld: int  # values; a row may lack a price and a currency
    reasons: dict[str, int]  # reason → values, most first
    examples: tuple[dict[str, Any], ...] = ()  # {"row_id", "field", "value", "reason", "fix"}

    @property
    def words(self) -> str:
        """How many, and how to see them."""
        some = ", ".join(f"{n:,} {reason}" for reason, n in self.reasons.items())
        values = "value" if self.n_withheld == 1 else "values"
        return f"{self.n_withheld:,} {values} of {self.n_read:,} rows could not be read at import ({some})"


@dataclass(frozen=True, slots=True)
class InputFile:
    """One import whose rows were checked."""

    import_id: int  # the number before the colon of a row_id
    name: str  # of the file, as it was given; several with a comma
    table: str
    n_rows: int  # that came in from it


@dataclass(frozen=True, slots=True)
class Day:
    """Events received on one day (UTC), by what became of them."""

    day: str
    n_kept: int
    n_quarantined: int
    n_merged: int
    n_erased: int = 0
