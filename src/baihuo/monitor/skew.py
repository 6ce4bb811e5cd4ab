"""Training-serving skew: the features of served requests are recomputed by SQL and compared."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from baihuo.core import Progress, no_progress
from baihuo.engine import Source, Tables
from baihuo.features import FeatureSet, compute
from baihuo.release import Tolerance

_COLUMNS = "query_id visitor_id product_id query_text at_us feature_names features".split()


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureSkew:
    """One feature: how many served values differ from the SQL."""

    name: str
    n_compared: int
    n_late: int  # explained: the worker had not seen an event just before the request
    n_different: int  # not explained
    largest: float  # largest unexplained difference


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One served value that differs from the SQL."""

    feature: str
    query_id: str
    product_id: str
    served: float
    recomputed: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SkewReport:
    """Result of the comparison, by feature."""

    n_pages: int
    n_rows: int
    by_feature: tuple[FeatureSkew, ...]
    not_compared: tuple[str, ...]  # logged, but not of this feature set: features of the request
    differences: tuple[Difference, ...]  # the first few

    @property
    def n_values(self) -> int:
        return sum(feature.n_compared for feature in self.by_feature)

    @property
    def n_different(self) -> int:
        return sum(feature.n_different for feature in self.by_feature)

    @property
    def share_different(self) -> float:
        """Unexplained differences over values compared, 0 to 1; 0 where nothing was compared."""
        return self.n_different / max(self.n_values, 1)

    def worst(self) -> FeatureSkew | None:
        """The feature that differs most often."""
        return max(
            self.by_feature, key=lambda f: f.n_different / max(f.n_compared, 1), default=None
        )

    def to_json(self) -> str:
        return json.dumps({**asdict(self), "share_different": self.share_different}, indent=1)


_TOLERANCE = Tolerance(relative=1e-4, absolute=1e-4)


@dataclass(frozen=True, slots=True, kw_only=True)
class SkewOptions:
    """How served rows are compared."""

    late_us: int = 2_000_000
    """How far a worker may be behind the log. A served value between the value at the request and the value
    ``late_us`` earlier is "late", not different."""
    tolerance: Tolerance = _TOLERANCE
    max_rows: int = 200_000  # newest pages first
    only: pc.Expression | None = None  # which served rows are compared; None: all


def skew(
    tables: Tables,
    features: FeatureSet,
    *,
    served: Path,
    events: Source,
    products: Source,
    counted_for_all: Source | None = None,
    options: SkewOptions | None = None,
    progress: Progress = no_progress,
) -> SkewReport:
    """Recompute the newest served rows at their moment, and count what differs by feature.

    Args:
        served: a file of :meth:`baihuo.events.ServedLog.to_parquet`.
        events, products: the clean data, as training reads it.
        counted_for_all: events that counted for features of products and searches, if fewer (:class:`baihuo.features.PopularityGate`);
            None: all.
    """
    options = options or SkewOptions()
    rows = pq.read_table(served, columns=_COLUMNS, filters=options.only)
    rows = rows.sort_by([("at_us", "descending")]).slice(0, options.max_rows)
    names = [n for n in features.names if n in (logged := _logged_names(rows))]
    other = tuple(n for n in logged if n not in features.names) if rows.num_rows else ()
    if not rows.num_rows or not names:
        return SkewReport(n_pages=0, n_rows=0, by_feature=(), not_compared=other, differences=())
    twice = _examples_twice(rows, options.late_us)
    both = _recomputed(
        tables, features, twice, names, events=events, products=products, progress=progress
    )
    if counted_for_all is not None:
        for_all = _recomputed(
            tables,
            features,
            twice,
            names,
            events=counted_for_all,
            products=products,
            progress=progress,
        )
        of_visitor = _of_visitor(features)
        is_for_all = np.array([name not in of_visitor for name in names])
        both = np.where(is_for_all, for_all, both)
    at_request, earlier = both[: rows.num_rows], both[rows.num_rows :]
    served_values = _served_values(rows, names)
    slack = options.tolerance.absolute + options.tolerance.relative * np.abs(at_request)
    compared = ~np.isnan(served_values)
    differs = compared & ~(np.abs(served_values - at_request) <= slack)
    low, high = np.minimum(at_request, earlier) - slack, np.maximum(at_request, earlier) + slack
    late = differs & (served_values >= low) & (served_values <= high)
    unexplained = differs & ~late
    gaps = np.where(unexplained, np.abs(served_values - at_request), 0.0)
    return SkewReport(
        n_pages=len(rows.column("query_id").unique()),
        n_rows=rows.num_rows,
        by_feature=tuple(
            FeatureSkew(
                name=name,
                n_compared=int(compared[:, c].sum()),
                n_late=int(late[:, c].sum()),
                n_different=int(unexplained[:, c].sum()),
                largest=float(gaps[:, c].max()),
            )
            for c, name in enumerate(names)
        ),
        not_compared=other,
        differences=_first(rows, names, served_values, at_request, unexplained),
    )


