"""The search without trainings: what is ended early, what goes on after a kill, what stops it."""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import Any

import pytest

from baihuo.core import BadInput, BrokenFile, ShopError, no_progress
from baihuo.train import DeepSettings, TuneSettings
from baihuo.train.tables.columns import TableSpec
from baihuo.train.tables.table_training import TableTraining
from baihuo.train.tuning.report import importance, write_report
from baihuo.train.tuning.search import Search
from baihuo.train.tuning.settings import Range
from baihuo.train.tuning.space import Space
from baihuo.train.tuning.study import Study
from baihuo.train.tuning.trial import N_MARKS, Outcome
from baihuo.train.tuning.workers import Done, Mark

RATE = Range(low=1e-4, high=1.0, log=True)
DROPOUT = Range(low=0.0, high=0.5)


def opened(folder: Path, ranges: dict[str, Range] | None = None, **about: Any) -> Study:
    space = Space(ranges or {"learning_rate": RATE, "dropout": DROPOUT}, DeepSettings())
    return Study(folder / "trials.sqlite", space, measure="log_loss", about=about, seed=3)


class Pretended:
    """In place of processes: a training whose log-loss falls to its value, mark by mark."""

    def __init__(self, *, fails: bool = False) -> None:
        self.has_room, self.trials, self.fails = True, list[int](), fails
        self.settings: dict[int, DeepSettings] = {}
        self._events: list[Mark | Done] = []

    def value(self, settings: DeepSettings) -> float:
        """Best at a rate of 0.1; dropout hardly matters."""
        return 0.4 + 0.1 * math.log10(settings.learning_rate / 0.1) ** 2 + 0.001 * settings.dropout

    def start(self, trial: int, settings: DeepSettings, until: float) -> None:
        self.settings[trial], self.has_room = settings, False
        self._at(trial, 1)

    def wait(self, seconds: float) -> list[Mark | Done]:
        events, self._events = self._events, []
        self.has_room = any(isinstance(e, Done) for e in events)
        return events

    def answer(self, trial: int, *, ends: bool) -> None:
        last = self._mark
        self._events = [Done(trial, Outcome(end="pruned"))] if ends else []
        if not ends:
            self._at(trial, last + 1)

    def _at(self, trial: int, mark: int) -> None:
        self._mark, value = mark, self.value(self.settings[trial])
        if self.fails:
            self._events = [Done(trial, Outcome(end="failed", error="ValueError: wild"))]
        elif mark < N_MARKS:
            self._events = [Mark(trial, mark, value + 0.1 * (N_MARKS - mark))]
        else:
            self._events = [Done(trial, Outcome(end="finished", value=value))]


def search(study: Study, pretended: Pretended, *, trials: int | None) -> Search:
    tuning = TuneSettings(minutes=1, trials=trials)
    workers: Any = pretended
    run = Search(study, tuning, workers, time.monotonic(), no_progress, lambda line: None)
    run.run()
    return run


def training(folder: Path) -> TableTraining:
    return TableTraining(
        table=folder / "t.csv", out=folder, spec=TableSpec(label="click"), settings=DeepSettings()
    )


@pytest.mark.parametrize("pruner", ["median", "hyperband", "none"])
def test_trainings_that_fall_behind_end_early_and_the_best_is_found(
    tmp_path: Path, pruner: str
) -> None:
    study = opened(tmp_path)
    study.prune_with(pruner)
    pretended = Pretended()
    search(study, pretended, trials=24)
    assert len(study.trials) == 24
    pruned = [t for t in study.trials if t.state.name == "PRUNED"]
    assert bool(pruned) == (pruner != "none")
    values = {t.number: pretended.value(pretended.settings[t.number]) for t in study.trials}
    kept = [values[t.number] for t in study.finished]
    assert min(kept) == min(values.values())  # the best one was not pruned
    if pruned:
        assert sum(values[t.number] for t in pruned) / len(pruned) > sum(kept) / len(kept)
    report = write_report(study, training(tmp_path), (), why="", minutes=1)
    assert report["trials"]["pruned"] == len(pruned) == sum(report["pruned_at"].values())
    assert 0.03 < report["best"]["settings"]["learning_rate"] < 0.3
    assert report["before"]["value"] == pytest.approx(pretended.value(DeepSettings()))
    assert report["importance"]["learning_rate"] > 0.9
    study.close()


