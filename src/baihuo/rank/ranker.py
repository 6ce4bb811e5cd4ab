"""The ranker: makes the page of a query."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import replace

from baihuo.bundle import (
    Bundle,
    ClickModels,
    NextItems,
    Purchases,
    SearchOrder,
    open_newcomers,
    open_tastes,
    thresholds_of,
)
from baihuo.core import HOME_DIVERSITY, BadInput, NotFound, Query, Served, Sort, Surface
from baihuo.events import StoredPage
from baihuo.features import FeatureState
from baihuo.index import Generation, answer_set
from baihuo.model_inputs import missing_columns
from baihuo.rank import surfaces
from baihuo.rank.exploration import Exploration
from baihuo.rank.frozen import FrozenOrder
from baihuo.rank.hydrators import ClickModel, Liked
from baihuo.rank.newcomer_scores import NewcomerScores
from baihuo.rank.observers import SourceCounter
from baihuo.rank.orders import UNLEARNED, served_orders
from baihuo.rank.page_builder import PageBuilder
from baihuo.rank.pipeline import Pipeline, PipelineResult
from baihuo.rank.popularity_index import PopularityIndex
from baihuo.rank.reasons import require_reasons
from baihuo.rank.request_context import RequestContext

_DEFAULT_EXPLORATION = Exploration()
_NEWCOMER = "newcomer"
_COMPLEMENTS = "complements"


class Ranker:
    """Makes pages with one index generation and one bundle.

    Thread-safe. Create a new one when ``live.json`` names another bundle or index. It sees events and
    catalogue changes through ``state`` and ``generation``.
    """

    def __init__(
        self,
        bundle: Bundle | None,
        generation: Generation,
        state: FeatureState,
        *,
        seed: int = 0,
        exploration: Exploration = _DEFAULT_EXPLORATION,
        order_switches: Mapping[str, str] | None = None,
        diversity: float = HOME_DIVERSITY,
    ) -> None:
        """Build the pipelines and check the order of their stages.

        Args:
            bundle: The trained models. Without models, relevance ranks searches; purchases, taste and
                popularity rank the other surfaces.
            generation: The index.
            state: The feature state, kept up to date by the caller.
            seed: Seed of exploration.
            exploration: Amount of exploration; :data:`NO_EXPLORATION` makes every propensity 1.
            order_switches: By surface, which order serves (``surfaces`` of ``shop.yaml``); None: as training and the
                gate say.
            diversity: Of home pages, 0 to 1: how seldom a category may repeat.

        Raises:
            BadInput: the bundle's click models read columns that this version does not have.
            ValueError: the order of stages of a surface is invalid, or a source has no reason.
        """
        self.bundle, self.generation, self.state, self.seed = bundle, generation, state, seed
        self.exploration, self.diversity = exploration, diversity
        self.purchases = None if bundle is None else Purchases.open(bundle)
        self.clicks = None if bundle is None else ClickModels.open(bundle)
        search_order = None if bundle is None else SearchOrder.open(bundle)
        self.orders = served_orders(bundle, self.clicks, search_order, order_switches or {})
        _refuse_unknown_columns(self.clicks, state)
        self.thresholds = thresholds_of(bundle)
        self.popularity_index = PopularityIndex(generation, state)
        is_plain = (order_switches or {}).get(Surface.HOME) == UNLEARNED[Surface.HOME]
        newcomers = None if bundle is None or is_plain else open_newcomers(bundle)
        self.newcomer_order = "learned:newcomers" if newcomers else UNLEARNED[Surface.HOME]
        self.source_counter = SourceCounter()
        parts = surfaces.RankingParts(
            generation=generation,
            state=state,
            popularity_index=self.popularity_index,
            clicks=self.clicks,
            purchases=self.purchases,
            exploration=exploration,
            seed=seed,
            source_counter=self.source_counter,
            next_items=None if bundle is None else NextItems.open(bundle),
            search_order=search_order,
            newcomers=None
            if newcomers is None
            else NewcomerScores(newcomers, generation, self.popularity_index),
            orders=self.orders,
            diversity=diversity,
        )
        if bundle is not None and parts.by_clicks(Surface.HOME) is not None:
            tastes = open_tastes(bundle)
            parts = replace(parts, liked=None if tastes is None else Liked(tastes, generation))
        self._parts, self.pipelines = parts, _pipelines(parts)
        self.features = parts.features
        self.click_model = None if self.clicks is None else ClickModel(self.clicks, parts.features)
        self._page_builder = PageBuilder(
            generation,
            parts.features,
            self.click_model,
            "" if bundle is None else bundle.bundle_id,
        )

    def unlearned(self) -> Ranker:
        """Return a ranker of the same release without learned models, for cheaper pages. It shares all data."""
        ranker = copy.copy(self)
        ranker.orders = dict(UNLEARNED)
        ranker._parts = replace(self._parts, orders=ranker.orders)
        ranker.pipelines = _pipelines(ranker._parts)
        return ranker

    def page(
        self,
        query: Query,
        *,
        continued: StoredPage | None = None,
        context: RequestContext | None = None,
    ) -> Served:
        """Make the page of a query.

        Args:
            query: With ``explain``, the page has its trace.
            continued: The first page of this ``query_id``. Its order and ``page_size`` stay, so that no product is shown twice.
            context: Of :meth:`context`, for a caller that reads on in it; None: made here.

        Raises:
            NotFound: ``similar`` to a product that is not in the index.
        """
        if continued is not None and continued.order:
            context = self.context(replace(query, page_size=continued.query.page_size))
            return self._page_builder.build(context, FrozenOrder.of_stored(continued), None)
        context = context or self.context(query)
        run = self.run(context)
        return self._page_builder.build(context, self.frozen(context, run), run)

    def context(self, query: Query) -> RequestContext:
        """Build the context of a query for its stages.

        Raises:
            NotFound: ``similar`` to a product that is not in the index.
        """
        answer, anchor = None, -1
        if query.surface is Surface.SEARCH:
            answer = answer_set(self.generation, query, self.thresholds)
        if query.surface is Surface.SIMILAR:
            anchor = self.generation.row_of.get(query.product_id or "", -1)
            if anchor < 0:
                raise NotFound(
                    f"product {query.product_id!r} is not in the index",
                    fix="use the id of an indexed product: GET /v1/search lists them",
                )
        return RequestContext(
            query,
            self.generation,
            self.state,
            purchases=self.purchases,
            answer=answer,
            anchor_row=anchor,
        )

    def run(self, context: RequestContext) -> PipelineResult:
        """Run the stages of the surface of the query."""
        query = context.query
        if _is_sorted(query):
            return self.pipelines["sorted"].run(context)
        if query.complements and query.surface is Surface.SIMILAR:
            return self.pipelines[_COMPLEMENTS].run(context)
        return self.pipelines[_NEWCOMER if _is_newcomer(context) else str(query.surface)].run(
            context
        )

    def liked(self, context: RequestContext) -> Liked | None:
        """What visitors like, where it is in the order of this page."""
        is_home = context.query.surface is Surface.HOME and not _is_newcomer(context)
        return self._parts.liked if is_home and self._parts.by_clicks(Surface.HOME) else None

    def _order_by(self, context: RequestContext) -> str:
        query = context.query
        if query.complements and query.surface is Surface.SIMILAR:
            return "lift"
        if _is_newcomer(context):
            return self.newcomer_order
        return str(query.sort) if _is_sorted(query) else self.orders[query.surface]

    def frozen(self, context: RequestContext, run: PipelineResult) -> FrozenOrder:
        """Return the frozen order of the first page."""
        return FrozenOrder.of_run(
            context,
            run,
            self.generation,
            seed=self.seed,
            exploration=self.exploration,
            order_by=self._order_by(context),
        )


def _pipelines(parts: surfaces.RankingParts) -> dict[str, Pipeline]:
    """Build the pipelines by kind of page, so that a wrong order of stages fails here, not in a request."""
    pipelines = {
        "search": Pipeline("search", surfaces.search(parts)),
        "sorted": Pipeline("sorted", surfaces.sorted_search(parts)),
        "home": Pipeline("home", surfaces.home(parts)),
        _NEWCOMER: Pipeline("home", surfaces.newcomer(parts)),
        "similar": Pipeline("similar", surfaces.similar(parts)),
        _COMPLEMENTS: Pipeline("similar", surfaces.complements(parts)),
    }
    for surface, pipeline in pipelines.items():
        require_reasons(surface, pipeline.stages)
    return pipelines


def _is_newcomer(context: RequestContext) -> bool:
    """Return whether this is a new visitor's home page: click models are not proven to help there (docs/decisions/0027)."""
    if context.query.surface is not Surface.HOME:
        return False
    return not (len(context.viewed.rows) or len(context.purchased.rows))


def _is_sorted(query: Query) -> bool:
    return query.surface is Surface.SEARCH and query.sort is not Sort.RELEVANCE


def _refuse_unknown_columns(clicks: ClickModels | None, state: FeatureState) -> None:
    if clicks is not None and (missing := missing_columns(clicks.columns, state.features)):
        raise BadInput(
            f"the bundle's click models read columns that this version does not have: {missing}",
            fix="train again with this version: baihuo train",
        )
