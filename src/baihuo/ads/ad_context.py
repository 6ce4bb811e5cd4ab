"""The page that an auction sells places of."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from baihuo.core import Served
from baihuo.rank import Beside, RequestContext


@dataclass(frozen=True, slots=True, eq=False)
class CampaignState:
    """What changes from auction to auction, by row of campaign."""

    multipliers: NDArray[np.float64]  # of bids, by pacing
    corrections: NDArray[np.float64]  # of P(purchase | click), by what targets got
    is_open: NDArray[np.bool_]  # it can pay for another click now: budget, balance, schedule
    is_capped: NDArray[np.bool_]  # this visitor saw it as often today as it may be seen


class AdContext(RequestContext):
    """A request with the state of campaigns at that moment.

    It shares what was computed for the page: history, answer set, basics, and predictions.
    """

    served: Served  # of :meth:`follow`

    def __init__(
        self,
        context: RequestContext,
        campaigns: CampaignState,
        predictions: Beside,
        *,
        hour: int,
        is_contextual: bool,
    ) -> None:
        """
        Args:
            context: Of the page.
            predictions: What the page's click model reads beside its own candidates; read here where the page has no model.
            hour: 0-23, in the time zone of the shop.
            is_contextual: Without consent: nothing known of the visitor takes part.
        """
        self.__dict__.update(context.__dict__)
        self.campaigns, self.predictions = campaigns, predictions
        self.eligible = np.empty(0, dtype=np.intp)  # ads; set by the source
        self.hour, self.is_contextual = hour, is_contextual

    def follow(self, page: RequestContext, served: Served) -> None:
        """Take over what the page was made with since, and the page."""
        self.__dict__ |= page.__dict__
        self.served = served

    @cached_property
    def organic(self) -> dict[int, int]:
        """0-based place on this page of each organic product, by index row."""
        row_of = self._generation.row_of
        ids = (placed.product_id for placed in self.served.page.placed)
        return {row_of.get(product_id, -1): place for place, product_id in enumerate(ids)}


def ad_context(context: RequestContext) -> AdContext:
    """Return the context of a stage of ads, which runs in no other pipeline.

    Raises:
        TypeError: it is that of a page without ads.
    """
    if not isinstance(context, AdContext):
        raise TypeError("a stage of ads runs only in the pipeline of ads")
    return context
