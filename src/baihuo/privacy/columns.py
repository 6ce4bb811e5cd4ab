"""Masks whole columns: a fast pre-filter skips texts without personal data, which are most."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from baihuo.privacy.identities import Identities, IdMode
from baihuo.privacy.masking import mask
from baihuo.privacy.suspects import SUSPECTS


class ColumnMask:
    """Masks columns of text with the key of a shop; see :func:`column_mask`."""

    def __init__(self, key: bytes, ids: IdMode) -> None:
        mask("", key)
        self._key, self._identities = key, Identities(key, ids)

    def __call__(self, column: pa.ChunkedArray) -> pa.ChunkedArray:
        """The column with each text masked."""
        suspect = _suspect(column)
        if not pc.any(suspect).as_py():
            return column
        texts = [mask(t, self._key).text for t in column.filter(suspect).to_pylist()]
        flat = pa.chunked_array(column.chunks, type=column.type).combine_chunks()
        flags = pa.chunked_array(suspect.chunks, type=pa.bool_()).combine_chunks()
        return pa.chunked_array([pc.replace_with_mask(flat, flags, pa.array(texts, flat.type))])

    @property
    def identities(self) -> Identities:
        """Pseudonymises ids on entry."""
        return self._identities


def column_mask(key: bytes, ids: IdMode = "plain") -> ColumnMask:
    """A function that masks a column of text as :func:`baihuo.privacy.mask` masks one text.

    Args:
        ids: Which ids become pseudonyms where a whole table is imported; see ``Identities``.

    Raises:
        ValueError: the key is empty.
    """
    return ColumnMask(key, ids)


def _suspect(column: pa.ChunkedArray) -> pa.ChunkedArray:
    suspect = pc.match_substring_regex(column, SUSPECTS[0])
    for pattern in SUSPECTS[1:]:
        suspect = pc.or_(suspect, pc.match_substring_regex(column, pattern))
    return pc.fill_null(suspect, False)
