"""Models of purchases: one contract on baskets whose answers are obvious, and independent truths."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import scipy
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from scipy.sparse.linalg import ArpackError

from baihuo.core import Event, EventType, Product, Unsupported
from baihuo.features import FeatureState, default_features
from baihuo.models import ease as ease_module
from baihuo.models import purchase_factors
from baihuo.models.baskets import DAY_US, Baskets
from baihuo.models.candidate_features import CANDIDATE_FEATURES, CandidateFeatures
from baihuo.models.co_purchase import CoPurchase
from baihuo.models.contract import ChosenModel, Model
from baihuo.models.ease import Ease, ridge_inverse
from baihuo.models.item_knn import ItemKnn
from baihuo.models.item_stats import ItemStats
from baihuo.models.neighbours import Neighbours
from baihuo.models.newly_bought import NewlyBought
from baihuo.models.popularity import Popularity
from baihuo.models.product_titles import ProductTitles
from baihuo.models.purchase_factors import PurchaseFactors
from baihuo.models.purchase_history import PurchaseHistory
from baihuo.models.purchase_model import N_RANKED, PurchaseModel
from baihuo.models.repeat_purchase import RepeatPurchase
from baihuo.models.repeat_rates import RepeatRates
from baihuo.models.titles import similar_titles

NOW_US = 1_700_000_000_000_000


def baskets(lines: list[tuple[int, int, float]], *, n_visitors: int, n_products: int) -> Baskets:
    """From (visitor, product, days ago); a visitor's day is an order."""
    visitor, product, ago = (np.array(c) for c in zip(*lines, strict=True))
    at_us = (NOW_US - ago * DAY_US).astype(np.int64)
    return Baskets(
        visitor.astype(np.int32),
        product.astype(np.int32),
        visitor * 100_000 + ago.astype(np.int64),
        at_us,
        np.ones(len(lines), np.float32),
        np.full(len(lines), 100, np.float32),
        n_visitors,
        n_products,
    )


def two_worlds() -> Baskets:
    """Visitors 0-9 buy products 0-4, visitors 10-19 products 5-9; visitors 0 and 10 lack one."""
    lines = []
    for v in range(20):
        for p in range(5):
            if (v, p) not in ((0, 4), (10, 4)):
                lines.append((v, p + 5 * (v >= 10), 10.0 + p / 100))
    return baskets(lines, n_visitors=20, n_products=10)


@pytest.mark.parametrize("model", [ItemKnn, Ease, CoPurchase, NewlyBought])
def test_what_is_missing_from_a_visitors_own_world_comes_first(model: Any) -> None:
    world = two_worlds()
    fitted = model.fit(world, at_us=NOW_US, **({"l2": 1.0} if model is Ease else {}))
    scores = fitted.scores(world, at_us=NOW_US)
    assert scores.shape == (20, 10)
    unknown = np.where(world.matrix().toarray() > 0, -np.inf, scores)
    assert unknown[0].argmax() == 4
    assert unknown[10].argmax() == 9
    assert (scores[0, 5:] < scores[0, 4]).all()


@pytest.mark.parametrize(
    "model", [Popularity, RepeatPurchase, ItemKnn, Ease, CoPurchase, NewlyBought]
)
def test_a_purchase_from_the_future_changes_nothing(model: Any) -> None:
    world = two_worlds()
    later = baskets([(0, 9, -5.0), (1, 9, -1.0)], n_visitors=20, n_products=10)
    both = Baskets(
        np.concatenate([world.visitor, later.visitor]),
        np.concatenate([world.product, later.product]),
        np.concatenate([world.order, later.order]),
        np.concatenate([world.at_us, later.at_us]),
        np.concatenate([world.quantity, later.quantity]),
        np.concatenate([world.price, later.price]),
        20,
        10,
    )
    known = model.fit(world, at_us=NOW_US).scores(world, at_us=NOW_US)
    leaked = model.fit(both, at_us=NOW_US).scores(both, at_us=NOW_US)
    assert known == pytest.approx(leaked, abs=1e-6)


