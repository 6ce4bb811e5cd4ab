"""Examples of relevance: from the clicks of searches, or from judgements, each with negatives.

A click says that a product was relevant. Not clicked says little: it may never have been looked at. So a product
counts as skipped only above the last click of its page (Joachims et al., 2005), and never where another page's shopper
clicked it for the same words. Where serving logged propensities, a row weighs their inverse, clipped: what exploration
put on a page stands for the many pages that never showed it (Swaminathan and Joachims, 2015).
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from baihuo.core import Progress, no_progress
from baihuo.index import Generation, Thresholds
from baihuo.model_inputs import EVIDENCE_COLUMNS, evidence_columns
from baihuo.models import Examples
from baihuo.train.search.negatives import NegativeSampling, clicked_kinds, negatives

RELEVANT = 2  # grades from here on
HELD_OUT_OF = 3  # one judged query of so many is held out: the gate asks those


@dataclass(frozen=True, slots=True, eq=False)
class SearchRows:
    """Impressions of searches: rows of a page stand together."""

    query_text: NDArray[np.object_]  # [rows]
    product: NDArray[np.int32]  # [rows] of the index
    is_clicked: NDArray[np.bool_]  # [rows]
    position: NDArray[np.int32]  # [rows] 1-based
    propensity: NDArray[np.float64]  # [rows] NaN: not logged
    page: NDArray[np.int64]  # [rows]


@dataclass(frozen=True, slots=True, eq=False)
class RelevanceExamples:
    """Pairs of a query and a product, with what is known of them; those of a query stand together."""

    matrix: NDArray[np.float32]  # [rows, EVIDENCE_COLUMNS], NaN: missing
    labels: NDArray[np.float64]  # [rows] 1: relevant, 0: not
    weights: NDArray[np.float64]  # [rows] above 0
    query: NDArray[np.int64]  # [rows] number of the query
    origin: NDArray[np.str_]  # [rows] "judged", "clicked", "skipped", "sampled", "mined", "random"

    def for_models(self, mask: NDArray[np.bool_]) -> Examples:
        """The rows where ``mask`` holds, as models are fitted on: a query is a group."""
        labels = self.labels[mask]
        return Examples(
            EVIDENCE_COLUMNS,
            self.matrix[mask],
            labels.astype(np.float32),
            labels.astype(np.int32),
            self.query[mask],
            self.weights[mask].astype(np.float32),
        )

    @staticmethod
    def concatenate(parts: list[RelevanceExamples]) -> RelevanceExamples:
        """All rows of ``parts``, whose numbers of queries must not overlap."""
        return RelevanceExamples(
            np.concatenate([p.matrix for p in parts]),
            np.concatenate([p.labels for p in parts]),
            np.concatenate([p.weights for p in parts]),
            np.concatenate([p.query for p in parts]),
            np.concatenate([p.origin for p in parts]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ExampleConfig:
    """How examples are made."""

    max_queries: int = 1_000  # texts; the others are drawn from by chance
    most_weight: float = 10.0  # of an inverse propensity
    skip_weight: float = 0.1  # a skip; ten of them weigh as much as a sampled negative
    sampling: NegativeSampling = field(default_factory=NegativeSampling)
    thresholds: Thresholds = field(default_factory=Thresholds)  # of answer sets
    seed: int = 7


def normalized(query_text: str) -> str:
    """The words of a query as one text, whatever its case and spaces."""
    return " ".join(query_text.casefold().split())


def is_held_out(query_text: str) -> bool:
    """Whether a judged query is kept from training: always the same queries, by their words."""
    return zlib.crc32(normalized(query_text).encode()) % HELD_OUT_OF == 0


def inverse_propensities(propensity: NDArray[np.float64], *, most: float) -> NDArray[np.float64]:
    """``[rows]`` weights from 1 to ``most``; 1 where none was logged."""
    known = np.where(np.isnan(propensity) | (propensity <= 0), 1.0, propensity)
    return np.clip(1.0 / known, 1.0, most)


def clicked_examples(
    generation: Generation,
    rows: SearchRows,
    *,
    config: ExampleConfig,
    progress: Progress = no_progress,
) -> RelevanceExamples | None:
    """Examples of what shoppers clicked, skipped, and never saw; None: nothing was clicked."""
    texts = np.array([normalized(t) for t in rows.query_text], dtype=np.object_)
    weights = inverse_propensities(rows.propensity, most=config.most_weight)
    last_click = _last_click(rows)
    is_skipped = ~rows.is_clicked & (rows.position < last_click)
    names, number = np.unique(texts.astype(str), return_inverse=True)
    with_clicks = np.flatnonzero(np.bincount(number, rows.is_clicked) > 0)
    with_clicks = with_clicks[[bool(names[i]) for i in with_clicks]]
    rng = np.random.default_rng(config.seed)
    if len(with_clicks) > config.max_queries:
        with_clicks = np.sort(rng.choice(with_clicks, config.max_queries, replace=False))
    order = np.argsort(number, kind="stable")
    starts = np.searchsorted(number[order], np.arange(len(names) + 1))
    parts = []
    for n_done, i in enumerate(with_clicks.tolist()):
        at = order[starts[i] : starts[i + 1]]
        shown, local = np.unique(rows.product[at], return_inverse=True)
        clicks = np.zeros(len(shown))
        skips = np.zeros(len(shown))
        np.add.at(clicks, local, weights[at] * rows.is_clicked[at])
        np.add.at(skips, local, weights[at] * is_skipped[at])
        parts.append(
            _of_query(generation, str(names[i]), n_done, shown, clicks, skips, config, rng)
        )
        if n_done % 50 == 0:
            progress("examples of relevance", n_done, len(with_clicks))
    progress("examples of relevance", len(with_clicks), len(with_clicks))
    return RelevanceExamples.concatenate(parts) if parts else None


def judged_examples(
    generation: Generation,
    grades: Mapping[str, Mapping[str, int]],
    *,
    config: ExampleConfig,
) -> RelevanceExamples | None:
    """Examples of judged queries, without those that are held out; None: no product was found relevant."""
    rng = np.random.default_rng(config.seed)
    parts = []
    for number, (text, by_id) in enumerate(sorted(grades.items())):
        pairs = [(generation.row_of[p], g) for p, g in by_id.items() if p in generation.row_of]
        if is_held_out(text) or not any(g >= RELEVANT for _, g in pairs):
            continue
        judged = np.array([row for row, _ in pairs], np.int32)
        grade = np.array([g for _, g in pairs])
        good = judged[grade >= RELEVANT]
        kinds = clicked_kinds(generation, good, np.ones(len(good)), share=0.0)
        drawn = negatives(
            generation,
            text,
            known=judged,
            kinds=kinds,
            thresholds=config.thresholds,
            sampling=config.sampling,
            rng=rng,
        )
        parts.append(
            _rows(
                generation,
                text,
                number,
                (
                    (judged, grade >= RELEVANT, np.where(grade == 1, 0.5, 1.0), "judged"),
                    *(
                        (drawn.rows[m], 0, np.ones(int(m.sum())), o)
                        for o, m in _by_origin(drawn.origin)
                    ),
                ),
            )
        )
    return RelevanceExamples.concatenate(parts) if parts else None


def _of_query(
    generation: Generation,
    text: str,
    number: int,
    shown: NDArray[np.int32],
    clicks: NDArray[np.float64],
    skips: NDArray[np.float64],
    config: ExampleConfig,
    rng: np.random.Generator,
) -> RelevanceExamples:
    is_clicked = clicks > 0
    kinds = clicked_kinds(
        generation, shown[is_clicked], clicks[is_clicked], share=config.sampling.clicked_share
    )
    # A click by mistake on a product of a kind that nobody else clicks says nothing.
    is_of_kind = np.isin(generation.snapshot.category_code[shown], kinds)
    is_good = is_clicked & (is_of_kind | (len(kinds) == 0))
    is_bad = ~is_clicked & (skips > 0)
    drawn = negatives(
        generation,
        text,
        known=shown,
        kinds=kinds,
        thresholds=config.thresholds,
        sampling=config.sampling,
        rng=rng,
    )
    return _rows(
        generation,
        text,
        number,
        (
            (shown[is_good], 1, np.sqrt(clicks[is_good]), "clicked"),
            (shown[is_bad], 0, np.minimum(1.0, config.skip_weight * skips[is_bad]), "skipped"),
            *((drawn.rows[m], 0, np.ones(int(m.sum())), o) for o, m in _by_origin(drawn.origin)),
        ),
    )


def _by_origin(origin: NDArray[np.str_]) -> Iterable[tuple[str, NDArray[np.bool_]]]:
    for name in np.unique(origin).tolist():
        yield name, origin == name


def _rows(
    generation: Generation,
    text: str,
    number: int,
    groups: Iterable[tuple[NDArray[np.int32], NDArray[np.bool_] | int, NDArray[np.float64], str]],
) -> RelevanceExamples:
    """Groups of products with their labels, weights and origin, as examples of one query."""
    groups = list(groups)
    rows = np.concatenate([products for products, *_ in groups]).astype(np.int32)
    labels = [np.broadcast_to(np.asarray(y, np.float64), len(r)) for r, y, _, _ in groups]
    return RelevanceExamples(
        matrix=evidence_columns(generation, text, rows),
        labels=np.concatenate(labels),
        weights=np.concatenate([w for _, _, w, _ in groups]),
        query=np.full(len(rows), number, np.int64),
        origin=np.concatenate([np.full(len(r), origin) for r, _, _, origin in groups]),
    )


def _last_click(rows: SearchRows) -> NDArray[np.int32]:
    """``[rows]``: the lowest position of a click on each row's page; 0: none."""
    _, page = np.unique(rows.page, return_inverse=True)
    last = np.zeros(int(page.max()) + 1 if len(page) else 0, np.int32)
    np.maximum.at(last, page, np.where(rows.is_clicked, rows.position, 0).astype(np.int32))
    return last[page]
