"""What the typed words and filters match."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from baihuo.core import Sort
from baihuo.rank.request_context import RequestContext
from baihuo.rank.sources.found import NOTHING, Found
from baihuo.rank.stages import Source


@dataclass(frozen=True)
class Matches(Source):
    """The answer set in the order asked for: by relevance, or as the visitor sorted it.

    Past ``most`` products a search is no longer an order but a catalogue: what comes behind is
    added page by page.
    """

    most: int = 1_000

    def find(self, asked: RequestContext) -> Found:
        answer = asked.answer
        if answer is None or not len(answer.rows):
            return NOTHING
        if asked.query.sort is not Sort.RELEVANCE:
            rows = answer.ordered(asked.query.sort)[: self.most]
            return rows, -np.arange(len(rows), dtype=np.float64)
        return answer.rows[: self.most], answer.relevance[: self.most].astype(np.float64)

    def note(self, asked: RequestContext) -> str:
        if asked.answer is None:
            return ""
        least = "" if asked.answer.total_is_exact else "at least "
        return f"answer set of {least}{asked.answer.total}; {' '.join(asked.answer.notes)}".strip(
            "; "
        )
