"""From a query to a page."""

from __future__ import annotations

from dataclasses import replace

from baihuo.bundle import Bundle, open_transforms
from baihuo.bundle.clicks import ClickModels
from baihuo.bundle.purchases import Purchases
from baihuo.core import BadInput, NotFound, Query, Served, Sort, Surface
from baihuo.events import StoredPage
from baihuo.features import FeatureState
from baihuo.index import Generation, Thresholds, answer_set
from baihuo.model_inputs import TransformedColumns, missing_columns
from baihuo.rank import surfaces
from baihuo.rank.exploration import Exploration
from baihuo.rank.frozen import FrozenOrder
from baihuo.rank.hydrators import ClickModel
from baihuo.rank.observers import SourceCounter
from baihuo.rank.page_builder import PageBuilder
from baihuo.rank.pipeline import Pipeline, PipelineResult
from baihuo.rank.popularity_index import PopularityIndex
from baihuo.rank.reasons import require_reasons
from baihuo.rank.request_context import RequestContext

_DEFAULT_EXPLORATION = Exploration()


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
            BadInput: the bundle's click models read columns that this version cannot make.
            ValueError: a surface's stages stand in an order that cannot work, or a source has no reason.
        """
        self.bundle, self.generation, self.state, self.seed = bundle, generation, state, seed
        self.exploration = exploration
        self.purchases = None if bundle is None else Purchases.open(bundle)
        self.clicks = None if bundle is None else ClickModels.open(bundle)
        fitted = None if bundle is None else open_transforms(bundle)
        transforms = None if fitted is None else TransformedColumns(fitted, generation)
        _refuse_unknown_columns(self.clicks, state, () if fitted is None else fitted.columns)
        self.thresholds = _thresholds(bundle)
        self.popularity_index = PopularityIndex(generation, state)
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
            transforms=transforms,
        )
        self.pipelines = {
            "search": Pipeline("search", surfaces.search(parts)),
            "sorted": Pipeline("sorted", surfaces.sorted_search(parts)),
            "home": Pipeline("home", surfaces.home(parts)),
            "similar": Pipeline("similar", surfaces.similar(parts)),
        }
        for surface, pipeline in self.pipelines.items():
            require_reasons(surface, pipeline.stages)
        self._composer = PageBuilder(
            generation,
            parts.features,
            None if self.clicks is None else ClickModel(self.clicks, parts.features),
            "" if bundle is None else bundle.bundle_id,
        )

    def page(self, query: Query, *, continued: StoredPage | None = None) -> Served:
        """The page asked for.

        Args:
            query: With ``explain``, the page carries its trace.
            continued: The first page of this ``query_id``. Its order (and its ``page_size``) stay as
                they were, so no product comes twice.

        Raises:
            NotFound: ``similar`` to a product that is not in the index.
        """
        if continued is not None and continued.order:
            context = self.context(replace(query, page_size=continued.query.page_size))
            return self._composer.compose(context, FrozenOrder.of_stored(continued), None)
        context = self.context(query)
        run = self.run(context)
        return self._composer.compose(context, self.frozen(context, run), run)

    def context(self, query: Query) -> RequestContext:
        """What is known of a query before its stages run.

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
                    fix="ask for one that is: GET /v1/search lists them",
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
        """The stages of the query's surface."""
        query = context.query
        is_sorted = query.surface is Surface.SEARCH and query.sort is not Sort.RELEVANCE
        return self.pipelines["sorted" if is_sorted else str(query.surface)].run(context)

    def frozen(self, context: RequestContext, run: PipelineResult) -> FrozenOrder:
        """The whole order that a first page freezes."""
        return FrozenOrder.of_run(
            context, run, self.generation, seed=self.seed, exploration=self.exploration
        )


def _refuse_unknown_columns(
    clicks: ClickModels | None, state: FeatureState, more: tuple[str, ...]
) -> None:
    if clicks is not None and (missing := missing_columns(clicks.columns, state.features, more)):
        raise BadInput(
            f"the bundle's click models read columns that nothing makes here: {missing}",
            fix="train again with this version: baihuo train",
        )


def _thresholds(bundle: Bundle | None) -> Thresholds:
    if bundle is None or "thresholds.json" not in bundle:
        return Thresholds()
    return Thresholds.from_json(bundle.json("thresholds.json"))
