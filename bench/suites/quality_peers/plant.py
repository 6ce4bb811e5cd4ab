"""Rows with planted dirt and the truth about it, in the files that every tool reads."""

from __future__ import annotations

import json
import random
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from baihuo.exam import Location, Workspace
from baihuo.faults import Dataset, Fault


@dataclass(frozen=True, slots=True)
class Truth:
    """What was planted where: kind → rows; ``neutral`` rows are neither right nor wrong to find."""

    kinds: dict[str, frozenset[Location]]
    neutral: frozenset[Location]

    @property
    def dirty(self) -> frozenset[Location]:
        """Every row with a fault."""
        return frozenset().union(*self.kinds.values())


def plant(rows: Workspace, chosen: list[Fault], *, each: int, seed: int) -> Dataset:
    """All faults, ``each`` times, into the rows of a workspace."""
    dataset = Dataset(rows.rows["events"], rows.rows["products"], random.Random(seed))
    for fault in chosen:
        fault.apply(dataset, each)
    dataset.finish()
    return dataset


def truth_of(dataset: Dataset, rows: Workspace) -> Truth:
    """After the checks gave every row its line. Rows that a fault rests on (the original of a copy) are neutral."""
    at = {id(row): (table, row["line"]) for table, of in rows.rows.items() for row in of}
    kinds: dict[str, set[Location]] = defaultdict(set)
    for _, row, check in dataset.truth:
        kinds[check].add(at[id(row)])
    neutral = {at[id(row)] for _, row, _ in dataset.excused}
    neutral |= {at[id(other)] for _, _, on in dataset.depends for other in on if id(other) in at}
    neutral |= {at[id(row)] for of in rows.rows.values() for row in of if not dataset.is_clean(row)}
    return Truth({k: frozenset(v) for k, v in kinds.items()}, frozenset(neutral))


def write_truth(truth: Truth, path: Path) -> None:
    """As JSON, for who wants to look."""
    kinds = {kind: sorted(rows) for kind, rows in truth.kinds.items()}
    path.write_text(json.dumps({"kinds": kinds, "neutral": sorted(truth.neutral)}))
