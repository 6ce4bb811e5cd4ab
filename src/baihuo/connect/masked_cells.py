"""Counts the cells that an import masked, by kind. What was in them is nowhere; which rows they are in, the checks say."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

_KIND = re.compile(r"⟨([a-z_]+)(?::[0-9a-f]+)?⟩")


@dataclass
class MaskedCells:
    """Of one import."""

    n: int = 0  # cells
    by_kind: Counter[str] = field(default_factory=Counter)  # kind → cells that have it

    def count(self, before: pa.ChunkedArray, after: pa.ChunkedArray) -> None:
        """Add the cells of a column that masking changed."""
        if after is before:
            return
        changed = after.filter(pc.fill_null(pc.not_equal(before, after), False)).to_pylist()
        self.n += len(changed)
        for text in changed:
            self.by_kind.update(set(_KIND.findall(text)))
