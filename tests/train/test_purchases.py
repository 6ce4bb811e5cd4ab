"""From clean events to a purchase model in a bundle, on a small shop and on real purchases."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import baihuo.models.purchase_ranker as purchase_ranker
import baihuo.models.registry as registry
from baihuo.bundle import Bundle, write
from baihuo.bundle.purchases import Purchases
from baihuo.core import Event, EventType, Product
from baihuo.core.tables import events_to_table, products_to_table
from baihuo.engine import DuckTables
from baihuo.models import Examples, FitContext, Model
from baihuo.models.baskets import DAY_US
from baihuo.models.purchase_ranker import PurchaseRanker
from baihuo.train import PurchaseTraining, learn_purchases, train_purchases
from baihuo.train.purchases import learn
from baihuo.train.purchases.baskets import read_baskets

NOW_US = 1_750_000_000_000_000
QUICK = PurchaseTraining(models={"purchase_ranker": {"n_trees": 40}}, n_windows=2)


@pytest.fixture(scope="module")
def products() -> list[Product]:
    return [Product(product_id=f"p{i:02}", title_en=f"thing {i // 2}") for i in range(40)]


def line(
    visitor: int, product: int, days_ago: float, kind: EventType = EventType.PURCHASE
) -> Event:
    at_us = NOW_US - int(days_ago * DAY_US)
    return Event(
        event_id=f"{kind}{visitor}-{product}-{at_us}",
        event_type=kind,
        visitor_id=f"v{visitor:03}",
        product_id=f"p{product:02}",
        occurred_at_us=at_us,
        received_at_us=at_us,
        session_id=f"s{visitor}-{int(days_ago)}",
        price_minor=100,
    )


@pytest.fixture(scope="module")
def events() -> list[Event]:
    """Visitors come back every three weeks for their two products, which are neighbours."""
    rng = np.random.default_rng(1)
    made = []
    for v in range(300):
        first = 2 * int(rng.integers(20))
        for days_ago in range(int(rng.integers(1, 21)), 240, 21):
            made += [line(v, first, days_ago), line(v, first + 1, days_ago)]
            if rng.random() < 0.3:
                made.append(line(v, int(rng.integers(40)), days_ago))
    return made


def test_a_basket_is_an_order_and_unknown_products_stay_out(products: list[Product]) -> None:
    lines = [line(1, 3, 5.0), line(1, 4, 5.0), line(2, 3, 2.0), line(1, 3, 1.0, EventType.CLICK)]
    lines.append(replace(line(2, 3, 1.0), product_id="nobody knows it"))
    named = read_baskets(
        DuckTables(), events=events_to_table(lines), products=products_to_table(products)
    )
    assert len(named.baskets) == 3
    assert named.visitor_ids[named.baskets.visitor].tolist() == ["v001", "v001", "v002"]
    assert named.product_ids[named.baskets.product].tolist() == ["p03", "p04", "p03"]
    assert len(set(named.baskets.order.tolist())) == 2
    kept = named.purchased_only(max_products=10)
    assert kept.product_ids.tolist() == ["p03", "p04"]
    assert kept.titles == ("thing 1", "thing 2")
    assert kept.product_ids[kept.baskets.product].tolist() == ["p03", "p04", "p03"]
    assert named.purchased_only(max_products=1).product_ids.tolist() == ["p03"]


def test_what_is_trained_comes_back_from_the_bundle_and_beats_popularity(
    products: list[Product], events: list[Event], tmp_path: Path
) -> None:
    trained = train_purchases(
        DuckTables(),
        events=events_to_table(events),
        products=products_to_table(products),
        training=QUICK,
    )
    ours = {j["mode"]: j for j in trained.report["judged"] if j["system"] == "baihuo"}
    assert ours["all"]["recall20"] > 0.8  # the rest is bought by chance
    assert ours["all"]["vs"]["popularity"]["low"] > 0
    bundle = Bundle.open(tmp_path / write(tmp_path, trained.parts))
    opened = Purchases.open(bundle)
    assert opened is not None
    # Neighbours are bought together, nothing else is to learn: EASE may surely beat so few trees at what is bought again.
    modes = {"all": "home", "new": "discover"}
    unbeaten = [
        modes[mode]
        for mode, line in ours.items()
        if "vs" in line and all(one["high"] >= 0 for one in line["vs"].values())
    ]
    assert unbeaten
    assert sorted(opened.model.rankers) == sorted(unbeaten)
    assert opened.product_ids.tolist() == [p.product_id for p in products]


class UpsideDown(PurchaseRanker):
    """The same trees, worst first."""

    def scores(self, matrix: np.ndarray) -> np.ndarray:
        return -PurchaseRanker.scores(self, matrix)


def test_of_several_registered_models_the_newest_window_says_which_orders(
    products: list[Product],
    events: list[Event],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fit(train: Examples, validation: Examples | None, context: FitContext) -> Model:
        ranker = purchase_ranker.fit(train, validation, context)
        return UpsideDown(ranker.trees, ranker.spreads)

    worse = ModuleType("baihuo.models.upside_down")
    worse.MODEL = replace(purchase_ranker.MODEL, name="upside_down", fit=fit)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, worse.__name__, worse)
    monkeypatch.setattr(registry, "FILES", ("upside_down", *registry.FILES))
    registry.registered.cache_clear()
    try:
        trained = train_purchases(
            DuckTables(),
            events=events_to_table(events),
            products=products_to_table(products),
            training=QUICK,
        )
        opened = Purchases.open(Bundle.open(tmp_path / write(tmp_path, trained.parts)))
    finally:
        registry.registered.cache_clear()
    assert opened is not None
    assert {r.name for r in opened.model.rankers.values()} == {"purchase_ranker"}
    assert not any("upside_down" in name for name in trained.parts)


def test_a_ranker_that_a_baseline_surely_beats_is_not_released(
    products: list[Product], events: list[Event], monkeypatch: pytest.MonkeyPatch
) -> None:
    scores = PurchaseRanker.scores
    monkeypatch.setattr(PurchaseRanker, "scores", lambda self, matrix: -scores(self, matrix))
    trained = train_purchases(
        DuckTables(),
        events=events_to_table(events),
        products=products_to_table(products),
        training=QUICK,
    )
    assert trained.report["judged"]
    assert not any(name.startswith("models/") for name in trained.parts)
    assert "sources/purchases.npz" in trained.parts


def test_a_shop_without_purchases_learns_what_is_clicked_together(
    products: list[Product], tmp_path: Path
) -> None:
    clicks = [line(v, p, 3.0, EventType.CLICK) for v in range(20) for p in (v % 5, v % 5 + 10)]
    trained = train_purchases(
        DuckTables(), events=events_to_table(clicks), products=products_to_table(products)
    )
    opened = Purchases.open(Bundle.open(tmp_path / write(tmp_path, trained.parts)))
    assert opened is not None
    assert opened.co_clicked is not None
    near, _ = opened.co_clicked.nearest(opened.number_of["p01"])
    assert opened.product_ids[near].tolist() == ["p11"]
    assert trained.report["judged"] == []


def test_a_shop_where_nothing_happened_has_nothing_to_learn(products: list[Product]) -> None:
    trained = train_purchases(
        DuckTables(), events=events_to_table([]), products=products_to_table(products)
    )
    assert trained.parts == {}


def test_what_is_bought_after_the_cut_teaches_nothing(
    products: list[Product], events: list[Event]
) -> None:
    """The same past with two different futures gives the same model, to the last number."""
    tables = DuckTables()
    cut_us = NOW_US - 40 * DAY_US
    named = read_baskets(
        tables, events=events_to_table(events), products=products_to_table(products)
    )
    future = named.baskets.at_us >= cut_us
    turned = replace(
        named.baskets,
        product=np.where(future, 39 - named.baskets.product, named.baskets.product),
    )
    models = [
        learn_purchases(b, at_us=cut_us, titles=named.titles, training=QUICK, threads=1)
        for b in (named.baskets, turned)
    ]
    a, b = (m.scores(named.baskets, at_us=cut_us) for m in models)
    assert (a == b).all()


def test_windows_end_before_now_and_begin_after_enough_history() -> None:
    training = PurchaseTraining()
    year = training.cuts(NOW_US - 300 * DAY_US, NOW_US)
    assert [(NOW_US - c) // DAY_US for c in year] == [42, 63, 84, 105, 126, 147, 168]
    month = training.cuts(NOW_US - 30 * DAY_US, NOW_US)
    window_us = training.window_us(NOW_US - 30 * DAY_US, NOW_US)
    assert window_us == 6 * DAY_US
    assert month
    assert all(c + window_us <= NOW_US and c >= NOW_US - 18 * DAY_US for c in month)


def test_rows_of_older_windows_count_less() -> None:
    """By the time between their ends: two windows of three weeks are a half-life of 42 days."""
    training = PurchaseTraining()
    assert [training.window_weight(i) for i in (0, 2, 4)] == pytest.approx([1, 1 / 2, 1 / 4])
    assert PurchaseTraining(half_life_days=np.inf).window_weight(6) == 1


def test_a_model_is_given_the_weight_of_each_window(
    events: list[Event], products: list[Product], monkeypatch: pytest.MonkeyPatch
) -> None:
    named = read_baskets(
        DuckTables(), events=events_to_table(events), products=products_to_table(products)
    )
    seen: list[Examples] = []

    def fit_models(family: str, rows: Examples, *_: object, **__: object) -> dict[str, Model]:
        seen.append(rows)
        return {"purchase_ranker": PurchaseRanker.__new__(PurchaseRanker)}

    monkeypatch.setattr("baihuo.train.purchases.learn.fit_models", fit_models)
    learn_purchases(named.baskets, at_us=NOW_US, titles=named.titles, training=QUICK, threads=1)
    for rows in seen:
        assert rows.weights is not None
        by_window = {w: rows.weights[rows.group // 10_000_000 == w] for w in (0, 1)}
        assert set(by_window[0].tolist()) == {1.0}
        assert by_window[1] == pytest.approx(np.full(len(by_window[1]), 2**-0.5))


def test_owned_and_new_candidates_teach_alike_and_stand_for_those_left_out() -> None:
    """1,000 owned and 9,000 new candidates without a purchase, 300 of each kept: a new one stands for nine times as many."""
    is_owned = np.arange(10_100) < 1_000
    label = np.arange(10_100) >= 10_000  # 100 new ones were bought
    training = PurchaseTraining(keep_unbought=0.5)
    share = learn._kept_share(label, is_owned, training, at_most=300)
    assert share[0] == pytest.approx(0.3)
    assert share[1_000] == pytest.approx(300 / 9_000)
    assert (share[label] == 1).all()
    counts = learn._counted(label, share)
    assert (counts[label] == 1).all()
    assert counts[1_000] == 1
    assert counts[0] == pytest.approx(1 / 9)
    few = learn._kept_share(label, is_owned, training, at_most=1e6)  # a small shop
    assert (few[~label] == 0.5).all()
    assert (learn._counted(label, few) == 1).all()
