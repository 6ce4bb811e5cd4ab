"""Products for visitors who viewed and bought nothing, by basic data and searches."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from baihuo.rank.newcomer_scores import NewcomerScores
from baihuo.rank.request_context import RequestContext
from baihuo.rank.sources.found import Found
from baihuo.rank.stages import Source


@dataclass(frozen=True)
class ForNewcomers(Source):
    """Products clicked more than their positions explain, those of declared interests and of categories searched for first."""

    scores: NewcomerScores
    k: int = 200

    def find(self, context: RequestContext) -> Found:
        rows, scores = self.scores.of(
            context.basics, context.query.at_us, searched=context.searched.rows
        )
        k = min(self.k, len(rows))
        if not k:
            return rows, scores
        top = np.argpartition(-scores, k - 1)[:k]
        top = top[np.lexsort((top, -scores[top]))]  # ties: the more popular
        return rows[top], scores[top]
