"""``baihuo tune model``: settings of a click model that order newer pages best, and how a wrong one is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from baihuo.core import BadInput
from baihuo.models import FitContext, registered
from baihuo.settings import Settings
from baihuo.train import ClickData, TuneSettings, tune_model
from baihuo.train.tuning.search import check_space
from baihuo.train.tuning.settings import Range

QUICK: dict[str, Any] = {"n_trees": 20, "patience": 5}


def tune(
    out: Path,
    data: Callable[[], ClickData],
    model: str = "trees",
    tuning: TuneSettings | None = None,
    say: Callable[[str], None] = print,
) -> dict[str, Any]:
    tuning = tuning or TuneSettings(minutes=5, trials=3)
    return tune_model(model, out, tuning, data, settings=QUICK, context=FitContext(seed=1), say=say)


@pytest.mark.slow(reason="a process that trains")
def test_what_orders_newer_pages_best_is_found_and_stands_in_the_shops_file(
    data: ClickData, tmp_path: Path
) -> None:
    said: list[str] = []
    report = tune(tmp_path / "out", lambda: data, say=said.append)
    assert [trial["state"] for trial in report["trials"]] == ["complete"] * 3
    assert report["best"]["value"] >= report["first"]["value"]
    assert set(report["best"]["settings"]) == {"learning_rate", "leaves", "min_rows_per_leaf", "l2"}
    assert "the best so far" in said[-1]
    found = Settings.model_validate(yaml.safe_load((tmp_path / "out" / "best.yaml").read_text()))
    changed = found.train.models["trees"]
    assert changed["n_trees"] == 20
    assert changed.get("leaves", 15) == report["best"]["settings"]["leaves"]
    again = tune(tmp_path / "out", lambda: data)  # as many as were asked for
    assert again["best"] == report["best"]


@pytest.mark.parametrize("name", [n for n, spec in registered().items() if spec.searched])
def test_what_a_model_says_is_searched_are_its_settings_and_holds_the_present_ones(
    name: str,
) -> None:
    spec = registered()[name]
    assert spec.settings is not None
    ranges = {n: Range.model_validate(given) for n, given in spec.searched.items()}
    base = spec.settings()
    check_space(base, ranges, {}, "shop.yaml")
    for setting, given in ranges.items():
        now = getattr(base, setting)
        assert now in given.choices if given.choices else given.low <= now <= given.high


@pytest.mark.parametrize(
    ("more", "what"),
    [
        ({"model": "both"}, "no click model both can be tuned"),
        ({"tuning": TuneSettings(measure="auc")}, "there is no auc"),
        (
            {"tuning": TuneSettings(space={"seed": Range(low=1, high=5)})},
            r"seed cannot be searched: it is train\.seed[^-]*set it with shop\.yaml",
        ),
        (
            {"tuning": TuneSettings(space={"leaves": Range(low=1, high=5)})},
            r"leaves: Input should be greater than or equal to 2 \(got 1.*\)\s+fix: correct",
        ),
        ({"tuning": TuneSettings(space={"leafs": Range(low=1, high=5)})}, "no such setting"),
        (
            {"tuning": TuneSettings(space={"leaves": Range(choices=(7, "many"))})},
            "leaves: Input should be a valid integer",
        ),
    ],
)
def test_what_cannot_be_searched_is_refused_before_pages_are_read(
    tmp_path: Path, more: dict[str, Any], what: str
) -> None:
    def data() -> ClickData:
        raise AssertionError("pages were read")

    with pytest.raises(BadInput, match=what):
        tune(tmp_path / "out", data, **more)
    assert not (tmp_path / "out").exists()
