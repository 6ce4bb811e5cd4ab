"""Ways for click models to learn from rows whose position mattered: as an input, or by estimated examination."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from baihuo.core import Unsupported
from baihuo.evaluate import Examination, examination_by_surface, examined
from baihuo.model_inputs import AT_SERVING, POSITION
from baihuo.train.clicks.data import ClickData
from baihuo.train.clicks.drawn import drawn_impressions
from baihuo.train.clicks.fit import ExampleRows
from baihuo.train.clicks.inputs import ClickSource

MOST_WEIGHT = 3.0
"""Of a click, by inverse propensity: more makes the few clicks far down decide."""


@dataclass(frozen=True, slots=True, eq=False)
class PositionWay:
    """How models learn position, and the curves that it needs."""

    way: str = "input"
    curves: Mapping[str, Examination] = field(default_factory=dict)  # by surface
    why_not: str | None = None  # the way that was asked for could not be taken

    def rows(self, rows: ExampleRows, columns: tuple[str, ...]) -> ExampleRows:
        """As models learn from them: unchanged with position as an input; else all at the top, and a click weighs 1 / P(examined), at
        most :data:`MOST_WEIGHT` (Joachims et al. 2017, self-normalised).
        """
        if self.way == "input":
            return rows
        seen = self.seen(rows, columns)
        matrix = rows.matrix.copy()
        matrix[:, columns.index(POSITION)] = AT_SERVING[POSITION]
        weights = np.where(rows.clicks > 0, np.minimum(1 / seen, MOST_WEIGHT), 1.0)
        return replace(rows, matrix=matrix, weights=weights.astype(np.float32), seen=seen)

    def seen(self, rows: ExampleRows, columns: tuple[str, ...]) -> NDArray[np.float64]:
        """``[rows]`` P(examined) at the position each had; 1 on a surface without a curve."""
        return examined(self.curves, rows.surface, rows.matrix[:, columns.index(POSITION)])


def position_way(way: str, source: ClickSource, data: ClickData, *, seed: int) -> PositionWay:
    """The way that was asked for, with curves from the pages before the tested ones; too few of them: position as an input."""
    if way == "input":
        return PositionWay()
    older = data.examples.filter(pa.array(~data.part("test")))
    drawn = drawn_impressions(source.tables, older, source.placements)
    try:
        return PositionWay(way, examination_by_surface(drawn, seed=seed))
    except Unsupported as error:
        return PositionWay(why_not=f"{error.what} (fix: {error.fix})")