def test_what_owners_buy_for_the_first_time_now_comes_before_what_they_always_bought() -> None:
    """Owners of 0 all have 1 since long; half of them now begin to buy 2. Nobody who lacks 0 buys 2."""
    lines = [(v, 0, 200.0) for v in range(10)] + [(v, 1, 100.0) for v in range(10)]
    lines += [(v, 2, 5.0) for v in range(5)] + [(v, 1, 3.0) for v in range(10)]
    lines += [(v, 3, 5.0) for v in range(10, 20)]
    world = baskets(lines, n_visitors=20, n_products=4)
    near, _ = NewlyBought.fit(world, at_us=NOW_US).neighbours.nearest(0)
    assert near.tolist() == [2]


def test_an_order_is_completed_by_what_its_products_share_orders_with() -> None:
    """Each visitor buys in both worlds, one world a day: histories cannot tell the worlds apart, orders can."""
    lines = []
    for v in range(30):
        for world in range(2):
            lines += [(v, 3 * world + p, 10.0 + 20 * world) for p in range(3) if (v + p) % 4]
    mixed = baskets(lines, n_visitors=30, n_products=6)
    weights = Ease.of_baskets(mixed, at_us=NOW_US, l2=1.0).neighbours.weights.toarray()
    assert weights[0, 1:3].min() > weights[0, 3:].max()
    assert weights[4, [3, 5]].min() > weights[4, :3].max()


