"""``baihuo train --start-from``: click models of another shop and what it knows of new visitors are in the new bundle, or a line or an
error says why not."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner, Result

from baihuo.bundle import Bundle, Part, newcomer_parts, open_newcomers, set_live, write
from baihuo.cli.app import app
from baihuo.core import BadInput, NotFound, ShopError
from baihuo.models import NewcomerOrder
from baihuo.settings import Shop

pytestmark = pytest.mark.xdist_group("flow")

ELSEWHERE = {"region": {"NZ-AUK": {"Electronics": 0.7}}}  # nobody of the sample shop is from there


def train(shop: Shop, start_from: Path, *more: str) -> Result:
    return CliRunner(env={"COLUMNS": "300"}).invoke(
        app, ["train", "--start-from", str(start_from), "--shop", str(shop.root), *more]
    )


@pytest.fixture
def other(tmp_path: Path) -> Shop:
    """A shop whose live bundle knows of visitors from elsewhere."""
    shop = Shop(tmp_path / "other")
    ids, appeal = np.array(["of-the-other-shop"], dtype=object), np.ones(1, np.float32)
    order = NewcomerOrder(ids, appeal, 1.5, 1.0, 0.5, ELSEWHERE)
    bundle_id = write(shop.bundles, {"report.json": {"index_id": "i"}, **newcomer_parts(order)})
    set_live(shop.bundles, bundle_id, "i")
    return shop


def test_training_starts_from_what_another_shop_knows(released_shop: Shop, other: Shop) -> None:
    [their_bundle] = [p for p in other.bundles.iterdir() if p.is_dir()]
    done = train(released_shop, other.root, "--no-clicks")
    assert done.exit_code == 0, done.output
    bundle = Bundle.open(released_shop.bundles / done.stdout.split()[-1])
    assert bundle.json("report.json")["newcomers"]["started_from"] == their_bundle.name
    order = open_newcomers(bundle)
    assert order is not None
    assert order.segment_weight > 0
    assert order.segments["region"]["NZ-AUK"] == ELSEWHERE["region"]["NZ-AUK"]
    assert "of-the-other-shop" not in order.product_ids


def test_a_folder_without_a_bundle_or_one_that_knows_nothing_is_named_before_training(
    released_shop: Shop, tmp_path: Path
) -> None:
    before = sorted(p.name for p in released_shop.bundles.iterdir())
    older = write(tmp_path / "older" / "5-bundles", {"report.json": {"index_id": "i"}})
    unreleased = tmp_path / "unreleased"
    (unreleased / "5-bundles").mkdir(parents=True)
    file = tmp_path / "file.txt"
    file.touch()
    for folder, kind, words in (
        (tmp_path / "nowhere", NotFound, "is neither a bundle nor a shop with a release"),
        (unreleased, NotFound, "is neither a bundle nor a shop with a release"),
        (file, NotFound, "is neither a bundle nor a shop with a release"),
        (
            tmp_path / "older" / "5-bundles" / older,
            BadInput,
            "neither click models nor a model of new visitors",
        ),
    ):
        error = train(released_shop, folder, "--no-clicks").exception
        assert isinstance(error, ShopError)
        assert isinstance(error, kind)
        assert str(folder) in error.what
        assert words in error.what
        assert error.fix
    assert sorted(p.name for p in released_shop.bundles.iterdir()) == before


@pytest.fixture
def young_shop(released_shop: Shop, tmp_path: Path) -> Shop:
    """The released shop as it was when it was six days old: too few clicks to learn from."""
    shop = Shop(tmp_path / "young")
    shutil.copytree(released_shop.root, shop.root, copy_function=os.link)
    shutil.rmtree(shop.bundles)
    for file in shop.clean_events.glob("*.parquet"):
        events = pq.read_table(file)
        first_us = int(np.quantile(events.column("received_at_us").to_numpy(), 0.001))
        file.unlink()  # a link to the other shop's
        pq.write_table(
            events.filter(pc.less(events.column("received_at_us"), first_us + 6 * 86_400_000_000)),
            file,
        )
    return shop


def test_a_young_shop_gets_the_click_models_of_another(
    young_shop: Shop, released_shop: Shop
) -> None:
    done = train(young_shop, released_shop.root)
    assert done.exit_code == 0, done.output
    [their_id] = [p.name for p in released_shop.bundles.iterdir() if p.is_dir()]
    theirs = Bundle.open(released_shop.bundles / their_id)
    ours = Bundle.open(young_shop.bundles / done.stdout.split()[-1])
    started = ours.json("report.json")["clicks"]["start"]
    assert (started["bundle_id"], started["way"]) == (their_id, "as they are")
    assert f"click models of bundle {their_id} of the other shop" in done.stdout
    assert "used unchanged, tested on this shop's pages" in done.stdout
    for name in ("trees/trees.txt", "network/network.onnx", "network/network.safetensors"):
        file = f"models/{name}"
        assert ours.file(file).read_bytes() == theirs.file(file).read_bytes()


def test_click_models_that_read_what_this_shop_does_not_make_are_named(
    young_shop: Shop, released_shop: Shop, tmp_path: Path
) -> None:
    """The other shop declares a feature of its own; everything else is still taken and trained."""
    [their_id] = [p.name for p in released_shop.bundles.iterdir() if p.is_dir()]
    folder = released_shop.bundles / their_id
    parts: dict[str, Part] = {n: folder / n for n in Bundle.open(folder).names}
    order = json.loads((folder / "order.json").read_text())
    features = json.loads((folder / "features.json").read_text())
    own = {**features["lookbacks"][0], "name": "own_feature"}
    features["lookbacks"].append(own)
    parts["features.json"] = features
    parts["order.json"] = order | {"columns": [*order["columns"], "own_feature"]}
    bundle_id = write(tmp_path / "5-bundles", parts)
    done = train(young_shop, tmp_path / "5-bundles" / bundle_id)
    assert done.exit_code == 0, done.output
    assert "No click models" in done.stdout
    assert f"Click models of bundle {bundle_id} of the other shop are not used" in done.stdout
    assert "does not make: own_feature" in done.stdout
