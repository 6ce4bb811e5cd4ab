"""What became of each campaign in an auction: won, or why not."""

from __future__ import annotations

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from baihuo.ads.ad_context import AdContext
from baihuo.ads.ad_table import AdTable
from baihuo.rank import PipelineResult


class Outcome(IntEnum):
    """How far a campaign came. Of several ads the one that came furthest counts."""

    SOLD_OUT = 0  # no price, no stock, or gone from the catalogue
    BUDGET = 1  # it cannot pay now
    FREQUENCY = 2  # the visitor saw it often enough today
    FILTERS = 3  # the visitor's filters exclude it
    IRRELEVANT = 4
    OUTBID = 5  # or below the reserve
    WON = 6


_STAGES = {
    "in_catalogue": Outcome.SOLD_OUT,
    "for_sale": Outcome.SOLD_OUT,
    "query_filters": Outcome.FILTERS,
    "relevant_enough": Outcome.IRRELEVANT,
}


def outcomes(
    context: AdContext, run: PipelineResult, table: AdTable, n_rows: int
) -> tuple[NDArray[np.intp], NDArray[np.int8]]:
    """Return the campaigns that were eligible, and the outcome of each.

    Args:
        n_rows: Of the index.
    """
    ads, state = context.eligible, context.campaigns
    campaigns, rows = table.campaign_row[ads], table.product_rows[ads]
    of_product = np.zeros(
        n_rows + 1, dtype=np.int8
    )  # 1 + outcome; 0: it took part. Zeros cost nothing where nobody writes
    of_product[-1] = 1 + Outcome.SOLD_OUT  # row -1
    for removed in run.candidates.removed:
        if removed.stage in _STAGES:
            of_product[removed.rows] = 1 + _STAGES[removed.stage]
    of_ad = of_product[rows] - 1
    of_ad[of_ad < 0] = Outcome.OUTBID
    of_ad[state.is_capped[campaigns]] = Outcome.FREQUENCY
    of_ad[~state.is_open[campaigns]] = Outcome.BUDGET
    columns = run.candidates.columns
    if "place" in columns:
        won = columns["ad"][columns["place"] >= 0]
        of_ad[np.isin(ads, won)] = Outcome.WON
    furthest = np.full(len(state.is_open), -1, dtype=np.int8)
    np.maximum.at(furthest, campaigns, of_ad)
    eligible = np.flatnonzero(furthest >= 0)
    return eligible, furthest[eligible]
