"""A bundle that this version cannot read is refused with what to do: at open, by status, before serving, by rollback."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import pytest
from tests.click_bundles import linear_click_parts

from baihuo import flow, release
from baihuo.bundle import (
    Bundle,
    ClickModels,
    Part,
    Purchases,
    model_parts,
    open_stored,
    read_live,
    require_readable,
    set_live,
    write,
)
from baihuo.core import BadInput
from baihuo.features import default_features
from baihuo.model_inputs import click_columns
from baihuo.models import (
    CANDIDATE_FEATURES,
    DAY_US,
    Baskets,
    CandidateFeatures,
    ChosenModel,
    ProductTitles,
    PurchaseModel,
    Trees,
)
from baihuo.models.purchase_ranker import PurchaseRanker
from baihuo.settings import Shop
from baihuo.train.clicks.fit import ExampleRows
from baihuo.train.clicks.live import comparable_live, live_report

OLDER: Mapping[str, Mapping[str, Part]] = {
    "purchases": {"ranker_home.txt": "tree"},
    "clicks": {"clicks/columns.json": {"columns": ["position"]}, "clicks/ranker.txt": "tree"},
}


def sealed(folder: Path, parts: Mapping[str, Part]) -> Bundle:
    features = {"features.json": default_features().to_json()}
    return Bundle.open(folder / write(folder, {**features, **parts}))


def ranker(columns: tuple[str, ...]) -> PurchaseRanker:
    """Likes what has much of ``ease``."""
    x = np.random.default_rng(0).normal(size=(600, len(columns)))
    label = x[:, columns.index("ease")] > 0.5
    data = lightgbm.Dataset(x, label, group=[20] * 30, feature_name=list(columns))
    booster = lightgbm.train({"objective": "lambdarank", "verbose": -1}, data, num_boost_round=9)
    return PurchaseRanker({"lambdarank": Trees(booster.model_to_string())}, {"lambdarank": 1.0})


def purchases(columns: tuple[str, ...]) -> Purchases:
    """Ten visitors who bought two products of three, ordered by a ranker of such columns."""
    ones = np.ones(20, np.float32)
    visitor, product = np.repeat(np.arange(10, dtype=np.int32), 2), np.tile([0, 2], 10)
    at_us = np.tile([1, 2], 10) * DAY_US
    baskets = Baskets(visitor, product.astype(np.int32), np.arange(20), at_us, ones, ones, 10, 3)
    learned = CandidateFeatures.fit(
        baskets, at_us=3 * DAY_US, titles=ProductTitles.of(["red mug", "mug", "lamp"])
    )
    orders = ChosenModel("purchase_ranker", {"purchase_ranker": ranker(columns)})
    return Purchases(PurchaseModel(learned, {"home": orders}), np.array(["a", "b", "c"], object))


def test_a_ranker_finds_its_columns_by_name_in_whatever_order_they_are_made(tmp_path: Path) -> None:
    turned = CANDIDATE_FEATURES[::-1]
    opened = Purchases.open(sealed(tmp_path, purchases(turned).parts()))
    assert opened is not None
    rows = np.zeros((2, len(CANDIDATE_FEATURES)), np.float32)
    rows[1, CANDIDATE_FEATURES.index("ease")] = 2.0
    low, high = opened.model.score_features(rows, mode="home")
    assert high > low


def test_a_purchase_ranker_of_another_input_refuses_its_bundle_and_names_it(tmp_path: Path) -> None:
    bundle = sealed(tmp_path, purchases((*CANDIDATE_FEATURES, "phase_of_the_moon")).parts())
    for read in (Purchases.open, require_readable, lambda b: open_stored(b, "clicks")):
        with pytest.raises(BadInput, match=r"purchase_ranker.*phase_of_the_moon") as refused:
            read(bundle)
        assert "baihuo train" in refused.value.fix


def test_purchases_with_other_candidate_features_refuse_their_bundle(tmp_path: Path) -> None:
    """Without a ranker, too: the arrays of a bundle of before would be read as if they were today's."""
    learned = replace(
        purchases(CANDIDATE_FEATURES),
        model=PurchaseModel(purchases(CANDIDATE_FEATURES).model.candidate_features, {}),
    )
    parts = dict(learned.parts())
    stored: Any = parts["sources/purchases.json"]
    before = {**stored, "features": [f for f in stored["features"] if f != "newly"]}
    bundle = sealed(tmp_path, {**parts, "sources/purchases.json": before})
    for read in (Purchases.open, require_readable):
        with pytest.raises(BadInput, match=r"older version.*newly") as refused:
            read(bundle)
        assert "baihuo train" in refused.value.fix


