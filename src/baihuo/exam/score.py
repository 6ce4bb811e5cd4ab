"""What one check did in one run, and what is left out of it because it was found before."""

from __future__ import annotations

from dataclasses import dataclass, field

from baihuo.exam.intervals import Share
from baihuo.exam.workspace import Location


@dataclass(frozen=True, slots=True)
class Known:
    """What was found before any fault: (row, check), and the rows that were changed."""

    findings: frozenset[tuple[Location, str]] = frozenset()
    changed: frozenset[Location] = frozenset()

    def has(self, location: Location, check: str) -> bool:
        """Whether a finding of ``check`` on that row counts neither way."""
        return location in self.changed or (location, check) in self.findings


@dataclass(frozen=True, slots=True)
class Score:
    """What one check did in one run."""

    check: str
    required: frozenset[Location]  # rows with a fault that it should find
    right: frozenset[Location]  # of them, found
    wrong: frozenset[Location]  # found, and no fault says so
    n_found: int  # all its findings, also those that count neither way
    n_excused: int
    clean_touched: frozenset[Location] = field(default_factory=frozenset)
    """Of the wrong ones, rows without any fault that it quarantined, merged or repaired."""

    @property
    def missed(self) -> frozenset[Location]:
        """Required, and not found."""
        return self.required - self.right

    @property
    def recall(self) -> Share:
        """Found of required."""
        return Share(len(self.right), len(self.required))

    @property
    def precision(self) -> Share:
        """Right of right and wrong."""
        return Share(len(self.right), len(self.right) + len(self.wrong))
