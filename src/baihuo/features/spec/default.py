"""The features a shop starts with."""

from __future__ import annotations

from baihuo.core import EventType as E
from baihuo.features.spec.declare import Aggregate, Derived, Entity, FeatureSet, Lookback, Value

_V, _P, _VP = ("visitor",), ("product",), ("visitor", "product")
_VB, _VC, _QP = ("visitor", "brand"), ("visitor", "category"), ("query", "product")


def default_features() -> FeatureSet:
    """Counts, rates, recency, frequency and taste, from impressions to purchases."""
    return FeatureSet(
        (*_visitor(), *_product(), *_visitor_product(), *_taste(), *_query_product()), _derived()
    )


def _count(
    name: str, entity: Entity, event: E, *, days: int | None = None, hours: int | None = None
) -> Lookback:
    return Lookback(
        name=name,
        entity=entity,
        events=(event,),
        aggregate="count",
        window_days=days,
        window_hours=hours,
    )


def _of(
    name: str,
    entity: Entity,
    event: E,
    aggregate: Aggregate,
    *,
    days: int,
    value: Value | None = None,
) -> Lookback:
    return Lookback(
        name=name,
        entity=entity,
        events=(event,),
        aggregate=aggregate,
        value=value,
        window_days=days,
    )


def _decayed(name: str, entity: Entity, event: E, half_life_days: float) -> Lookback:
    return Lookback(
        name=name,
        entity=entity,
        events=(event,),
        aggregate="decayed",
        half_life_days=half_life_days,
    )


def _visitor() -> tuple[Lookback, ...]:
    return (
        _count("visitor_clicks_1h", _V, E.CLICK, hours=1),
        _count("visitor_searches_1d", _V, E.SEARCH, days=1),
        _count("visitor_impressions_28d", _V, E.IMPRESSION, days=28),
        _count("visitor_clicks_28d", _V, E.CLICK, days=28),
        _count("visitor_carts_28d", _V, E.ADD_TO_CART, days=28),
        _count("visitor_purchases_90d", _V, E.PURCHASE, days=90),
        _of("visitor_spend_minor_90d", _V, E.PURCHASE, "sum", days=90, value="revenue_minor"),
        _of("visitor_dwell_ms_28d", _V, E.DWELL, "sum", days=28, value="dwell_ms"),
        _of("visitor_days_since_click", _V, E.CLICK, "last", days=90),
        _of("visitor_days_since_purchase", _V, E.PURCHASE, "last", days=365),
        _decayed("visitor_clicks_decayed", _V, E.CLICK, 14),
        _decayed("visitor_purchases_decayed", _V, E.PURCHASE, 60),
    )


def _product() -> tuple[Lookback, ...]:
    return (
        _count("product_impressions_7d", _P, E.IMPRESSION, days=7),
        _count("product_impressions_28d", _P, E.IMPRESSION, days=28),
        _count("product_clicks_1d", _P, E.CLICK, days=1),
        _count("product_clicks_7d", _P, E.CLICK, days=7),
        _count("product_clicks_28d", _P, E.CLICK, days=28),
        _count("product_carts_28d", _P, E.ADD_TO_CART, days=28),
        _count("product_purchases_7d", _P, E.PURCHASE, days=7),
        _count("product_purchases_28d", _P, E.PURCHASE, days=28),
        _count("product_cancels_90d", _P, E.CANCEL, days=90),
        _count("product_dwells_28d", _P, E.DWELL, days=28),
        _of("product_dwell_ms_28d", _P, E.DWELL, "sum", days=28, value="dwell_ms"),
        _of("product_units_28d", _P, E.PURCHASE, "sum", days=28, value="quantity"),
        _of("product_days_since_purchase", _P, E.PURCHASE, "last", days=90),
        _decayed("product_clicks_decayed", _P, E.CLICK, 3),
        _decayed("product_purchases_decayed", _P, E.PURCHASE, 14),
    )


