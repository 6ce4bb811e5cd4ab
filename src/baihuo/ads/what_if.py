"""What another reserve, floor of relevance or level of bids would have brought, from logged auctions.

Each logged auction is run again. Where the ads and their places stay as they were, only prices change, and the clicks are those of the
log: this part is exact. Where another ad would stand at a place, the clicks are estimated from the pages where exploration
put it there, weighted by the inverse of that propensity, with a model of clicks that reduces variance (doubly robust).
Without enough such pages the answer is refused, with the reason.

Assumed: a click depends on the ad and its place, not on its neighbours; advertisers bid as before; budgets last as long as before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from baihuo.ads.columns import codes, columns_of
from baihuo.ads.pricing import Pricing, auction
from baihuo.core import BadInput, Unsupported
from baihuo.evaluate import (
    Interval,
    LoggedRewards,
    PolicyValue,
    RewardModel,
    clustered_mean,
    policy_values,
)

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

AUCTIONS = pa.schema(
    [
        pa.field("auction_id", pa.string(), nullable=False),
        pa.field("ad_id", pa.string(), nullable=False),
        pa.field("campaign_id", pa.string(), nullable=False),
        pa.field(
            "bid_minor", pa.float64(), nullable=False
        ),  # for a click, as it entered the auction
        pa.field("p_click", pa.float64(), nullable=False),  # at the first place
        pa.field("relevance", pa.float64(), nullable=False),
        pa.field("score", pa.float64(), nullable=False),  # bid × p_click × relevance^a
        pa.field("slot", pa.int64(), nullable=False),  # 1 is the first place; 0: not shown
        pa.field("clicked", pa.bool_(), nullable=False),
        pa.field(
            "propensity", pa.float64()
        ),  # P(this ad at this place | the log's policy), of shown ads
        pa.field("price_minor", pa.float64()),  # of a click, of shown ads: checks the logged rules
        pa.field("visitor_id", pa.string()),  # null: the auction counts alone
    ]
)
"""A row for each candidate of an auction, also those that the reserve or the floor turned away; not those left out for other
reasons (budget, stock, a twin above). Of one surface, because rules are."""

_N_BINS = 8  # of P(click), in the model of clicks
_LEAST_ALIKE = (
    0.5  # of shown ads: at the place that the logged rules give them, the others by exploration
)
_MOST_PRICED_APART = 0.05  # of those: at another price than that of the log


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """How an auction was, or would be, decided. Money in minor units."""

    reserve_minor: float = 0.0
    relevance_floor: float = 0.0
    bid_factor: float = 1.0  # pacing: a multiplier of every bid beside that of the log
    bid_factors: Mapping[str, float] = field(default_factory=dict)  # the same by campaign
    pricing: Pricing = Pricing.GSP
    examination: tuple[float, ...] = (
        1.0,
    )  # by place: how many there are, and how often each is seen
    by_bid: bool = False  # the highest bids win, whatever P(click) and relevance are


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """The rules under which the log was made, and those in question."""

    logged: Rules
    wanted: Rules


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIf:
    """The answer, per thousand auctions. Gains with 95% intervals over visitors (auctions, if the log names no visitors)."""

    n_auctions: int
    n_changed: int  # auctions where another ad would stand at a place, or none
    n_effective: (
        float | None
    )  # rows that the estimate of new clicks is worth; None: none was needed
    clicks: float  # as logged
    revenue_minor: float
    ads: float
    clicks_gain: Interval
    revenue_gain_minor: Interval
    ads_gain: float
    new_places: tuple[PolicyValue, ...] = ()  # clicks for each new ad and place, by four estimators

    def to_json(self) -> dict[str, Any]:
        """As printed with ``--json``."""
        return asdict(self)


def what_if(log: pa.Table, change: Change) -> WhatIf:
    """Estimate what the wanted rules would have brought in the logged auctions.

    Both rules are compared as they are without exploration in auctions whose places change, and as served in all others.

    Args:
        log: Columns of :data:`AUCTIONS`.
        change: The logged rules must be those that made the log.

    Raises:
        BadInput: a column or value is missing, or a value is out of range.
        Unsupported: the log was not made under the logged rules, or does not support the estimate: no propensities, places that
            exploration never gave to these ads, or too few of them.

    Source: Dudík, Langford and Li (2011) for the doubly robust estimate.
    """
    if not len(log):
        raise Unsupported("the log has no auction", fix="wait for pages with ads")
    grid = _Grid.of(log, n_places=len(change.logged.examination))
    before, n_places = grid.logged(change.logged)
    after = grid.run(change.wanted).first(n_places)
    grid.check(before, change)
    clicked = grid.clicked.astype(np.float64)
    is_changed = (before.ad != after.ad).any(axis=1)
    paid = before.price_of(grid.ad) * clicked
    # Unchanged auctions: the same clicks at new prices.
    clicks_gain = np.zeros(grid.n)
    revenue_gain = (after.price_of(grid.ad) * clicked - paid).sum(axis=1)
    values: list[PolicyValue] = []
    if is_changed.any():
        model = _ClickModel(grid)
        is_new = (after.ad != before.ad) & (after.ad >= 0)
        if is_new.any():
            values = _supported(grid, after, is_new, model)
        # A place that keeps its ad has the same estimate under both rules.
        new, old = model.estimate(after), model.estimate(before)
        revenue = (new * after.price - old * before.price).sum(axis=1)
        clicks_gain = np.where(is_changed, (new - old).sum(axis=1), 0.0)
        revenue_gain = np.where(is_changed, revenue, revenue_gain)

    return WhatIf(
        n_auctions=grid.n,
        n_changed=int(is_changed.sum()),
        n_effective=values[0].estimate.n_effective if values else None,
        clicks=1000 * float(clicked.sum()) / grid.n,
        revenue_minor=1000 * float(paid.sum()) / grid.n,
        ads=1000 * float((grid.ad >= 0).sum()) / grid.n,
        clicks_gain=grid.per_thousand(clicks_gain),
        revenue_gain_minor=grid.per_thousand(revenue_gain),
        ads_gain=1000 * float((after.ad >= 0).sum() - (before.ad >= 0).sum()) / grid.n,
        new_places=tuple(values),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PredictionGain:
    """What ordering ads by bid × P(click) × relevance brought beside another order of the same ads, per thousand auctions."""

    instead_of: str  # "bids" alone, or a "random" order
    clicks: float  # of that order
    value_minor: float  # of its clicks, each at its bid
    clicks_gain: Interval
    value_gain_minor: Interval
    revenue_gain_minor: Interval | None  # None: a random order has no prices


def prediction_gains(log: pa.Table, rules: Rules) -> list[PredictionGain]:
    """Estimate what predictions brought against bids alone and against random placement.

    All orders are of the ads that the log has of an auction: those shown and the best that lost, all above reserve and floor.

    Args:
        log: Columns of :data:`AUCTIONS`, of a surface where ads are explored.
        rules: That made it.

    Raises:
        BadInput, Unsupported: As :func:`what_if`.
    """
    if not len(log):
        raise Unsupported("the log has no auction", fix="wait for pages with ads")
    grid = _Grid.of(log, n_places=len(rules.examination))
    before, n_places = grid.logged(rules)
    grid.check(before, Change(logged=rules, wanted=rules))
    model = _ClickModel(grid)
    by_bid = grid.run(replace(rules, by_bid=True)).first(n_places)
    is_new = (by_bid.ad != before.ad) & (by_bid.ad >= 0)
    if is_new.any():
        _supported(grid, by_bid, is_new, model)
    clicks, other = model.estimate(before), model.estimate(by_bid)
    value, other_value = clicks * grid.bid_of(before.ad), other * grid.bid_of(by_bid.ad)
    random, random_value = _at_random(grid, before, rules, model)

    def gain(
        instead_of: str, of: Floats, of_value: Floats, revenue_gain: Interval | None
    ) -> PredictionGain:
        return PredictionGain(
            instead_of=instead_of,
            clicks=1000 * float(of.sum()) / grid.n,
            value_minor=1000 * float(of_value.sum()) / grid.n,
            clicks_gain=grid.per_thousand(clicks - of),
            value_gain_minor=grid.per_thousand(value - of_value),
            revenue_gain_minor=revenue_gain,
        )

    revenue_gain = grid.per_thousand(clicks * before.price - other * by_bid.price)
    return [
        gain("bids", other, other_value, revenue_gain),
        gain("random", random, random_value, None),
    ]


def _at_random(
    grid: _Grid, before: _Slate, rules: Rules, model: _ClickModel
) -> tuple[Floats, Floats]:
    """Estimate clicks and their bids, ``[auctions, places]``, if the ads of the auctions stood at its places in random order."""
    takes_part = grid.takes_part(rules)
    n_ads = np.maximum(takes_part.sum(axis=1), 1)
    is_place, shown = before.ad >= 0, np.maximum(grid.ad, 0)
    is_target = is_place & (grid.ad >= 0) & np.take_along_axis(takes_part, shown, 1)
    share = np.where(is_target, 1.0 / n_ads[:, None], 0.0)
    predicted = np.zeros((2, *before.ad.shape))  # of clicks, of their bids
    for k in range(before.ad.shape[1]):
        chance = np.where(takes_part, model.at_place(k), 0.0) / n_ads[:, None]
        predicted[:, :, k] = chance.sum(axis=1), (chance * grid.bid).sum(axis=1)
    predicted *= is_place
    own = model.predicted(grid.ad)
    propensity = np.where(is_target, np.nan_to_num(grid.propensity, nan=1.0), 1.0)
    off = share / propensity * (grid.clicked - own)
    row, place = np.nonzero(is_place)
    policy_values(  # refuses what the log cannot say
        "random",
        "click",
        LoggedRewards(
            rewards=grid.clicked[is_place].astype(np.float64),
            propensities=propensity[is_place],
            target=share[is_place],
            predicted=own[is_place],
            predicted_target=predicted[0][is_place],
            clusters=grid.cluster[row],
            contexts={"place": place + 1},
        ),
    )
    return predicted[0] + off, predicted[1] + off * grid.bid_of(grid.ad)


def _supported(
    grid: _Grid, after: _Slate, is_new: NDArray[np.bool_], model: _ClickModel
) -> list[PolicyValue]:
    """Estimate the clicks of new ads at their places, or refuse."""
    is_tried = (grid.ad == after.ad) & is_new
    if not is_tried.any():
        raise Unsupported(
            f"the log never shows these ads at their new places: {int(is_new.sum())} places in "
            f"{int(is_new.any(axis=1).sum())} auctions",
            fix="explore the places of ads, or test the rules on a part of the visitors",
        )
    row, place = np.nonzero(is_new)
    is_empty = grid.ad[is_new] < 0
    return policy_values(
        "new places",
        "click",
        LoggedRewards(
            rewards=grid.clicked[is_new].astype(np.float64),
            propensities=np.where(is_empty, 1.0, grid.propensity[is_new]),
            target=is_tried[is_new].astype(np.float64),
            predicted=np.where(is_empty, 0.0, model.predicted(grid.ad)[is_new]),
            predicted_target=model.predicted(after.ad)[is_new],
            clusters=grid.cluster[row],
            contexts={"place": place + 1},
        ),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Slate:
    """What rules place: ``[auctions, places]``."""

    ad: Ints  # candidates; -1: empty
    price: Floats
    price_by_ad: Floats  # [auctions, candidates]

    def first(self, n_places: Ints) -> _Slate:
        """Leave so many places of each auction: ``[auctions]``."""
        is_left = np.arange(self.ad.shape[1]) < n_places[:, None]
        row, place = np.nonzero(~is_left & (self.ad >= 0))
        price_by_ad = self.price_by_ad.copy()
        price_by_ad[row, self.ad[row, place]] = 0.0
        ad, price = np.where(is_left, self.ad, -1), np.where(is_left, self.price, 0.0)
        return _Slate(ad, price, price_by_ad)

    def price_of(self, ad: Ints) -> Floats:
        """``[auctions, places]``, the price of each ad wherever it stands; 0 of one that wins no place."""
        return np.where(ad < 0, 0.0, np.take_along_axis(self.price_by_ad, np.maximum(ad, 0), 1))


@dataclass(frozen=True, slots=True, eq=False)
class _Grid:
    """The log as arrays: candidates ``[auctions, candidates]``, padded with bids of 0, and places ``[auctions, places]``."""

    n: int
    bid: Floats
    weight: Floats
    p_click: Floats
    relevance: Floats
    campaign: NDArray[Any]
    ad: Ints  # by place, a candidate; -1: empty
    clicked: NDArray[np.bool_]
    propensity: Floats
    price: Floats  # NaN: not logged
    cluster: Ints  # [auctions]

    @classmethod
    def of(cls, log: pa.Table, *, n_places: int) -> _Grid:
        rows = columns_of(log, "auctions", AUCTIONS)
        [auction_of] = codes(rows["auction_id"])
        order = np.argsort(auction_of, kind="stable")
        rows = {name: values[order] for name, values in rows.items()}
        i = auction_of[order]
        starts = np.flatnonzero(np.r_[True, i[1:] != i[:-1]])
        j = np.arange(len(i)) - starts[i]
        shape = (len(starts), int(j.max()) + 1)
        slot, nothing = rows["slot"], np.full(len(i), np.nan)
        propensity = rows.get("propensity", nothing)
        is_bad = (slot < 0) | (slot > n_places) | (rows["bid_minor"] < 0) | (rows["score"] < 0)
        is_bad |= (slot > 0) & ((propensity <= 0) | (propensity > 1))
        taken = i * (n_places + 1) + slot
        _, first = np.unique(taken, return_index=True)
        is_bad |= (slot > 0) & ~np.isin(np.arange(len(i)), first)
        if is_bad.any():
            row = int(np.flatnonzero(is_bad)[0])
            named = ("slot", "bid_minor", "score", "propensity")
            raise BadInput(
                f"auction {rows['auction_id'][row]!r}, ad {rows['ad_id'][row]!r}: "
                + ", ".join(f"{name} {rows[name][row]}" for name in named if name in rows),
                fix=f"slots are 0 to {n_places}, each but 0 once in an auction; bids and scores 0 or more; propensities "
                "above 0 and at most 1",
            )

        def grid(values: NDArray[Any], empty: Any) -> NDArray[Any]:
            filled = np.full(shape, empty, dtype=values.dtype)
            filled[i, j] = values
            return filled

        shown = slot > 0
        at = (i[shown], slot[shown] - 1)

        def placed(values: NDArray[Any], empty: Any) -> NDArray[Any]:
            filled = np.full((shape[0], n_places), empty, dtype=values.dtype)
            filled[at] = values[shown]
            return filled

        bid = rows["bid_minor"]
        auctions = rows["auction_id"][starts]
        visitors = rows["visitor_id"][starts] if "visitor_id" in rows else auctions
        alone = [v or a for v, a in zip(visitors.tolist(), auctions.tolist(), strict=True)]
        return cls(
            n=shape[0],
            bid=grid(bid, 0.0),
            weight=grid(rows["score"] / np.where(bid > 0, bid, 1.0), 0.0),
            p_click=grid(rows["p_click"], 0.0),
            relevance=grid(rows["relevance"], 0.0),
            campaign=grid(rows["campaign_id"], ""),
            ad=placed(j, -1),
            clicked=placed(rows["clicked"].astype(bool), False),
            propensity=placed(propensity, np.nan),
            price=placed(rows.get("price_minor", nothing), np.nan),
            cluster=codes(np.array(alone, dtype=object))[0],
        )

    def per_thousand(self, gains: Floats) -> Interval:
        """The mean of a thousand auctions with its 95% interval; ``gains``: ``[auctions]``, or with places."""
        by_auction = gains.reshape(self.n, -1).sum(axis=1)
        found = clustered_mean(by_auction, self.cluster).interval(0.95)
        return Interval(found.mid * 1000, found.low * 1000, found.high * 1000)

    def bid_of(self, ad: Ints) -> Floats:
        """``[auctions, places]``, the bid of each ad."""
        return np.take_along_axis(self.bid, np.maximum(ad, 0), 1)

    def takes_part(self, rules: Rules) -> NDArray[np.bool_]:
        """``[auctions, candidates]``."""
        is_ad = (self.bid > 0) & (self.weight > 0)
        return is_ad & (self.bid >= rules.reserve_minor) & (self.relevance >= rules.relevance_floor)

    def logged(self, rules: Rules) -> tuple[_Slate, Ints]:
        """What the rules of the log place without exploration, and how many places each page had."""
        before = self.run(rules)
        # Fewer ads than fit: the page had fewer places than the rules allow.
        n_shown = (self.ad >= 0).sum(axis=1)
        n_places = np.where((before.ad >= 0).sum(axis=1) > n_shown, n_shown, self.ad.shape[1])
        return before.first(n_places), n_places

    def run(self, rules: Rules) -> _Slate:
        """Run every auction by these rules."""
        bid = self.bid * rules.bid_factor
        for campaign, factor in rules.bid_factors.items():
            bid = np.where(self.campaign == campaign, bid * factor, bid)
        weight = (self.weight > 0).astype(np.float64) if rules.by_bid else self.weight
        sold = auction(
            bid,
            np.where(self.relevance >= rules.relevance_floor, weight, 0.0),
            np.asarray(rules.examination),
            reserve=rules.reserve_minor,
            pricing=rules.pricing,
        )
        price_by_ad = np.zeros_like(bid)
        row, place = np.nonzero(sold.winners >= 0)
        price_by_ad[row, sold.winners[row, place]] = sold.prices[row, place]
        return _Slate(sold.winners, sold.prices, price_by_ad)

    def check(self, before: _Slate, change: Change) -> None:
        """Refuse a log that the logged rules did not make, or that has nothing of what a lower floor would let in."""
        floor = change.logged.relevance_floor
        if (
            change.wanted.relevance_floor < floor
            and not (self.relevance < floor)[self.bid > 0].any()
        ):
            raise Unsupported(
                f"the log has no ad below the floor of {floor:g}: what a lower one lets in is not known",
                fix="set the floor a little lower for a part of the visitors, and ask again",
            )
        shown = self.ad >= 0
        alike = shown & (self.ad == before.ad)
        if alike.sum() < _LEAST_ALIKE * shown.sum():
            raise Unsupported(
                f"{int(alike.sum())} of {int(shown.sum())} shown ads stand where the logged rules put them",
                fix="give the rules that made the log: reserve, floor, places",
            )
        priced = alike & ~np.isnan(self.price)
        apart = np.abs(self.price - before.price) > 1 + 0.01 * before.price  # prices are rounded
        if (priced & apart).sum() > _MOST_PRICED_APART * priced.sum():
            raise Unsupported(
                f"{int((priced & apart).sum())} of {int(priced.sum())} logged prices are not those of the logged rules",
                fix="give the rules that made the log: pricing, reserve, examination by place",
            )


class _ClickModel:
    """Rates by place and predicted P(click), cross-fitted over visitors, and estimates of clicks that use them."""

    def __init__(self, grid: _Grid) -> None:
        self._grid = grid
        shown = grid.ad >= 0
        ranks = np.arange(1, _N_BINS) / _N_BINS
        self._edges = np.quantile(grid.p_click[grid.bid > 0], ranks)
        row, _ = np.nonzero(shown)
        n_cells = grid.ad.shape[1] * _N_BINS
        cell = self._cells(grid.ad)[shown].astype(np.intp)
        clicked = grid.clicked[shown].astype(np.float64)
        model = RewardModel.fit(clicked, cell, n_cells, grid.cluster[row])
        self._rates = model.rates
        fold = np.zeros(int(grid.cluster.max()) + 1, dtype=np.intp)
        fold[grid.cluster[row]] = model.fold
        self._fold = fold[grid.cluster][:, None]

    def _cells(self, ad: Ints) -> Ints:
        p_click = np.take_along_axis(self._grid.p_click, np.maximum(ad, 0), 1)
        return np.arange(ad.shape[1]) * _N_BINS + np.searchsorted(self._edges, p_click)

    def at_place(self, place: int) -> Floats:
        """``[auctions, candidates]``, P(click) of each at a 0-based place."""
        cell = place * _N_BINS + np.searchsorted(self._edges, self._grid.p_click)
        return np.asarray(self._rates[self._fold, cell])

    def predicted(self, ad: Ints) -> Floats:
        """``[auctions, places]``, P(click) of each ad at its place; 0 where empty."""
        return np.where(ad < 0, 0.0, self._rates[self._fold, self._cells(ad)])

    def estimate(self, slate: _Slate) -> Floats:
        """``[auctions, places]``, doubly robust clicks of a slate. Places of a log without propensities were not explored."""
        grid = self._grid
        is_tried = (grid.ad == slate.ad) & (slate.ad >= 0)
        weight = np.where(is_tried, 1.0 / np.nan_to_num(grid.propensity, nan=1.0), 0.0)
        return self.predicted(slate.ad) + weight * (grid.clicked - self.predicted(grid.ad))


def what_if_text(found: WhatIf) -> str:
    """The answer as lines of text, for the command line."""

    def line(name: str, logged: float, gain: Interval) -> str:
        share = f"  {gain.mid / logged:+.1%}" if logged else ""
        ends = f"{gain.mid:+,.1f} [{gain.low:+,.1f}, {gain.high:+,.1f}]"
        return f"{name:<15}{logged:>12,.1f}  {ends}{share}"

    exact = f"{found.n_auctions - found.n_changed:,} keep their ads and places"
    worth = "" if found.n_effective is None else f", worth {found.n_effective:,.0f} tried places"
    return "\n".join(
        [
            f"{found.n_auctions:,} auctions: {exact}, {found.n_changed:,} change{worth}",
            "per thousand auctions, gain with its 95% interval:",
            line("clicks", found.clicks, found.clicks_gain),
            line("revenue, minor", found.revenue_minor, found.revenue_gain_minor),
            f"{'ads':<15}{found.ads:>12,.1f}  {found.ads_gain:+,.1f}",
        ]
    )
