"""Learn the transforms of a features file on the training window, and make their columns honestly.

Rows that teach must not see more than a request of their time would: a target statistic reads labels known before
the row, and vectors learned from sessions come from sessions before the row's stretch of the window. Rows that
validate and test see what serving would see: what the whole training window taught.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from baihuo.core.progress import Progress, silent
from baihuo.engine import Source, Tables
from baihuo.features.spec.file import FeaturesFile
from baihuo.features.spec.specs import (
    FeatureSpec,
    PcaSpec,
    SpaceSpec,
    TargetSpec,
    TfidfSpec,
    Word2VecSpec,
)
from baihuo.features.transforms import scaling
from baihuo.features.transforms.crosses import Keys, crossed
from baihuo.features.transforms.fitted import Transforms, smoothing
from baihuo.features.transforms.sequence import (
    SkipGramConfig,
    WordVectors,
    skip_gram,
    split_sessions,
)
from baihuo.features.transforms.spaces import (
    ProductVectors,
    ReducedVectors,
    TitleVectors,
    Vectors,
    WordMeans,
)
from baihuo.features.transforms.target import TargetTable, before
from baihuo.features.transforms.text_features import Tfidf, pca, title_words, truncated_svd, unit
from baihuo.index import Generation
from baihuo.model_inputs import ModelRequest, TransformedColumns, Visits, index_rows, title_of
from baihuo.train.clicks.examples import Split
from baihuo.train.clicks.matrix import page_groups

Floats = NDArray[np.float32]
N_GROUPS = 6
"""The training window is cut so often for what is learned from sessions; rows of the first stretch see nothing."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ExampleRequests:
    """The examples, and what their requests need to be asked again."""

    generation: Generation
    examples: pa.Table  # pages together, oldest first
    rows: NDArray[np.int32]  # [examples] of the index
    clicked: Visits
    matrix: Floats  # [examples, names], the columns without transforms
    names: tuple[str, ...]

    @property
    def at_us(self) -> NDArray[np.int64]:
        return np.asarray(self.examples.column("at_us").to_numpy())


def learn_transforms(
    tables: Tables,
    file: FeaturesFile,
    asked: ExampleRequests,
    *,
    split: Split,
    events: Source,
    delay_us: int,
    seed: int = 7,
    progress: Progress = silent,
) -> tuple[Transforms, Floats]:
    """What the training window teaches, and ``[examples, columns]`` with no answer in them.

    Args:
        events: Clean events; those from ``split.validation_from_us`` on are not looked at.
        delay_us: The attribution window: a label is known this long after its row.
    """
    stretches = _stretches(asked.at_us, split)
    learned = Transforms(
        file,
        spaces=_spaces(file, asked.generation, split.validation_from_us, seed=seed),
        tables={},
    )
    as_of = [learned] * (len(stretches) + 1)
    for line in learned.asking:
        if isinstance(line, Word2VecSpec) and line.over == "sessions":
            progress(f"features: {line.name}", 0, 1)
            seen = _session_spaces(
                tables, line, events, [*stretches, split.validation_from_us], seed
            )
            as_of = [
                replace(one, spaces={**one.spaces, line.name: space})
                for one, space in zip(as_of, seen, strict=True)
            ]
    learned, keys = as_of[-1], _keys(as_of[-1], asked)
    labels = asked.examples.column("is_clicked").to_numpy().astype(np.float64)
    is_train = asked.at_us < split.validation_from_us
    is_known = asked.at_us + delay_us < split.validation_from_us
    tables_ = {
        line.name: TargetTable.fit(
            keys[line.name][is_known], labels[is_known], smoothing(line), start=line.start
        )
        for line in learned.asking
        if isinstance(line, TargetSpec)
    }
    as_of = [replace(one, tables=tables_) for one in as_of]
    made = request_transforms(
        list(zip([*stretches, split.validation_from_us], as_of, strict=True)),
        asked,
        progress=progress,
    )
    columns = learned.request_columns
    for line in learned.asking:
        if isinstance(line, TargetSpec):
            honest = before(
                keys[line.name][is_train],
                labels[is_train],
                asked.at_us[is_train],
                smoothing(line),
                start=line.start,
                delay_us=delay_us,
            )
            made[is_train, columns.index(line.name)] = honest
    return _with_scaling(as_of[-1], asked, made, is_train)


def apply_transforms(
    transforms: Transforms, asked: ExampleRequests, *, progress: Progress = silent
) -> Floats:
    """``[examples, columns]`` of transforms that were learned before, as serving makes them."""
    made = request_transforms([(0, transforms)], asked, progress=progress)
    both = np.concatenate([asked.matrix, made], axis=1)
    names = (*asked.names, *transforms.request_columns)
    return np.concatenate([made, transforms.scaled(both, names)], axis=1)


def request_transforms(
    as_of: list[tuple[int, Transforms]], asked: ExampleRequests, *, progress: Progress = silent
) -> Floats:
    """``[examples, request_columns]``: each page through the function that serving calls.

    Args:
        as_of: What was known, by the moment from which on it was; the first for everything before it too.
    """
    import threadpoolctl  # type: ignore[import-untyped]  # comes with scikit-learn

    bound = [TransformedColumns(one, asked.generation) for _, one in as_of]
    since = np.array([at_us for at_us, _ in as_of])
    pages = page_groups(asked.examples)
    first = asked.examples.take([start for start, _ in pages]).to_pylist()
    anchors = index_rows(asked.generation, asked.examples.column("anchor_id"))
    made = np.zeros((len(asked.rows), len(as_of[-1][1].request_columns)), np.float32)
    if not made.shape[1]:
        return made
    with threadpoolctl.threadpool_limits(1):
        for i, (start, stop) in enumerate(pages):
            page = first[i]
            which = max(0, int(np.searchsorted(since, page["at_us"], side="right")) - 1)
            request = bound[which].request(
                asked.rows[start:stop],
                ModelRequest(
                    surface=page["surface"],
                    at_us=page["at_us"],
                    query_text=page["query_text"] or "",
                    anchor_row=int(anchors[start]),
                    clicked=asked.clicked.before(page["visitor_id"], page["at_us"]),
                ),
            )
            made[start:stop] = bound[which].transforms.of_request(request)
            if i % 256 == 0:
                progress("features: transforms", i, len(pages))
    progress("features: transforms", len(pages), len(pages))
    return made


