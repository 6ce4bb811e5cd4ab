"""Columns with a text of a value: the title of a product. Each value has one, the first that a file gives it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from baihuo.core import BadInput, close_match


@dataclass(frozen=True, slots=True)
class TextColumn:
    """A field whose values have a text, the column with it, and numbers in its vector (0: not encoded yet)."""

    of: str
    column: str
    dim: int = 0


def choose_texts(
    texts: Mapping[str, str], names: Sequence[str], fields: Sequence[str], *, is_hashed: bool
) -> tuple[TextColumn, ...]:
    """Texts as specified, field by field.

    Args:
        texts: Field to the column with its text.
        names: All columns of the file.
        fields: Categories of the row.

    Raises:
        BadInput: a column is not there, is no category, or its values are hashed and so have no text.
    """
    for of, column in texts.items():
        for name, among in ((of, fields), (column, names)):
            if name not in among:
                near = close_match(name, among) or f"one of {', '.join(among)}"
                raise BadInput(f"texts: {name!r} is no column that can be used here", fix=near)
        if is_hashed:
            raise BadInput(
                f"texts: values of {of!r} are hashed, so that several share one text",
                fix="leave hash_size out, or texts",
            )
    return tuple(TextColumn(of, column) for of, column in texts.items())


def first_texts(batches: Iterable[pa.RecordBatch], text: TextColumn) -> dict[str, str]:
    """Values to their texts; a value without a text is left out.

    Args:
        batches: With the field and the column dictionary-encoded.
    """
    found: dict[str, str] = {}
    for batch in batches:
        values, texts = batch.column(text.of), batch.column(text.column)
        pairs = pc.is_valid(values).to_numpy(zero_copy_only=False)
        pairs &= pc.is_valid(texts).to_numpy(zero_copy_only=False)
        ids = pc.fill_null(values.indices, 0).to_numpy(zero_copy_only=False)
        _, first = np.unique(ids[pairs], return_index=True)
        rows = np.flatnonzero(pairs)[np.sort(first)]
        known, words = values.dictionary.to_pylist(), texts.dictionary.to_pylist()
        text_ids = pc.fill_null(texts.indices, 0).to_numpy(zero_copy_only=False)
        for row in rows:
            found.setdefault(known[ids[row]], words[text_ids[row]])
    return found
