"""Learn the order of searches: relevance of words, then how far clicks may decide."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.core import Progress, no_progress
from baihuo.index import Generation, Thresholds
from baihuo.train.clicks.data import ClickData
from baihuo.train.learned import Learned
from baihuo.train.search.fit_relevance import FittedRelevance, fit_relevance
from baihuo.train.search.relevance_examples import (
    ExampleConfig,
    RelevanceExamples,
    SearchRows,
    clicked_examples,
    judged_examples,
)
from baihuo.train.search_order.band_width import choose_band_width
from baihuo.train.search_order.candidates import LearnedClicks, search_candidates

MIN_QUERIES = 20  # with relevant products; fewer would teach a few words and nothing else
_MAX_PAGES = 400  # validation searches that choose the width
_JUDGED_WEIGHT = 3.0  # a judgement is worth so many clicks


def learn_search_order(
    generation: Generation,
    *,
    grades: Mapping[str, Mapping[str, int]],
    thresholds: Thresholds,
    clicks: LearnedClicks | None,
    out: Path,
    seed: int = 7,
    progress: Progress = no_progress,
) -> Learned:
    """Fit relevance on judgements and clicks, and choose the width of its bands on validation pages.

    Args:
        generation: The index that serves.
        grades: Query → product → grade, by people; one query in three is held out for the gate.
        thresholds: Of answer sets.
        clicks: Source, examples and models of clicks; None: the shop has too few.
        out: Folder of examples and columns, ``3-features``.
    """
    config = ExampleConfig(seed=seed, thresholds=thresholds)
    parts = []
    judged = judged_examples(generation, grades, config=config)
    n_judged = 0 if judged is None else len(np.unique(judged.query))
    if judged is not None:
        parts.append(_weighted(judged, _JUDGED_WEIGHT))
    if clicks is not None:
        logged = clicked_examples(
            generation,
            search_rows(clicks.data, clicks.data.part("train")),
            config=config,
            progress=progress,
        )
        if logged is not None:
            parts.append(_numbered_after(logged, parts))
    examples = RelevanceExamples.concatenate(parts) if parts else None
    if examples is None or len(np.unique(examples.query)) < MIN_QUERIES:
        return Learned(
            {}, {"no_relevance": f"fewer than {MIN_QUERIES} searches with relevant products"}
        )
    fitted = fit_relevance(examples, seed=seed, progress=progress)
    report = _report(examples, fitted, n_judged)
    width = 0.0
    if clicks is not None:
        candidates = search_candidates(
            clicks,
            fitted.order,
            pages=clicks.data.part("validation"),
            out=out,
            thresholds=thresholds,
            max_pages=_MAX_PAGES,
            seed=seed,
            progress=progress,
        )
        if candidates is not None:
            chosen = choose_band_width(candidates)
            width = chosen.width
            report["band_widths"] = chosen.report
    report["band_width"] = width
    order = replace(fitted.order, band_width=width)
    return Learned(order.parts(report), {"relevance": report})


def search_rows(data: ClickData, mask: NDArray[np.bool_]) -> SearchRows:
    """The searches among the examples where ``mask`` holds."""
    surfaces = np.asarray(data.examples.column("surface").to_pylist())
    at = np.flatnonzero(mask & (surfaces == "search"))
    taken = data.examples.take(at)
    return SearchRows(
        query_text=np.array([t or "" for t in taken.column("query_text").to_pylist()], object),
        product=data.index_rows[at],
        is_clicked=data.rows.clicks[at] > 0,
        position=taken.column("position").to_numpy().astype(np.int32),
        propensity=np.array(
            [np.nan if p is None else p for p in taken.column("propensity").to_pylist()], np.float64
        ),
        page=data.rows.page[at],
    )


def _weighted(examples: RelevanceExamples, weight: float) -> RelevanceExamples:
    return replace(examples, weights=examples.weights * weight)


def _numbered_after(
    examples: RelevanceExamples, others: list[RelevanceExamples]
) -> RelevanceExamples:
    first = max((int(o.query.max()) + 1 for o in others), default=0)
    return replace(examples, query=examples.query + first)


def _report(examples: RelevanceExamples, fitted: FittedRelevance, n_judged: int) -> dict[str, Any]:
    origins, counts = np.unique(examples.origin, return_counts=True)
    return {
        "n_queries": len(np.unique(examples.query)),
        "n_judged_queries": n_judged,
        "n_examples": dict(zip(origins.tolist(), counts.tolist(), strict=True)),
        "order_by": fitted.order.name,
        "log_loss": fitted.log_loss,
        "importance": fitted.order.models[fitted.order.name].importance(),
    }
