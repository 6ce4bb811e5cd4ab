"""Batches of a file to the arrays that a network reads: numbers of values, and scaled numbers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from baihuo.core import BadInput
from baihuo.train.tables.columns import Columns, Number
from baihuo.train.tables.encode_lists import encode_sequence
from baihuo.train.tables.vocabulary import MISSING, Vocabulary


def encode_categories(
    batch: pa.RecordBatch,
    columns: Columns,
    vocabularies: Sequence[Vocabulary],
    *,
    grow: bool,
    where: tuple[Path, int] = (Path("the table"), 0),
) -> NDArray[np.int32]:
    """``[rows, categories and slots of sequences]``; with ``grow`` unseen values get new numbers, and rows are counted where rare
    ones are cut.

    ``where``: the file, and its rows before this batch. Raises :class:`BadInput` for a list that does not fit.
    """
    # a column at a time is written where it stands together, and turned once
    ids = np.empty((len(columns.categories), batch.num_rows), dtype=np.int32)
    pairs = zip(columns.categories, vocabularies, strict=False)  # then come those of sequences
    for place, (category, vocabulary) in enumerate(pairs):
        ids[place] = _ids(
            batch.column(category.name), vocabulary, grow=grow, is_counted=category.min_count > 1
        )
    if not columns.sequences:
        return np.ascontiguousarray(ids.T)
    by_field = {c.name: v for c, v in zip(columns.fields, vocabularies, strict=True)}
    counted = {c.name for c in columns.fields if c.min_count > 1}
    lists = [
        encode_sequence(batch, s, by_field, grow=grow, counted=s.of in counted, where=where)
        for s in columns.sequences
    ]
    return np.ascontiguousarray(np.concatenate([ids.T, *lists], axis=1))


def _ids(column: Any, vocabulary: Vocabulary, *, grow: bool, is_counted: bool) -> NDArray[np.int32]:
    values = column.dictionary.to_pylist()
    numbers = np.empty(len(values) + 1, dtype=np.int32)
    numbers[:-1] = vocabulary.look_up(values, grow=grow)
    numbers[-1] = 0
    if column.null_count and vocabulary.hash_size is None:
        # missing is a value like others: rare and unseen ones mean something else
        numbers[-1] = vocabulary.look_up([MISSING], grow=grow)[0]
    places = column.indices
    if places.null_count:
        places = pc.fill_null(places, pa.scalar(len(values), places.type))
    found: NDArray[np.int32] = numbers[places.to_numpy(zero_copy_only=False)]
    if grow and is_counted:
        vocabulary.count(found)
    return found


def encode_numbers(
    batch: pa.RecordBatch, numbers: Sequence[Number], path: Path, n_before: int
) -> NDArray[np.float32]:
    """``[rows, numbers]``, NaN: missing, on the scale of each but not standardised.

    Raises:
        BadInput: a value is infinite. ``path`` and ``n_before`` (rows of it before this batch) name the row.
    """
    found = np.empty((len(numbers), batch.num_rows), dtype=np.float32)
    for place, number in enumerate(numbers):
        given = batch.column(number.name).to_numpy(zero_copy_only=False)
        values = given.astype(np.float32)
        if (is_infinite := np.isinf(values)).any():
            raise _refused(path, n_before + int(is_infinite.argmax()), number.name, "infinite")
        found[place] = (
            np.copysign(np.log1p(np.abs(values)), values) if number.scale == "log" else values
        )
    return np.ascontiguousarray(found.T)


def encode_bins(values: NDArray[np.float32], columns: Columns) -> NDArray[np.int32]:
    """``[rows, numbers]`` of :func:`encode_numbers` to the bins of those that have any, ``[rows, binned]``; 0: missing.

    >>> both = Columns(label="y", categories=(), numbers=(Number("a", bins=2, edges=(1.5,)), Number("b")))
    >>> encode_bins(np.array([[1, 9], [2, 9], [np.nan, 9]], dtype=np.float32), both).tolist()
    [[1], [2], [0]]
    """
    found = np.empty((len(values), len(columns.binned)), dtype=np.int32)
    places = (i for i, n in enumerate(columns.numbers) if n.bins)
    for place, (at, number) in enumerate(zip(places, columns.binned, strict=True)):
        column = values[:, at]
        bins = 1 + np.searchsorted(np.array(number.edges, dtype=np.float32), column)
        found[:, place] = np.where(np.isnan(column), 0, bins)
    return found


def with_bins(
    ids: NDArray[np.int32], values: NDArray[np.float32], columns: Columns
) -> NDArray[np.int32]:
    """Bins between numbers of categories and those of sequences, ``[rows, slots]``."""
    if not columns.binned:
        return ids
    n = len(columns.categories)
    parts = [ids[:, :n], encode_bins(values, columns), ids[:, n:]]
    return np.ascontiguousarray(np.concatenate(parts, axis=1))


def encode_rows(
    batch: pa.RecordBatch,
    columns: Columns,
    vocabularies: Sequence[Vocabulary],
    where: tuple[Path, int],
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """What a trained network reads of a batch: ``[rows, slots]`` and scaled ``[rows, numbers]``; errors as of both parts."""
    ids = encode_categories(batch, columns, vocabularies, grow=False, where=where)
    numbers = encode_numbers(batch, columns.numbers, *where)
    ids = with_bins(ids, numbers, columns)
    scale(numbers, columns.numbers)
    return ids, numbers


def encode_outcome(
    batch: pa.RecordBatch, name: str, path: Path, n_before: int
) -> NDArray[np.float32]:
    """A label or a weight, ``[rows]``.

    Raises:
        BadInput: a value is missing or infinite.
    """
    values = batch.column(name).to_numpy(zero_copy_only=False)
    if not (is_fine := np.isfinite(values)).all():
        row = n_before + int((~is_fine).argmax())
        raise _refused(path, row, name, "missing or infinite")
    return np.ascontiguousarray(values, dtype=np.float32)


def scale(rows: NDArray[np.float32], numbers: Sequence[Number]) -> None:
    """Standardise ``[rows, numbers]`` in place; what is missing becomes 0."""
    rows -= np.array([n.mean for n in numbers], dtype=np.float32)
    rows /= np.array([n.deviation for n in numbers], dtype=np.float32)
    np.copyto(rows, 0.0, where=np.isnan(rows))
    # nearly never: this check takes a fifth of the time of what it avoids
    if not np.isfinite(rows).all():
        np.nan_to_num(rows, copy=False)


class Runs:
    """Numbers groups: rows with the same value, one after the other, are one."""

    def __init__(self) -> None:
        self._last: object = object()
        self._number = -1

    def number(self, column: Any) -> NDArray[np.int64]:
        """``[rows]``, growing from batch to batch."""
        values = column.dictionary.to_pylist()
        places = pc.fill_null(column.indices, -1).to_numpy(zero_copy_only=False)
        is_new = np.ones(len(places), dtype=bool)
        is_new[1:] = places[1:] != places[:-1]
        first = values[places[0]] if places[0] >= 0 else None
        is_new[0] = first != self._last
        found: NDArray[np.int64] = (self._number + np.cumsum(is_new)).astype(np.int64)
        self._number = int(found[-1])
        self._last = values[places[-1]] if places[-1] >= 0 else None
        return found


def _refused(path: Path, row: int, name: str, what: str) -> BadInput:
    return BadInput(
        f"{path}, row {row + 1:,}, column {name!r}: the value is {what}",
        fix="correct that row or take it out",
    )