def test_a_click_model_of_another_input_refuses_its_bundle_and_names_it(tmp_path: Path) -> None:
    columns = (*click_columns(default_features()), "phase_of_the_moon")
    bundle = sealed(tmp_path, linear_click_parts(columns, {"search": "network"}, {}))
    with pytest.raises(BadInput, match="phase_of_the_moon"):
        ClickModels.open(bundle)
    known = sealed(tmp_path, linear_click_parts(columns[:-1], {"search": "network"}, {}))
    require_readable(known)


def test_a_model_that_this_version_does_not_know_refuses_its_bundle(tmp_path: Path) -> None:
    parts = model_parts({"oracle": ranker(CANDIDATE_FEATURES)})
    with pytest.raises(BadInput, match="oracle"):
        require_readable(sealed(tmp_path, parts))


@pytest.mark.parametrize("learned", OLDER)
def test_a_bundle_of_an_older_version_says_train_again(tmp_path: Path, learned: str) -> None:
    bundle = sealed(tmp_path, OLDER[learned])
    opens: Any = {"clicks": ClickModels.open, "purchases": Purchases.open}[learned]
    with pytest.raises(BadInput, match="older version") as refused:
        opens(bundle)
    assert "baihuo train" in refused.value.fix


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """A shop whose live bundle was sealed by an older version, as was the one before it."""
    made = Shop(tmp_path / "shop")
    for learned in OLDER:
        set_live(made.bundles, sealed(made.bundles, OLDER[learned]).bundle_id, "i1")
    return made


def test_status_says_that_the_live_bundle_cannot_be_read_and_what_to_do(shop: Shop) -> None:
    state = flow.status(shop)
    assert any("older version" in p and "baihuo train" in p for p in state.problems)
    assert "baihuo train" in state.next_step


def test_training_again_beside_it_works_and_compares_with_nothing(
    shop: Shop, tmp_path: Path
) -> None:
    live = read_live(shop.bundles)
    assert live is not None
    columns = click_columns(default_features())
    ours = ClickModels.open(
        sealed(tmp_path, linear_click_parts(columns, {"search": "network"}, {}))
    )
    assert ours is not None
    nothing = np.zeros(0)
    rows = ExampleRows(np.zeros((0, len(columns)), np.float32), *[nothing] * 5)  # type: ignore[arg-type]
    older = Bundle.open(shop.bundles / live.bundle_id)
    theirs = comparable_live(older, ours)
    assert theirs is None
    assert live_report(older, theirs, ours, rows)["surfaces"] == {}


def test_serving_and_updating_refuse_at_once_and_say_what_to_do(shop: Shop) -> None:
    for begin in (flow.serve, flow.update_live):
        with pytest.raises(BadInput, match="older version") as refused:
            begin(shop)
        assert "baihuo train" in refused.value.fix


def test_a_rollback_to_a_bundle_that_cannot_be_read_leaves_the_live_one(shop: Shop) -> None:
    now = sealed(shop.bundles, {"report.json": {}})
    set_live(shop.bundles, now.bundle_id, "i1")
    with pytest.raises(BadInput, match="older version"):
        release.rollback(shop.bundles)
    live = read_live(shop.bundles)
    assert live is not None
    assert live.bundle_id == now.bundle_id


def test_a_bundle_without_models_is_read(tmp_path: Path) -> None:
    bundle = sealed(tmp_path, {})
    require_readable(bundle)
    assert ClickModels.open(bundle) is None
    assert Purchases.open(bundle) is None
    without = replace(
        purchases(CANDIDATE_FEATURES),
        model=PurchaseModel(purchases(CANDIDATE_FEATURES).model.candidate_features, {}),
    )
    opened = Purchases.open(sealed(tmp_path, without.parts()))
    assert opened is not None
    assert not opened.model.rankers
