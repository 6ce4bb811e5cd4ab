"""The log of served pages, with the feature values they were ranked by."""

from __future__ import annotations

import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from baihuo.core import BrokenFile, Page, Query, Served, ShopError, readable_rows, write_error
from baihuo.engine import written_whole
from baihuo.events.compact import bytes_to_page
from baihuo.events.group_commit import FailureCallback, GroupCommit
from baihuo.events.served_file import (
    PageRow,
    PageWriter,
    find_page,
    nth_newest,
    open_served,
    read_pages,
    sealed_to,
    segments_of,
)
from baihuo.events.served_sealing import SealedCounts, seal_pages
from baihuo.events.served_segment import SealedPages

_RECENT = 256  # pages kept in memory, so that a reader need not wait milliseconds for the commit
_SERVED_WITHIN_US = 60_000_000  # after its id was made


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StoredPage:
    """The query and frozen order of a first page, which later pages need."""

    query: Query
    page: Page
    order: tuple[str, ...]  # product ids, best first
    served_at_us: int  # our clock, UTC


class ServedLog:
    """Pages by query id and page number, without facets and trace. Appending the same page again
    changes nothing.

    Pages are written in the background; a killed process loses the uncommitted ones (use :meth:`flush`
    to wait for the commit). :meth:`seal` moves older ones to Parquet files, and readers see both. Safe to use from any
    thread.
    """

    def __init__(
        self,
        path: Path,
        *,
        reserve_bytes: int = 0,
        when_failed: FailureCallback = lambda n_pages, error: None,
    ) -> None:
        """
        Args:
            reserve_bytes: Free disk space below which pages are not written.
            when_failed: Called with the number of pages that were not written, and why.
        """
        self.path = path
        writer = open_served(path)
        self._reader = open_served(path)
        self._reading = threading.Lock()
        self._recent: OrderedDict[str, PageRow] = OrderedDict()
        self._recent_lock = threading.Lock()
        self._sealed: OrderedDict[str, frozenset[int]] = OrderedDict()  # page numbers, by query id
        self._commits: GroupCommit[PageRow, None] = GroupCommit(
            path, writer, PageWriter(), reserve_bytes=reserve_bytes, when_failed=when_failed
        )
        self._last: Future[None] | None = None

    @property
    def failure(self) -> ShopError | None:
        """Why the newest pages could not be written; None if they were."""
        return self._commits.failure

    def probe(self) -> None:
        """After a failed write, try again whether pages can be written."""
        self._commits.probe()

    def append(self, served: Served) -> None:
        """Keep the page in memory and write it in the background."""
        if served.page.page in self._sealed.get(served.page.query_id, ()):
            return
        row = PageRow.of(served)
        if row.page == 1:
            with self._recent_lock:
                self._recent[row.query_id] = row
                if len(self._recent) > _RECENT:
                    self._recent.popitem(last=False)
        self._last = self._commits.submit(row)

    def flush(self) -> None:
        """Wait until everything appended by this process is committed."""
        if (last := self._last) is not None:
            last.result()

    def get(self, query_id: str) -> StoredPage | None:
        """The first page served under ``query_id``, by any process; None where there is none.

        A sealed page is found by the time that an id of :func:`baihuo.serve.ids.new_id` begins with.
        """
        with self._recent_lock:
            recent = self._recent.get(query_id)
        if recent is not None:
            return _stored(bytes_to_page(recent.body, recent.source, with_features=False))
        with self._reading, readable_rows(self.path):
            served = find_page(self._reader, query_id)
            segments = [] if served else segments_of(self._reader, self.path.parent)
        if served is None and segments:
            served = self._find_sealed(segments, query_id)
        return None if served is None else _stored(served)

    def since(self, after_seq: int, limit: int = 1_000) -> list[tuple[int, Served]]:
        """Pages with a number above ``after_seq``, in the order in which they were committed, sealed or not.

        Raises:
            BrokenFile: a file of sealed pages is damaged or missing.
        """
        while True:
            with self._reading, _snapshot(self._reader), readable_rows(self.path):
                segments = segments_of(self._reader, self.path.parent)
                sealed = [s for s in segments if s.last_seq > after_seq]
                if not sealed:
                    after = max(after_seq, sealed_to(self._reader))
                    return read_pages(self._reader, after, limit)
            segment = sealed[0]
            after_seq = max(after_seq, segment.first_seq - 1)
            try:
                pages = segment.read(after_seq, limit)
            except FileNotFoundError as error:
                self._require_replaced(segment, error)
                continue
            if pages:
                return pages
            after_seq = min(after_seq + limit, segment.last_seq)  # pages were removed there

    def batches(self, *, newest: int | None = None) -> Iterator[list[Served]]:
        """All pages, or the ``newest`` ones, oldest first, in batches."""
        after = 0 if newest is None else self._before_newest(newest)
        while batch := self.since(after):
            yield [served for _, served in batch]
            after = batch[-1][0]

    def to_parquet(self, out: Path, *, newest: int | None = None) -> int:
        """Write every placed product of all pages (or of the ``newest`` ones) as a row of
        :data:`SERVED`; returns the number of rows."""
        n_rows = 0
        with (
            written_whole(out) as part,
            pq.ParquetWriter(part, SERVED, compression="zstd") as writer,
        ):
            for pages in self.batches(newest=newest):
                table = pages_to_table(pages)
                writer.write_table(table)
                n_rows += table.num_rows
        return n_rows

    def seal(
        self,
        *,
        now_us: int,
        older_than_s: float = 0.0,
        at_least: int = 1,
        keep_days: float | None = None,
    ) -> SealedCounts:
        """Move pages to sealed files, drop expired files, and return the space to the disk.

        See :func:`baihuo.events.served_sealing.seal_pages`. Neither writers nor readers wait more than milliseconds.
        """
        connection = open_served(self.path)
        try:
            return seal_pages(
                connection,
                self.path,
                now_us=now_us,
                older_than_s=older_than_s,
                at_least=at_least,
                keep_days=keep_days,
            )
        except sqlite3.OperationalError as error:
            raise write_error(self.path, error) from error
        finally:
            connection.close()

    def segments(self) -> list[SealedPages]:
        """The sealed segments, oldest first."""
        with self._reading:
            return segments_of(self._reader, self.path.parent)

    def close(self) -> None:
        """Commit waiting pages and close the file."""
        self._commits.close()
        with self._reading:
            self._reader.close()

    def _find_sealed(self, segments: list[SealedPages], query_id: str) -> Served | None:
        """Find a sealed page by the time in its id, and remember it, so that serving it again does not write it again."""
        try:
            made_at_us = int(query_id[:12], 16) * 1_000
        except ValueError:
            return None
        for segment in reversed(segments):
            if not segment.first_at_us - _SERVED_WITHIN_US <= made_at_us <= segment.last_at_us:
                continue
            try:
                pages = segment.find(query_id)
            except (OSError, pa.ArrowException):
                continue  # the page is made as a new one
            if pages:
                with self._recent_lock:
                    self._sealed[query_id] = frozenset(served.page.page for served in pages)
                    if len(self._sealed) > _RECENT:
                        self._sealed.popitem(last=False)
                return pages[0]
        return None

    def _before_newest(self, n: int) -> int:
        """Return the number of the page before the ``n`` newest, or 0 if there are fewer."""
        with self._reading, _snapshot(self._reader):
            segments = segments_of(self._reader, self.path.parent)
            at, n_found = nth_newest(self._reader, n, above=sealed_to(self._reader))
        if at is not None:
            return at
        left = n - n_found
        for segment in reversed(segments):
            if left < segment.n_pages:
                return segment.seqs()[segment.n_pages - left - 1]
            left -= segment.n_pages
        return 0

    def _require_replaced(self, segment: SealedPages, error: FileNotFoundError) -> None:
        """Raise unless the file was deleted because it expired or pages were removed from it."""
        if any(s.file == segment.file for s in self.segments()):
            raise BrokenFile(
                f"served pages {segment.file} are missing",
                fix="restore the file from a backup, or remove its row in `segments` of served.sqlite",
            ) from error


