"""Credits beside the definitions read word by word, and Shapley values beside every order of players."""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations, permutations

import numpy as np
import pyarrow as pa
import pytest

from baihuo.ads import attribution
from baihuo.ads.attribution import Credit, Delivery, Model, attribute, measurement_rows, shapley
from baihuo.ads.campaign import DAY_US
from baihuo.core import BadInput

Touch = tuple[str, str, str, float, bool]  # visitor, campaign, product, day, is a click
Purchase = tuple[str, str, float, int]  # visitor, product, day, value


def _touches(rows: list[Touch]) -> pa.Table:
    visitor, campaign, product, day, is_click = zip(*rows, strict=True)
    at_us = [int(d * DAY_US) for d in day]
    return pa.table(
        {
            "visitor_id": visitor,
            "campaign_id": campaign,
            "product_id": product,
            "at_us": at_us,
            "is_click": is_click,
        }
    )


def _purchases(rows: list[Purchase]) -> pa.Table:
    visitor, product, day, value = zip(*rows, strict=True)
    return pa.table(
        {
            "purchase_id": [f"o{i}" for i in range(len(rows))],
            "visitor_id": visitor,
            "product_id": product,
            "at_us": [int(d * DAY_US) for d in day],
            "value_minor": value,
        }
    )


def _drawn(seed: int, n_campaigns: int = 5) -> tuple[list[Touch], list[Purchase], pa.Table]:
    rng = np.random.default_rng(seed)
    touches = [
        (
            f"v{rng.integers(60)}",
            f"c{rng.integers(n_campaigns)}",
            f"p{rng.integers(4)}",
            hour / 24,
            bool(rng.random() < 0.6),
        )
        for hour in rng.permutation(60 * 24)[:500].tolist()  # no two at once: their order is known
    ]
    purchases = [
        (
            f"v{rng.integers(70)}",
            f"p{rng.integers(5)}",
            int(rng.integers(70 * 24)) / 24,
            int(rng.integers(100, 9_000)),
        )
        for _ in range(150)
    ]
    near = {(f"c{rng.integers(n_campaigns)}", f"p{rng.integers(5)}") for _ in range(n_campaigns)}
    campaigns, products = zip(*sorted(near), strict=True)
    return touches, purchases, pa.table({"campaign_id": campaigns, "product_id": products})


def _path(
    touches: list[Touch], bought: Purchase, days: int, near: set[tuple[str, str]], views: bool
) -> list[Touch]:
    visitor, product, at, _ = bought
    found = [
        t
        for t in touches
        if t[0] == visitor
        and 0 <= round((at - t[3]) * 24) <= days * 24
        and (t[4] or views)
        and (t[2] == product or (t[1], product) in near)
    ]
    return sorted(found, key=lambda t: t[3])


def _weights(model: Model, path: list[Touch], at: float) -> list[float]:
    n = len(path)
    if not n:
        return []
    if model is Model.LAST_CLICK:
        clicks = [i for i, t in enumerate(path) if t[4]] or [n - 1]
        return [float(i == clicks[-1]) for i in range(n)]
    if model is Model.LINEAR:
        return [1 / n] * n
    if model is Model.TIME_DECAY:
        decayed = [0.5 ** ((at - t[3]) / 7) for t in path]
        return [d / sum(decayed) for d in decayed]
    if n <= 2:
        return [1 / n] * n
    return [0.4, *[0.2 / (n - 2)] * (n - 2), 0.4]


@pytest.mark.parametrize("views", [True, False])
@pytest.mark.parametrize("seed", range(4))
def test_each_rule_shares_a_purchase_as_its_definition_says(seed: int, views: bool) -> None:
    touches, purchases, halo = _drawn(seed)
    near = set(zip(halo["campaign_id"].to_pylist(), halo["product_id"].to_pylist(), strict=True))
    rules = [model for model in Model if model is not Model.DATA_DRIVEN]
    found = attribute(
        _touches(touches), _purchases(purchases), models=rules, halo=halo, has_impressions=views
    )
    for credit in found:
        same = halo_ = sales = 0.0
        for bought in purchases:
            path = _path(touches, bought, credit.window_days, near, views)
            for touch, weight in zip(path, _weights(credit.model, path, bought[2]), strict=True):
                if touch[1] == credit.campaign_id:
                    same += weight * (touch[2] == bought[1])
                    halo_ += weight * (touch[2] != bought[1])
                    sales += weight * bought[3]
        assert credit.purchases_same == pytest.approx(same)
        assert credit.purchases_halo == pytest.approx(halo_)
        assert credit.sales_minor == pytest.approx(sales)


