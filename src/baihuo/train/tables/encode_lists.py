"""Lists of values to slots of a fixed number: the newest stands last, slots without a value hold 0."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from baihuo.core import BadInput
from baihuo.train.tables.sequence_columns import AGE_STEPS, Sequence
from baihuo.train.tables.vocabulary import Vocabulary

LISTS = pa.list_(pa.string())
_AROUND = " \t[]|,;'\""
_BETWEEN = r"[\s|,;'\"\[\]]+"  # also of lists as Python and JSON write them
_MISSING = pa.array(["", "NA", "N/A", "NaN", "nan", "null", "NULL", "None"])


def split_lists(texts: Any, separator: str | None) -> Any:
    """Texts to lists of texts; an empty text is an empty list.

    >>> split_lists(pa.array(["7|3", "['a', 'b']", "", None]), None).to_pylist()
    [['7', '3'], ['a', 'b'], None, None]
    >>> split_lists(pa.array(["red shoe>sock"]), ">").to_pylist()
    [['red shoe', 'sock']]
    """
    texts = pc.utf8_trim(texts.cast(pa.string()), characters=_AROUND if separator is None else " ")
    texts = pc.if_else(pc.equal(texts, ""), pa.scalar(None, pa.string()), texts)
    if separator is None:
        return pc.split_pattern_regex(texts, pattern=_BETWEEN)
    return pc.split_pattern(texts, pattern=separator)


def encode_sequence(
    batch: pa.RecordBatch,
    sequence: Sequence,
    vocabularies: Mapping[str, Vocabulary],
    *,
    grow: bool,
    counted: bool,
    where: tuple[Path, int],
) -> NDArray[np.int32]:
    """``[rows, slots of the sequence]``: its items, then its types, then its ages.

    Args:
        vocabularies: By field.
        counted: Rare values are cut later, so they are counted.
        where: The file, and its rows before this batch.

    Raises:
        BadInput: a list of types or ages is not as long as that of the items, or an age is no number from 0 up.
    """
    items = batch.column(sequence.name)
    lengths = _lengths(items)
    found = []
    for name, field in sequence.parts:
        lists = batch.column(name)
        differs = _lengths(lists) != lengths
        if differs.any():
            row = int(differs.argmax())
            raise BadInput(
                f"{where[0]}, row {where[1] + row + 1:,}: {_lengths(lists)[row]} values in {name!r}, "
                f"{lengths[row]} in {sequence.name!r}",
                fix="give lists of the same length",
            )
        values = lists.flatten()
        if name == sequence.ages:
            ids = _ages(values, lengths, name, where)
        else:
            ids = _numbers(values, vocabularies[field], grow=grow)
            if grow and counted:
                vocabularies[field].count(ids)
        found.append(_newest_last(ids, lengths, sequence.length))
    return np.concatenate(found, axis=1)


def _lengths(lists: Any) -> NDArray[np.int64]:
    found = pc.fill_null(pc.list_value_length(lists), 0).to_numpy(zero_copy_only=False)
    return np.asarray(found, dtype=np.int64)


def _numbers(values: Any, vocabulary: Vocabulary, *, grow: bool) -> NDArray[np.int32]:
    missing = pc.is_in(values, value_set=_MISSING)
    coded = pc.if_else(missing, pa.scalar(None, pa.string()), values).dictionary_encode()
    numbers = np.append(vocabulary.look_up(coded.dictionary.to_pylist(), grow=grow), 0)
    places = pc.fill_null(coded.indices, len(numbers) - 1).to_numpy(zero_copy_only=False)
    return numbers.astype(np.int32)[places]


def _ages(
    values: Any, lengths: NDArray[np.int64], name: str, where: tuple[Path, int]
) -> NDArray[np.int32]:
    """Seconds to steps, from 1; 0: missing."""
    missing = pc.fill_null(pc.is_in(values, value_set=_MISSING), True).to_numpy(
        zero_copy_only=False
    )
    seconds = np.zeros(len(values))
    for at, value in enumerate(values.to_pylist()):
        if missing[at] or value is None:
            continue
        try:
            seconds[at] = float(value)
        except ValueError:
            seconds[at] = -1.0
        if not 0 <= seconds[at] < np.inf:
            row = int(np.searchsorted(np.cumsum(lengths), at, side="right"))
            raise BadInput(
                f"{where[0]}, row {where[1] + row + 1:,}, column {name!r}: {value!r} is no age in seconds, from 0 up",
                fix="give how long before the row each event was; what came after it cannot be known",
            )
    steps = 1 + np.minimum(np.floor(2 * np.log2(1 + seconds)), AGE_STEPS - 1)
    return np.where(missing, 0, steps).astype(np.int32)


def _newest_last(
    ids: NDArray[np.int32], lengths: NDArray[np.int64], n_kept: int
) -> NDArray[np.int32]:
    """``[rows, n_kept]`` of the values of all rows, one after the other."""
    found = np.zeros((len(lengths), n_kept), dtype=np.int32)
    row = np.repeat(np.arange(len(lengths)), lengths)
    from_end = np.cumsum(lengths)[row] - 1 - np.arange(len(ids))
    kept = from_end < n_kept
    found[row[kept], n_kept - 1 - from_end[kept]] = ids[kept]
    return found
