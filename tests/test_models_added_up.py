"""Click models added up with weights: by shop.yaml and ``baihuo train``, in the bundle, and as the command prints it."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from baihuo import flow
from baihuo.bundle import Bundle
from baihuo.cli.app import app
from baihuo.flow import learning
from baihuo.flow.learning import Learned
from baihuo.models import Predictions
from baihuo.models.blend_weights import blend_weights
from baihuo.settings import Shop
from baihuo.train import ClickTraining

pytestmark = pytest.mark.xdist_group("flow")
QUICK: dict[str, Any] = {"network": {"max_epochs": 2}, "trees": {"n_trees": 20, "patience": 5}}


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Click models that take a second, and nothing else to learn."""

    def small(**how: Any) -> ClickTraining:
        return ClickTraining(**{**how, "min_test_clicks": 20, "models": QUICK})

    def nothing(*_: Any, **__: Any) -> Learned:
        return Learned({}, {})

    monkeypatch.setattr(learning, "ClickTraining", small)
    for stage in ("purchase_models", "next_items", "search_order"):
        monkeypatch.setattr(flow, stage, nothing)


@pytest.mark.slow(reason="examples and features of a whole shop")
@pytest.mark.usefixtures("quick")
def test_a_setting_of_the_shop_weighs_its_click_models_and_the_command_says_what_that_adds(
    released_shop: Shop,
) -> None:
    settings = released_shop.settings()
    stacked = settings.train.model_copy(update={"together": "stacking"})
    released_shop.write_settings(settings.model_copy(update={"train": stacked}))
    done = CliRunner(env={"COLUMNS": "200"}).invoke(
        app, ["train", "--shop", str(released_shop.root)]
    )
    assert done.exit_code == 0, done.exception
    assert "Combined models" in done.stdout
    newest = max(released_shop.bundles.glob("*/manifest.json"), key=lambda p: p.stat().st_mtime)
    bundle = Bundle.open(newest.parent)
    together = json.loads(bundle.text("report.json"))["clicks"]["together"]
    assert together["way"] == "stacking"
    about = together["models"]["both"]
    assert sum(about["weights"].values()) == pytest.approx(2, abs=1e-3)
    assert about["cpu_ms"]["both"] > max(about["cpu_ms"][n] for n in about["weights"]) * 0.9
    assert {one["surface"] for one in together["surfaces"]} <= {"search", "home", "similar"}
    # the bundle orders with these weights
    from baihuo.bundle import ClickModels

    models = ClickModels.open(bundle)
    assert models is not None
    rows = np.random.default_rng(0).normal(size=(50, len(models.columns))).astype(np.float32)
    asked = Predictions(models.models, rows, models.columns)
    expected = sum(w * asked.of(name).scores for name, w in about["weights"].items())
    np.testing.assert_allclose(asked.of("both").scores, expected, rtol=1e-6)


def test_what_orders_newer_requests_weighs_more_and_few_requests_change_little() -> None:
    rng = np.random.default_rng(0)
    n, group = 400, np.repeat(np.arange(400), 5)
    good, poor = rng.normal(size=n * 5), rng.normal(size=n * 5)
    chosen = (good + 0.3 * poor + rng.gumbel(size=n * 5)).reshape(n, 5).argmax(1)
    gains = np.zeros((n, 5), dtype=int)
    gains[np.arange(n), chosen] = 1
    scores = np.column_stack([good, poor])
    weights = blend_weights(scores, gains.ravel(), group)
    assert weights[0] / weights[1] == pytest.approx(1 / 0.3, rel=0.4)
    assert weights.sum() == pytest.approx(2)
    few = blend_weights(scores[:25], gains.ravel()[:25], group[:25])
    assert few == pytest.approx([1, 1], abs=0.25)
    worse = blend_weights(np.column_stack([good, -good]), gains.ravel(), group)
    assert worse.min() >= 0
    none = blend_weights(scores, np.zeros(n * 5, dtype=int), group)
    assert none.tolist() == [1, 1]
