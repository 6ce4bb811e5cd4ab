"""Attribution: which ads get the credit of a purchase, by five models side by side.

Attribution shares out purchases that followed an ad. It does not say that the ad caused them: that is ``incrementality.py``.

All models share one purchase among the touches (clicks, and viewable impressions if wanted) of its visitor within the window
before it, so credits of a purchase sum to 1 under each. A purchase without a touch is credited to nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from math import factorial
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from baihuo.ads.campaign import DAY_US
from baihuo.ads.columns import codes, columns_of

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

TOUCHES = pa.schema(
    [
        pa.field("visitor_id", pa.string(), nullable=False),
        pa.field("campaign_id", pa.string(), nullable=False),
        pa.field("product_id", pa.string(), nullable=False),  # the ad
        pa.field("at_us", pa.int64(), nullable=False),
        pa.field("is_click", pa.bool_()),  # false: a viewable impression; no column: all are clicks
    ]
)
PURCHASES = pa.schema(
    [
        pa.field("purchase_id", pa.string(), nullable=False),
        pa.field("visitor_id", pa.string(), nullable=False),
        pa.field("product_id", pa.string(), nullable=False),
        pa.field("at_us", pa.int64(), nullable=False),
        pa.field("value_minor", pa.int64(), nullable=False),  # price × quantity
    ]
)
HALO = pa.schema(
    [
        pa.field("campaign_id", pa.string(), nullable=False),
        pa.field("product_id", pa.string(), nullable=False),
    ]
)

WINDOWS_DAYS = (7, 14, 30)
_HALF_LIFE_US = 7 * DAY_US
_ENDS = 0.4  # of the first touch and of the last, in POSITION
_MOST_EXACT = 10  # campaigns of one path; for more, orders are sampled
_N_ORDERS = 2_000
_PRIOR_PURCHASES = (
    3.0  # as in evaluate/score_interval.py: what a rare coalition's rate is steadied by
)


class Model(StrEnum):
    """How one purchase is shared among the touches before it."""

    LAST_CLICK = "last_click"  # the last click; without a click the last viewable impression
    LINEAR = "linear"  # all alike
    TIME_DECAY = "time_decay"  # half as much for each 7 days
    POSITION = "position"  # 40% the first, 40% the last, 20% those between
    DATA_DRIVEN = "data_driven"  # Shapley values of the campaigns, by what visitors bought who met fewer of them


@dataclass(frozen=True, slots=True, kw_only=True)
class Credit:
    """What one model credits to one campaign within one window. Parts of purchases add up, so counts are not whole."""

    campaign_id: str
    model: Model
    window_days: int
    purchases_same: float  # of the product of the ad
    purchases_halo: float  # of other products of the brand
    sales_same_minor: float
    sales_halo_minor: float

    @property
    def purchases(self) -> float:
        """Of the same product and of the halo."""
        return self.purchases_same + self.purchases_halo

    @property
    def sales_minor(self) -> float:
        """Of the same product and of the halo."""
        return self.sales_same_minor + self.sales_halo_minor


def attribute(
    touches: pa.Table,
    purchases: pa.Table,
    *,
    models: Sequence[Model] = tuple(Model),
    windows_days: Sequence[int] = WINDOWS_DAYS,
    has_impressions: bool = False,
    halo: pa.Table | None = None,
    seed: int = 0,
) -> list[Credit]:
    """Credit purchases to campaigns: a :class:`Credit` for each window, model and campaign that has a touch.

    Args:
        touches: Columns of :data:`TOUCHES`. Also of visitors who bought nothing: DATA_DRIVEN compares with them.
        purchases: Columns of :data:`PURCHASES`, a row for each product of an order, net of cancelled ones.
        models, windows_days: Those wanted.
        has_impressions: Whether viewable impressions count beside clicks.
        halo: Columns of :data:`HALO`: the products besides the ad's own whose purchase counts for a campaign, such as
            those of its brand. None: only the ad's own product counts.
        seed: Of the orders that DATA_DRIVEN samples for paths of more than ten campaigns.

    Raises:
        BadInput: a table lacks a column, or a row a value.
    """
    log = _Log.of(touches, purchases, halo, has_impressions=has_impressions)
    found: list[Credit] = []
    for days in windows_days:
        paths = _paths(log, days * DAY_US)
        for model in models:
            if model is Model.DATA_DRIVEN:
                weights = _data_driven(paths, log, days * DAY_US, seed)
            else:
                weights = _RULES[model](paths, log)
            found += _credits(model, days, weights, paths, log)
    return found


@dataclass(frozen=True, slots=True, eq=False)
class _Log:
    """Touches in the order of visitor and time, and purchases; texts as numbers."""

    visitor: Ints  # [touches]
    at_us: Ints
    is_click: NDArray[np.bool_]
    campaign: Ints
    product: Ints
    campaigns: list[str]
    buyer: Ints  # [purchases], numbers as in ``visitor``
    bought_at_us: Ints
    bought: Ints  # numbers as in ``product``
    value_minor: Ints
    halo: Ints | None  # numbers of a campaign and a product
    n_products: int

    @classmethod
    def of(
        cls, touches: pa.Table, purchases: pa.Table, halo: pa.Table | None, *, has_impressions: bool
    ) -> _Log:
        touch = columns_of(touches, "touches", TOUCHES)
        is_click = touch.get("is_click", np.ones(len(touches), dtype=bool)).astype(bool)
        bought = columns_of(purchases, "purchases", PURCHASES)
        near = columns_of(HALO.empty_table() if halo is None else halo, "halo", HALO)
        visitor, buyer = codes(touch["visitor_id"], bought["visitor_id"])
        campaign, of_halo = codes(touch["campaign_id"], near["campaign_id"])
        products = codes(touch["product_id"], bought["product_id"], near["product_id"])
        n_products = 1 + max((int(p.max()) for p in products if len(p)), default=0)
        names: dict[str, None] = dict.fromkeys(touch["campaign_id"])
        rows = np.lexsort((touch["at_us"], visitor))
        rows = rows if has_impressions else rows[is_click[rows]]
        return cls(
            visitor=visitor[rows],
            at_us=touch["at_us"][rows],
            is_click=is_click[rows],
            campaign=campaign[rows],
            product=products[0][rows],
            campaigns=list(names),
            buyer=buyer,
            bought_at_us=bought["at_us"],
            bought=products[1],
            value_minor=bought["value_minor"],
            halo=None if halo is None else of_halo * n_products + products[2],
            n_products=n_products,
        )


@dataclass(frozen=True, eq=False)
class _Paths:
    """Pairs of a purchase and a touch before it, by purchase, oldest touch first."""

    purchase: Ints  # [pairs] rows of the purchases
    touch: Ints  # [pairs] rows of the touches

    @cached_property
    def start(self) -> NDArray[np.intp]:
        """``[paths]``, the first pair of each path."""
        return np.flatnonzero(np.r_[True, self.purchase[1:] != self.purchase[:-1]])[
            : len(self.purchase)
        ]

    @cached_property
    def length(self) -> Ints:
        """``[pairs]``, the number of touches of its path."""
        lengths = np.diff(np.r_[self.start, len(self.purchase)])
        return np.repeat(lengths, lengths)

    @cached_property
    def place(self) -> Ints:
        """``[pairs]``, from 0."""
        return np.arange(len(self.purchase)) - np.repeat(self.start, self.length[self.start])

    def over_path(self, reduce: np.ufunc, values: NDArray[Any]) -> NDArray[Any]:
        """``[pairs]``, ``values`` reduced over the path of each."""
        if not len(values):
            return values
        return np.repeat(reduce.reduceat(values, self.start), self.length[self.start])


def _paths(log: _Log, window_us: int) -> _Paths:
    # Times as ranks, so that visitor and time fit into one number to search for.
    times = np.unique(np.concatenate([log.at_us, log.bought_at_us, log.bought_at_us - window_us]))
    touched = log.visitor * len(times) + np.searchsorted(times, log.at_us)
    until = log.buyer * len(times) + np.searchsorted(times, log.bought_at_us)
    since = log.buyer * len(times) + np.searchsorted(times, log.bought_at_us - window_us)
    first = np.searchsorted(touched, since, side="left")
    n = np.searchsorted(touched, until, side="right") - first
    purchase = np.repeat(np.arange(len(n)), n)
    touch = np.arange(n.sum()) - np.repeat(np.cumsum(n) - n, n) + np.repeat(first, n)
    counts = log.product[touch] == log.bought[purchase]
    if log.halo is not None:
        near = log.campaign[touch] * log.n_products + log.bought[purchase]
        counts |= np.isin(near, log.halo)
    return _Paths(purchase[counts], touch[counts])


def _credits(
    model: Model, window_days: int, weights: Floats, paths: _Paths, log: _Log
) -> list[Credit]:
    is_halo = log.product[paths.touch] != log.bought[paths.purchase]
    cell = log.campaign[paths.touch] * 2 + is_halo
    n = 2 * len(log.campaigns)
    purchases = np.bincount(cell, weights, minlength=n)
    sales = np.bincount(cell, weights * log.value_minor[paths.purchase], minlength=n)
    return [
        Credit(
            campaign_id=name,
            model=model,
            window_days=window_days,
            purchases_same=float(purchases[2 * i]),
            purchases_halo=float(purchases[2 * i + 1]),
            sales_same_minor=float(sales[2 * i]),
            sales_halo_minor=float(sales[2 * i + 1]),
        )
        for i, name in enumerate(log.campaigns)
    ]


# The models that follow a rule: weights of pairs, 1 in sum over each path.


def _last_click(paths: _Paths, log: _Log) -> Floats:
    rank = paths.place + np.where(log.is_click[paths.touch], paths.length, 0)
    return (rank == paths.over_path(np.maximum, rank)).astype(np.float64)


def _linear(paths: _Paths, log: _Log) -> Floats:
    return 1.0 / paths.length


def _time_decay(paths: _Paths, log: _Log) -> Floats:
    age_us = log.bought_at_us[paths.purchase] - log.at_us[paths.touch]
    weights = np.exp2(-age_us / _HALF_LIFE_US)
    return weights / paths.over_path(np.add, weights)


def _position(paths: _Paths, log: _Log) -> Floats:
    is_end = (paths.place == 0) | (paths.place == paths.length - 1)
    between = (1 - 2 * _ENDS) / np.maximum(paths.length - 2, 1)
    return np.where(paths.length <= 2, 1.0 / paths.length, np.where(is_end, _ENDS, between))


_RULES: Mapping[Model, Callable[[_Paths, _Log], Floats]] = {
    Model.LAST_CLICK: _last_click,
    Model.LINEAR: _linear,
    Model.TIME_DECAY: _time_decay,
    Model.POSITION: _position,
}


# The data-driven model. The players are the campaigns that a visitor met before a purchase; a coalition is worth what
# visitors bought who met exactly its campaigns.

Coalition = tuple[int, ...]  # campaigns, ascending


def shapley(worth: Floats) -> Floats:
    """Shapley value of each player: its mean contribution over all orders in which players may join.

    Args:
        worth: ``[2**players]``, of each coalition; player i takes part in those whose number has bit i. ``worth[0]`` is
            that of nobody.

    Returns:
        ``[players]``; their sum is the worth of all players less that of nobody.

    Raises:
        ValueError: the length is not a power of 2.

    Source: Shapley (1953); for advertising Dalessandro et al. (2012), "Causally motivated attribution for online
    advertising", and Shao and Li (2011).
    """
    n = len(worth).bit_length() - 1
    if len(worth) != 1 << n:
        raise ValueError(f"{len(worth)} coalitions are not a power of 2")
    coalition = np.arange(len(worth))
    size = sum(((coalition >> i) & 1 for i in range(n)), np.zeros_like(coalition))
    share = np.array([factorial(k) * factorial(n - k - 1) / factorial(n) for k in range(n)])
    values = np.zeros(n)
    for i in range(n):
        others = coalition[(coalition >> i) & 1 == 0]
        values[i] = share[size[others]] @ (worth[others | 1 << i] - worth[others])
    return values


def _data_driven(paths: _Paths, log: _Log, window_us: int, seed: int) -> Floats:
    if not len(paths.touch):
        return np.zeros(0)
    path = np.repeat(np.arange(len(paths.start)), paths.length[paths.start])
    met = _coalitions(path, log.campaign[paths.touch])
    rates = _Rates(met, _journeys(paths, met, log), _unsold(paths, log, window_us))
    shares = {coalition: rates.shares(coalition, seed) for coalition in set(met)}
    # A campaign's share of a purchase goes to its touches in equal parts.
    campaign = log.campaign[paths.touch]
    _, group, n_touches = np.unique(
        path * len(log.campaigns) + campaign, return_inverse=True, return_counts=True
    )
    share = [shares[met[p]][c] for p, c in zip(path.tolist(), campaign.tolist(), strict=True)]
    return np.asarray(share) / n_touches[group.reshape(-1)]


def _coalitions(group: Ints, campaign: Ints) -> list[Coalition]:
    """Return the campaigns of each group; groups are numbered from 0 without a gap."""
    pairs = np.unique(np.stack([group, campaign], axis=1), axis=0)
    ends = np.searchsorted(pairs[:, 0], np.arange(int(pairs[-1, 0]) + 1), side="right").tolist()
    names = pairs[:, 1].tolist()
    return [tuple(names[a:b]) for a, b in zip([0, *ends], ends, strict=False)]


def _journeys(paths: _Paths, met: list[Coalition], log: _Log) -> list[Coalition]:
    """Return the coalition of each order: purchases of one visitor at one time are one journey."""
    bought = paths.purchase[paths.start]
    orders = zip(log.buyer[bought].tolist(), log.bought_at_us[bought].tolist(), met, strict=True)
    return [coalition for _, _, coalition in set(orders)]


def _unsold(paths: _Paths, log: _Log, window_us: int) -> list[Coalition]:
    """Return the coalitions of journeys without a purchase: what is left of a visitor's touches, cut by the window."""
    rest = np.setdiff1d(np.arange(len(log.visitor)), paths.touch)
    if not len(rest):
        return []
    visitor, at_us = log.visitor[rest], log.at_us[rest]
    starts = np.flatnonzero(np.r_[True, visitor[1:] != visitor[:-1]])
    first_us = np.repeat(at_us[starts], np.diff(np.r_[starts, len(rest)]))
    block = (at_us - first_us) // window_us
    is_new = (visitor[1:] != visitor[:-1]) | (block[1:] != block[:-1])
    return _coalitions(np.cumsum(np.r_[0, is_new]), log.campaign[rest])


