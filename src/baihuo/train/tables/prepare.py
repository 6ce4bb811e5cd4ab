"""A table of rows to arrays on disk, which training maps into memory.

``categories.i32`` ``[rows, slots]``, ``numbers.f32`` ``[rows, numbers]``, ``labels.f32``, and where there are any
``weights.f32`` and ``groups.i64``; ``columns.json`` and ``values.parquet`` say what they mean. Written beside the folder's
name and renamed: a killed run leaves the old folder or none.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from baihuo.core import BadInput, Progress, no_progress
from baihuo.train.tables.bins import bin_edges
from baihuo.train.tables.columns import Columns
from baihuo.train.tables.encode_rows import (
    Runs,
    encode_bins,
    encode_categories,
    encode_numbers,
    encode_outcome,
    scale,
    with_bins,
)
from baihuo.train.tables.read_table import batches
from baihuo.train.tables.read_texts import read_first_texts
from baihuo.train.tables.served_texts import ENCODERS
from baihuo.train.tables.text_vectors import with_text_of, write_text_vectors
from baihuo.train.tables.vocabulary import Vocabulary, read_vocabularies, write_vocabularies

_REWRITTEN_ROWS = 262_144  # at once, where a file on disk is changed after it was counted
_TASK = "reading the table"


def prepare(
    path: Path, columns: Columns, out: Path, *, is_binary: bool, progress: Progress = no_progress
) -> Columns:
    """Read a training file: its vocabularies and scales, and its arrays in ``out``.

    Args:
        is_binary: The label is an outcome between 0 and 1, so that one value alone cannot be learned.

    Raises:
        BadInput: a bad row, a label that is missing or always the same, or a column that is always empty.
    """
    vocabularies = [Vocabulary(hash_size=c.hash_size) for c in columns.fields]
    with _NewFolder(out) as folder:
        seen = _Moments(len(columns.numbers))
        n_rows = _write(
            folder, path, columns, vocabularies, grow=True, see=seen.add, progress=progress
        )
        _check(path, columns, folder, vocabularies, seen, n_rows, is_binary=is_binary)
        means, deviations = seen.scales()
        edges = bin_edges(folder / "numbers.f32", columns.numbers, n_rows)
        numbers = tuple(
            replace(n, mean=float(m), deviation=float(d), edges=e)
            for n, m, d, e in zip(columns.numbers, means, deviations, edges, strict=True)
        )
        _fill_bins(folder, replace(columns, numbers=numbers))
        _rewrite(
            folder / "numbers.f32", len(numbers), np.float32, lambda rows: scale(rows, numbers)
        )
        maps = [v.cut(c.min_count) for v, c in zip(vocabularies, columns.fields, strict=True)]
        if any(m is not None for m in maps):
            maps += [None] * len(columns.binned)  # bins are not counted
            by_slot = [maps[field] for field in columns.slots]
            _rewrite(folder / "categories.i32", len(by_slot), np.int32, _renumber(by_slot))
        columns = replace(_sized(columns, vocabularies), numbers=numbers)
        if columns.texts:
            texts = [read_first_texts(path, text) for text in columns.texts]
            encoders = out.parent / ENCODERS
            dims = write_text_vectors(
                folder, texts, columns, vocabularies, encoders, progress=progress
            )
            columns = _with_dims(columns, dims)
        _finish(folder, columns, vocabularies, n_rows)
    return columns


def prepare_more(
    path: Path,
    like: Path,
    out: Path,
    *,
    grow: bool = False,
    is_binary: bool = False,
    progress: Progress = no_progress,
) -> Columns:
    """Read another file with the scales and vocabularies of the prepared folder ``like``.

    Args:
        grow: Unseen values get new numbers, for a training that continues; else they are unknown (0).
        is_binary: As :func:`prepare`.

    Raises:
        BadInput: as :func:`prepare`.
    """
    columns = Columns.read(like / "columns.json")
    sizes = [c.hash_size for c in columns.fields]
    vocabularies = read_vocabularies(like / "values.parquet", sizes)
    with _NewFolder(out) as folder:
        texts = with_text_of(path, columns, vocabularies)
        n_rows = _write(folder, path, columns, vocabularies, grow=grow, progress=progress)
        numbers = columns.numbers
        _rewrite(
            folder / "numbers.f32", len(numbers), np.float32, lambda rows: scale(rows, numbers)
        )
        if is_binary:
            _check_outcomes(path, columns, folder)
        if grow:
            columns = _sized(columns, vocabularies)
        if columns.texts:
            encoders = (like if (like / ENCODERS).exists() else like.parent) / ENCODERS
            write_text_vectors(
                folder, texts, columns, vocabularies, encoders, like=like, progress=progress
            )
        _finish(folder, columns, vocabularies if grow else like, n_rows)
    return columns


def _write(
    folder: Path,
    path: Path,
    columns: Columns,
    vocabularies: list[Vocabulary],
    *,
    grow: bool,
    see: Callable[[NDArray[np.float32]], None] | None = None,
    progress: Progress,
) -> int:
    n_rows, runs = 0, Runs()
    with ExitStack() as stack:

        def file(name: str) -> BinaryIO:
            return stack.enter_context((folder / name).open("wb"))

        categories, numbers, labels = (
            file("categories.i32"),
            file("numbers.f32"),
            file("labels.f32"),
        )
        weights = file("weights.f32") if columns.weight else None
        groups = file("groups.i64") if columns.group else None
        for batch in batches(path, columns):
            where = (path, n_rows)
            ids = encode_categories(batch, columns, vocabularies, grow=grow, where=where)
            values = encode_numbers(batch, columns.numbers, path, n_rows)
            categories.write(with_bins(ids, values, columns).data)
            if see is not None:
                see(values)
            numbers.write(values.data)
            if columns.label:
                labels.write(encode_outcome(batch, columns.label, path, n_rows).data)
            if weights is not None:
                weights.write(encode_outcome(batch, str(columns.weight), path, n_rows).data)
            if groups is not None:
                groups.write(runs.number(batch.column(str(columns.group))).data)
            n_rows += batch.num_rows
            progress(_TASK, n_rows, 0)
    if not n_rows:
        raise BadInput(f"{path} has no rows", fix="give a file with rows")
    progress(_TASK, n_rows, n_rows)
    return n_rows


class _Moments:
    """Mean and deviation of each number, in one pass."""

    def __init__(self, width: int) -> None:
        self.n, self.total, self.squares = np.zeros(width), np.zeros(width), np.zeros(width)

    def add(self, values: NDArray[np.float32]) -> None:
        """``[rows, width]``, NaN: missing."""
        is_there = ~np.isnan(values)
        filled = np.where(is_there, values, 0.0).astype(np.float64)
        self.n += is_there.sum(0)
        self.total += filled.sum(0)
        self.squares += np.einsum("ij,ij->j", filled, filled)

    def scales(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Means, and deviations (1 where all values are the same)."""
        n = np.maximum(self.n, 1)
        mean = self.total / n
        deviation = np.sqrt(np.maximum(self.squares / n - mean**2, 0))
        return mean, np.where(deviation > 1e-6, deviation, 1.0)


