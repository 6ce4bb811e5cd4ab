"""Attributes that each candidate shares with the anchor."""

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
    """``n_shared``: number of attributes, brand included, with a value of the anchor; 0 in other categories, which have no substitutes."""

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
