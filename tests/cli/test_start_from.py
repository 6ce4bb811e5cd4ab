"""``baihuo train --start-from``: what another shop knows of new visitors is in the new bundle, or an error says what is wrong."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from baihuo.bundle import Bundle, newcomer_parts, open_newcomers, set_live, write
from baihuo.cli.app import app
from baihuo.core import BadInput, NotFound, ShopError
from baihuo.models import NewcomerOrder
from baihuo.settings import Shop

pytestmark = pytest.mark.xdist_group("flow")

ELSEWHERE = {"region": {"NZ-AUK": {"Electronics": 0.7}}}  # nobody of the sample shop is from there


def train(shop: Shop, start_from: Path) -> Result:
    return CliRunner(env={"COLUMNS": "200"}).invoke(
        app, ["train", "--no-clicks", "--start-from", str(start_from), "--shop", str(shop.root)]
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


@pytest.mark.parametrize("is_bundle", [False, True])
def test_training_starts_from_what_another_shop_knows(
    released_shop: Shop, other: Shop, is_bundle: bool
) -> None:
    [their_bundle] = [p for p in other.bundles.iterdir() if p.is_dir()]
    done = train(released_shop, their_bundle if is_bundle else other.root)
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
        (tmp_path / "nowhere", NotFound, "is no bundle and no shop that has released one"),
        (unreleased, NotFound, "is no bundle and no shop that has released one"),
        (file, NotFound, "is no bundle and no shop that has released one"),
        (tmp_path / "older" / "5-bundles" / older, BadInput, "learned nothing of new visitors"),
    ):
        error = train(released_shop, folder).exception
        assert isinstance(error, ShopError)
        assert isinstance(error, kind)
        assert str(folder) in error.what
        assert words in error.what
        assert error.fix
    assert sorted(p.name for p in released_shop.bundles.iterdir()) == before
