"""Products with the requested attributes first, and sold-out ones last."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from baihuo.core import Candidates
from baihuo.index import SOLD_OUT_TIER
from baihuo.rank.request_context import RequestContext
from baihuo.rank.stages import Selection, Selector


@dataclass(frozen=True)
class InTiers(Selector):
    """Keep the tiers of the answer set: scores and diversity order the products within each.

    Products with the typed colour come before those without it, and sold-out ones last, whatever their scores. No product is dropped.
    """

    def choose(self, context: RequestContext, candidates: Candidates) -> Selection:
        return Selection(np.argsort(tiers(context, candidates), kind="stable"))


def tiers(context: RequestContext, candidates: Candidates) -> NDArray[np.int16]:
    """The tier of each candidate; zeros without an answer set."""
    if context.answer is None:
        return np.zeros(len(candidates), np.int16)
    return context.answer.tiers_of(candidates.rows)


def is_sold_out(context: RequestContext, candidates: Candidates) -> NDArray[np.bool_]:
    """Return which candidates are sold out by the answer set; none without one."""
    return np.asarray(tiers(context, candidates) >= SOLD_OUT_TIER)
