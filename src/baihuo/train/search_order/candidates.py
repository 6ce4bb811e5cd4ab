"""Past searches with the candidates that serving would have met: the logged products, and others of the answer set."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from baihuo.bundle import ClickModels, OrderColumns, SearchOrder, word_match
from baihuo.core import Progress, no_progress
from baihuo.index import Thresholds
from baihuo.model_inputs import (
    ModelInputs,
    evidence_columns,
    knows_all_words,
    lookback_matrix,
    page_groups,
    past_matrix,
    visits,
)
from baihuo.models import select_columns
from baihuo.train.clicks.data import ClickData
from baihuo.train.clicks.inputs import ClickSource
from baihuo.train.search.negatives import NegativeSampling, clicked_kinds, negatives

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class LearnedClicks:
    """The click models of this training, and what they were trained on."""

    source: ClickSource
    data: ClickData
    models: ClickModels


@dataclass(frozen=True, slots=True, eq=False)
class SearchCandidates:
    """Candidates of past searches, pages together."""

    page: NDArray[np.int64]  # [rows]
    gains: Floats  # [rows] of the logged outcome, 2^grade - 1; 0 for what was not shown
    is_right: NDArray[np.bool_]  # [rows] of a category that was clicked on its page
    coverage: Floats  # [rows] share of the typed words that the product has, 0 to 1
    columns: OrderColumns  # [rows] each, what orders them


def search_candidates(
    learned: LearnedClicks,
    relevance: SearchOrder,
    *,
    pages: NDArray[np.bool_],
    out: Path,
    thresholds: Thresholds,
    max_pages: int,
    seed: int,
    progress: Progress = no_progress,
) -> SearchCandidates | None:
    """Clicked searches among ``pages``, with sampled candidates, all scored as serving scores them.

    Args:
        pages: ``[examples]``, the rows to choose searches from.
        out: Folder of examples and columns, ``3-features``.

    Returns:
        None where no search among them was clicked.
    """
    source, data, models = learned.source, learned.data, learned.models
    table, rows, is_right = _with_candidates(
        source, data, pages=pages, thresholds=thresholds, max_pages=max_pages, seed=seed
    )
    if table is None:
        return None
    path = out / "search_candidates.parquet"
    pq.write_table(table, path)
    matrix = _columns(source, data, table, rows, path, progress)
    texts = table.column("query_text").to_pylist()
    groups = page_groups(table)
    odds, level = np.empty(len(rows)), np.empty(len(rows), np.int64)
    is_found = np.empty(len(rows), np.bool_)
    is_for_sale = source.generation.snapshot.price_minor[rows] >= 0
    for start, stop in groups:
        evidence = evidence_columns(source.generation, texts[start], rows[start:stop])
        odds[start:stop] = relevance.odds(evidence)
        is_known = knows_all_words(source.generation, texts[start])
        level[start:stop], is_found[start:stop] = word_match(
            evidence, is_for_sale[start:stop], is_known=is_known
        )
    return SearchCandidates(
        page=np.repeat(np.arange(len(groups)), [stop - start for start, stop in groups]),
        gains=2.0 ** table.column("gain").to_numpy() - 1.0,
        is_right=is_right,
        coverage=np.nan_to_num(matrix[:, data.columns.index("coverage")].astype(np.float64)),
        columns=OrderColumns(
            odds=odds,
            level=level,
            is_found=is_found,
            category=source.generation.snapshot.category_code[rows],
            text=np.nan_to_num(matrix[:, data.columns.index("relevance")].astype(np.float64)),
            clicks=models.score("search", matrix, data.columns).order,
        ),
    )


def _with_candidates(
    source: ClickSource,
    data: ClickData,
    *,
    pages: NDArray[np.bool_],
    thresholds: Thresholds,
    max_pages: int,
    seed: int,
) -> tuple[pa.Table | None, NDArray[np.int32], NDArray[np.bool_]]:
    """Logged rows of clicked searches with sampled ones below them, their index rows, and which are right."""
    examples, generation = data.examples, source.generation
    gains = examples.column("gain").to_numpy()
    surfaces = np.asarray(examples.column("surface").to_pylist())
    texts = examples.column("query_text").to_pylist()
    chosen = [
        (start, stop)
        for start, stop in page_groups(examples)
        if pages[start] and surfaces[start] == "search" and texts[start] and gains[start:stop].any()
    ]
    rng = np.random.default_rng(seed)
    if len(chosen) > max_pages:
        at = np.sort(rng.choice(len(chosen), max_pages, replace=False))
        chosen = [chosen[i] for i in at.tolist()]
    sampling = NegativeSampling(n_mined=4, n_random=2)
    parts, rows, is_right = [], [], []
    for start, stop in chosen:
        shown = data.index_rows[start:stop]
        clicked = shown[gains[start:stop] > 0]
        kinds = clicked_kinds(generation, clicked, np.ones(len(clicked)), share=0.0)
        drawn = negatives(
            generation,
            texts[start],
            known=shown,
            kinds=kinds,
            thresholds=thresholds,
            sampling=sampling,
            rng=rng,
        )
        logged = examples.slice(start, stop - start)
        parts += [logged, _unshown(logged, generation.product_ids[drawn.rows].tolist())]
        rows += [shown, drawn.rows]
        codes = generation.snapshot.category_code[np.concatenate([shown, drawn.rows])]
        is_right.append(np.isin(codes, kinds))
    if not parts:
        return None, np.empty(0, np.int32), np.empty(0, np.bool_)
    table = pa.concat_tables(parts)
    numbers = pa.array(range(table.num_rows), pa.int64())
    at_id = table.column_names.index("example_id")
    return (
        table.set_column(at_id, "example_id", numbers),
        np.concatenate(rows).astype(np.int32),
        np.concatenate(is_right),
    )


def _unshown(logged: pa.Table, product_ids: list[str]) -> pa.Table:
    """Rows of the same page for products that it did not show."""
    table = logged.take([0] * len(product_ids))
    values: dict[str, list[object]] = {
        "product_id": list(product_ids),
        "is_clicked": [0] * len(product_ids),
        "gain": [0] * len(product_ids),
        "propensity": [None] * len(product_ids),
    }
    for name, column in values.items():
        known = table.schema.field(name)
        at = table.column_names.index(name)
        table = table.set_column(at, known, pa.array(column, known.type))
    return table


def _columns(
    source: ClickSource,
    data: ClickData,
    table: pa.Table,
    rows: NDArray[np.int32],
    path: Path,
    progress: Progress,
) -> NDArray[np.float32]:
    """``[rows, data.columns]``, made as :func:`baihuo.train.click_data` makes those of examples."""
    counted = lookback_matrix(
        source.tables,
        data.features,
        events=source.events,
        products=source.products,
        examples=path,
        out=path.with_name("search_candidates_matrix.parquet"),
        progress=progress,
    )
    clicked, purchased = (
        visits(source.tables, source.generation, events=source.events, event_type=event_type)
        for event_type in ("click", "purchase")
    )
    inputs = ModelInputs(source.generation, data.features)
    matrix = past_matrix(
        inputs, table, rows, counted, clicked=clicked, purchased=purchased, progress=progress
    )
    return select_columns(matrix, inputs.columns, data.columns)
