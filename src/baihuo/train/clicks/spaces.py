"""Learn the spaces of a features file: vectors of products from titles, encoder vectors and sessions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from baihuo.engine import Source, Tables
from baihuo.features import (
    FeaturesFile,
    FeatureSpec,
    PcaSpec,
    ProductVectors,
    ReducedVectors,
    SkipGramConfig,
    SpaceSpec,
    Tfidf,
    TfidfSpec,
    TitleVectors,
    Vectors,
    Word2VecSpec,
    WordMeans,
    WordVectors,
    pca,
    skip_gram,
    split_sessions,
    title_words,
    truncated_svd,
    unit_vectors,
)
from baihuo.index import Generation
from baihuo.model_inputs import title_of


def title_spaces(
    file: FeaturesFile, generation: Generation, before_us: int, *, seed: int
) -> dict[str, Vectors]:
    """Spaces of titles and encoder vectors, learned from the products that were there before ``before_us``."""
    specs = [one for one in file.transforms if isinstance(one, SpaceSpec)]
    rows = np.flatnonzero(
        generation.snapshot.is_live & (generation.snapshot.released_at_us < before_us)
    )
    titles = [title_of(generation.fields(row)) for row in rows.tolist()] if specs else []
    return {
        spec.name: space
        for spec in specs
        if (space := _space(spec, generation, rows, titles, seed)) is not None
    }


def _space(
    spec: FeatureSpec, generation: Generation, rows: NDArray[Any], titles: list[str], seed: int
) -> Vectors | None:
    if isinstance(spec, TfidfSpec):
        tfidf = Tfidf.fit(titles, min_titles=spec.min_titles, most_words=spec.most_words)
        if not spec.svd:
            return TitleVectors(tfidf)
        return TitleVectors(tfidf, truncated_svd(tfidf.rows(titles), spec.dim, seed=seed))
    if isinstance(spec, PcaSpec):
        return ReducedVectors(*pca(generation.taste_vectors[rows], spec.dim))
    if isinstance(spec, Word2VecSpec) and spec.over == "titles":
        words = skip_gram([title_words(title) for title in titles], _config(spec, seed))
        return WordMeans(words.words, words.vectors)
    return None


def session_spaces(
    tables: Tables, spec: Word2VecSpec, events: Source, until_us: list[int], seed: int
) -> list[Vectors]:
    """The vectors known at each moment; each fit continues from the one before, so that columns mean the same."""
    table = tables.sql(
        "SELECT visitor_id, session_id, product_id, received_at_us FROM events "
        "WHERE event_type IN ('click', 'add_to_cart', 'purchase') AND product_id IS NOT NULL "
        f"AND received_at_us < {until_us[-1]} ORDER BY visitor_id, received_at_us, event_id",
        events=events,
    )
    at_us = table.column("received_at_us").to_numpy()
    spaces: list[Vectors] = []
    learned: WordVectors | None = None
    for moment_us in until_us:
        past = table.filter(pa.array(at_us < moment_us))
        sessions = split_sessions(
            past.column("visitor_id").to_pylist(),
            past.column("session_id").to_pylist(),
            past.column("product_id").to_pylist(),
            past.column("received_at_us").to_numpy(),
        )
        if sessions:
            learned = skip_gram(sessions, _config(spec, seed), before=learned)
        if learned is None:
            spaces.append(ProductVectors((), np.zeros((0, spec.dim), np.float32)))
        else:
            spaces.append(ProductVectors(learned.words, unit_vectors(learned.vectors)))
    return spaces


def _config(spec: Word2VecSpec, seed: int) -> SkipGramConfig:
    return SkipGramConfig(
        dim=spec.dim, window=spec.window, epochs=spec.epochs, min_count=spec.min_count, seed=seed
    )
