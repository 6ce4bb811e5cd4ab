"""How much each candidate has in common with the product of the page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from baihuo.core import Candidates
from baihuo.index import Generation, shared_attributes
from baihuo.rank.request_context import RequestContext
from baihuo.rank.stages import Hydrator


@dataclass(frozen=True)
class Likeness(Hydrator):
    """``n_shared``: in how many attributes it has a value of the product of the page, the brand being one."""

    generation: Generation

    def writes(self) -> set[str]:
        return {"n_shared"}

    def columns(self, context: RequestContext, candidates: Candidates) -> dict[str, NDArray[Any]]:
        snapshot = self.generation.snapshot
        return {"n_shared": shared_attributes(snapshot, context.anchor_row, candidates.rows)}
