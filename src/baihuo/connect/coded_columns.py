"""Columns of text as codes into their distinct texts, so that each distinct text is looked at once.

Cells of a log repeat: the visitor, the page, the device. What an import does to a text (trim, type, mask) it does to the
dictionary, and rows only carry codes.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

CODED = pa.dictionary(pa.int32(), pa.string())


def is_coded(arrow: pa.DataType) -> bool:
    """Whether a column has codes."""
    return bool(pa.types.is_dictionary(arrow))


def single(column: pa.ChunkedArray) -> pa.Array:
    """A column as one array."""
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def coded(column: pa.Array) -> pa.DictionaryArray:
    """A column of text with codes; one that has codes is returned as it is."""
    if column.type == CODED and not column.dictionary.null_count:
        return column
    return column.cast(pa.string()).dictionary_encode()


def codes(column: pa.DictionaryArray) -> tuple[NDArray[np.int32], NDArray[np.bool_] | None]:
    """The code of each row, and which rows are null (None: no row is). Codes of null rows are 0."""
    indices = column.indices
    if not indices.null_count:
        return indices.to_numpy(), None
    return indices.fill_null(0).to_numpy(), indices.is_null().to_numpy(zero_copy_only=False)


def without(column: pa.DictionaryArray, is_gone: NDArray[np.bool_]) -> pa.DictionaryArray:
    """The column with null where ``is_gone`` says so of a text of its dictionary."""
    if not is_gone.any():
        return column
    at, is_null = codes(column)
    gone = is_gone[at] if is_null is None else is_gone[at] | is_null
    return pa.DictionaryArray.from_arrays(pa.array(at, mask=gone), column.dictionary)


def n_rows_of(column: pa.DictionaryArray) -> NDArray[np.int64]:
    """How many rows each text of the dictionary has."""
    at, is_null = codes(column)
    return np.bincount(at if is_null is None else at[~is_null], minlength=len(column.dictionary))


def taken(values: pa.Array, column: pa.DictionaryArray) -> pa.Array:
    """The values of rows, where ``values`` has one for each text of the dictionary; texts with codes again."""
    if not pa.types.is_string(values.type):
        return values.take(column.indices)
    distinct = values.dictionary_encode()
    at = distinct.indices.take(column.indices)
    return pa.DictionaryArray.from_arrays(at, distinct.dictionary)


def one_dictionary(table: pa.Table) -> pa.Table:
    """The table with one dictionary a column, which holds only texts of its rows: a refused row leaves nothing behind."""
    table = table.unify_dictionaries()
    for at, field in enumerate(table.schema):
        if is_coded(field.type) and table.num_rows:
            table = table.set_column(at, field, _compact(table.column(at)))
    return table


def _compact(column: pa.ChunkedArray) -> pa.ChunkedArray:
    texts = column.chunk(0).dictionary
    is_used = np.zeros(len(texts), bool)
    for chunk in column.chunks:
        at, is_null = codes(chunk)
        is_used[at if is_null is None else at[~is_null]] = True
    if is_used.all():
        return column
    texts = texts.filter(pa.array(is_used))
    new_code = (np.cumsum(is_used) - 1).astype(np.int32)
    chunks = []
    for chunk in column.chunks:
        at, is_null = codes(chunk)
        new = new_code[at] if len(is_used) else at
        chunks.append(pa.DictionaryArray.from_arrays(pa.array(new, mask=is_null), texts))
    return pa.chunked_array(chunks, type=column.type)


def padded(arrays: Mapping[str, pa.Array]) -> pa.Table:
    """Columns of any lengths as one table, with null behind the shorter ones."""
    n = max((len(array) for array in arrays.values()), default=0)
    columns = {}
    for name, array in arrays.items():
        rest = n - len(array)
        columns[name] = pa.concat_arrays([array, pa.nulls(rest, array.type)]) if rest else array
    return pa.table(columns)


def has_text(texts: pa.Array, wanted: tuple[str, ...]) -> NDArray[np.bool_]:
    """Which of some texts are among ``wanted``."""
    found = pc.is_in(texts, value_set=pa.array(wanted, texts.type))
    return np.asarray(found.to_numpy(zero_copy_only=False), bool)