def _with_scaling(
    learned: Transforms, asked: ExampleRequests, made: Floats, is_train: NDArray[np.bool_]
) -> tuple[Transforms, Floats]:
    both = np.concatenate([asked.matrix, made], axis=1)
    names = (*asked.names, *learned.request_columns)
    scalings = {
        line.name: tuple(
            scaling.Scaling.fit(
                both[is_train, names.index(column)], line.method, n_quantiles=line.n_quantiles
            )
            for column in line.of
        )
        for line in learned.scaling
    }
    learned = replace(learned, scalings=scalings)
    return learned, np.concatenate([made, learned.scaled(both, names)], axis=1)


def _stretches(at_us: NDArray[np.int64], split: Split) -> list[int]:
    """Moments that cut the training rows into equal stretches: the start of each."""
    mine = at_us[at_us < split.validation_from_us]
    cuts = mine[np.arange(N_GROUPS) * len(mine) // N_GROUPS]
    return [int(at) for at in cuts]


def _keys(transforms: Transforms, asked: ExampleRequests) -> dict[str, Keys]:
    """The keys of every example, by line of a target statistic."""
    lines = [one for one in transforms.asking if isinstance(one, TargetSpec)]
    found = {line.name: np.zeros(len(asked.rows), np.uint64) for line in lines}
    if not lines:
        return found
    # Keys ask for no vector: a space costs nothing here.
    bound = TransformedColumns(Transforms(FeaturesFile(features=tuple(lines))), asked.generation)
    pages = page_groups(asked.examples)
    first = asked.examples.take([start for start, _ in pages]).to_pylist()
    anchors = index_rows(asked.generation, asked.examples.column("anchor_id"))
    for (start, stop), page in zip(pages, first, strict=True):
        request = bound.request(
            asked.rows[start:stop],
            ModelRequest(
                surface=page["surface"],
                at_us=page["at_us"],
                query_text=page["query_text"] or "",
                anchor_row=int(anchors[start]),
            ),
        )
        for line in lines:
            found[line.name][start:stop] = crossed([request.keys[part] for part in line.of])
    return found


def _spaces(
    file: FeaturesFile, generation: Generation, before_us: int, *, seed: int
) -> dict[str, Vectors]:
    """What titles and encoder vectors teach: of products that were there before ``before_us``."""
    lines = [one for one in file.transforms if isinstance(one, SpaceSpec)]
    rows = np.flatnonzero(generation.is_live & (generation.released_at_us < before_us))
    titles = [title_of(generation.fields(row)) for row in rows.tolist()] if lines else []
    return {
        line.name: space
        for line in lines
        if (space := _space(line, generation, rows, titles, seed)) is not None
    }


def _space(
    line: FeatureSpec, generation: Generation, rows: NDArray[Any], titles: list[str], seed: int
) -> Vectors | None:
    if isinstance(line, TfidfSpec):
        tfidf = Tfidf.fit(titles, min_titles=line.min_titles, most_words=line.most_words)
        if not line.svd:
            return TitleVectors(tfidf)
        return TitleVectors(tfidf, truncated_svd(tfidf.rows(titles), line.dim, seed=seed))
    if isinstance(line, PcaSpec):
        return ReducedVectors(*pca(generation.taste_vectors[rows], line.dim))
    if isinstance(line, Word2VecSpec) and line.over == "titles":
        words = skip_gram([title_words(title) for title in titles], _config(line, seed))
        return WordMeans(words.words, words.vectors)
    return None


def _session_spaces(
    tables: Tables, line: Word2VecSpec, events: Source, until: list[int], seed: int
) -> list[Vectors]:
    """The vectors known at each moment; each goes on from the one before, so that columns mean the same."""
    table = tables.sql(
        "SELECT visitor_id, session_id, product_id, received_at_us FROM events "
        "WHERE event_type IN ('click', 'add_to_cart', 'purchase') AND product_id IS NOT NULL "
        f"AND received_at_us < {until[-1]} ORDER BY visitor_id, received_at_us, event_id",
        events=events,
    )
    at_us = table.column("received_at_us").to_numpy()
    found: list[Vectors] = []
    learned: WordVectors | None = None
    for moment in until:
        mine = table.filter(pa.array(at_us < moment))
        sessions = split_sessions(
            mine.column("visitor_id").to_pylist(),
            mine.column("session_id").to_pylist(),
            mine.column("product_id").to_pylist(),
            mine.column("received_at_us").to_numpy(),
        )
        if sessions:
            learned = skip_gram(sessions, _config(line, seed), before=learned)
        if learned is None:
            found.append(ProductVectors((), np.zeros((0, line.dim), np.float32)))
        else:
            found.append(ProductVectors(learned.words, unit(learned.vectors)))
    return found


def _config(line: Word2VecSpec, seed: int) -> SkipGramConfig:
    return SkipGramConfig(
        dim=line.dim, window=line.window, epochs=line.epochs, min_count=line.min_count, seed=seed
    )