def _check(
    path: Path,
    columns: Columns,
    folder: Path,
    vocabularies: list[Vocabulary],
    seen: _Moments,
    n_rows: int,
    *,
    is_binary: bool,
) -> None:
    empty = [n.name for n, found in zip(columns.numbers, seen.n, strict=True) if not found]
    empty += [
        c.name
        for c, v in zip(columns.fields, vocabularies, strict=True)
        if v.hash_size is None and not any(v.values())
    ]
    if empty:
        raise BadInput(
            f"{path}: no row has a value in {', '.join(empty)}",
            fix=f"fill it, or take it out in --spec: ignore: [{', '.join(empty)}]",
        )
    low, high = _range(folder / "labels.f32")
    if low == high:
        raise BadInput(
            f"{path}: {columns.label!r} is {low:g} in all {n_rows:,} rows",
            fix="give rows of each outcome, or name another label",
        )
    if is_binary:
        _check_outcomes(path, columns, folder)


def _check_outcomes(path: Path, columns: Columns, folder: Path) -> None:
    low, high = _range(folder / "labels.f32")
    if low >= 0 and high <= 1:
        return
    labels = np.memmap(folder / "labels.f32", dtype=np.float32, mode="r")
    place = int(((labels < 0) | (labels > 1)).argmax())
    raise BadInput(
        f"{path}, row {place + 1:,}, column {columns.label!r}: {labels[place]:g} is not between 0 and 1",
        fix="loss: squared is for ratings and times; or name another label",
    )


