"""Builds a page from an order: products with score, propensity, reason and feature values."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from baihuo.core import Page, Placed, Served, TraceStep, now_us
from baihuo.index import AnswerSet, FilterMasks, Generation
from baihuo.rank.frozen import FrozenOrder
from baihuo.rank.hydrators import ClickFeatures, ClickModel
from baihuo.rank.pipeline import PipelineResult
from baihuo.rank.reasons import code_at, detail, searched_reasons
from baihuo.rank.request_context import RequestContext


@dataclass(frozen=True, slots=True, eq=False)
class PageBuilder:
    """Builds pages. Fails open: a page without logged features gets the note ``degraded``."""

    generation: Generation
    features: ClickFeatures
    click_model: ClickModel | None
    bundle_id: str

    def build(
        self, context: RequestContext, order: FrozenOrder, run: PipelineResult | None
    ) -> Served:
        """Build the page of ``context``; ``run`` is None if the order comes from an earlier page."""
        query, started = context.query, time.perf_counter()
        notes = [] if run is None else [f"degraded:{stage}" for stage in run.failed]
        positions, rows = self._on_page(context, order)
        if run is None:  # the order is older than price and stock
            positions, rows = _passing(context, positions, rows, notes)
        features = self._features(context, rows, positions, run, notes)
        scores = self._scores(context, features, positions, run, notes)
        if run is not None and order.is_explored:
            propensity = run.candidates.columns["propensity"]
        else:
            propensity = order.propensity(page_size=query.page_size, query_id=query.query_id)
        ids, placed = self.generation.product_ids, []
        variants = _variant_ids(context, rows)
        is_behind = any(index >= len(order.reasons) for index in positions)
        behind = searched_reasons(context, rows) if is_behind else []  # after the ranked products
        for i, (index, row) in enumerate(zip(positions, rows.tolist(), strict=True)):
            code = code_at(order.reasons, index) or behind[i]
            placed.append(
                Placed(
                    product_id=str(ids[row]),
                    position=index + 1,
                    score=float(scores[i]),
                    propensity=float(propensity[index]) if index < len(propensity) else 1.0,
                    reason=code,
                    reason_detail=detail(context, code, row, self.generation),
                    variant_id=variants[i],
                )
            )
        ms = (time.perf_counter() - started) * 1e3
        return Served(
            query=query,
            page=self._page(context, order, run, tuple(placed), tuple(notes), ms),
            order=order.product_ids,
            feature_names=self.features.names,
            features=features,
            served_at_us=now_us(),
        )

    def _on_page(
        self, context: RequestContext, order: FrozenOrder
    ) -> tuple[list[int], NDArray[np.int32]]:
        """Return the page's 0-based positions and rows, without deleted products."""
        query, row_of = context.query, self.generation.row_of
        start = (query.page - 1) * query.page_size
        ids = order.product_ids[start : start + query.page_size]
        n_missing = query.page_size - len(ids)
        if (
            n_missing
            and context.answer is not None
            and context.answer.total > len(order.product_ids)
        ):
            ids += self._beyond(context, context.answer, order, start + len(ids), n_missing)
        found = [(start + i, row_of.get(p, -1)) for i, p in enumerate(ids)]
        positions = [index for index, row in found if row >= 0]
        rows = np.array([row for _, row in found if row >= 0], dtype=np.int32)
        return positions, rows

    def _beyond(
        self, context: RequestContext, answer: AnswerSet, order: FrozenOrder, start: int, n: int
    ) -> tuple[str, ...]:
        """Return products after the frozen order: the rest of the answer set."""
        matches = self.generation.product_ids[answer.ordered(context.query.sort)].tolist()
        frozen = set(order.product_ids)
        first = start - len(order.product_ids)
        return tuple([p for p in matches if p not in frozen][first : first + n])

    def _features(
        self,
        context: RequestContext,
        rows: NDArray[np.int32],
        positions: list[int],
        run: PipelineResult | None,
        notes: list[str],
    ) -> NDArray[np.float32]:
        """Return the products' feature values; computed now if no model ranked them."""
        computed = None if run is None else run.candidates.columns.get("features")
        if computed is not None and all(index < len(computed) for index in positions):
            return np.asarray(computed[positions], dtype=np.float32)
        missing = np.full((len(rows), len(self.features.names)), np.nan, np.float32)
        if not len(rows):
            return missing
        try:
            return self.features.of_page(context, rows)
        except Exception:
            notes.append("degraded:features")
            return missing

    def _scores(
        self,
        context: RequestContext,
        features: NDArray[np.float32],
        positions: list[int],
        run: PipelineResult | None,
        notes: list[str],
    ) -> NDArray[np.float64]:
        """Return calibrated P(click) with a click model; else the ranking score, or 1 / position on later pages."""
        columns = {} if run is None else run.candidates.columns
        has_failed = run is not None and "click_model" in run.failed
        p_click = columns.get("p_click")
        if p_click is not None and all(index < len(p_click) for index in positions):
            return np.asarray(p_click[positions], dtype=np.float64)
        if self.click_model is not None and len(features) and not has_failed:
            try:
                return np.asarray(self.click_model.of_page(context, features)[1], dtype=np.float64)
            except Exception:
                notes.append("degraded:click_model")
        score = columns.get("score", np.empty(0))
        return np.array([score[p] if p < len(score) else 1.0 / (p + 1) for p in positions])

    def _page(
        self,
        context: RequestContext,
        order: FrozenOrder,
        run: PipelineResult | None,
        placed: tuple[Placed, ...],
        notes: tuple[str, ...],
        ms: float,
    ) -> Page:
        query, answer = context.query, context.answer
        return Page(
            query_id=query.query_id,
            surface=str(query.surface),
            bundle_id=self.bundle_id,
            index_id=self.generation.index_id,
            placed=placed,
            page=query.page,
            page_size=query.page_size,
            total=len(order.product_ids) if answer is None else answer.total,
            total_is_exact=True if answer is None else answer.total_is_exact,
            facets=() if answer is None else answer.facets(query),
            notes=notes if answer is None else (*answer.notes, *notes),
            read=() if answer is None else answer.read,
            alternatives=self._alternatives(answer, query.page),
            trace=self._trace(order, run, len(placed), ms) if query.explain else (),
            order=order.order_by,
            extra={} if run is None else order.extra(),
        )

    def _alternatives(self, answer: AnswerSet | None, page: int) -> tuple[str, ...]:
        """Return products of other kinds, for the first page of a search for an unsold kind."""
        if answer is None or page > 1:
            return ()
        return tuple(map(str, self.generation.product_ids[answer.alternatives]))

    def _trace(
        self, order: FrozenOrder, run: PipelineResult | None, n_placed: int, ms: float
    ) -> tuple[TraceStep, ...]:
        ids = self.generation.product_ids
        steps = [] if run is None else [s.trace(lambda row: str(ids[row])) for s in run.steps]
        last = TraceStep(
            stage="page",
            kind="page",
            n_in=len(order.product_ids),
            n_out=n_placed,
            ms=round(ms, 3),
            note=f"order: {order.order_by}" if run is not None else "the order of the first page",
        )
        return (*steps, last)


def _passing(
    context: RequestContext, positions: list[int], rows: NDArray[np.int32], notes: list[str]
) -> tuple[list[int], NDArray[np.int32]]:
    """Drop products of an earlier order that now fail the filters; note their number: ``changed:2``."""
    if context.answer is None:
        return positions, rows
    snapshot = context.answer.snapshot
    passes = FilterMasks(snapshot, context.answer.filters).rows()
    kept = [i for i, row in enumerate(rows.tolist()) if row < snapshot.n and passes[row]]
    if len(kept) < len(rows):
        notes.append(f"changed:{len(rows) - len(kept)}")
    return [positions[i] for i in kept], rows[kept]


def _variant_ids(context: RequestContext, rows: NDArray[np.int32]) -> list[str]:
    """Return the shown variant of each product of a search; empty: none."""
    answer = context.answer
    if answer is None or not len(rows) or int(rows.max()) >= answer.snapshot.n:
        return [""] * len(rows)
    return ["" if v is None else v.variant_id for v in answer.shown(rows)]
