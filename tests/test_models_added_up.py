"""Click models added up: in the bundle, and as the command prints it."""

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
def test_the_command_says_what_adding_click_models_up_adds(
    released_shop: Shop,
) -> None:
    done = CliRunner(env={"COLUMNS": "200"}).invoke(
        app, ["train", "--shop", str(released_shop.root)]
    )
    assert done.exit_code == 0, done.exception
    assert "Combined models" in done.stdout
    newest = max(released_shop.bundles.glob("*/manifest.json"), key=lambda p: p.stat().st_mtime)
    bundle = Bundle.open(newest.parent)
    together = json.loads(bundle.text("report.json"))["clicks"]["together"]
    about = together["models"]["both"]
    assert about["cpu_ms"]["both"] > max(about["cpu_ms"][n] for n in about["weights"]) * 0.9
    assert {one["surface"] for one in together["surfaces"]} <= {"search", "home", "similar"}
    # the bundle orders by their sum
    from baihuo.bundle import ClickModels

    models = ClickModels.open(bundle)
    assert models is not None
    rows = np.random.default_rng(0).normal(size=(50, len(models.columns))).astype(np.float32)
    asked = Predictions(models.models, rows, models.columns)
    expected = sum(w * asked.of(name).scores for name, w in about["weights"].items())
    np.testing.assert_allclose(asked.of("both").scores, expected, rtol=1e-6)
