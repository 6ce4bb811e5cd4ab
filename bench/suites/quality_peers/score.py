"""What a tool flagged, against what was planted: by row, whatever rule flagged it."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from baihuo.dirt import Key
from suites.quality_peers.plant import Truth

FOUND = 0.95  # of its rows: then a kind counts as found
COPIES = frozenset({"near_duplicate", "likely_duplicate", "merged_product"})


@dataclass(frozen=True, slots=True)
class Marks:
    """Recall of each kind of dirt, and how many of the rows flagged have any."""

    recalls: dict[str, float]
    precision: float | None  # None: nothing flagged that counts
    n_flagged: int

    @property
    def n_found(self) -> int:
        """Kinds of which nearly all rows were flagged."""
        return sum(recall >= FOUND for recall in self.recalls.values())

    @property
    def recall(self) -> float:
        """Mean over kinds, each as much as any other."""
        return sum(self.recalls.values()) / max(len(self.recalls), 1)


def read_flagged(path: Path, keys: dict[str, list[Key]]) -> frozenset[Key]:
    """Rows that a tool flagged, of its file of (table, line, rule)."""
    with path.open(encoding="utf-8", newline="") as file:
        return frozenset(keys[table][int(line) - 1] for table, line, _ in csv.reader(file))


def marks(
    flagged: frozenset[Key], before: frozenset[Key], truth: Truth, *, kinds: frozenset[str]
) -> Marks:
    """Every kind asked of the tool. Rows that dirt rests on, and those flagged ``before`` any, count neither way."""
    asked = {kind: rows for kind, rows in truth.kinds.items() if kind in kinds}
    right = flagged & truth.dirty
    wrong = flagged - truth.dirty - truth.neutral - before
    n_judged = len(right) + len(wrong)
    return Marks(
        {kind: len(rows & flagged) / len(rows) for kind, rows in sorted(asked.items())},
        len(right) / n_judged if n_judged else None,
        len(flagged),
    )
