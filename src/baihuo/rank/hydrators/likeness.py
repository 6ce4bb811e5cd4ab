"""How much each candidate has in common with the product of the page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.core import Candidates
from baihuo.index import Generation, shared_attributes
from baihuo.rank.request_context import RequestContext
from baihuo.rank.stages import Hydrator


@dataclass(frozen=True)
class Likeness(Hydrator):
    """``n_shared``: in how many attributes it has a value of the product of the page, the brand being one; 0 in other
    categories, where nothing is a substitute.
    """

    generation: Generation

    def reads(self) -> set[str]:
        return {"category"}

    def writes(self) -> set[str]:
        return {"n_shared"}

    def columns(self, context: RequestContext, candidates: Candidates) -> dict[str, NDArray[Any]]:
        snapshot, anchor = self.generation.snapshot, context.anchor_row
        n_shared = np.zeros(len(candidates), np.int64)
        mine = np.flatnonzero(candidates.columns["category"] == snapshot.category_code[anchor])
        n_shared[mine] = shared_attributes(snapshot, anchor, candidates.rows[mine])
        return {"n_shared": n_shared}