class _Rates:
    """Purchases for each journey, by coalition.

    The rate of a coalition is shrunk to that of all coalitions of its size, by three purchases' worth of journeys. A coalition is worth the
    highest rate of any part of it, so that no campaign is credited with less than nothing. A campaign that nobody met alone has the rate of
    those that were.
    """

    def __init__(
        self, purchases: list[Coalition], journeys: list[Coalition], unsold: list[Coalition]
    ) -> None:
        n_bought: dict[Coalition, int] = {}
        n_journeys: dict[Coalition, int] = {}
        of_size: dict[int, tuple[int, int]] = {}
        for counts, coalitions in ((n_bought, purchases), (n_journeys, journeys + unsold)):
            for coalition in coalitions:
                counts[coalition] = counts.get(coalition, 0) + 1
        for coalition, n in n_journeys.items():
            bought, seen = of_size.get(len(coalition), (0, 0))
            of_size[len(coalition)] = bought + n_bought.get(coalition, 0), seen + n
        self._rate = {}
        for coalition, n in n_journeys.items():
            bought, seen = of_size[len(coalition)]
            prior = _PRIOR_PURCHASES * seen / bought if bought else 1.0
            steadied = n_bought.get(coalition, 0) + (_PRIOR_PURCHASES if bought else 0.0)
            self._rate[coalition] = steadied / (n + prior)
        bought, seen = of_size.get(1, (0, 1))
        self._alone = bought / seen

    def shares(self, coalition: Coalition, seed: int) -> dict[int, float]:
        """The share of each campaign in a purchase of a visitor who met exactly these: 1 in sum."""
        if len(coalition) > _MOST_EXACT:
            values = self._sampled(coalition, seed)
        else:
            values = shapley(self._worth(coalition))
        return dict(zip(coalition, (values / values.sum()).tolist(), strict=True))

    def _of(self, part: Coalition) -> float:
        return self._rate.get(part, self._alone if len(part) == 1 else 0.0)

    def _worth(self, coalition: Coalition) -> Floats:
        worth = np.zeros(1 << len(coalition))
        for number in range(1, len(worth)):
            part = tuple(c for i, c in enumerate(coalition) if number >> i & 1)
            less = (number & ~(1 << i) for i in range(len(coalition)) if number >> i & 1)
            worth[number] = max(self._of(part), *(worth[other] for other in less))
        return worth

    def _sampled(self, coalition: Coalition, seed: int) -> Floats:
        """Mean contribution over sampled orders (Castro, Gómez and Tejada, 2009) and all rotations of each, so that
        everybody is first, second and so on equally often."""
        rng, n = np.random.default_rng(seed), len(coalition)
        place_of = {campaign: i for i, campaign in enumerate(coalition)}
        parts = {part for part in self._rate if place_of.keys() >= set(part)}
        known = sorted(parts | {(campaign,) for campaign in coalition})
        rates = np.array([self._of(part) for part in known])
        takes_part = np.zeros((len(known), n), dtype=bool)
        for row, part in enumerate(known):
            takes_part[row, [place_of[campaign] for campaign in part]] = True
        values = np.zeros(n)
        rotation = np.arange(n)[:, None]
        for _ in range(-(-_N_ORDERS // n)):
            turn = (rng.permutation(n) + rotation) % n  # [rotations, campaigns]
            # [rotations, parts]: when its last campaign joins
            whole_at = np.where(takes_part, turn[:, None, :], 0).max(axis=2)
            worth = np.zeros((n, n))
            np.maximum.at(worth, (rotation, whole_at), rates)
            gains = np.diff(np.maximum.accumulate(worth, axis=1), axis=1, prepend=0.0)
            values += np.take_along_axis(gains, turn, axis=1).sum(axis=0)
        return values


# Reports, in the words of the standards.


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What was served of a campaign, as a report of a period names it. Invalid traffic is not part of the other counts.

    Source: IAB/MRC Retail Media Measurement Guidelines (2024): an impression is viewable if half of its pixels were on screen
    for one second; invalid traffic is general (known programs, found by lists and rules) or sophisticated.
    """

    ad_impressions: int
    viewable_impressions: int
    ad_clicks: int
    givt: int = 0  # general invalid traffic: clicks credited back
    sivt: int = 0  # sophisticated invalid traffic, the same
    ad_spend_minor: int = 0


def measurement_rows(
    credited: Sequence[Credit], delivery: Mapping[str, Delivery]
) -> list[dict[str, Any]]:
    """Return a report row for each credit of a campaign in ``delivery``, in the words of IAB Europe's Commerce Media Measurement Standards V2.

    A rate over 0 is None. Sales are those given to :func:`attribute`: gross or net, as the caller says.
    """
    rows: list[dict[str, Any]] = []
    for credit in credited:
        if (of := delivery.get(credit.campaign_id)) is None:
            continue
        rows.append(
            {
                "campaign_id": credit.campaign_id,
                "attribution_model": str(credit.model),
                "lookback_window_days": credit.window_days,
                "ad_impressions": of.ad_impressions,
                "viewable_impressions": of.viewable_impressions,
                "viewability_rate": rate(of.viewable_impressions, of.ad_impressions),
                "ad_clicks": of.ad_clicks,
                "click_through_rate": rate(of.ad_clicks, of.ad_impressions),
                "general_invalid_traffic": of.givt,
                "sophisticated_invalid_traffic": of.sivt,
                "ad_spend_minor": of.ad_spend_minor,
                "attributed_conversions": credit.purchases,
                "attributed_conversions_same_sku": credit.purchases_same,
                "attributed_conversions_halo": credit.purchases_halo,
                "attributed_sales_minor": credit.sales_minor,
                "attributed_sales_same_sku_minor": credit.sales_same_minor,
                "attributed_sales_halo_minor": credit.sales_halo_minor,
                "conversion_rate": rate(credit.purchases, of.ad_clicks),
                "roas": rate(credit.sales_minor, of.ad_spend_minor),
            }
        )
    return rows


def rate(part: float, whole: float) -> float | None:
    """Return a share; None of nothing."""
    return part / whole if whole else None
