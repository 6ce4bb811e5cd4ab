"""The search without networks: what is ended early, what goes on after a kill, what stops it."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from optuna.exceptions import StorageInternalError

from baihuo.core import BadInput, BrokenFile, ShopError
from baihuo.models import DeepSettings
from baihuo.train import TuneSettings
from baihuo.train.tuning.report import importance, write_report
from baihuo.train.tuning.search import N_MARKS, Search, began, finished
from baihuo.train.tuning.settings import Range
from baihuo.train.tuning.space import Space

RATE = Range(low=1e-4, high=1.0, log=True)
DROPOUT = Range(low=0.0, high=0.5)


def value(settings: DeepSettings) -> float:
    """Best at a rate of 0.1; dropout hardly matters."""
    return 0.4 + 0.1 * math.log10(settings.learning_rate / 0.1) ** 2 + 0.001 * settings.dropout


def falling(
    settings: DeepSettings, report: Callable[[int, float], None], check_time: Callable[[], None]
) -> Mapping[str, float]:
    """A training whose log-loss falls to its value, mark by mark."""
    for mark in range(1, N_MARKS):
        report(mark, value(settings) + 0.1 * (N_MARKS - mark))
    return {"log_loss": value(settings)}


def failing(
    settings: DeepSettings, report: Callable[[int, float], None], check_time: Callable[[], None]
) -> Mapping[str, float]:
    raise ValueError("wild")


def searching(
    folder: Path,
    ranges: dict[str, Range] | None = None,
    *,
    objective: Any = falling,
    about: Any = (),
    **tuning: Any,
) -> Search:
    return Search(
        file=folder / "trials.sqlite",
        space=Space(DeepSettings(), ranges or {"learning_rate": RATE, "dropout": DROPOUT}),
        tuning=TuneSettings(**tuning),
        objective=objective,
        measure="log_loss",
        is_better_high=False,
        about={"files": list(about)},
        seed=3,
    )


def tried(search: Search) -> Any:
    """The study after a search in this process."""
    study = search.begin()
    search.run(study, time.time() + 60)
    return study


def test_trainings_that_fall_behind_end_early_and_the_best_is_found(tmp_path: Path) -> None:
    search = searching(tmp_path, trials=24)
    study = tried(search)
    assert len(began(study)) == 24
    pruned = [t for t in began(study) if t.state.name == "PRUNED"]
    assert pruned
    values = {t.number: value(search.space.settings(t.params)) for t in began(study)}
    kept = [values[t.number] for t in finished(study)]
    assert min(kept) == min(values.values())  # the best one was not pruned
    assert sum(values[t.number] for t in pruned) / len(pruned) > sum(kept) / len(kept)
    report = write_report(study, search, why="", sections=["deep"], command=["baihuo", "train"])
    assert report["trials"]["pruned"] == len(pruned) == sum(report["pruned_at"].values())
    assert 0.03 < report["best"]["settings"]["learning_rate"] < 0.3
    assert report["before"]["value"] == pytest.approx(value(DeepSettings()))
    assert report["importance"]["learning_rate"] > 0.8


def test_too_few_trials_say_nothing_of_what_mattered(tmp_path: Path) -> None:
    search = searching(tmp_path, trials=3)
    study = tried(search)
    assert importance(study) == {}
    write_report(study, search, why="", sections=["deep"], command=["baihuo", "train"])
    assert "too few" in (tmp_path / "report.md").read_text()


def test_what_a_killed_run_was_trying_is_tried_again_first(tmp_path: Path) -> None:
    study = searching(tmp_path).begin()
    lost = study.ask()  # the process that trains it is killed
    search = searching(tmp_path)
    assert search.space.drawn(lost) == DeepSettings()
    study = tried(searching(tmp_path, trials=2))
    again = finished(study)[0]
    assert again.user_attrs["again"] == lost.number
    assert again.user_attrs["is_base"]  # compared with, still
    study = searching(tmp_path).begin()  # and not a third time
    assert "again" not in study.ask().user_attrs


def test_a_later_run_does_not_draw_again_what_was_drawn(tmp_path: Path) -> None:
    for n in (4, 8):
        study = tried(searching(tmp_path, trials=n))
        drawn = [tuple(t.params.values()) for t in began(study)]
    assert len(set(drawn)) == 8


def test_a_small_space_is_tried_whole_and_nothing_twice(tmp_path: Path) -> None:
    small = {"epochs": Range(low=1, high=3), "l2": Range(choices=(0.0, 0.1))}
    search = searching(tmp_path, small)
    study = tried(search)
    assert len(began(study)) == len({tuple(t.params.values()) for t in began(study)}) == 6
    assert searching(tmp_path, {"epochs": Range(low=1, high=65)}).space.n_combinations == 65
    assert searching(tmp_path).space.n_combinations == math.inf


def test_when_all_fail_it_stops_and_says_why(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"all of the first 5 trainings failed.*wild") as caught:
        tried(searching(tmp_path, objective=failing))
    assert "tune.space" in caught.value.fix


def full(
    settings: DeepSettings, report: Callable[[int, float], None], check_time: Callable[[], None]
) -> Mapping[str, float]:
    raise StorageInternalError("database or disk is full")


def test_a_full_disk_is_a_clear_error_and_the_trials_stay(tmp_path: Path) -> None:
    tried(searching(tmp_path, trials=3))
    search = searching(tmp_path, objective=full)
    study = search.begin()
    with pytest.raises(ShopError, match="cannot be written") as caught:
        search.run(study, time.time() + 60)
    assert "the same command goes on" in caught.value.fix
    assert len(finished(study)) == 3


def test_a_training_that_killed_its_process_twice_is_a_failed_trial(tmp_path: Path) -> None:
    for _ in range(2):
        search = searching(tmp_path)
        search.space.drawn(search.begin().ask())
    ended = began(searching(tmp_path).begin())
    assert ended[0].user_attrs["stopped"]
    assert "perhaps for its memory" in ended[1].user_attrs["error"]


def test_trials_of_other_data_or_another_space_are_not_mixed(tmp_path: Path) -> None:
    searching(tmp_path, about="a").begin()
    searching(tmp_path, about="a").begin()
    with pytest.raises(BadInput, match="other files") as caught:
        searching(tmp_path, about="b").begin()
    assert "--restart" in caught.value.fix
    with pytest.raises(BadInput, match="other space"):
        searching(tmp_path, {"learning_rate": RATE}, about="a").begin()


def test_a_damaged_file_of_trials_is_named(tmp_path: Path) -> None:
    (tmp_path / "trials.sqlite").write_bytes(b"not a database, but long enough to be opened" * 99)
    with pytest.raises(BrokenFile, match=r"trials\.sqlite") as caught:
        searching(tmp_path).begin()
    assert "--restart" in caught.value.fix
