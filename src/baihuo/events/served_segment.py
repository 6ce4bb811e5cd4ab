"""Sealed pages: Parquet files with a row for each page, typed columns, and a hash that is checked before they are read."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from baihuo.core import BrokenFile, Page, Placed, Query, Served
from baihuo.events.compact import PageSource, changed_fields, page_of, query_of

GROUP_PAGES = 250  # pages of a row group, which is what a later page of an old search reads
_TEXT_LIST = pa.list_(pa.string())
SEALED_PAGES = pa.schema(
    [
        pa.field("seq", pa.int64(), nullable=False),
        pa.field("query_id", pa.string(), nullable=False),
        pa.field("visitor_id", pa.string(), nullable=False),
        pa.field("at_us", pa.int64(), nullable=False),  # of the request
        pa.field("served_at_us", pa.int64(), nullable=False),
        pa.field("surface", pa.string(), nullable=False),
        pa.field("query_text", pa.string(), nullable=False),
        pa.field("query", pa.string(), nullable=False),  # JSON: other fields, without defaults
        pa.field("page", pa.string(), nullable=False),  # JSON: the same
        pa.field("source", pa.string(), nullable=False),  # JSON: bundle, index, names of features
        pa.field("order", _TEXT_LIST, nullable=False),
        pa.field(
            "product_id", _TEXT_LIST, nullable=False
        ),  # placed products, as in all columns below
        pa.field("position", pa.list_(pa.int32()), nullable=False),
        pa.field("score", pa.list_(pa.float64()), nullable=False),
        pa.field("propensity", pa.list_(pa.float64()), nullable=False),
        pa.field("reason", _TEXT_LIST, nullable=False),
        pa.field("reason_detail", _TEXT_LIST, nullable=False),
        pa.field("variant_id", _TEXT_LIST, nullable=False),
        pa.field("features", pa.list_(pa.float32()), nullable=False),  # [features, placed]
    ]
)
"""A row for each page, see :class:`SealedPages`."""

_QUERY_COLUMNS = ("query_id", "visitor_id", "at_us", "surface", "query_text")
# Floats without a dictionary: most differ, and a dictionary makes files larger by 9%.
_DICTIONARIES = [
    f"{f.name}.list.element" if pa.types.is_list(f.type) else f.name
    for f in SEALED_PAGES
    if f.name not in ("seq", "query_id", "at_us", "served_at_us", "score", "features")
]
_PLACED_COLUMNS = {
    "product_id": pa.string(),
    "position": pa.int32(),
    "score": pa.float64(),
    "propensity": pa.float64(),
    "reason": pa.string(),
    "reason_detail": pa.string(),
    "variant_id": pa.string(),
}

_WITHOUT_FEATURES = [name for name in SEALED_PAGES.names if name != "features"]

_verified: set[tuple[Path, int, int, int]] = set()
_verified_lock = Lock()


@dataclass(frozen=True, slots=True)
class SealedPages:
    """Pages ``first_seq`` to ``last_seq`` (both inclusive) in one Parquet file; numbers between may be missing."""

    first_seq: int
    last_seq: int
    n_pages: int
    first_at_us: int  # our clock, UTC: when the oldest was served
    last_at_us: int
    file: Path
    sha256: str

    def read(self, after_seq: int, limit: int) -> list[tuple[int, Served]]:
        """Pages with numbers above ``after_seq``, and at most ``after_seq + limit``.

        Raises:
            BrokenFile: the file differs from the sealed one.
            FileNotFoundError: it was deleted.
        """
        self.verify()
        rows = pq.read_table(
            self.file, filters=[("seq", ">", after_seq), ("seq", "<=", after_seq + limit)]
        )
        return table_to_pages(rows)

    def find(self, query_id: str) -> list[Served]:
        """The pages of a query, by page number, without features.

        Only the row groups that may have it are read, with their checksums, so that a shopper's request waits
        milliseconds: the hash of the file is not computed for it.
        """
        with pq.ParquetFile(self.file, page_checksum_verification=True) as opened:
            for group in range(opened.num_row_groups):
                if not _may_hold(opened.metadata.row_group(group), query_id):
                    continue
                ids = opened.read_row_group(group, columns=["query_id"])["query_id"].to_pylist()
                at = [i for i, found in enumerate(ids) if found == query_id]
                if at:
                    rows = opened.read_row_group(group, columns=_WITHOUT_FEATURES)
                    pages = [served for _, served in table_to_pages(rows.take(at))]
                    return sorted(pages, key=lambda served: served.page.page)
        return []

    def seqs(self) -> list[int]:
        """Return the file's page numbers."""
        self.verify()
        return pq.read_table(self.file, columns=["seq"])["seq"].to_pylist()

    def verify(self) -> None:
        """Check the file's hash; once, unless its size or time changes.

        Raises:
            BrokenFile: it differs from the sealed file.
        """
        found = self.file.stat()
        looks = (self.file, found.st_ino, found.st_size, found.st_mtime_ns)
        with _verified_lock:
            if looks in _verified:
                return
        if hash_of(self.file) != self.sha256:
            raise BrokenFile(
                f"served pages {self.file} are damaged: their hash is another one than when they were sealed",
                fix="restore the file from a backup, or remove it and its row in `segments` of served.sqlite",
            )
        with _verified_lock:
            _verified.add(looks)


