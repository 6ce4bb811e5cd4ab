"""Products that match the query text and the filters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from baihuo.core import Sort
from baihuo.rank.request_context import RequestContext
from baihuo.rank.sources.found import NOTHING, Found
from baihuo.rank.stages import Source


@dataclass(frozen=True)
class Matches(Source):
    """The answer set in the requested order: by relevance, or as the visitor sorted it.

    At most ``max_products`` products are ranked; further matches are added page by page.
    """

    max_products: int = 1_000

    def find(self, context: RequestContext) -> Found:
        answer = context.answer
        if answer is None or not len(answer.rows):
            return NOTHING
        if context.query.sort is not Sort.RELEVANCE:
            rows = answer.ordered(context.query.sort)[: self.max_products]
            return rows, -np.arange(len(rows), dtype=np.float64)
        return answer.rows[: self.max_products], answer.relevance[: self.max_products].astype(
            np.float64
        )

    def note(self, context: RequestContext) -> str:
        if context.answer is None or not context.query.explain:
            return ""  # the trace is not shown
        prefix = "" if context.answer.total_is_exact else "at least "
        read = [f"{r.kind} {r.text!r}" for r in context.answer.read]
        parts = [
            f"answer set of {prefix}{context.answer.total}",
            " ".join(context.answer.notes),
            f"read in the words: {', '.join(read)}" if read else "",
        ]
        return "; ".join(part for part in parts if part)