def _of_visitor(features: FeatureSet) -> set[str]:
    """Return the features of a visitor alone."""
    found = {one.name for one in features.lookbacks if "visitor" in one.entity}
    for one in features.derived:  # declared after their inputs
        if found.issuperset(one.from_):
            found.add(one.name)
    return found


def _logged_names(rows: pa.Table) -> list[str]:
    names: dict[str, None] = {}
    for chunk in rows.column("feature_names").chunks:
        for name in chunk.flatten().unique().to_pylist():
            names.setdefault(name)
    return list(names)


def _served_values(rows: pa.Table, names: Sequence[str]) -> NDArray[np.float64]:
    """``[rows, names]``, the served values; NaN where a page did not log the feature."""
    values = np.full((rows.num_rows, len(names)), np.nan)
    lists = rows.column("feature_names").combine_chunks()
    lengths = lists.value_lengths().fill_null(0).to_numpy(zero_copy_only=False)
    row_of = np.repeat(np.arange(rows.num_rows), lengths)
    coded = lists.flatten().dictionary_encode()
    column = {name: c for c, name in enumerate(names)}
    columns = np.array([column.get(name, -1) for name in coded.dictionary.to_pylist()], np.intp)
    into = columns[coded.indices.to_numpy()]
    flat = rows.column("features").combine_chunks().flatten().to_numpy(zero_copy_only=False)
    values[row_of[into >= 0], into[into >= 0]] = flat[into >= 0]
    return values


def _examples_twice(rows: pa.Table, late_us: int) -> pa.Table:
    """The served rows as examples, first at the request, then again ``late_us`` earlier."""
    at_us = rows.column("at_us").to_numpy()
    keys = [*rows.select(["visitor_id", "product_id", "query_text"]).itercolumns()]
    twice = [pa.chunked_array([*key.chunks, *key.chunks], key.type) for key in keys]
    return pa.table(
        {
            "example_id": np.arange(2 * len(at_us)),
            "visitor_id": twice[0],
            "product_id": twice[1],
            "query_text": twice[2],
            "at_us": np.concatenate([at_us, at_us - late_us]),
        }
    )


def _recomputed(
    tables: Tables,
    features: FeatureSet,
    examples: pa.Table,
    names: Sequence[str],
    *,
    events: Source,
    products: Source,
    progress: Progress,
) -> NDArray[np.float64]:
    """``[examples, names]``, as SQL computes them."""
    with tempfile.TemporaryDirectory(prefix="skew-") as folder:
        out = Path(folder) / "features.parquet"
        compute(
            tables,
            features,
            events=events,
            products=products,
            examples=examples,
            out=out,
            progress=progress,
        )
        table = pq.read_table(out, columns=list(names))
    return np.column_stack([column.to_numpy().astype(np.float64) for column in table.columns])


def _first(
    rows: pa.Table,
    names: Sequence[str],
    served: NDArray[np.float64],
    recomputed: NDArray[np.float64],
    unexplained: NDArray[np.bool_],
    limit: int = 20,
) -> tuple[Difference, ...]:
    differences = []
    for r, c in np.argwhere(unexplained)[:limit].tolist():
        differences.append(
            Difference(
                feature=names[c],
                query_id=rows.column("query_id")[r].as_py(),
                product_id=rows.column("product_id")[r].as_py(),
                served=float(served[r, c]),
                recomputed=float(recomputed[r, c]),
            )
        )
    return tuple(differences)
