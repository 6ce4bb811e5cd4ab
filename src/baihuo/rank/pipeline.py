"""The pipeline: every surface is a list of stages, which run here in order."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.core import Candidates, Removed, TraceStep
from baihuo.rank.request_context import RequestContext
from baihuo.rank.stages import Filter, Hydrator, Observer, Scorer, Selector, Source, Stage

_KIND_ORDER = {"source": 0, "observer": 2}  # sources first, observers last, the others as listed


@dataclass(frozen=True, slots=True)
class PipelineResult:
    """The result of the stages for one query."""

    candidates: Candidates
    steps: tuple[StageResult, ...]

    @property
    def failed(self) -> tuple[str, ...]:
        """Names of the stages that failed, in order."""
        return tuple(step.stage for step in self.steps if step.failure)


@dataclass(frozen=True, slots=True)
class StageResult:
    """The result of one stage."""

    stage: str
    kind: str
    n_in: int
    n_out: int
    ms: float
    note: str = ""
    failure: str = ""
    removed: tuple[Removed, ...] = field(default=())

    def trace(self, product_id: Callable[[int], str], *, n_removed: int = 200) -> TraceStep:
        """The trace for the page: ids instead of rows, at most ``n_removed`` removed products."""
        removed = [(product_id(int(r)), g.reason) for g in self.removed for r in g.rows[:n_removed]]
        note = f"failed: {self.failure}" if self.failure else self.note
        return TraceStep(
            stage=self.stage,
            kind=self.kind,
            n_in=self.n_in,
            n_out=self.n_out,
            ms=round(self.ms, 3),
            note=note,
            removed=tuple(removed[:n_removed]),
        )


class Pipeline:
    """A list of stages; their order is checked when the pipeline is created.

    Raises:
        ValueError: no source; two stages of one name; a source after another kind, or another
            kind after an observer; or a stage reads a column that nothing before it writes.
    """

    def __init__(self, surface: str, stages: Sequence[Stage]) -> None:
        self.surface, self.stages = surface, tuple(stages)
        self._names = tuple(stage.name for stage in self.stages)
        if not any(isinstance(s, Source) for s in self.stages):
            raise ValueError(f"surface {surface}: no source, so no page could have a product")
        written: set[str] = set()
        names: set[str] = set()
        reached = 0
        for stage in self.stages:
            kind = _KIND_ORDER.get(stage.kind, 1)
            if kind < reached:
                raise ValueError(
                    f"surface {surface}: {stage.kind} {stage.name} comes too late; sources must be "
                    "first and observers last"
                )
            if stage.name in names:
                raise ValueError(f"surface {surface}: two stages are named {stage.name}")
            required = stage.reads() | _fallback_columns(stage)
            if missing := required - written:
                raise ValueError(
                    f"surface {surface}: {stage.name} reads {sorted(missing)}, which no stage "
                    "before it writes"
                )
            reached = kind
            names.add(stage.name)
            written |= stage.writes()

    def run(
        self,
        context: RequestContext,
        *,
        begun: PipelineResult | None = None,
        until: type[Stage] | None = None,
    ) -> PipelineResult:
        """Run every stage; failures are handled by kind (see ``stages.py``) and recorded.

        Args:
            begun: The result of an earlier run ``until`` a stage behind the sources, which this one continues.
            until: The first stage that does not run; None: all run.
        """
        steps = [] if begun is None else list(begun.steps)
        found: list[tuple[Source, NDArray[np.int32], NDArray[np.float64]]] = []
        candidates = Candidates(np.empty(0, np.int32)) if begun is None else begun.candidates
        is_merged = begun is not None
        for stage, name in zip(self.stages[len(steps) :], self._names[len(steps) :], strict=True):
            if until is not None and isinstance(stage, until):
                break
            started = time.perf_counter()
            n_in, n_removed_before, failure = len(candidates), len(candidates.removed), ""
            if isinstance(stage, Source):
                try:
                    rows, scores = stage.find(context)
                except Exception as error:
                    rows, scores = np.empty(0, np.int32), np.empty(0)
                    failure = _error_text(error)
                found.append((stage, rows, scores))
                ms = (time.perf_counter() - started) * 1e3
                note = _note(stage, context, failure)
                steps.append(StageResult(name, stage.kind, 0, len(rows), ms, note, failure))
                continue
            if not is_merged:
                candidates, is_merged, n_in = merge_sources(found), True, -1
            n_in = len(candidates) if n_in < 0 else n_in
            candidates, failure = _apply(stage, context, candidates)
            removed = candidates.removed[n_removed_before:]
            n_out, note = len(candidates), _note(stage, context, failure)
            ms = (time.perf_counter() - started) * 1e3
            steps.append(StageResult(name, stage.kind, n_in, n_out, ms, note, failure, removed))
        return PipelineResult(candidates if is_merged else merge_sources(found), tuple(steps))


def merge_sources(
    found: Sequence[tuple[Source, NDArray[np.int32], NDArray[np.float64]]],
) -> Candidates:
    """Merge candidates by row, in order of first appearance; NaN where a source did not find it."""
    if not found:
        return Candidates(np.empty(0, np.int32))
    if len(found) == 1:
        source, rows, scores = found[0]
        return Candidates(rows, {source.column: scores})
    together = np.concatenate([rows for _, rows, _ in found])
    unique, first, inverse = np.unique(together, return_index=True, return_inverse=True)
    order = np.argsort(first, kind="stable")
    index_of = np.empty(len(order), dtype=np.intp)
    index_of[order] = np.arange(len(order))
    columns: dict[str, NDArray[Any]] = {}
    start = 0
    for source, rows, scores in found:
        column = np.full(len(unique), np.nan)
        column[index_of[inverse[start : start + len(rows)]]] = scores
        columns[source.column] = column
        start += len(rows)
    return Candidates(unique[order].astype(np.int32), columns)


def _apply(stage: Stage, context: RequestContext, before: Candidates) -> tuple[Candidates, str]:
    try:
        return _apply_stage(stage, context, before), ""
    except Exception as error:
        return _after_failure(stage, before), _error_text(error)


def _apply_stage(stage: Stage, context: RequestContext, before: Candidates) -> Candidates:
    if isinstance(stage, Hydrator):
        columns = stage.columns(context, before)
        if set(columns) != stage.writes():
            raise ValueError(f"wrote {sorted(columns)}, declared {sorted(stage.writes())}")
        return before.with_columns(**columns)
    if isinstance(stage, Filter):
        mask = np.asarray(stage.keep(context, before), dtype=bool)
        if len(mask) != len(before):
            raise ValueError(f"a mask of {len(mask)} for {len(before)} candidates")
        return before.keep(mask, stage=stage.name, reason=stage.name)
    if isinstance(stage, Scorer):
        scores = stage.score(context, before)
        if not np.isfinite(scores).all():
            raise ValueError("a score is not a finite number")
        return before.with_columns(**{stage.column: scores})
    if isinstance(stage, Selector):
        chosen = stage.choose(context, before)
        after = before.take(chosen.order).with_columns(**chosen.columns)
        if len(after) == len(before):
            return after
        left_out = np.ones(len(before), dtype=bool)
        left_out[chosen.order] = False
        removed = Removed(stage.name, stage.name, before.rows[left_out])
        return Candidates(after.rows, after.columns, (*before.removed, removed))
    if isinstance(stage, Observer):
        stage.observe(context, before)
    return before


def _after_failure(stage: Stage, before: Candidates) -> Candidates:
    """Return the candidates after a failed stage: see ``stages.py``."""
    if isinstance(stage, Filter):
        return before.keep(
            np.zeros(len(before), dtype=bool), stage=stage.name, reason=f"{stage.name} failed"
        )
    if isinstance(stage, Scorer):
        fallback_column = before.columns.get(stage.falls_back_to or "")
        fallback = (
            np.zeros(len(before)) if fallback_column is None else np.nan_to_num(fallback_column)
        )
        return before.with_columns(**{stage.column: fallback})
    return before


def _fallback_columns(stage: Stage) -> set[str]:
    if isinstance(stage, Scorer) and stage.falls_back_to is not None:
        return {stage.falls_back_to}
    return set()


def _error_text(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:200]


def _note(stage: Stage, context: RequestContext, failure: str) -> str:
    return "" if failure else stage.note(context)