@contextmanager
def _snapshot(reader: sqlite3.Connection) -> Iterator[None]:
    """Open one snapshot of the file for several reads."""
    reader.execute("BEGIN")
    try:
        yield
    finally:
        reader.execute("ROLLBACK")


def _stored(served: Served) -> StoredPage:
    return StoredPage(
        query=served.query, page=served.page, order=served.order, served_at_us=served.served_at_us
    )


SERVED = pa.schema(
    [
        pa.field("query_id", pa.string(), nullable=False),
        pa.field("visitor_id", pa.string(), nullable=False),
        pa.field("product_id", pa.string(), nullable=False),
        pa.field("position", pa.int32(), nullable=False),
        pa.field("propensity", pa.float64()),
        pa.field("score", pa.float64(), nullable=False),
        pa.field(
            "at_us", pa.int64(), nullable=False
        ),  # time of the request, at which features were computed
        pa.field("surface", pa.string(), nullable=False),
        pa.field("query_text", pa.string(), nullable=False),
        pa.field("bundle_id", pa.string(), nullable=False),
        pa.field("index_id", pa.string(), nullable=False),
        pa.field("feature_names", pa.list_(pa.string())),
        pa.field("features", pa.list_(pa.float32())),
    ]
)
"""One row for each placed product, see :meth:`ServedLog.to_parquet`."""


def pages_to_table(pages: Sequence[Served]) -> pa.Table:
    """Build a table of :data:`SERVED` with every placed product of ``pages``, in order. Column by column: rows of objects, each with its
    feature names, would be slow.
    """
    rows = [(served, placed) for served in pages for placed in served.page.placed]
    widths = [len(served.feature_names) for served, _ in rows]
    offsets = pa.array(np.concatenate([[0], np.cumsum(widths)]), pa.int32())
    values = [np.asarray(s.features, np.float32).ravel() for s in pages]
    columns = {
        "query_id": [s.page.query_id for s, _ in rows],
        "visitor_id": [s.query.visitor_id for s, _ in rows],
        "product_id": [p.product_id for _, p in rows],
        "position": [p.position for _, p in rows],
        "propensity": [p.propensity for _, p in rows],
        "score": [p.score for _, p in rows],
        "at_us": [s.query.at_us for s, _ in rows],
        "surface": [s.page.surface for s, _ in rows],
        "query_text": [s.query.query_text for s, _ in rows],
        "bundle_id": [s.page.bundle_id for s, _ in rows],
        "index_id": [s.page.index_id for s, _ in rows],
        "feature_names": pa.ListArray.from_arrays(offsets, _names(pages)),
        "features": pa.ListArray.from_arrays(
            offsets, pa.array(np.concatenate([np.zeros(0, np.float32), *values]), pa.float32())
        ),
    }
    return pa.table(columns, schema=SERVED)


def _names(pages: Sequence[Served]) -> pa.Array:
    """Build the column of each row's feature names."""
    starts: dict[tuple[str, ...], int] = {}
    distinct: list[str] = []
    at = [np.zeros(0, np.int64)]
    for served in pages:
        names = served.feature_names
        start = starts.setdefault(names, len(distinct))
        if start == len(distinct):
            distinct.extend(names)
        at.append(np.tile(np.arange(start, start + len(names)), len(served.page.placed)))
    return pa.array(distinct, pa.string()).take(pa.array(np.concatenate(at)))