def test_too_few_trials_say_nothing_of_what_mattered(tmp_path: Path) -> None:
    study = opened(tmp_path)
    study.prune_with("none")
    search(study, Pretended(), trials=3)
    assert importance(study) == {}
    write_report(study, training(tmp_path), (), why="", minutes=1)
    assert "too few" in (tmp_path / "report.md").read_text()
    assert "too few" in (tmp_path / "report.html").read_text()
    study.close()


def test_what_a_killed_run_was_trying_is_tried_again_first(tmp_path: Path) -> None:
    study = opened(tmp_path)
    lost = [study.ask(), study.ask()]
    study.close()
    study = opened(tmp_path)
    again = [study.ask(), study.ask()]
    assert [t and t.params for t in again] == [t and t.params for t in lost]
    assert again[0] is not None
    assert again[0].user_attrs["is_base"]  # compared with, still
    for trial in again:
        assert trial is not None
        study.tell(trial, Outcome(end="finished", value=0.5), at_s=1)
    study.close()
    study = opened(tmp_path)  # and not a third time
    newer = study.ask()
    assert newer is not None
    assert newer.params not in [t.params for t in again if t]
    study.close()


def test_a_later_run_does_not_draw_again_what_was_drawn(tmp_path: Path) -> None:
    for n in (4, 8):
        study = opened(tmp_path)
        study.prune_with("none")
        search(study, Pretended(), trials=n)
        drawn = [tuple(t.params.values()) for t in study.trials]
        study.close()
    assert len(set(drawn)) == 8


def test_a_small_space_is_tried_whole_and_nothing_twice(tmp_path: Path) -> None:
    study = opened(tmp_path, {"epochs": Range(low=1, high=3), "l2": Range(choices=(0.0, 0.1))})
    study.prune_with("none")
    run = search(study, Pretended(), trials=None)
    assert run.why == "every combination was tried"
    assert len(study.trials) == len({tuple(t.params.values()) for t in study.trials}) == 6
    study.close()


def test_when_all_fail_it_stops_and_says_why(tmp_path: Path) -> None:
    study = opened(tmp_path)
    lost = study.ask()
    assert lost is not None
    study.tell(lost, Outcome(end="stopped"), at_s=1)  # says nothing
    with pytest.raises(BadInput, match=r"all of the first 5 trainings failed.*wild") as caught:
        search(study, Pretended(fails=True), trials=None)
    assert "tune.space" in caught.value.fix
    study.close()


def test_a_full_disk_is_a_clear_error_and_the_trials_stay(tmp_path: Path) -> None:
    study = opened(tmp_path)
    study.prune_with("none")
    search(study, Pretended(), trials=3)
    connection = study.study._storage._backend.engine.raw_connection()
    connection.execute("PRAGMA max_page_count=1")  # no page more than there are
    connection.close()
    with pytest.raises(ShopError, match=r"cannot be written.*full") as caught:
        search(study, Pretended(), trials=100)
    assert "the same command goes on" in caught.value.fix
    study.close()
    study = opened(tmp_path)
    assert len(study.finished) >= 3
    study.close()


def test_trials_of_other_data_or_another_space_are_not_mixed(tmp_path: Path) -> None:
    opened(tmp_path, files="a").close()
    opened(tmp_path, files="a").close()
    with pytest.raises(BadInput, match="other files") as caught:
        opened(tmp_path, files="b")
    assert "--restart" in caught.value.fix
    with pytest.raises(BadInput, match="other space"):
        opened(tmp_path, {"learning_rate": RATE}, files="a")


def test_a_damaged_file_of_trials_is_named(tmp_path: Path) -> None:
    (tmp_path / "trials.sqlite").write_bytes(b"not a database, but long enough to be opened" * 99)
    with pytest.raises(BrokenFile, match=r"trials\.sqlite") as caught:
        opened(tmp_path)
    assert "--restart" in caught.value.fix
