"""Prepared rows on disk, read a part at a time."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.models import DeepSettings, DeepShape, History, Rows, TextSlots, TrainingRows
from baihuo.train.tables.columns import Columns
from baihuo.train.tables.resampling import without_fold


class RowsOnDisk(TrainingRows):
    """The rows of a prepared folder, or some neighbouring ones."""

    def __init__(self, folder: Path, *, first: int = 0, last: int | None = None) -> None:
        """Rows from ``first`` up to, not with, ``last``."""
        self.folder = folder
        self.columns = Columns.read(folder / "columns.json")
        self._n_stored = int(json.loads((folder / "rows.json").read_text())["rows"])
        self.first = first
        self.n_rows = (self._n_stored if last is None else last) - first
        self._left_out: dict[str, int] | None = None  # a fold, which training does not see
        self._labels: NDArray[np.float32] | None = None  # instead of those on disk

    def shape(self, settings: DeepSettings) -> DeepShape:
        """Of the columns."""
        return shape_of(self.columns, settings)

    def leaving_out(self, fold: int, n_folds: int, *, seed: int) -> RowsOnDisk:
        """The same rows, to be trained on without a fold of them, whose rows have no weight."""
        found = RowsOnDisk(self.folder, first=self.first, last=self.first + self.n_rows)
        found._left_out = {"fold": fold, "n_folds": n_folds, "seed": seed}
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

    def groups(self) -> NDArray[np.int64] | None:
        """Mapped."""
        return self.mapped().groups

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
        rows = Rows(
            self._read("categories.i32", np.int32, spans, len(columns.slots)),
            self._read("numbers.f32", np.float32, spans, len(columns.numbers)),
            labels,
            self._read("weights.f32", np.float32, spans)[:, 0] if columns.weight else None,
            self._read("groups.i64", np.int64, spans)[:, 0] if columns.group else None,
        )
        return rows if self._left_out is None else without_fold(rows, **self._left_out)

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


def shape_of(columns: Columns, settings: DeepSettings) -> DeepShape:
    """The sizes of a network over these columns."""
    return settings.shape(
        n_fields=columns.n_fields,
        n_numbers=len(columns.numbers),
        sizes=tuple(columns.sizes),
        slots=tuple(columns.slots),
        histories=tuple(_histories(columns)),
        texts=tuple(_texts(columns)),
    )


def _texts(columns: Columns) -> Iterator[TextSlots]:
    fields = [c.name for c in columns.fields]
    for text in columns.texts:
        field = fields.index(text.of)
        slots = tuple(slot for slot, of in enumerate(columns.slots) if of == field)
        yield TextSlots(slots=slots, dim=text.dim)


def _histories(columns: Columns) -> Iterator[History]:
    fields = [c.name for c in columns.categories]
    first = columns.n_fields
    for sequence in columns.sequences:
        target = fields.index(sequence.of) if sequence.of in fields else None
        one = History(
            first=first, length=sequence.length, n_parts=len(sequence.parts), target=target
        )
        first += one.n_slots
        yield one