def _may_hold(group: Any, query_id: str) -> bool:
    """Return whether a row group may contain a query, by its smallest and largest id."""
    ids = group.column(SEALED_PAGES.get_field_index("query_id")).statistics
    return ids is None or not ids.has_min_max or bool(ids.min <= query_id <= ids.max)


def hash_of(file: Path) -> str:
    """SHA-256 of a file."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def page_writer(out: Path) -> pq.ParquetWriter:
    """A writer of :data:`SEALED_PAGES` whose pages carry checksums."""
    return pq.ParquetWriter(
        out,
        SEALED_PAGES,
        compression="zstd",
        compression_level=9,  # 3 makes files larger by 6%; sealing is in the background
        use_dictionary=_DICTIONARIES,
        dictionary_pagesize_limit=8 * 1024 * 1024,  # product ids are dictionary-encoded
        write_page_checksum=True,
    )


def pages_to_sealed(pages: Sequence[tuple[int, Served]]) -> pa.Table:
    """Pages with their numbers as a table of :data:`SEALED_PAGES`."""
    served = [s for _, s in pages]
    columns: dict[str, Any] = {
        "seq": [seq for seq, _ in pages],
        "served_at_us": [s.served_at_us for s in served],
        "query": [_json(changed_fields(s.query, leave_out=_QUERY_COLUMNS)) for s in served],
        "page": [_json(changed_fields(s.page, query=s.query)) for s in served],
        "source": [PageSource.of(s).to_text() for s in served],
        "order": [s.order for s in served],
        "features": _lists(
            np.concatenate(
                [
                    np.zeros(0, np.float32),
                    *(np.asarray(s.features, "<f4").T.ravel() for s in served),
                ]
            ),
            [s.features.size for s in served],
        ),
    }
    for name in _QUERY_COLUMNS:
        columns[name] = [getattr(s.query, name) for s in served]
    columns["surface"] = [s.query.surface.value for s in served]
    widths = [len(s.page.placed) for s in served]
    placed = [p for s in served for p in s.page.placed]
    for name, kind in _PLACED_COLUMNS.items():
        columns[name] = _lists(pa.array([getattr(p, name) for p in placed], kind), widths)
    return pa.table(columns, schema=SEALED_PAGES)


def table_to_pages(table: pa.Table) -> list[tuple[int, Served]]:
    """The inverse of :func:`pages_to_sealed`; a table without features gives pages without them."""
    with_features = "features" in table.column_names
    values = table.select(_WITHOUT_FEATURES).to_pydict()
    if with_features:
        features = table["features"].combine_chunks()
        flat, starts = np.asarray(features.values, dtype=np.float32), np.asarray(features.offsets)
    pages = []
    for i, seq in enumerate(values["seq"]):
        source = PageSource.from_text(values["source"][i])
        query = _query(values, i)
        placed = tuple(
            Placed(**dict(zip(_PLACED_COLUMNS, row, strict=True)))
            for row in zip(*(values[name][i] for name in _PLACED_COLUMNS), strict=True)
        )
        names = source.feature_names if with_features else ()
        matrix = np.zeros((0, len(placed)), np.float32)
        if with_features:
            matrix = flat[starts[i] : starts[i + 1]].reshape(len(names), len(placed))
        served = Served(
            query=query,
            page=_page(values["page"][i], query, source, placed),
            order=tuple(values["order"][i]),
            feature_names=names,
            features=np.ascontiguousarray(matrix.T),
            served_at_us=values["served_at_us"][i],
        )
        pages.append((seq, served))
    return pages


def _query(values: dict[str, list[Any]], i: int) -> Query:
    own = {name: values[name][i] for name in _QUERY_COLUMNS}
    return query_of({**orjson.loads(values["query"][i]), **own})


def _page(text: str, query: Query, source: PageSource, placed: tuple[Placed, ...]) -> Page:
    return page_of(orjson.loads(text), query, source, placed)


def _json(value: dict[str, Any]) -> str:
    return orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY, default=sorted).decode()


def _lists(flat: Any, widths: list[int]) -> pa.Array:
    offsets = pa.array(np.concatenate([[0], np.cumsum(widths)]), pa.int32())
    return pa.ListArray.from_arrays(offsets, flat if isinstance(flat, pa.Array) else pa.array(flat))
