"""From a query to a page."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.bundle import Bundle
from baihuo.bundle.clicks import ClickModels
from baihuo.bundle.purchases import Purchases
from baihuo.core import NotFound, Page, Placed, Query, Served, Sort, Surface, TraceStep
from baihuo.events import StoredPage
from baihuo.features import FeatureState
from baihuo.index import AnswerSet, Generation, Thresholds, answer_set
from baihuo.rank import surfaces
from baihuo.rank.asked import Asked
from baihuo.rank.board import Board
from baihuo.rank.exploration import Exploration
from baihuo.rank.hydrators import ClickModel
from baihuo.rank.observers import Tally
from baihuo.rank.pipeline import Pipeline, Run
from baihuo.rank.reasons import code_at, detail, letters, reasons

_DEFAULT_EXPLORATION = Exploration()


@dataclass(frozen=True, slots=True)
class _Order:
    """A frozen order, and what of its making later pages need."""

    product_ids: tuple[str, ...]
    n_ranked: int  # the first of them went through the pipeline, and exploration
    seed: int  # of exploration: another worker may hold another
    reasons: str  # letters, one a ranked product
    is_explored: bool

    def extra(self) -> dict[str, Any]:
        return {
            "n_ranked": self.n_ranked,
            "seed": self.seed,
            "reasons": self.reasons,
            "is_explored": self.is_explored,
        }


class Ranker:
    """Answers queries over one index generation with one bundle.

    Thread-safe. Make a new one when ``live.json`` names another bundle or index; keep it across
    events and catalogue changes, which it sees through ``state`` and ``generation``.
    """

    def __init__(
        self,
        bundle: Bundle | None,
        generation: Generation,
        state: FeatureState,
        *,
        seed: int = 0,
        exploration: Exploration = _DEFAULT_EXPLORATION,
    ) -> None:
        """Checks the order of every surface's stages.

        Args:
            bundle: What was learned. None, or a bundle without models: relevance orders searches;
                purchases, taste and the board of what is popular order the rest.
            generation: The index.
            state: What visitors did, kept up to date by the caller.
            seed: Of exploration.
            exploration: How much chance; ``Exploration(swap_probability=0, slot_probability=0)``
                makes every propensity 1.

        Raises:
            ValueError: a surface's stages stand in an order that cannot work.
        """
        self.bundle, self.generation, self.state = bundle, generation, state
        self.bundle_id = "" if bundle is None else bundle.bundle_id
        self.tally = Tally()
        self._exploration, self._seed = exploration, seed
        self._purchases = None if bundle is None else Purchases.open(bundle)
        self._clicks = None if bundle is None else ClickModels.open(bundle)
        has_thresholds = bundle is not None and "thresholds.json" in bundle
        self._thresholds = (
            Thresholds.from_json(bundle.json("thresholds.json"))
            if bundle is not None and has_thresholds
            else Thresholds()
        )
        self.board = Board(generation, state)
        shop = surfaces.Shop(
            generation=generation,
            state=state,
            board=self.board,
            clicks=self._clicks,
            purchases=self._purchases,
            exploration=exploration,
            seed=seed,
            tally=self.tally,
        )
        self._features = shop.features
        self._click_model = (
            None if self._clicks is None else ClickModel(self._clicks, self._features)
        )
        self.pipelines = {
            "search": Pipeline("search", surfaces.search(shop)),
            "sorted": Pipeline("sorted", surfaces.sorted_search(shop)),
            "home": Pipeline("home", surfaces.home(shop)),
            "similar": Pipeline("similar", surfaces.similar(shop)),
        }

    def page(self, query: Query, *, continued: StoredPage | None = None) -> Served:
        """The page asked for.

        Args:
            query: With ``explain``, the page carries its trace.
            continued: The first page of this ``query_id``. Its order stays as it was, so
                no product comes twice.

        Raises:
            NotFound: ``similar`` to a product that is not in the index.
        """
        asked = self.asked(query)
        if continued is not None and continued.order:
            return self._compose(asked, _order_of(continued), None)
        run = self.run(asked)
        return self._compose(asked, self._frozen(asked, run), run)

    def run(self, asked: Asked) -> Run:
        """The stages of the query's surface."""
        query = asked.query
        is_sorted = query.surface is Surface.SEARCH and query.sort is not Sort.RELEVANCE
        return self.pipelines["sorted" if is_sorted else str(query.surface)].run(asked)

    def asked(self, query: Query) -> Asked:
        """What is known of a query before its stages run.

        Raises:
            NotFound: ``similar`` to a product that is not in the index.
        """
        answer, anchor = None, -1
        if query.surface is Surface.SEARCH:
            answer = answer_set(self.generation, query, self._thresholds)
        if query.surface is Surface.SIMILAR:
            anchor = self.generation.row_of.get(query.product_id or "", -1)
            if anchor < 0:
                raise NotFound(
                    f"product {query.product_id!r} is not in the index",
                    fix="ask for one that is: GET /v1/search lists them",
                )
        return Asked(
            query,
            self.generation,
            self.state,
            purchases=self._purchases,
            answer=answer,
            anchor_row=anchor,
        )

    def order(self, asked: Asked, run: Run) -> tuple[str, ...]:
        """Product ids in the whole order that a first page freezes."""
        return self._frozen(asked, run).product_ids

    def _frozen(self, asked: Asked, run: Run) -> _Order:
        """The whole order: what the stages chose, then the rest of the answer set."""
        ranked, rows = run.candidates, run.candidates.rows
        if asked.answer is not None:
            answered = asked.answer.ordered(asked.query.sort)[:_MOST_ORDERED]
            behind = answered[~np.isin(answered, rows)]
            behind = behind[self.generation.snapshot.is_live[behind]]
            rows = np.concatenate([rows, behind])
        is_explored = "propensity" in ranked.columns
        drawn = 0
        if is_explored:
            drawn = self._explored(asked, len(ranked), self._seed).random_position
        codes = reasons(asked, ranked, self.generation, drawn=drawn)
        ids = tuple(self.generation.product_ids[rows].tolist())
        return _Order(ids, len(ranked), self._seed, letters(codes), is_explored)

    def _explored(self, asked: Asked, n_ranked: int, seed: int) -> Any:
        query = asked.query
        return self._exploration.explore(
            n_ranked, page_size=query.page_size, seed=seed, query_id=query.query_id
        )

    def _compose(self, asked: Asked, order: _Order, run: Run | None) -> Served:
        """The products of one page, with everything that made them."""
        query, started = asked.query, time.perf_counter()
        places, rows = self._on_page(asked, order)
        features = self._page_features(asked, rows, places, run)
        scores = self._page_scores(asked, features, places, run)
        propensity = np.ones(order.n_ranked)
        if order.is_explored and run is not None:
            propensity = run.candidates.columns["propensity"]
        elif order.is_explored:
            propensity = self._explored(asked, order.n_ranked, order.seed).propensity
        ids = self.generation.product_ids
        placed = []
        for i, (place, row) in enumerate(zip(places, rows.tolist(), strict=True)):
            code = code_at(order.reasons, place, query.surface)
            placed.append(
                Placed(
                    product_id=str(ids[row]),
                    position=place + 1,
                    score=float(scores[i]),
                    propensity=float(propensity[place]) if place < len(propensity) else 1.0,
                    reason=code,
                    reason_detail=detail(asked, code, row, self.generation),
                )
            )
        composing_ms = (time.perf_counter() - started) * 1e3
        return Served(
            query=query,
            page=self._page(asked, order, run, tuple(placed), composing_ms),
            order=order.product_ids,
            feature_names=self._features.names,
            features=features,
            served_at_us=time.time_ns() // 1_000,
        )

    def _on_page(self, asked: Asked, order: _Order) -> tuple[list[int], NDArray[np.int32]]:
        """0-based places of the page and their rows; what left the catalogue leaves its place empty."""
        query, row_of = asked.query, self.generation.row_of
        start = (query.page - 1) * query.page_size
        ids = order.product_ids[start : start + query.page_size]
        if not ids and asked.answer is not None and asked.answer.total > len(order.product_ids):
            ids = self._beyond(asked.answer, order, start, query)
        found = [(start + i, row_of.get(p, -1)) for i, p in enumerate(ids)]
        places = [place for place, row in found if row >= 0]
        rows = np.array([row for _, row in found if row >= 0], dtype=np.int32)
        return places, rows

    def _beyond(
        self, answer: AnswerSet, order: _Order, start: int, query: Query
    ) -> tuple[str, ...]:
        """Page 42 and later: the answer set again, without what the frozen order holds."""
        ids = self.generation.product_ids[answer.ordered(query.sort)].tolist()
        frozen = set(order.product_ids)
        behind = [p for p in ids if p not in frozen]
        first = start - len(order.product_ids)
        return tuple(behind[max(0, first) : max(0, first + query.page_size)])

    def _page_features(
        self, asked: Asked, rows: NDArray[np.int32], places: list[int], run: Run | None
    ) -> NDArray[np.float32]:
        """The values that ranked these products, or would have, where no model did."""
        if run is not None and "features" in run.candidates.columns:
            made = run.candidates.columns["features"]
            if all(place < len(made) for place in places):
                return np.asarray(made[places], dtype=np.float32)
        if not len(rows):
            return np.zeros((0, len(self._features.names)), np.float32)
        return self._features.of(asked, rows)

    def _page_scores(
        self, asked: Asked, features: NDArray[np.float32], places: list[int], run: Run | None
    ) -> NDArray[np.float64]:
        """Calibrated P(click) with a click model; else the order's score, on later pages 1/place."""
        columns = {} if run is None else run.candidates.columns
        if "p_click" in columns and all(place < len(columns["p_click"]) for place in places):
            return np.asarray(columns["p_click"][places], dtype=np.float64)
        if self._click_model is not None and len(features):
            return np.asarray(self._click_model.of(asked, features)[1], dtype=np.float64)
        score = columns.get("score")
        return np.array(
            [
                score[place] if score is not None and place < len(score) else 1.0 / (place + 1)
                for place in places
            ]
        )

    def _page(
        self, asked: Asked, order: _Order, run: Run | None, placed: tuple[Placed, ...], ms: float
    ) -> Page:
        query, answer = asked.query, asked.answer
        notes = () if answer is None else answer.notes
        if run is not None:
            notes = (*notes, *(f"degraded:{stage}" for stage in run.failed))
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
            notes=notes,
            trace=self._trace(run, ms, len(order.product_ids), len(placed))
            if query.explain
            else (),
            extra=order.extra() if query.page == 1 else {},
        )

    def _trace(
        self, run: Run | None, ms: float, n_order: int, n_placed: int
    ) -> tuple[TraceStep, ...]:
        ids = self.generation.product_ids
        steps = [] if run is None else [s.trace(lambda row: str(ids[row])) for s in run.steps]
        note = "frozen order of the first page" if run is None else ""
        last = TraceStep(
            stage="page", kind="page", n_in=n_order, n_out=n_placed, ms=round(ms, 3), note=note
        )
        return (*steps, last)


_MOST_ORDERED = 1_000


def _order_of(stored: StoredPage) -> _Order:
    extra = stored.page.extra
    return _Order(
        stored.order,
        int(extra.get("n_ranked", len(stored.order))),
        int(extra.get("seed", 0)),
        str(extra.get("reasons", "")),
        bool(extra.get("is_explored", False)),
    )
