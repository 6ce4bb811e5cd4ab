"""The one loop: orders that cannot work fail when it is made; failing stages fail as their kind says."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from baihuo.core import Candidates
from baihuo.rank.pipeline import Pipeline, merge_sources
from baihuo.rank.stages import (
    Filter,
    Hydrator,
    Observer,
    Scorer,
    Selection,
    Selector,
    Source,
    Stage,
)

ASKED: Any = None  # these stages look at nothing


class Shelf(Source):
    def __init__(self, rows: list[int] | None = None) -> None:
        self.rows = np.array([3, 1, 2, 7] if rows is None else rows, dtype=np.int32)

    def find(self, asked: Any) -> tuple[np.ndarray, np.ndarray]:
        return self.rows, np.arange(len(self.rows), 0, -1.0)


class Other(Shelf):
    pass


class Broken(Source):
    def find(self, asked: Any) -> tuple[np.ndarray, np.ndarray]:
        raise RuntimeError("the shelf fell down")


class Weight(Hydrator):
    def writes(self) -> set[str]:
        return {"weight"}

    def columns(self, asked: Any, candidates: Candidates) -> dict[str, np.ndarray]:
        return {"weight": candidates.rows.astype(float)}


class Light(Filter):
    def reads(self) -> set[str]:
        return {"weight"}

    def keep(self, asked: Any, candidates: Candidates) -> np.ndarray:
        return candidates.columns["weight"] < 5


class ByWeight(Scorer):
    falls_back_to = "from_shelf"

    def reads(self) -> set[str]:
        return {"weight"}

    def score(self, asked: Any, candidates: Candidates) -> np.ndarray:
        return candidates.columns["weight"]


class Top(Selector):
    def reads(self) -> set[str]:
        return {"score"}

    def choose(self, asked: Any, candidates: Candidates) -> Selection:
        return Selection(np.argsort(-candidates.columns["score"])[:2])


class Watch(Observer):
    def __init__(self) -> None:
        self.seen: list[list[int]] = []

    def observe(self, asked: Any, candidates: Candidates) -> None:
        self.seen.append(candidates.rows.tolist())


def failing(stage: Stage, method: str) -> Stage:
    def fail(*_: Any) -> Any:
        raise RuntimeError("no")

    setattr(stage, method, fail)
    return stage


def test_stages_run_in_order_and_each_changes_what_it_may() -> None:
    watch = Watch()
    run = Pipeline("x", [Shelf(), Weight(), Light(), ByWeight(), Top(), watch]).run(ASKED)
    assert run.candidates.rows.tolist() == [3, 2]
    assert watch.seen == [[3, 2]]
    assert [(s.stage, s.n_in, s.n_out) for s in run.steps] == [
        ("shelf", 0, 4),
        ("weight", 4, 4),
        ("light", 4, 3),
        ("by_weight", 3, 3),
        ("top", 3, 2),
        ("watch", 2, 2),
    ]
    removed = {(g.stage, int(row)) for g in run.candidates.removed for row in g.rows}
    assert removed == {("light", 7), ("top", 1)}


@pytest.mark.parametrize("until", [Weight, Light, Top, Watch])
def test_a_run_in_two_parts_is_the_run_in_one(until: type[Stage]) -> None:
    pipeline = Pipeline("x", [Shelf(), Weight(), Light(), ByWeight(), Top(), Watch()])
    whole = pipeline.run(ASKED)
    begun = pipeline.run(ASKED, until=until)
    assert until.__name__.lower() not in {step.stage for step in begun.steps}
    run = pipeline.run(ASKED, begun=begun)
    assert run.candidates.rows.tolist() == whole.candidates.rows.tolist()
    assert [(s.stage, s.n_in, s.n_out) for s in run.steps] == [
        (s.stage, s.n_in, s.n_out) for s in whole.steps
    ]


@pytest.mark.parametrize(
    ("stages", "why"),
    [
        ([Weight()], "no source"),
        ([Shelf(), Light()], "weight"),
        ([Shelf(), Light(), Weight()], "weight"),
        ([Shelf(), Weight(), Shelf()], "too late"),
        ([Shelf(), Shelf()], "two stages"),
        ([Shelf(), Watch(), Weight()], "too late"),
        ([Shelf(), Weight(), Top()], "score"),
        ([Other(), Weight(), ByWeight()], "from_shelf"),  # nothing could stand in for the score
    ],
)
def test_an_order_that_cannot_work_fails_when_it_is_made(stages: list[Stage], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        Pipeline("x", stages)


def test_a_source_fails_open_and_the_trace_says_so() -> None:
    run = Pipeline("x", [Broken(), Shelf(), Weight()]).run(ASKED)
    assert run.candidates.rows.tolist() == [3, 1, 2, 7]
    assert run.failed == ("broken",)
    step = run.steps[0].trace(str)
    assert step.n_out == 0
    assert "the shelf fell down" in step.note
    assert np.isnan(run.candidates.columns["from_broken"]).all()


@pytest.mark.parametrize("kind", ["raises", "wrong length", "hydrator gone"])
def test_a_filter_fails_closed(kind: str) -> None:
    light, weight = Light(), Weight()
    if kind == "raises":
        failing(light, "keep")
    elif kind == "wrong length":
        light.keep = lambda asked, candidates: np.ones(1, dtype=bool)  # type: ignore[method-assign]
    else:
        failing(weight, "columns")
    run = Pipeline("x", [Shelf(), weight, light]).run(ASKED)
    assert len(run.candidates) == 0
    assert "light" in run.failed
    trace = run.steps[-1].trace(str)
    assert len(trace.removed) == 4
    assert {reason for _, reason in trace.removed} == {"light failed"}


@pytest.mark.parametrize("how", ["raises", "not a number"])
def test_a_scorer_falls_back_to_another_column(how: str) -> None:
    scorer = ByWeight()
    if how == "raises":
        failing(scorer, "score")
    else:
        scorer.score = lambda asked, candidates: np.full(len(candidates), np.nan)  # type: ignore[method-assign]
    run = Pipeline("x", [Shelf(), Weight(), scorer, Top()]).run(ASKED)
    assert run.failed == ("by_weight",)
    assert run.candidates.rows.tolist() == [3, 1]  # the source's own order


def test_a_selector_and_an_observer_fail_open() -> None:
    stages = [Shelf(), Weight(), ByWeight(), failing(Top(), "choose"), failing(Watch(), "observe")]
    run = Pipeline("x", stages).run(ASKED)
    assert len(run.candidates) == 4
    assert run.failed == ("top", "watch")


@given(
    first=st.lists(st.integers(0, 20), unique=True),
    second=st.lists(st.integers(0, 20), unique=True),
)
def test_sources_are_united_without_repeats_and_keep_their_scores(
    first: list[int], second: list[int]
) -> None:
    shelf, other = Shelf(first), Other(second)
    found = [(s, *s.find(ASKED)) for s in (shelf, other)]
    united = merge_sources(found)
    assert united.rows.tolist() == list(dict.fromkeys(first + second))
    for source, rows, scores in found:
        column = dict(zip(united.rows.tolist(), united.columns[source.column], strict=True))
        score_of = dict(zip(rows.tolist(), scores, strict=True))
        for row, value in column.items():
            assert value == score_of[row] if row in score_of else np.isnan(value)
