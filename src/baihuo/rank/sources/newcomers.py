"""What nobody had a chance to click yet."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from baihuo.rank.asked import Asked
from baihuo.rank.board import Board
from baihuo.rank.sources.found import Found
from baihuo.rank.stages import Source


@dataclass(frozen=True)
class Newcomers(Source):
    """The newest products without any standing: exploration draws some of them onto pages."""

    board: Board
    k: int = 30

    def find(self, asked: Asked) -> Found:
        standing = self.board.standing()
        rows = standing.newest[standing.popularity[standing.newest] <= 0][: self.k]
        return rows, 1.0 / np.arange(1, len(rows) + 1, dtype=np.float64)
