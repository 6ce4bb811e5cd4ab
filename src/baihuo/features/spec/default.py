"""The features a shop starts with."""

from __future__ import annotations

from baihuo.core import EventType as E
from baihuo.features.spec.declare import (
    Aggregate,
    Derived,
    DerivedKind,
    Entity,
    EventKind,
    FeatureSet,
    Lookback,
    Value,
)

# The list of features as text, made from the declarations.


def features_page(features: FeatureSet) -> str:
    """The page that ``baihuo docs features`` prints."""
    return (
        "# The features a shop starts with\n\n"
        f"What they are for: [features](features.md).\n\n{describe(features)}\n"
    )


def describe(features: FeatureSet) -> str:
    """A Markdown table: name, entity, description."""
    lines = ["| Feature | About | What it is |", "|---|---|---|"]
    for one in features.lookbacks:
        lines.append(f"| `{one.name}` | {' × '.join(one.entity)} | {one.about or _lookback(one)} |")
    for derived in features.derived:
        lines.append(
            f"| `{derived.name}` | derived | {derived.about or _describe_derived(derived)} |"
        )
    return "\n".join(lines)


def feature_words(features: FeatureSet) -> dict[str, str]:
    """Map feature names to descriptions, with the entity whose past they count."""
    words = {
        one.name: one.about or f"{_lookback(one)}, of the {' and '.join(one.entity)}"
        for one in features.lookbacks
    }
    words |= {one.name: one.about or _derived_words(one) for one in features.derived}
    return {name: text.replace("`", "") for name, text in words.items()}


def _lookback(one: Lookback) -> str:
    events = " or ".join(str(event) for event in one.events)
    if one.aggregate == "decayed":
        quantity = f"{one.value} of" if one.value else "number of"
        return f"{quantity} `{events}`, half after {one.half_life_days:g} days"
    if one.window_hours is not None:
        end = f"in {one.window_hours} hours"
    else:
        end = "ever" if one.window_days is None else f"in {one.window_days} days"
    if one.aggregate == "last":
        quantity = f"{one.value} of the last" if one.value else "days since the last"
        never = "" if one.value else f" ({one.never:g} if there is none)"
        return f"{quantity} `{events}` {end}{never}"
    return f"{f'{one.value} of' if one.value else 'number of'} `{events}` {end}"


def _describe_derived(derived: Derived) -> str:
    constants = "".join(f", {constant:g}" for constant in derived.constants)
    return f"`{derived.function}`({', '.join(derived.from_)}{constants})"


_WORDS = {
    "rate": "{0} for each of {1}",
    "mean": "{0} for each of {1}",
    "share": "{0} as a share of {1}",
    "per_day": "{0} a day",
    "freshness": "how recent: {0}",
    "trend": "{0} relative to {1}",
    "log1p": "{0}",
    "due": "{0} relative to the usual time between purchases",
}


def _derived_words(derived: Derived) -> str:
    """Describe a derived feature in a phrase: "product clicks 28d for each of product impressions 28d"."""
    if derived.function not in _WORDS:
        return _describe_derived(derived)
    return _WORDS[derived.function].format(*(name.replace("_", " ") for name in derived.from_))


_V, _P, _VP = ("visitor",), ("product",), ("visitor", "product")
_VB, _VC, _QP = ("visitor", "brand"), ("visitor", "category"), ("query", "product")


def default_features() -> FeatureSet:
    """Counts, rates, recency, frequency and taste, from impressions to purchases."""
    return FeatureSet(
        (*_visitor(), *_product(), *_visitor_product(), *_taste(), *_query_product()), _derived()
    )


def _count(
    name: str,
    entity: Entity,
    event: EventKind,
    *,
    days: int | None = None,
    hours: int | None = None,
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
    event: EventKind,
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


def _decayed(name: str, entity: Entity, event: EventKind, half_life_days: float) -> Lookback:
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
        _decayed("visitor_searched_decayed", _V, DerivedKind.SEARCHED, 14),
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
        _decayed("category_searched_decayed", _VC, DerivedKind.SEARCHED, 14),
        _count("category_clicks_56d", _VC, E.CLICK, days=56),
        _count("category_impressions_56d", _VC, E.IMPRESSION, days=56),
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
        made(
            "category_searched_share",
            "share",
            "category_searched_decayed",
            "visitor_searched_decayed",
        ),
        made(
            "category_ctr_56d",
            "rate",
            "category_clicks_56d",
            "category_impressions_56d",
            by=(0.05, 20),
        ),
        made("query_ctr_28d", "rate", "query_clicks_28d", "query_impressions_28d", by=(0.05, 20)),
    )