@pytest.mark.parametrize("way", ["whole", "solver", "given up"])
@pytest.mark.parametrize("shape", [(40, 12), (12, 40)])
def test_factors_are_the_projection_on_the_main_directions(
    way: str, shape: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Against the dense decomposition of numpy, also where the solver gives up, as it did on a shop of 2,000 products."""
    if way != "whole":
        monkeypatch.setattr(purchase_factors, "_MOST_WHOLE", 0)
    if way == "given up":

        def fail(*_: object, **__: object) -> None:
            raise ArpackError(3)

        monkeypatch.setattr(scipy.sparse.linalg, "svds", fail)
    rng = np.random.default_rng(3)
    bought = rng.random(shape) < 0.3
    lines = [(int(v), int(p), 5.0) for v, p in zip(*np.nonzero(bought), strict=True)]
    world = baskets(lines, n_visitors=shape[0], n_products=shape[1])
    scores = PurchaseFactors.fit(world, at_us=NOW_US, k=4).scores_of(world.matrix())
    x = bought.astype(float)
    weight = np.maximum(x.sum(axis=0), 1) ** -0.25
    scaled = x / np.sqrt(np.maximum(x.sum(axis=1, keepdims=True), 1)) * weight
    main = np.linalg.svd(scaled)[2][:4]
    assert scores == pytest.approx((x * weight) @ main.T @ main, abs=1e-4)


def test_factors_of_few_directions_are_the_same_each_time() -> None:
    """Asked for more directions than there are, the solver went on from other vectors at each call: the same purchases
    gave another model."""
    rng = np.random.default_rng(4)
    tastes = rng.random((5, 90)) < 0.1
    bought = tastes[rng.integers(0, 5, 200)]
    lines = [(int(v), int(p), 5.0) for v, p in zip(*np.nonzero(bought), strict=True)]
    world = baskets(lines, n_visitors=200, n_products=90)
    first, second = (PurchaseFactors.fit(world, at_us=NOW_US) for _ in range(2))
    assert first.factors.shape[1] <= 5
    assert np.array_equal(first.factors, second.factors)


def test_popularity_counts_buyers_and_not_lines() -> None:
    lines = [(0, 0, d / 2) for d in range(1, 30)] + [(1, 1, 3.0), (2, 1, 4.0), (3, 2, 100.0)]
    scores = Popularity.fit(baskets(lines, n_visitors=4, n_products=4), at_us=NOW_US).buyers
    assert scores.argsort()[::-1].tolist() == [1, 0, 2, 3]
    assert np.floor(scores).tolist() == [1, 2, 0, 0]


def test_own_purchases_fade_and_stand_above_all_that_was_never_bought() -> None:
    lines = [(0, 3, 700.0), (0, 1, 10.0), (1, 0, 1.0), (2, 0, 1.0)]
    world = baskets(lines, n_visitors=3, n_products=4)
    scores = RepeatPurchase.fit(world, at_us=NOW_US).scores(world, at_us=NOW_US)
    assert scores[0].argsort()[::-1].tolist() == [1, 3, 0, 2]
    assert scores[0, 1] == pytest.approx(0.5 ** (10 / 60), abs=2e-3)


def test_item_knn_is_the_cosine_of_buyers() -> None:
    world = two_worlds()
    weights = ItemKnn.fit(world, at_us=NOW_US).neighbours.weights.toarray()
    bought = world.matrix().toarray()
    unit = bought / np.linalg.norm(bought, axis=0)
    wanted = unit.T @ unit
    np.fill_diagonal(wanted, 0)
    assert weights == pytest.approx(wanted, abs=1e-5)


def test_ease_predicts_each_column_as_ridge_regression_does() -> None:
    """Column by column with an independent solver: the other products predict this one."""
    rng = np.random.default_rng(0)
    bought = rng.random((60, 8)) < 0.3
    lines = [(int(v), int(p), 5.0) for v, p in zip(*np.nonzero(bought), strict=True)]
    world = baskets(lines, n_visitors=60, n_products=8)
    weights = Ease.fit(world, at_us=NOW_US, l2=3.0).neighbours.weights.toarray()
    x = bought.astype(float)
    for p in range(8):
        others = np.arange(8) != p
        a = x[:, others]
        solved = np.linalg.solve(a.T @ a + 3.0 * np.eye(7), a.T @ x[:, p])
        assert weights[others, p] == pytest.approx(solved, abs=1e-4)
        assert weights[p, p] == 0


def test_ease_refuses_more_products_than_memory_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ease_module, "MAX_PRODUCTS", 9)
    with pytest.raises(Unsupported, match="9"):
        Ease.fit(two_worlds(), at_us=NOW_US)


def test_only_the_strongest_neighbours_stay_and_come_back_from_arrays() -> None:
    dense = np.array([[9, 1, -5, 2], [1, 9, 0, 3], [0, 0, 9, 0], [4, 3, 2, 9]], np.float32)
    kept = Neighbours.strongest(dense.copy(), k=2)
    assert kept.weights.toarray().tolist() == [
        [0, 0, -5, 2],
        [1, 0, 0, 3],
        [0, 0, 0, 0],
        [4, 3, 0, 0],
    ]
    near, weights = kept.nearest(0)
    assert (near.tolist(), weights.tolist()) == ([3], [2.0])  # what speaks against is no neighbour
    again = Neighbours.from_arrays(kept.to_arrays("x"), "x")
    assert (again.weights != kept.weights).nnz == 0


def test_titles_that_share_rare_words_are_alike() -> None:
    titles = [
        "red retrospot mug",
        "red retrospot bag",
        "red candle",
        "blue candle",
        "手机充电器",
        "手机壳",
    ]
    weights = similar_titles(titles).weights.toarray()
    assert weights[0].argmax() == 1
    assert weights[2].argmax() == 3
    assert weights[4].argmax() == 5
    assert (np.diag(weights) == 0).all()


@settings(max_examples=25, deadline=None)
@given(
    lines=st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 5), st.integers(1, 360)),
        min_size=1,
        max_size=40,
    )
)
def test_training_and_serving_remember_a_history_alike(lines: list[tuple[int, int, int]]) -> None:
    """Baskets of a file, and the same purchases as live events, are the same six numbers."""
    world = baskets([(v, p, float(d)) for v, p, d in lines], n_visitors=4, n_products=6)
    quantity = np.arange(1, len(lines) + 1, dtype=np.float32)
    world = replace(world, quantity=quantity)
    trained = PurchaseHistory.from_baskets(world, at_us=NOW_US)
    state = FeatureState(
        default_features(),
        [Product(product_id=f"p{p}", title_en="x") for p in range(6)],
    )
    for i in np.argsort(world.at_us, kind="stable").tolist():
        state.apply(
            Event(
                event_id=str(i),
                event_type=EventType.PURCHASE,
                visitor_id=f"v{world.visitor[i]}",
                product_id=f"p{world.product[i]}",
                occurred_at_us=int(world.at_us[i]),
                received_at_us=int(world.at_us[i]),
                quantity=int(world.quantity[i]),
            )
        )
    state.matrix("", np.zeros(1, np.int32), at_us=NOW_US)  # the clock comes to now
    for v in range(4):
        history = state.history(f"v{v}")
        numbers = zip(
            history.purchased_rows.tolist(),
            history.purchased_n.tolist(),
            ((NOW_US - history.purchased_at_us) / DAY_US).tolist(),
            history.purchased_weight.tolist(),
            history.purchased_weight_short.tolist(),
            history.purchased_weight_long.tolist(),
            history.purchased_units.tolist(),
            strict=True,
        )
        served = {state.product_ids[row]: remembered for row, *remembered in numbers}
        mine = trained.visitor == v
        columns = (
            trained.n,
            trained.last_days,
            trained.decayed,
            trained.decayed_short,
            trained.decayed_long,
            trained.units,
        )
        wanted = {
            f"p{p}": [float(column[mine][i]) for column in columns]
            for i, p in enumerate(trained.product[mine].tolist())
        }
        assert served.keys() == wanted.keys()
        for product_id, six in wanted.items():
            assert served[product_id] == pytest.approx(six, rel=1e-4, abs=1e-6)


def test_features_of_one_visitor_are_the_same_in_a_batch() -> None:
    """Training looks at thousands at a time, a page at one: the features must be equal."""
    world = two_worlds()
    candidate_features = CandidateFeatures.fit(
        world, at_us=NOW_US, titles=ProductTitles.of([f"mug {i % 3}" for i in range(10)])
    )
    crowd = candidate_features.score_products(PurchaseHistory.from_baskets(world, at_us=NOW_US))
    for v in (0, 7, 19):
        single = candidate_features.score_products(
            PurchaseHistory.from_baskets(world.for_visitors(np.array([v], np.int32)), at_us=NOW_US)
        )
        products = np.arange(10, dtype=np.int32)
        batched = candidate_features.features(crowd, np.full(10, v, np.int32), products)
        mine = candidate_features.features(single, np.zeros(10, np.int32), products)
        assert mine == pytest.approx(batched, nan_ok=True, abs=1e-6)
        assert mine.shape == (10, len(CANDIDATE_FEATURES))


def test_candidates_hold_every_own_purchase_and_no_pair_twice() -> None:
    world = two_worlds()
    candidate_features = CandidateFeatures.fit(
        world, at_us=NOW_US, titles=ProductTitles.of(["a"] * 10)
    )
    scored = candidate_features.score_products(PurchaseHistory.from_baskets(world, at_us=NOW_US))
    visitor, product = candidate_features.candidates(scored, k=1, n_popular=1)
    pairs = list(zip(visitor.tolist(), product.tolist(), strict=True))
    assert len(pairs) == len(set(pairs))
    bought = {(int(v), int(p)) for v, p in zip(*world.matrix().nonzero(), strict=True)}
    assert bought <= set(pairs)


class RoughHalf(Model):
    """Orders by ``ease``; roughly, by its whole part."""

    columns = ("ease",)

    def __init__(self) -> None:
        self.n_scored = 0

    def scores(self, matrix: Any) -> Any:
        self.n_scored += len(matrix)
        return matrix[:, 0].astype(float)

    def rough_scores(self, matrix: Any) -> Any:
        return np.floor(matrix[:, 0].astype(float))

    def files(self) -> Any:
        return {}


def test_full_scores_go_to_the_best_of_each_visitor_and_the_others_stand_below() -> None:
    """Two visitors of 300 candidates, mixed: the best 120 of each are in full order, no other among them."""
    ranker, rng = RoughHalf(), np.random.default_rng(5)
    features = np.zeros((600, len(CANDIDATE_FEATURES)), np.float32)
    worth = np.concatenate([rng.permutation(300) / 10, 1000 + rng.permutation(300) / 10])
    features[:, CANDIDATE_FEATURES.index("ease")] = worth
    visitor = np.repeat([0, 1], 300).astype(np.int32)
    mixed = rng.permutation(600)
    any_features = CandidateFeatures.fit(
        two_worlds(), at_us=NOW_US, titles=ProductTitles.of(["a"] * 10)
    )
    model = PurchaseModel(any_features, {"home": ChosenModel("rough", {"rough": ranker})})
    scores = model.score_features(features[mixed], mode="home", visitor=visitor[mixed])
    assert ranker.n_scored == 2 * N_RANKED
    for v in (0, 1):
        mine = visitor[mixed] == v
        by_score = worth[mixed][mine][np.argsort(-scores[mine], kind="stable")]
        assert by_score[:N_RANKED].tolist() == sorted(worth[visitor == v])[::-1][:N_RANKED]
        rest = np.floor(by_score[N_RANKED:])
        assert (np.diff(rest) <= 0).all()


def test_what_a_visitor_owns_takes_no_place_among_the_new() -> None:
    """Owned candidates look best of all, and would fill the places that get full scores."""
    rng = np.random.default_rng(6)
    any_features = CandidateFeatures.fit(
        two_worlds(), at_us=NOW_US, titles=ProductTitles.of(["a"] * 10)
    )
    ranker = RoughHalf()
    model = PurchaseModel(any_features, {"discover": ChosenModel("rough", {"rough": ranker})})
    n = 2 * N_RANKED
    features = np.zeros((n, len(CANDIDATE_FEATURES)), np.float32)
    worth, is_owned = rng.uniform(0, 20, n), np.arange(n) % 2 == 0
    features[:, CANDIDATE_FEATURES.index("ease")] = worth + 100 * is_owned
    features[:, CANDIDATE_FEATURES.index("bought_n")] = 3 * is_owned
    scores = model.score_features(features, mode="discover")
    best_first = np.argsort(-scores, kind="stable")
    assert best_first[:N_RANKED].tolist() == [i for i in np.argsort(-worth) if not is_owned[i]]
    assert ranker.n_scored == N_RANKED
    owned_alone = model.score_features(features[is_owned], mode="discover")
    assert np.isfinite(owned_alone).all()
    assert len(owned_alone) == N_RANKED


def test_candidate_features_come_back_from_arrays() -> None:
    world = two_worlds()
    candidate_features = CandidateFeatures.fit(
        world, at_us=NOW_US, titles=ProductTitles.of(["mug"] * 10)
    )
    again = CandidateFeatures.from_arrays(candidate_features.to_arrays())
    bought = PurchaseHistory.from_baskets(world, at_us=NOW_US)
    pairs = (np.arange(10, dtype=np.int32), np.arange(10, dtype=np.int32))
    assert again.features(again.score_products(bought), *pairs) == pytest.approx(
        candidate_features.features(candidate_features.score_products(bought), *pairs), nan_ok=True
    )
    assert again.at_us == NOW_US


def test_shares_of_products_do_not_move_with_the_season() -> None:
    """Twice as many visitors who buy alike leave every share as it was."""
    few = [(v, v % 3, 5.0) for v in range(12)]
    many = [(v, v % 3, 5.0) for v in range(24)]
    a = ItemStats.fit(baskets(few, n_visitors=24, n_products=3), at_us=NOW_US)
    b = ItemStats.fit(baskets(many, n_visitors=24, n_products=3), at_us=NOW_US)
    for column in ("share_7", "share_28", "share_ever", "trend_28"):
        assert a[column] == pytest.approx(b[column])


def test_a_product_that_wins_new_buyers_differs_from_one_that_is_bought_again() -> None:
    lines = [(v, 0, d) for v in range(6) for d in (40.0, 5.0)] + [(v, 1, 5.0) for v in range(6)]
    stats = ItemStats.fit(baskets(lines, n_visitors=6, n_products=2), at_us=NOW_US)
    assert stats["first_28"].tolist() == [0, 1]
    assert stats["repeat_28"].tolist() == [1, 0]


def test_the_season_of_a_year_ago_is_known_once_the_log_is_a_year_old() -> None:
    """Product 0 sold in the six weeks that begin a year ago today, product 1 in those before."""
    lines = [(v, 0, 350.0) for v in range(4)] + [(v, 1, 380.0) for v in range(4)]
    young = ItemStats.fit(baskets(lines[:4], n_visitors=4, n_products=2), at_us=NOW_US)
    assert np.isnan(young["share_year_ago"]).all()
    lines.append((0, 1, 410.0))
    old = ItemStats.fit(baskets(lines, n_visitors=4, n_products=2), at_us=NOW_US)
    assert old["share_year_ago"].tolist() == [1, 0]
    assert old["season_year_ago"][0] > 0 > old["season_year_ago"][1]


def test_a_product_is_described_by_its_neighbours_trend() -> None:
    """Product 2 never sold; its titles' kind (0) rises, the other kind (1) falls."""
    lines = [(v, 0, 5.0) for v in range(6)] + [(v, 1, 40.0) for v in range(6)]
    alike = similar_titles(["red mug", "blue lamp", "green mug", "old lamp"])
    world = baskets(lines, n_visitors=6, n_products=4)
    stats = ItemStats.fit(world, at_us=NOW_US, around={"alike": alike})
    assert stats["alike_trend_28"][2] > 0 > stats["alike_trend_28"][3]
    assert np.isnan(stats["together_trend_28"]).all()  # no neighbours given


@pytest.mark.parametrize("shape", [(30, 12), (12, 30), (20, 20)])
def test_the_ridge_inverse_is_numpys_with_more_visitors_or_more_products(
    shape: tuple[int, int],
) -> None:
    bought = sparse.random(*shape, density=0.3, random_state=7, format="csr")
    bought.data[:] = 1
    among = bought.T @ bought + 5.0 * np.eye(shape[1])
    np.testing.assert_allclose(ridge_inverse(bought, 5.0), np.linalg.inv(among), atol=1e-5)


def described(
    lines: list[tuple[int, int, float]], titles: list[str], asked: tuple[int, int]
) -> dict[str, float]:
    """All features of one pair of visitor and product."""
    n_visitors = max(v for v, _, _ in lines) + 1
    world = baskets(lines, n_visitors=n_visitors, n_products=len(titles))
    learned = CandidateFeatures.fit(world, at_us=NOW_US, titles=ProductTitles.of(titles))
    scored = learned.score_products(PurchaseHistory.from_baskets(world, at_us=NOW_US))
    row = learned.features(scored, *(np.array([number], np.int32) for number in asked))
    return dict(zip(CANDIDATE_FEATURES, row[0].tolist(), strict=True))


def test_a_title_of_words_that_the_visitor_buys_is_near() -> None:
    lines = [(0, 0, 5.0), (0, 1, 5.0), (1, 2, 4.0), (1, 3, 4.0)]
    titles = ["red mug", "red mug", "red mug", "oak chair"]
    assert described(lines, titles, (0, 2))["words"] == pytest.approx(1, abs=1e-5)
    assert described(lines, titles, (0, 3))["words"] == 0


def test_the_last_basket_alone_says_what_completes_it() -> None:
    """Everybody buys 0 with 1 and 2 with 3; the visitor bought 0 long ago and 2 now."""
    lines = [(v, p, 20.0 if p < 2 else 30.0) for v in range(1, 20) for p in range(4)]
    lines += [(0, 0, 40.0), (0, 2, 3.0)]
    completes, completed_before = (described(lines, ["a", "b", "c", "d"], (0, p)) for p in (3, 1))
    assert completes["together_last"] > 0.5
    assert completed_before["together_last"] == 0
    assert completed_before["together"] > 0


def test_a_product_is_compared_with_what_the_visitor_usually_buys() -> None:
    """The visitor buys what all buy; product 3 has one buyer among ten visitors."""
    lines = [(v, p, 5.0) for v in range(10) for p in (0, 1)] + [(9, 3, 5.0), (1, 2, 5.0)]
    of_pair = described(lines, ["a", "b", "c", "d"], (0, 3))
    assert of_pair["usual_share_ever"] == pytest.approx(0, abs=1e-3)  # all visitors: log 1
    assert of_pair["gap_share_ever"] == pytest.approx(np.log(0.1), abs=1e-2)
    assert of_pair["share_ever_place"] == pytest.approx(np.log1p(2))  # two products have more


def test_what_owners_buy_again_stands_above_what_they_do_not() -> None:
    """Everybody owns products 0 and 1 alike; the last weeks brought 0 back to nine of ten, 1 to nobody."""
    lines = [(v, p, 60.0) for v in range(20) for p in (0, 1)]
    lines += [(v, 0, 10.0) for v in range(18)] + [(v, 2, 9.0) for v in range(20)]
    lines += [(v, 1, 61.0) for v in range(20, 60)]  # who buy nothing since then say nothing
    rates = RepeatRates.fit(baskets(lines, n_visitors=60, n_products=3), at_us=NOW_US)
    # 40 owned at the start, 18 of them bought again: each product is expected 9 times, prior 1.5.
    of_product = np.log([(18 + 1.5) / (9 + 1.5), 1.5 / (9 + 1.5), 1.0])
    assert rates.by_product == pytest.approx(of_product, rel=1e-5)
    n, last = np.array([1.0, 1.0, 0.0]), np.array([18.0, 18.0, np.nan])
    columns = rates.columns(n, last, np.array([0, 1, 2], np.int32))
    again, never, unowned = columns["again_expected"]
    assert again / never == pytest.approx(19.5 / 1.5, rel=1e-5)
    assert np.isnan(unowned)


def test_a_log_younger_than_the_weeks_says_nothing_of_repeats() -> None:
    rates = RepeatRates.fit(two_worlds(), at_us=NOW_US)
    assert (rates.by_product == 0).all()
    assert (rates.by_class == 0).all()


def test_what_is_owned_is_compared_with_what_else_the_visitor_owns() -> None:
    lines = [(0, 0, 1.5), (0, 1, 1.5), (0, 1, 30.5), (0, 2, 10.5), (0, 3, 10.5), (1, 2, 4.5)]
    history = PurchaseHistory.from_baskets(baskets(lines, n_visitors=2, n_products=5), at_us=NOW_US)
    pairs = np.array([0, 0, 0, 0, 0, 1], np.int32), np.array([0, 1, 2, 3, 4, 2], np.int32)
    columns = history.pair_columns(*pairs)
    assert columns["bought_visits_ago"] == pytest.approx([0, 0, 1, 1, np.nan, 0], nan_ok=True)
    ranks = np.log1p([1, 0, 2, 2, np.nan, 0])  # of equals none is larger
    for name in ("bought_fading_rank", "bought_lately_rank", "bought_long_rank"):
        assert columns[name] == pytest.approx(ranks, nan_ok=True)
    assert columns["bought_lately"][1] == pytest.approx(2 ** (-1.5 / 20) + 2 ** (-30.5 / 20))
    assert columns["bought_long"][1] == pytest.approx(2 ** (-1.5 / 150) + 2 ** (-30.5 / 150))
    assert columns["bought_units"][1] == pytest.approx(np.log(3))
    assert columns["bought_units_a_time"][1] == pytest.approx(np.log(2))