def _visitor_product() -> tuple[Lookback, ...]:
    return (
        _count("own_impressions_7d", _VP, E.IMPRESSION, days=7),
        _count("own_clicks_28d", _VP, E.CLICK, days=28),
        _count("own_carts_28d", _VP, E.ADD_TO_CART, days=28),
        _count("own_purchases_365d", _VP, E.PURCHASE, days=365),
        _of("own_dwell_ms_28d", _VP, E.DWELL, "sum", days=28, value="dwell_ms"),
        _of("own_days_since_click", _VP, E.CLICK, "last", days=90),
        _of("own_days_since_purchase", _VP, E.PURCHASE, "last", days=365),
        _decayed("own_clicks_decayed", _VP, E.CLICK, 7),
        _decayed("own_purchases_decayed", _VP, E.PURCHASE, 60),
    )


def _taste() -> tuple[Lookback, ...]:
    return (
        _decayed("brand_clicks_decayed", _VB, E.CLICK, 14),
        _decayed("brand_purchases_decayed", _VB, E.PURCHASE, 60),
        _decayed("category_clicks_decayed", _VC, E.CLICK, 14),
        _decayed("category_purchases_decayed", _VC, E.PURCHASE, 60),
    )


def _query_product() -> tuple[Lookback, ...]:
    return (
        _count("query_impressions_28d", _QP, E.IMPRESSION, days=28),
        _count("query_clicks_28d", _QP, E.CLICK, days=28),
        _decayed("query_clicks_decayed", _QP, E.CLICK, 28),
        _decayed("query_purchases_decayed", _QP, E.PURCHASE, 28),
    )


def _derived() -> tuple[Derived, ...]:
    def made(name: str, function: str, *from_: str, by: tuple[float, ...] = ()) -> Derived:
        return Derived(name=name, from_=from_, function=function, constants=by)

    return (
        made(
            "product_ctr_7d", "rate", "product_clicks_7d", "product_impressions_7d", by=(0.05, 40)
        ),
        made(
            "product_ctr_28d",
            "rate",
            "product_clicks_28d",
            "product_impressions_28d",
            by=(0.05, 40),
        ),
        made(
            "product_cart_rate_28d", "rate", "product_carts_28d", "product_clicks_28d", by=(0.1, 20)
        ),
        made(
            "product_cvr_28d", "rate", "product_purchases_28d", "product_clicks_28d", by=(0.05, 20)
        ),
        made("product_mean_dwell_ms", "mean", "product_dwell_ms_28d", "product_dwells_28d"),
        made("product_trend", "trend", "product_clicks_7d", "product_clicks_28d", by=(7, 28)),
        made(
            "visitor_ctr_28d",
            "rate",
            "visitor_clicks_28d",
            "visitor_impressions_28d",
            by=(0.05, 40),
        ),
        made("visitor_purchases_per_day", "per_day", "visitor_purchases_90d", by=(90,)),
        made("visitor_purchase_freshness", "freshness", "visitor_days_since_purchase", by=(14,)),
        made("own_click_freshness", "freshness", "own_days_since_click", by=(1,)),
        made("own_purchase_freshness", "freshness", "own_days_since_purchase", by=(30,)),
        made("own_purchase_due", "due", "own_days_since_purchase", "own_purchases_365d", by=(365,)),
        made("brand_click_share", "share", "brand_clicks_decayed", "visitor_clicks_decayed"),
        made(
            "brand_purchase_share", "share", "brand_purchases_decayed", "visitor_purchases_decayed"
        ),
        made("category_click_share", "share", "category_clicks_decayed", "visitor_clicks_decayed"),
        made(
            "category_purchase_share",
            "share",
            "category_purchases_decayed",
            "visitor_purchases_decayed",
        ),
        made("query_ctr_28d", "rate", "query_clicks_28d", "query_impressions_28d", by=(0.05, 20)),
    )
