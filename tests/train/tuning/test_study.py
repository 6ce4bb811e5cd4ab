"""The search without networks: what is ended early, what goes on after a kill, what stops it."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import optuna
import pytest
from optuna.exceptions import StorageInternalError

from baihuo.core import BadInput, BrokenFile, ShopError
from baihuo.models import DeepSettings
from baihuo.train import TuneSettings
from baihuo.train.tuning.search import N_MARKS, Search
from baihuo.train.tuning.settings import Range

RATE = Range(low=1e-4, high=1.0, log=True)
DROPOUT = Range(low=0.0, high=0.5)


def value(learning_rate: float, dropout: float) -> float:
    """Best at a rate of 0.1; dropout hardly matters."""
    return 0.4 + 0.1 * math.log10(learning_rate / 0.1) ** 2 + 0.001 * dropout


def falling(
    settings: DeepSettings, report: Callable[[int, float], None], check_time: Callable[[], None]
) -> Mapping[str, float]:
    """A training whose log-loss falls to its value, mark by mark."""
    found = value(settings.learning_rate, settings.dropout)
    for mark in range(1, N_MARKS):
        report(mark, found + 0.1 * (N_MARKS - mark))
    return {"log_loss": found}


def failing(error: BaseException) -> Any:
    def objective(*_: object) -> Mapping[str, float]:
        raise error

    return objective


def searching(
    folder: Path,
    ranges: dict[str, Range] | None = None,
    *,
    objective: Any = falling,
    about: Any = (),
    **tuning: Any,
) -> dict[str, Any]:
    search = Search(
        folder=folder,
        base=DeepSettings(),
        ranges=ranges or {"learning_rate": RATE, "dropout": DROPOUT},
        tuning=TuneSettings(**tuning),
        objective=objective,
        measure="log_loss",
        about={"files": list(about)},
        seed=3,
    )
    return search.run(time.monotonic() + 60)


def test_trainings_that_fall_behind_end_early_and_the_best_is_found(tmp_path: Path) -> None:
    report = searching(tmp_path, trials=24)
    trials = report["trials"]
    assert len(trials) == 24
    values = {t["trial"]: value(**t["settings"]) for t in trials}
    pruned = [values[t["trial"]] for t in trials if t["state"] == "pruned"]
    kept = [values[t["trial"]] for t in trials if t["state"] == "complete"]
    assert min(kept) == min(values.values())  # the best one was not pruned
    assert sum(pruned) / len(pruned) > sum(kept) / len(kept)
    assert 0.03 < report["best"]["settings"]["learning_rate"] < 0.3
    assert report["first"]["settings"] == {"learning_rate": 0.005, "dropout": 0.0}
    assert report["importance"]["learning_rate"] > 0.6


def test_too_few_trials_say_nothing_of_what_mattered(tmp_path: Path) -> None:
    assert searching(tmp_path, trials=3)["importance"] == {}


def test_a_killed_run_goes_on_with_the_current_settings_first(tmp_path: Path) -> None:
    with pytest.raises(SystemExit):
        searching(
            tmp_path, objective=failing(SystemExit())
        )  # as a kill: nothing says that it ended
    report = searching(tmp_path, trials=2)
    assert [t["state"] for t in report["trials"]] == ["fail", "complete", "complete"]
    assert report["first"]["settings"]["learning_rate"] == DeepSettings().learning_rate


def test_a_later_run_does_not_draw_again_what_was_drawn(tmp_path: Path) -> None:
    searching(tmp_path, trials=4)
    trials = searching(tmp_path, trials=8)["trials"]
    assert len({tuple(t["settings"].values()) for t in trials}) == len(trials) == 8


def test_a_small_space_is_tried_whole_and_nothing_twice(tmp_path: Path) -> None:
    small = {"epochs": Range(low=1, high=3), "l2": Range(choices=(0.0, 0.1))}
    trials = searching(tmp_path, small)["trials"]
    assert len(trials) == len({tuple(t["settings"].values()) for t in trials}) == 6


def test_current_settings_outside_of_the_space_are_moved_to_its_nearest_end(tmp_path: Path) -> None:
    ranges = {"learning_rate": Range(low=0.01, high=0.1), "layers": Range(choices=((8,), (4, 4)))}
    first = searching(tmp_path, ranges, trials=1)["first"]
    assert first["settings"] == {"learning_rate": 0.01, "layers": [8]}


def test_when_all_fail_it_stops_and_says_why(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"5 failed; the last: .*wild") as caught:
        searching(tmp_path, objective=failing(ValueError("wild")))
    assert "tune.space" in caught.value.fix


def test_a_full_disk_is_a_clear_error_and_the_trials_stay(tmp_path: Path) -> None:
    searching(tmp_path, trials=3)
    with pytest.raises(ShopError, match="cannot be written") as caught:
        searching(tmp_path, objective=failing(StorageInternalError("disk is full")))
    assert "the same command goes on" in caught.value.fix
    study = optuna.load_study(study_name="tune", storage=f"sqlite:///{tmp_path / 'trials.sqlite'}")
    assert len(study.get_trials(states=(optuna.trial.TrialState.COMPLETE,))) == 3


def test_trials_of_other_data_or_another_space_are_not_mixed(tmp_path: Path) -> None:
    searching(tmp_path, about="a", trials=1)
    searching(tmp_path, about="a", trials=2)
    with pytest.raises(BadInput, match="other files") as caught:
        searching(tmp_path, about="b")
    assert "--restart" in caught.value.fix
    with pytest.raises(BadInput, match="other space"):
        searching(tmp_path, {"learning_rate": RATE}, about="a")


def test_a_damaged_file_of_trials_is_named(tmp_path: Path) -> None:
    (tmp_path / "trials.sqlite").write_bytes(b"not a database, but long enough to be opened" * 99)
    with pytest.raises(BrokenFile, match=r"trials\.sqlite") as caught:
        searching(tmp_path)
    assert "--restart" in caught.value.fix