def _range(file: Path) -> tuple[float, float]:
    low, high = np.inf, -np.inf
    with file.open("rb") as opened:
        while len(block := np.fromfile(opened, dtype=np.float32, count=_REWRITTEN_ROWS)):
            low, high = min(low, float(block.min())), max(high, float(block.max()))
    return low, high


def _renumber(maps: list[NDArray[np.int32] | None]) -> Callable[[NDArray[Any]], None]:
    def change(rows: NDArray[Any]) -> None:
        for place, new in enumerate(maps):
            if new is not None:
                rows[:, place] = new[rows[:, place]]

    return change


def _rewrite(file: Path, width: int, kind: Any, change: Callable[[NDArray[Any]], None]) -> None:
    """Change a file of rows in place, a block at a time."""
    if not width:
        return
    with file.open("r+b") as opened:
        while True:
            place = opened.tell()
            block = np.fromfile(opened, dtype=kind, count=_REWRITTEN_ROWS * width)
            if not len(block):
                return
            change(block.reshape(-1, width))
            opened.seek(place)
            opened.write(block.data)


def _fill_bins(folder: Path, columns: Columns) -> None:
    """The first reading knew no edges: the bins' fields are written now, from the numbers beside them."""
    if not columns.binned:
        return
    own, n_numbers = slice(len(columns.categories), columns.n_fields), len(columns.numbers)
    with (folder / "numbers.f32").open("rb") as numbers:

        def fill(rows: NDArray[Any]) -> None:
            values = np.fromfile(numbers, dtype=np.float32, count=len(rows) * n_numbers)
            rows[:, own] = encode_bins(values.reshape(-1, n_numbers), columns)

        _rewrite(folder / "categories.i32", len(columns.slots), np.int32, fill)


def _with_dims(columns: Columns, dims: list[int]) -> Columns:
    pairs = zip(columns.texts, dims, strict=True)
    return replace(columns, texts=tuple(replace(text, dim=dim) for text, dim in pairs))


def _sized(columns: Columns, vocabularies: list[Vocabulary]) -> Columns:
    pairs = zip(columns.fields, vocabularies, strict=True)
    sized = tuple(replace(c, size=v.size) for c, v in pairs)
    n = len(columns.categories)
    return replace(columns, categories=sized[:n], of_sequences=sized[n:])


def _finish(
    folder: Path, columns: Columns, vocabularies: list[Vocabulary] | Path, n_rows: int
) -> None:
    """``vocabularies``: or the folder whose values are the same."""
    values = folder / "values.parquet"
    if isinstance(vocabularies, Path):
        shutil.copyfile(vocabularies / "values.parquet", values)
    else:
        write_vocabularies(values, vocabularies)
    text = json.dumps(columns.to_json(), ensure_ascii=False, indent=1)
    (folder / "columns.json").write_text(text, encoding="utf-8")
    (folder / "rows.json").write_text(json.dumps({"rows": n_rows}), encoding="utf-8")


class _NewFolder:
    """A folder beside ``out`` that takes its place at the end, or goes away on an error."""

    def __init__(self, out: Path) -> None:
        self._out, self._new = out, out.with_name(f"{out.name}.{os.getpid()}.new")

    def __enter__(self) -> Path:
        shutil.rmtree(self._new, ignore_errors=True)
        self._new.mkdir(parents=True)
        return self._new

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        pa.default_memory_pool().release_unused()  # what reading took is not kept for the training
        if kind is None:
            shutil.rmtree(self._out, ignore_errors=True)
            self._new.rename(self._out)
        else:
            shutil.rmtree(self._new, ignore_errors=True)
