"""Slices of the newest pages: found, measured, and judged by the gate neither too late nor by chance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from baihuo.bundle import ClickModels
from baihuo.core import Surface
from baihuo.evaluate import calibration_error
from baihuo.models import Model
from baihuo.release.gate_checks import check_slices
from baihuo.release.gate_report import GateCheck, GateLimits
from baihuo.settings import GateSettings
from baihuo.train import SliceReference, TrainResult, probabilities, slice_report, slices
from baihuo.train.clicks.fit import ExampleRows

COLUMNS = ("taste", "flaw", "noise", "position", "device")
LIMITS = GateLimits(**GateSettings().model_dump())
DAY_US = 86_400_000_000
N_ROWS = 8  # of a page


@dataclass(frozen=True, eq=False)
class Odds(Model):
    """P(click) by the taste of the rows, with what is broken where the column ``flaw`` is 1."""

    order_of_flawed: float = 1.0  # -1: turned around
    odds_of_flawed: float = 0.0  # added
    noise: float = 0.0
    columns = COLUMNS

    def scores(self, matrix: np.ndarray) -> np.ndarray:
        taste, flaw, noise = matrix[:, :3].astype(float).T
        turned = np.where(flaw > 0, self.order_of_flawed, 1.0)
        return turned * 1.2 * taste - 2.4 + flaw * self.odds_of_flawed + self.noise * noise

    def probabilities(self, matrix: np.ndarray) -> np.ndarray:
        return 1 / (1 + np.exp(-self.scores(matrix)))

    def files(self) -> Mapping[str, Any]:
        return {}


@dataclass(frozen=True, eq=False)
class Log:
    """Pages of visitors with tastes and habits of their own; one in five pages is of the web."""

    rows: ExampleRows
    examples: pa.Table

    @classmethod
    def draw(cls, seed: int, n_visitors: int = 150, n_pages: int = 900) -> Log:
        rng = np.random.default_rng(seed)
        of_page = np.sort(rng.integers(0, n_visitors, n_pages))
        visitor = np.repeat(of_page, N_ROWS)
        is_web = np.repeat(rng.random(n_visitors)[of_page] < 0.2, N_ROWS)
        n = n_pages * N_ROWS
        matrix = np.column_stack(
            [rng.normal(size=n), is_web, rng.normal(size=n), np.ones(n), np.zeros(n)]
        ).astype(np.float32)
        odds = 1.2 * matrix[:, 0] - 2.5 + rng.normal(0, 0.4, n_visitors)[visitor]
        clicks = (rng.random(n) < 1 / (1 + np.exp(-odds))).astype(np.float32)
        page = np.repeat(np.arange(n_pages), N_ROWS)
        rows = ExampleRows(
            matrix, clicks, clicks.astype(np.int32), page, visitor, np.full(n, Surface.HOME)
        )
        examples = pa.table(
            {
                "visitor_id": [f"v{v}" for v in visitor],
                "product_id": [f"p{p}" for p in rng.integers(0, 300, n)],
                "platform": np.where(is_web, "web", "app"),
                "device": np.where(rng.random(n_pages) < 0.5, "phone", "tablet")[page],
                "query_text": pa.array([None] * n, pa.string()),
                "position": np.tile(np.arange(1, N_ROWS + 1), n_pages),
                "at_us": DAY_US + (page * DAY_US) // n_pages,
            }
        )
        return cls(rows, examples)


def clicks_of(model: Model) -> ClickModels:
    return ClickModels(
        models={"both": model},
        columns=COLUMNS,
        calibrators={},
        order_by={"home": "both"},
        p_click_by="both",
    )


def judged(
    log: Log, model: Model, live: Model, refused: Mapping[str, str] | None = None
) -> tuple[dict[str, Any], GateCheck]:
    ours, theirs = clicks_of(model), clicks_of(live)
    is_test = np.ones(len(log.rows.clicks), dtype=bool)
    report = slice_report(
        ours,
        probabilities(ours, log.rows),
        log.rows,
        slices(log.examples, is_test),
        SliceReference(models=theirs, p_click=probabilities(theirs, log.rows), over={}),
    )
    return report, check_slices({"slices": report}, refused or {}, LIMITS)


def test_an_order_broken_on_one_platform_is_refused_while_the_total_looks_fine() -> None:
    log = Log.draw(1)
    report, check = judged(log, Odds(order_of_flawed=-1.0), Odds())
    assert not check.is_passed
    assert "platform 'web'" in check.why
    assert "gate.most_slice_loss" in check.why
    assert report["worst"]["order"]["slice"] == "web"
    [total] = [line for line in report["pages"] if line["dimension"] == "all"]
    assert total["gain"]["mid"] > -0.1  # a fifth of what is lost there
    # A surface that the learned order does not serve says nothing of orders.
    of_others = judged(log, Odds(order_of_flawed=-1.0), Odds(), {"home": "fused"})[1]
    assert "nDCG" not in of_others.why


def test_probabilities_off_on_one_platform_are_refused_while_the_total_is_calibrated() -> None:
    log, off = Log.draw(2, n_visitors=400, n_pages=2_400), Odds(odds_of_flawed=1.0)
    report, check = judged(log, off, Odds())
    p = probabilities(clicks_of(off), log.rows)
    rate = float(log.rows.clicks.mean())
    assert calibration_error(p, log.rows.clicks) < LIMITS.most_calibration_error + 0.1 * rate + 0.01
    assert not check.is_passed
    assert "gate.most_slice_calibration_error" in check.why
    assert report["worst"]["calibration"]["slice"] == "web"


@pytest.mark.parametrize("n_visitors", [20, 150])
def test_an_equal_model_is_hardly_ever_refused_by_chance(n_visitors: int) -> None:
    """As good as what serves, with errors of its own, on redrawn logs, over every slice at once."""
    n_refused = 0
    for seed in range(40):
        log = Log.draw(100 + seed, n_visitors, 400)
        same_but_other = Odds(noise=0.5)
        live = Odds(noise=-0.5)
        n_refused += not judged(log, same_but_other, live)[1].is_passed
    assert n_refused <= 2


def test_slices_have_the_names_that_the_rows_say() -> None:
    n = 12
    table = pa.table(
        {
            "visitor_id": ["old"] * 9 + ["old", "new", "new"],
            "product_id": ["hit"] * 9 + ["hit", "hit", "rare"],
            "platform": ["app"] * n,
            "device": [None] * n,
            "query_text": [None] * 9 + ["红裙", "red dress", None],
            "position": [1] * 9 + [1, 6, 40],
            "at_us": [0] * 9 + [5 * 3_600_000_000, 13 * 3_600_000_000, 23 * 3_600_000_000],
        }
    )
    is_test = np.arange(n) >= 9
    found = slices(table, is_test, np.array(["shoes"] * n)).names
    assert found["visitor"].tolist() == ["returning", "new", "new"]
    assert found["language"].tolist() == ["Chinese", "other letters", "no words"]
    assert found["position"].tolist() == ["1", "4 to 6", "13 or lower"]
    assert found["hour"].tolist() == ["0 to 6", "12 to 18", "18 to 24"]
    assert found["device"].tolist() == ["not known"] * 3
    assert found["product"].tolist()[2] == "cold"
    shown = [value for _, value, _ in slices(table, is_test).masks(("position",))]
    assert shown == ["1", "4 to 6", "13 or lower"], "from the top"
    names = {dimension for dimension, _, _ in slices(table, is_test).masks(tuple(found))}
    assert names == {"visitor", "language", "position", "hour"} | (
        {"product"} if len(set(found["product"])) > 1 else set()
    )


def test_the_report_of_a_training_has_every_slice_with_its_interval(trained: TrainResult) -> None:
    report = trained.report["slices"]
    dimensions = {line["dimension"] for line in report["rows"]}
    assert {"all", "visitor", "product", "platform", "hour", "position", "category"} <= dimensions
    for line in report["rows"]:
        assert line["bias"]["low"] <= line["bias"]["mid"] <= line["bias"]["high"]
        assert 0 <= line["ece"] < 0.5
    [whole] = [line for line in report["rows"] if line["dimension"] == "all"]
    assert whole["n"] == trained.report["clicks"]["n"]
    assert whole["auc"] == pytest.approx(trained.report["clicks"]["auc"])
    assert sum(x["n"] for x in report["rows"] if x["dimension"] == "platform") == whole["n"]
    assert {line["surface"] for line in report["pages"]} == {"search", "home", "similar"}
    measures = trained.report["measures"]
    assert measures["auc"]["low"] < measures["auc"]["mid"] < measures["auc"]["high"]
    assert set(measures) == {"auc", "gauc", "accuracy", "log_loss", "normalised_entropy"}
    for line in trained.comparison.lines:
        assert 0 <= line.mrr10 <= 1
        assert line.intervals["mrr10"]["low"] <= line.mrr10 <= line.intervals["mrr10"]["high"]
    assert check_slices(trained.report, {}, LIMITS).is_passed