def test_credits_of_every_model_sum_to_the_purchases_that_followed_an_ad() -> None:
    touches, purchases, halo = _drawn(11)
    near = set(zip(halo["campaign_id"].to_pylist(), halo["product_id"].to_pylist(), strict=True))
    found = attribute(_touches(touches), _purchases(purchases), halo=halo)
    sums: dict[tuple[Model, int], list[Credit]] = defaultdict(list)
    for credit in found:
        sums[credit.model, credit.window_days].append(credit)
    assert len(sums) == 5 * 3
    for (_, days), shared in sums.items():
        followed = [p for p in purchases if _path(touches, p, days, near, views=False)]
        assert sum(c.purchases for c in shared) == pytest.approx(len(followed))
        assert sum(c.sales_minor for c in shared) == pytest.approx(sum(p[3] for p in followed))
        assert min(c.purchases_same for c in shared) >= 0


def test_an_impression_gets_the_last_click_s_credit_only_where_nobody_clicked() -> None:
    touches = _touches(
        [
            ("v", "clicked", "p", 1, True),
            ("v", "seen", "p", 2, False),
            ("w", "seen", "p", 2, False),
        ]
    )
    purchases = _purchases([("v", "p", 3, 100), ("w", "p", 3, 100), ("x", "p", 3, 100)])
    found = attribute(
        touches, purchases, models=[Model.LAST_CLICK], windows_days=[7], has_impressions=True
    )
    assert {c.campaign_id: c.purchases for c in found} == {"clicked": 1, "seen": 1}
    clicks = attribute(touches, purchases, models=[Model.LAST_CLICK], windows_days=[7])
    assert {c.campaign_id: c.purchases for c in clicks} == {"clicked": 1, "seen": 0}


def test_shapley_values_of_two_published_games() -> None:
    # Littlechild and Owen (1973): planes pay a runway; each part of it in equal shares by those who need it.
    costs = [10.0, 30.0, 45.0, 100.0]
    runway = [max((c for i, c in enumerate(costs) if s >> i & 1), default=0.0) for s in range(16)]
    by_parts = [10 / 4, 10 / 4 + 20 / 3, 10 / 4 + 20 / 3 + 15 / 2, 10 / 4 + 20 / 3 + 15 / 2 + 55]
    assert shapley(np.array(runway)) == pytest.approx(by_parts)
    # Shapley and Shubik (1969): one owns a left glove, two a right one each; only a pair has a worth.
    gloves = [float(bool(s & 1) and bool(s & 6)) for s in range(8)]
    assert shapley(np.array(gloves)) == pytest.approx([2 / 3, 1 / 6, 1 / 6])
    with pytest.raises(ValueError):
        shapley(np.zeros(3))


def test_shapley_values_are_means_over_all_orders() -> None:
    worth = np.random.default_rng(5).normal(size=1 << 6)
    means = np.zeros(6)
    for order in permutations(range(6)):
        coalition = 0
        for player in order:
            means[player] += worth[coalition | 1 << player] - worth[coalition]
            coalition |= 1 << player
    assert shapley(worth) == pytest.approx(means / 720)


def _visits(n: dict[str, tuple[int, int]]) -> tuple[pa.Table, pa.Table]:
    """``n``: campaigns, a letter each → visitors who met exactly these, and of them buyers."""
    touches: list[Touch] = []
    purchases: list[Purchase] = []
    for met, (n_visitors, n_buyers) in n.items():
        for i in range(n_visitors):
            visitor = f"{met}{i}"
            touches += [(visitor, c, "p", j / 100, True) for j, c in enumerate(met)]
            if i < n_buyers:
                purchases.append((visitor, "p", 1, 1000))
    return _touches(touches), _purchases(purchases)


def _data_driven(n: dict[str, tuple[int, int]]) -> dict[str, float]:
    found = attribute(*_visits(n), models=[Model.DATA_DRIVEN], windows_days=[30])
    return {c.campaign_id: c.purchases for c in found}


