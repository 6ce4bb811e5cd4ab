"""Reads which text each value of a file has."""

from __future__ import annotations

from pathlib import Path

from baihuo.train.tables.columns import Category, Columns
from baihuo.train.tables.read_table import batches, column_names
from baihuo.train.tables.text_columns import TextColumn, first_texts


def read_first_texts(path: Path, text: TextColumn) -> dict[str, str]:
    """Values to their texts; none where the file has no such column."""
    names = column_names(path)
    if text.of not in names or text.column not in names:
        return {}
    both = (Category(text.of), Category(text.column))
    return first_texts(batches(path, Columns(label="", categories=both, numbers=())), text)
