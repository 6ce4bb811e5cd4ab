"""Training that starts from another shop's click models: continued, as they are, or refused with the input that differs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import lightgbm
import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from baihuo.bundle import Bundle, write
from baihuo.core import EventType, Unsupported
from baihuo.evaluate import log_loss
from baihuo.features import Lookback, default_features
from baihuo.models import Files
from baihuo.train import ClickData, ClickSource, ClickStart, TrainResult, click_start, probabilities
from baihuo.train.clicks.examples import DAY_US
from baihuo.train.clicks.fit import FittedClicks
from baihuo.train.clicks.start import orders_of_start

from .conftest import QUICK, Shop

FEATURES = default_features()
FEW = replace(QUICK, min_test_clicks=20)


@pytest.fixture(scope="module")
def theirs(trained: TrainResult, tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """What another shop with the same market learned."""
    bundles = tmp_path_factory.mktemp("theirs") / "5-bundles"
    return Bundle.open(bundles / write(bundles, trained.parts))


def of_first_days(shop: Shop, days: float, out: Path) -> ClickSource:
    """The shop as it was when it was so many days old."""
    events = pq.read_table(shop.events)
    times = events.column("received_at_us")
    first_us = int(np.quantile(times.to_numpy(), 0.001))
    out.mkdir(parents=True)
    pq.write_table(
        events.filter(pc.less(times, int(first_us + days * DAY_US))), out / "events.parquet"
    )
    return replace(shop.source, events=out / "events.parquet")


def test_a_young_shop_goes_on_from_models_that_know_more(
    shop: Shop, theirs: Bundle, tmp_path: Path
) -> None:
    source = of_first_days(shop, 12, tmp_path / "young")
    start = click_start(theirs, FEATURES, shop.generation)
    young = shop.trainer(
        tmp_path / "out", tmp_path / "run", source=source, config=FEW, start=start
    ).train(shop.quality)
    report = young.report["start"]
    assert report["way"] == "continued"
    assert report["bundle_id"] == theirs.bundle_id
    assert report["losses"]["continued"] < report["losses"]["from_nothing"]
    assert young.report["n_train"] > 0
    test = young.data.rows.take(young.data.part("test"))
    constant = log_loss(np.full(len(test.clicks), young.report["clicks"]["base_rate"]), test.clicks)
    assert log_loss(probabilities(young.models, test), test.clicks) < constant
    # The bundle opens, and an update goes on from it.
    bundle = Bundle.open(tmp_path / write(tmp_path, young.parts))
    later = of_first_days(shop, 16, tmp_path / "later")
    updated = shop.trainer(
        tmp_path / "out", tmp_path / "run", source=later, config=FEW, start=None
    ).update(shop.quality, bundle)
    assert updated.report["is_update"]


def test_models_that_know_less_than_own_clicks_are_not_used(
    shop: Shop, theirs: Bundle, tmp_path: Path
) -> None:
    source = of_first_days(shop, 15, tmp_path / "young")
    start = click_start(theirs, FEATURES, shop.generation)
    files = {name: dict(one) for name, one in start.files.items()}
    nonsense = replace(start, files=upside_down(files))
    config = replace(FEW, models={"network": {"max_epochs": 6}, "trees": {"n_trees": 10}})
    full = shop.trainer(
        tmp_path, tmp_path / "run", source=source, config=config, start=nonsense
    ).train(shop.quality)
    report = full.report["start"]
    assert report["way"] is None
    assert report["losses"]["continued"] > report["losses"]["from_nothing"]
    assert "own pages alone" in report["why_not"]
    files_of = {name: model.files() for name, model in full.models.models.items()}
    assert files_of["network"] != files["network"]


def upside_down(files: Mapping[str, Files]) -> dict[str, Files]:
    """Models that are sure of the opposite, and move too little to forget it."""
    from safetensors.numpy import load, save

    stored = files["network"]["network.safetensors"]
    assert isinstance(stored, bytes)
    weights = {
        name: -30 * value if name == "out.weight" else value for name, value in load(stored).items()
    }
    trees = re.sub(
        r"(?<=leaf_value=).*",
        lambda found: " ".join(f"{-30 * float(value)}" for value in found[0].split()),
        str(files["trees"]["trees.txt"]),
    )
    booster = lightgbm.Booster(model_str=re.sub(r"tree_sizes=.*\n", "", trees))
    return {
        "trees": {"trees.txt": booster.model_to_string()},
        "network": {**files["network"], "network.safetensors": save(weights)},
    }


def test_a_shop_of_few_days_tests_the_other_models_as_they_are(
    shop: Shop, theirs: Bundle, trained: TrainResult, tmp_path: Path
) -> None:
    source = of_first_days(shop, 4, tmp_path / "new")
    out, run = tmp_path / "out", tmp_path / "run"
    with pytest.raises(Unsupported, match="clicks to test on are too few"):
        shop.trainer(out, run, source=source).train(shop.quality)
    start = click_start(theirs, FEATURES, shop.generation)
    new = shop.trainer(out, run, source=source, start=start).train(shop.quality)
    assert new.report["start"]["way"] == "as they are"
    assert "too few" in new.report["start"]["why"]
    assert new.report["n_train"] == 0
    assert new.report["clicks"]["n_clicks"] >= QUICK.min_test_clicks
    rows = new.data.rows.matrix[:50]
    for name, model in trained.models.models.items():
        np.testing.assert_array_equal(new.models.models[name].scores(rows), model.scores(rows))
    split = new.report["split"]
    assert split["train_from_us"] == split["validation_from_us"] < split["test_from_us"]


def test_a_few_pages_do_not_change_what_orders_a_surface(
    shop: Shop, data: ClickData, theirs: Bundle, trained: TrainResult
) -> None:
    start = click_start(theirs, FEATURES, shop.generation)
    chosen = dict.fromkeys(["home", "search"], "popularity")
    fitted = FittedClicks(replace(trained.models, order_by=chosen))
    validation = data.rows.take(data.part("validation"))
    one_visitor = validation.take(validation.visitor == validation.visitor[0])
    kept = orders_of_start(start, fitted, one_visitor).models.order_by
    assert kept == dict(start.models.order_by)  # similar, too, of which nothing was chosen


def test_other_inputs_are_named(
    shop: Shop, theirs: Bundle, trained: TrainResult, tmp_path: Path
) -> None:
    def refused(bundle: Bundle, features: object = FEATURES) -> str:
        with pytest.raises(Unsupported) as error:
            click_start(bundle, features, shop.generation)  # type: ignore[arg-type]
        assert error.value.fix
        return error.value.what

    fewer = replace(
        FEATURES, derived=tuple(d for d in FEATURES.derived if d.name != "own_purchase_due")
    )
    assert refused(theirs, fewer).endswith("does not make: own_purchase_due")
    longer = tuple(
        replace(one, window_days=56) if one.name == "product_clicks_28d" else one
        for one in FEATURES.lookbacks
    )
    what = refused(theirs, replace(FEATURES, lookbacks=longer))
    assert "declares in another way" in what
    for name in ("product_clicks_28d", "product_cart_rate_28d"):  # and what is derived from it
        assert name in what
    parts = trained.parts | {
        "encoders/encoders.json": {"multilingual": {"hash": "others", "files": []}}
    }
    assert "other encoders" in refused(Bundle.open(tmp_path / write(tmp_path, parts)))
    nothing = Bundle.open(tmp_path / write(tmp_path, {"report.json": {}}))
    assert "has no click models" in refused(nothing)
    more = FEATURES.with_features(
        Lookback(
            name="own_reviews",
            entity=("visitor", "product"),
            events=(EventType.REVIEW,),
            aggregate="count",
            window_days=7,
        )
    )
    assert isinstance(click_start(theirs, more, shop.generation), ClickStart)  # more is no harm
