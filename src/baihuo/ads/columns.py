"""Columns of a table as arrays, checked: what the reports about ads read."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from baihuo.core import BadInput


def columns_of(table: pa.Table, name: str, schema: pa.Schema) -> dict[str, NDArray[Any]]:
    """Return the columns of ``schema`` as arrays. Other columns of the table are ignored.

    Args:
        table: With at least the columns of ``schema``, of types that can be cast to theirs.
        name: Of the table, for messages.
        schema: A field that is nullable may be missing, or have nulls: NaN for numbers, None for texts.

    Raises:
        BadInput: a column is missing, has a null, or a value of another type; names the first row.
    """
    found = {}
    for field in schema:
        if field.name not in table.column_names:
            if field.nullable:
                continue
            raise BadInput(
                f"{name} have no column {field.name!r}",
                fix=f"give the columns {', '.join(f.name for f in schema if not f.nullable)}",
            )
        column = table.column(field.name)
        if not field.nullable and column.null_count:
            row = pc.index(pc.is_null(column), True).as_py()
            raise BadInput(
                f"row {row} of {name}: {field.name} is missing",
                fix="leave such rows out: they can be joined to nothing",
            )
        try:
            found[field.name] = column.cast(field.type).to_numpy()
        except pa.ArrowInvalid as error:
            raise BadInput(
                f"{name}: column {field.name!r}: {error}", fix=f"make it {field.type}"
            ) from error
    return found


def codes(*columns: NDArray[Any]) -> list[NDArray[np.int64]]:
    """Replace texts by numbers that are the same in all the columns, in the order of first appearance."""
    whole = pa.array(np.concatenate(columns), from_pandas=True).dictionary_encode()
    code = np.asarray(whole.indices.to_numpy(zero_copy_only=False), dtype=np.int64)
    return np.split(code, np.cumsum([len(c) for c in columns])[:-1])
