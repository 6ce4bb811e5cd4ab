"""The frozen order: the first page fixes the order of all later pages."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.core import Candidates, Page
from baihuo.events import StoredPage
from baihuo.index import Generation
from baihuo.rank.exploration import Exploration
from baihuo.rank.pipeline import PipelineResult
from baihuo.rank.reasons import encode_reasons, reasons
from baihuo.rank.request_context import RequestContext

MAX_ORDERED = 1_000  # products; further matches are added page by page
_EXPLORATION = fields(Exploration)


@dataclass(frozen=True, slots=True)
class FrozenOrder:
    """Product ids, best first, and the data that later pages need.

    It is stored in ``Served.order`` and in ``Page.extra`` of the first page, so that any worker, with
    any seed and even another bundle, can continue it.
    """

    product_ids: tuple[str, ...]
    n_ranked: int  # the first ``n_ranked`` come from the stages and exploration
    seed: int  # of exploration
    reasons: str  # one letter for each ranked product
    is_explored: bool
    exploration: (
        Exploration  # used for the draw: settings may be different when a later page is made
    )
    order_by: str = (
        ""  # of ``orders.served_orders``, or how the visitor sorted; empty: an older page
    )

    @classmethod
    def of_run(
        cls,
        context: RequestContext,
        run: PipelineResult,
        generation: Generation,
        *,
        seed: int,
        exploration: Exploration,
        order_by: str = "",
    ) -> FrozenOrder:
        """Build the order: ranked products, then the rest of the answer set in its order, without filtered products; nothing after a failed
        filter.
        """
        ranked, rows = run.candidates, run.candidates.rows
        filters = [step for step in run.steps if step.kind == "filter"]
        if context.answer is not None and not any(step.failure for step in filters):
            matches = context.answer.ordered(context.query.sort)[:MAX_ORDERED]
            removed = [g.rows for step in filters for g in step.removed]
            may_follow = generation.snapshot.is_live.copy()
            may_follow[np.concatenate([rows, *removed])] = False
            rows = np.concatenate([rows, matches[may_follow[matches]]])
        return cls(
            tuple(generation.product_ids[rows].tolist()),
            int(np.count_nonzero(ranked.columns.get("may_move", np.ones(len(ranked))))),
            seed,
            encode_reasons(reasons(context, ranked, generation)),
            "propensity" in ranked.columns,
            _within_reach(exploration, ranked),
            order_by,
        )

    @classmethod
    def of_stored(cls, stored: StoredPage) -> FrozenOrder:
        """Read the frozen order from an earlier page."""
        extra = stored.page.extra
        return cls(
            stored.order,
            int(extra.get("n_ranked", 0)),
            int(extra.get("seed", 0)),
            str(extra.get("reasons", "")),
            bool(extra.get("is_explored", False)),
            exploration_of(stored.page),
            str(extra.get("order_by", "")),
        )

    def extra(self) -> dict[str, Any]:
        """Return the data that :meth:`of_stored` reads."""
        return {
            "n_ranked": self.n_ranked,
            "seed": self.seed,
            "reasons": self.reasons,
            "is_explored": self.is_explored,
            "exploration": {f.name: getattr(self.exploration, f.name) for f in _EXPLORATION},
            "order_by": self.order_by,
        }

    def propensity(self, *, page_size: int, query_id: str) -> NDArray[np.float64]:
        """Return ``[n_ranked]`` propensities by repeating the draw; ones without exploration."""
        if not self.is_explored:
            return np.ones(self.n_ranked)
        return self.exploration.explore(
            self.n_ranked, page_size=page_size, seed=self.seed, query_id=query_id
        ).propensity


def _within_reach(exploration: Exploration, ranked: Candidates) -> Exploration:
    """Restrict exploration to this page's limits: products move only among equally relevant ones."""
    columns = ranked.columns
    if "reach" not in columns or not len(ranked):
        return exploration
    return replace(
        exploration,
        reach=int(columns["reach"][0]),
        n_fixed=int(columns["n_fixed"][0]),
        kept_apart=tuple(np.flatnonzero(columns["is_kept_apart"]).tolist()),
    )


def exploration_of(page: Page) -> Exploration:
    """Return the exploration of a stored first page; older pages used the defaults."""
    stored = dict(page.extra.get("exploration", {}))
    return Exploration(**{**stored, "kept_apart": tuple(stored.get("kept_apart", ()))})
