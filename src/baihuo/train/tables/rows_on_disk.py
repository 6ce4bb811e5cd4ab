"""Prepared rows, read from disk a part at a time and given out in batches: shuffled the same way by the same seed."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.train.tables.columns import Columns

_SHUFFLED_ROWS = 262_144  # held in memory at once, of many blocks: 40 MB at forty columns

_ROWS_IN_ORDER = 65_536  # read at once, where nothing is shuffled


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Some rows, in memory."""

    categories: NDArray[np.int32]  # [rows, slots]: one a field, and those of sequences
    numbers: NDArray[np.float32]  # [rows, numbers]
    labels: NDArray[np.float32] | None  # [rows]
    weights: NDArray[np.float32] | None  # [rows]
    groups: NDArray[np.int64] | None

    def __len__(self) -> int:
        return len(self.categories)

    def take(self, rows: Any) -> Rows:
        """Of a slice or of row numbers."""
        return Rows(
            *(
                None if array is None else array[rows]
                for array in (
                    self.categories,
                    self.numbers,
                    self.labels,
                    self.weights,
                    self.groups,
                )
            )  # type: ignore[arg-type]
        )


class RowsOnDisk:
    """The rows of a prepared folder, or some neighbouring ones."""

    def __init__(self, folder: Path, *, first: int = 0, last: int | None = None) -> None:
        """Rows from ``first`` up to, not with, ``last``."""
        self.folder = folder
        self.columns = Columns.read(folder / "columns.json")
        self._n_stored = int(json.loads((folder / "rows.json").read_text())["rows"])
        self.first = first
        self.n_rows = (self._n_stored if last is None else last) - first
        self.left_out: tuple[int, int] | None = (
            None  # a fold of how many, which training does not see
        )
        self._labels: NDArray[np.float32] | None = None  # instead of those on disk

    def leaving_out(self, fold: int, n_folds: int) -> RowsOnDisk:
        """The same rows, to be trained on without a fold of them."""
        found = RowsOnDisk(self.folder, first=self.first, last=self.first + self.n_rows)
        found.left_out = fold, n_folds
        return found

    def with_labels(self, labels: NDArray[np.float32]) -> RowsOnDisk:
        """The same rows with other labels ``[rows]``, which are kept in memory."""
        found = RowsOnDisk(self.folder, first=self.first, last=self.first + self.n_rows)
        found._labels = labels
        return found

    def newest(self, n_rows: int) -> RowsOnDisk:
        """The last so many, or all."""
        last = self.first + self.n_rows
        return RowsOnDisk(self.folder, first=max(self.first, last - n_rows), last=last)

    def mapped(self) -> Rows:
        """All rows, mapped: what is read becomes resident only while this object lives."""
        columns, labels = self.columns, self._labels
        if labels is None and columns.label:
            labels = self._map("labels.f32", np.float32)[:, 0]
        return Rows(
            self._map("categories.i32", np.int32, len(columns.slots)),
            self._map("numbers.f32", np.float32, len(columns.numbers)),
            labels,
            self._map("weights.f32", np.float32)[:, 0] if columns.weight else None,
            self._map("groups.i64", np.int64)[:, 0] if columns.group else None,
        )

    def texts(self) -> list[NDArray[np.float32]]:
        """Of each text column the vectors of its values, ``[numbers of values, dim]``: also of values that training had not."""
        return [
            np.load(self.folder / f"texts.{number}.npy")
            for number in range(len(self.columns.texts))
        ]

    def read(self, spans: Sequence[slice]) -> Rows:
        """Spans of rows one after the other, in memory of their own: pages of mapped files would count besides."""
        columns, labels = self.columns, self._labels
        if labels is not None:
            labels = np.concatenate([labels[span] for span in spans])
        elif columns.label:
            labels = self._read("labels.f32", np.float32, spans)[:, 0]
        return Rows(
            self._read("categories.i32", np.int32, spans, len(columns.slots)),
            self._read("numbers.f32", np.float32, spans, len(columns.numbers)),
            labels,
            self._read("weights.f32", np.float32, spans)[:, 0] if columns.weight else None,
            self._read("groups.i64", np.int64, spans)[:, 0] if columns.group else None,
        )

    def _read(self, name: str, kind: Any, spans: Sequence[slice], width: int = 1) -> NDArray[Any]:
        parts = [range(*span.indices(self.n_rows)) for span in spans]
        found = np.empty((sum(map(len, parts)), width), dtype=kind)
        if not found.size:
            return found
        left, row_bytes = found.data.cast("B"), found.itemsize * width
        with (self.folder / name).open("rb") as file:
            for part in parts:
                file.seek((self.first + part.start) * row_bytes)
                n_bytes = len(part) * row_bytes
                if file.readinto(left[:n_bytes]) != n_bytes:
                    raise OSError(f"{self.folder / name} has fewer than {self._n_stored:,} rows")
                left = left[n_bytes:]
        return found

    def _map(self, name: str, kind: Any, width: int = 1) -> NDArray[Any]:
        if not width or not self.n_rows:
            return np.empty((self.n_rows, width), dtype=kind)
        shape = (self._n_stored, width)
        stored = np.memmap(self.folder / name, dtype=kind, mode="r", shape=shape)
        return np.asarray(stored[self.first : self.first + self.n_rows])

    def split(self, share: float) -> tuple[RowsOnDisk, RowsOnDisk]:
        """The first rows, and the last ``share`` of them; no group is in both."""
        cut = self.n_rows - max(1, round(self.n_rows * share))
        groups = self.mapped().groups
        if groups is not None:
            cut = int(np.searchsorted(groups, groups[cut]))
        cut += self.first
        return (
            RowsOnDisk(self.folder, first=self.first, last=cut),
            RowsOnDisk(self.folder, first=cut, last=self.first + self.n_rows),
        )

    def in_order(self, batch_rows: int) -> Iterator[Rows]:
        """Batches in the order of the file."""
        per_read = max(1, _ROWS_IN_ORDER // batch_rows) * batch_rows
        for low in range(0, self.n_rows, per_read):
            part = self.read([slice(low, low + per_read)])
            for start in range(0, len(part), batch_rows):
                yield part.take(slice(start, start + batch_rows))


class ShuffledBatches:
    """Batches of one pass, in an order that the seed and the pass say.

    Blocks of neighbouring rows are drawn at random, some sixty at a time, and the rows of these are shuffled: reads stay
    sequential, memory stays flat, and a file sorted by time is mixed. With groups, the rows of a group stay together.
    """

    def __init__(self, rows: RowsOnDisk, *, batch_rows: int, seed: int, by_group: bool) -> None:
        self._rows, self._batch_rows, self._seed = rows, batch_rows, seed
        starts = np.arange(0, rows.n_rows, batch_rows)
        if by_group:
            groups = rows.mapped().groups
            assert groups is not None
            starts = _group_blocks(np.asarray(groups), batch_rows)
        self._starts = np.append(starts, rows.n_rows)
        self._by_group = by_group
        self._blocks_at_once = max(1, _SHUFFLED_ROWS // batch_rows)

    @property
    def n_batches(self) -> int:
        """In one pass."""
        return len(self._starts) - 1

    def of_pass(self, number: int, *, first: int = 0) -> Iterator[Rows]:
        """The batches of a pass from ``first`` on; the same whatever ``first`` is."""
        blocks = np.random.default_rng([self._seed, number]).permutation(self.n_batches)
        for part in range(
            first // self._blocks_at_once, math.ceil(len(blocks) / self._blocks_at_once)
        ):
            chosen = blocks[part * self._blocks_at_once : (part + 1) * self._blocks_at_once]
            skipped = max(0, first - part * self._blocks_at_once)
            yield from self._batches(
                chosen, np.random.default_rng([self._seed, number, part]), skipped
            )

    def _batches(
        self, blocks: NDArray[np.int64], rng: np.random.Generator, skipped: int
    ) -> Iterator[Rows]:
        spans = [slice(int(self._starts[b]), int(self._starts[b + 1])) for b in blocks]
        if self._by_group:
            for span in spans[skipped:]:
                yield self._rows.read([span])
            return
        held = self._rows.read(spans)
        order = rng.permutation(len(held))
        for at in range(skipped, len(blocks)):
            yield held.take(order[at * self._batch_rows : (at + 1) * self._batch_rows])


def group_starts(groups: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where each group's rows begin, which stand together."""
    return np.flatnonzero(np.append(True, groups[1:] != groups[:-1]))


def _group_blocks(groups: NDArray[np.int64], batch_rows: int) -> NDArray[np.int64]:
    """Where blocks of whole groups begin, each of about ``batch_rows`` rows."""
    starts = group_starts(groups)
    block = starts // batch_rows
    return starts[np.flatnonzero(np.append(True, block[1:] != block[:-1]))]
