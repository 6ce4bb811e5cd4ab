"""Counts the cells that an import masked, by kind. What was in them is nowhere; which rows they are in, the checks say."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

_KIND = re.compile(r"⟨([a-z_]+)(?::[0-9a-f]+)?⟩")


@dataclass
class MaskedCells:
    """Of one import."""

    n: int = 0  # cells
    by_kind: Counter[str] = field(default_factory=Counter)  # kind → cells that have it

    def count(
        self, before: pa.ChunkedArray, after: pa.ChunkedArray, n_rows: NDArray[np.int64]
    ) -> None:
        """Add the cells that masking changed, of the distinct texts of a column, each of which is in ``n_rows`` rows."""
        changed = pc.fill_null(pc.not_equal(before, after), False).to_numpy()
        for text, n in zip(
            after.filter(pa.array(changed)).to_pylist(), n_rows[changed].tolist(), strict=True
        ):
            self.n += n
            for kind in set(_KIND.findall(text)):
                self.by_kind[kind] += n
