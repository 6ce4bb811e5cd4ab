"""Masking whole columns: most texts hold nothing personal and are never touched."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from baihuo.privacy.masking import mask

ColumnMask: TypeAlias = Callable[[pa.ChunkedArray], pa.ChunkedArray]
"""A text column in, the same column without personal data out."""

# Anything that could be a find: an @, or seven digits with little between them.
_SUSPECT = r"[@＠]|[0-9０-９](?:[^0-9０-９\pL]{0,3}[0-9０-９]){6}"


def column_mask(key: bytes) -> ColumnMask:
    """A function that masks a column of text as :func:`baihuo.privacy.mask` masks one text.

    Raises:
        ValueError: the key is empty.
    """
    mask("", key)

    def masked(column: pa.ChunkedArray) -> pa.ChunkedArray:
        suspect = pc.fill_null(pc.match_substring_regex(column, _SUSPECT), False)
        if not pc.any(suspect).as_py():
            return column
        texts = [mask(t, key).text for t in column.filter(suspect).to_pylist()]
        flat = pa.chunked_array(column.chunks, type=column.type).combine_chunks()
        flags = pa.chunked_array(suspect.chunks, type=pa.bool_()).combine_chunks()
        return pa.chunked_array([pc.replace_with_mask(flat, flags, pa.array(texts, flat.type))])

    return masked
