"""What passes between the parts of this room: rows as read, rows as checked, rows refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from baihuo.core import BrokenFile
from baihuo.engine import Tables

Kind: TypeAlias = Literal["events", "products"]

Mask: TypeAlias = Callable[[pa.ChunkedArray], pa.ChunkedArray]
"""A text column in, the same column without personal data out (``privacy.column_mask`` makes one)."""

MAX_CELL_BYTES = 1 << 20
"""A longer cell is damage (a quote never closed, a binary blob), not something a shop shows."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """One row that cannot be used: where it is, what is wrong with it, how to mend it."""

    line: int  # 1-based: the line it starts on, or its number where the format has no lines
    field: str | None
    value: str | None
    reason: str  # short and stable: "bad_number"
    fix: str
    raw: str


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of a file as columns, before anything is believed.

    ``rows`` has one column a source column (text for text formats, typed for Parquet); ``lines[i]``
    is where row ``i`` starts; ``raw(i)`` is its text as it stood in the file.
    """

    rows: pa.Table
    lines: NDArray[np.int64]
    raw: Callable[[int], str]
    rejected: list[Rejected] = field(default_factory=list)
    bytes_done: int = 0  # of the file, for progress

    @property
    def n_in(self) -> int:
        """Rows of the file this block accounts for."""
        return self.rows.num_rows + len(self.rejected)


@dataclass(frozen=True, slots=True)
class ValidatedRows:
    """Rows that may be kept, as the shop's table without ``import_id``, and those that may not."""

    kept: pa.Table
    rejected: list[Rejected]
    bytes_done: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How the files of one import are read."""

    kind: Kind | None = None  # None: by the columns
    format: str | None = None  # None: by the ending and the first bytes
    mapping: Mapping[str, str] = field(default_factory=dict)  # our field -> their column
    currency: str | None = None  # for rows that name none
    encoding: str | None = None  # of text files; None: UTF-8
    origin: Mapping[str, object] = field(
        default_factory=dict
    )  # of mended rows: from which, by whom, why


@dataclass(frozen=True, slots=True)
class OpenedFile:
    """One file, understood: its hash, its format, and the kinds of rows it can give."""

    path: Path
    sha256: str
    options: Options
    tables: Tables


class Format(Protocol):
    """One way a file may be shaped."""

    name: str

    def kinds(self, file: OpenedFile) -> tuple[Kind, ...]:
        """What the file holds.

        Raises:
            BrokenFile: it cannot be read, or lacks a column that its kind needs.
        """
        ...

    def columns(self, file: OpenedFile) -> tuple[str, ...]:
        """The columns that a mapping may name; none where the format says what its columns mean.

        Raises:
            BrokenFile: it cannot be read.
        """
        ...

    def notes(self, file: OpenedFile, kind: Kind) -> list[str]:
        """What a person should know of this import: columns nobody took, prices without currency."""
        ...

    def read(self, file: OpenedFile, kind: Kind) -> Iterator[ValidatedRows]:
        """The file's rows in order, checked.

        Raises:
            BrokenFile: it turned out not to be readable to its end.
        """
        ...


def broken(path: Path, what: str, *, fix: str) -> BrokenFile:
    """The error of a file that cannot be read, named."""
    return BrokenFile(f"{path.name}: {what}", fix=fix)


def with_line_numbers(block: Block) -> pa.Table:
    """The block's rows with their lines as ``__line__``; a column that has that name is left out."""
    rows = block.rows
    if "__line__" in rows.column_names:
        rows = rows.drop_columns(["__line__"])
    return rows.append_column("__line__", pa.array(block.lines, pa.int64()))