def test_who_adds_nothing_gets_little_and_who_sells_gets_the_credit() -> None:
    # Who met only y hardly buys; who met x buys whether or not y was there.
    n = {"x": (2000, 400), "y": (2000, 4), "xy": (2000, 400)}
    credit = _data_driven(n)
    assert sum(credit.values()) == pytest.approx(804)
    assert credit["x"] > 790
    linear = attribute(*_visits(n), models=[Model.LINEAR], windows_days=[30])
    assert {c.campaign_id: c.purchases for c in linear}["y"] == pytest.approx(204)


def test_the_data_driven_model_is_the_shapley_value_of_the_coalitions_rates() -> None:
    n = {
        "x": (500, 20),
        "y": (300, 30),
        "z": (400, 4),
        "xy": (250, 30),
        "yz": (90, 9),
        "xyz": (60, 12),
    }
    rate = {}
    for met, (seen, bought) in n.items():
        alike = [count for other, count in n.items() if len(other) == len(met)]
        mean = sum(b for _, b in alike) / sum(s for s, _ in alike)
        rate[met] = (bought + 3) / (seen + 3 / mean)

    def worth(of: str) -> float:
        parts = ["".join(p) for k in range(1, len(of) + 1) for p in combinations(sorted(of), k)]
        return max((rate.get(part, 0.0) for part in parts), default=0.0)

    expected: dict[str, float] = defaultdict(float)
    for met, (_, n_buyers) in n.items():
        orders = list(permutations(met))
        for order in orders:
            for i, campaign in enumerate(order):
                gain = worth("".join(order[: i + 1])) - worth("".join(order[:i]))
                expected[campaign] += gain / worth(met) * n_buyers / len(orders)
    assert _data_driven(n) == pytest.approx(expected)


def test_sampled_orders_come_close_to_all_orders(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(3)
    letters = "abcde"
    n = {}
    for k in range(1, 6):
        for part in combinations(letters, k):
            seen = int(rng.integers(20, 60))
            n["".join(part)] = (seen, int(rng.integers(1, seen // 2)))
    exact = _data_driven(n)
    monkeypatch.setattr(attribution, "_MOST_EXACT", 0)
    sampled = _data_driven(n)
    assert sum(sampled.values()) == pytest.approx(sum(exact.values()))
    assert sampled == pytest.approx(exact, rel=0.03)


def test_a_path_of_thirty_campaigns_is_shared_too() -> None:
    touches = [("v", f"c{i:02}", "p", i / 100, True) for i in range(30)]
    found = attribute(_touches(touches), _purchases([("v", "p", 1, 100)]), windows_days=[7])
    shared = [c.purchases for c in found if c.model is Model.DATA_DRIVEN]
    assert sum(shared) == pytest.approx(1)
    assert shared == pytest.approx([1 / 30] * 30)  # nothing tells them apart


def test_a_shop_without_purchases_or_without_ads_credits_nothing() -> None:
    touches, purchases = _visits({"x": (5, 2)})
    assert attribute(touches.slice(0, 0), purchases) == []
    assert {c.purchases for c in attribute(touches, purchases.slice(0, 0))} == {0.0}


def test_a_table_that_cannot_be_joined_is_refused_by_name() -> None:
    touches, purchases = _visits({"x": (5, 2)})
    with pytest.raises(BadInput, match="purchases have no column 'value_minor'"):
        attribute(touches, purchases.drop_columns("value_minor"))
    nobody = purchases.set_column(1, "visitor_id", pa.array(["x0", None]))
    with pytest.raises(BadInput, match="row 1 of purchases: visitor_id is missing"):
        attribute(touches, nobody)


def test_a_report_row_has_the_rates_of_the_standards() -> None:
    touches, purchases = _visits({"x": (10, 2)})
    credited = attribute(touches, purchases, models=[Model.LAST_CLICK], windows_days=[30])
    served = Delivery(
        ad_impressions=400, viewable_impressions=300, ad_clicks=10, givt=1, ad_spend_minor=500
    )
    [row] = measurement_rows(credited, {"x": served})
    assert row["viewability_rate"] == 0.75
    assert row["click_through_rate"] == 0.025
    assert row["conversion_rate"] == 0.2
    assert row["roas"] == 4.0
    assert row["attributed_conversions_same_sku"] == 2
    assert measurement_rows(credited, {}) == []
