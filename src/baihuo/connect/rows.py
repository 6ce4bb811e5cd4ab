"""Data that the modules of this package exchange: blocks as read, validated rows, refused rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol, TypeAlias, runtime_checkable

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from baihuo.core import BrokenFile
from baihuo.engine import Tables

Kind: TypeAlias = Literal["events", "products"]
IdMode: TypeAlias = Literal["plain", "hmac"]

Mask: TypeAlias = Callable[[pa.ChunkedArray], pa.ChunkedArray]
"""Masks personal data in a text column (see ``privacy.column_mask``)."""


class Identities(Protocol):
    """What becomes of ids on entry (see ``privacy.Identities``)."""

    mode: IdMode

    def of(self, given: str) -> str:
        """What is stored of the id of a visitor, a session or an order."""
        ...

    def column(self, column: pa.ChunkedArray, *, names_person: bool = True) -> pa.ChunkedArray:
        """The same for a column of them, or of other ids."""
        ...


@runtime_checkable
class MasksIdentities(Protocol):
    """A :data:`Mask` that knows what becomes of ids."""

    @property
    def identities(self) -> Identities:
        """What becomes of them."""
        ...


MAX_CELL_BYTES = 1 << 20
"""A longer cell is damage (an unclosed quote, a binary blob), not content."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """One row that cannot be used, or one value that is withheld from a row: its line, the error, and how to fix it."""

    line: int  # 1-based line where the row starts; the row number where the format has no lines
    field: str | None
    value: str | None
    reason: str  # a stable code such as "bad_number"
    fix: str
    raw: str
    identities: tuple[str, ...] = ()  # of visitor, session and order, where the row could be read


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a file as columns, before validation.

    ``rows`` has one column for each source column (text for text formats, typed for Parquet); ``lines[i]``
    is where row ``i`` starts; ``raw(i)`` is its text as in the file.
    """

    rows: pa.Table
    lines: NDArray[np.int64]
    raw: Callable[[int], str]
    rejected: list[Rejected] = field(default_factory=list)
    bytes_done: int = 0  # of the file, for progress
    empty: str | None = None  # what a null of ``rows`` was in the file: "" where cells are text

    @property
    def n_in(self) -> int:
        """Rows of the file that this block covers."""
        return self.rows.num_rows + len(self.rejected)


@dataclass(frozen=True, slots=True)
class ValidatedRows:
    """Valid rows, in the shop's schema without ``import_id``, refused rows, and values withheld from the valid ones."""

    kept: pa.Table
    rejected: list[Rejected]
    bytes_done: int = 0
    withheld: list[Rejected] = field(default_factory=list)  # null in ``kept``; by line


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How the files of one import are read."""

    kind: Kind | None = None  # None: by the columns
    format: str | None = None  # None: by the first bytes and the columns
    mapping: Mapping[str, str] = field(default_factory=dict)  # our field -> their column
    currency: str | None = None  # for prices without a currency
    encoding: str | None = None  # of text files; None: UTF-8
    origin: Mapping[str, object] = field(
        default_factory=dict
    )  # of corrected rows: from which row, by whom, why


@dataclass(frozen=True, slots=True)
class OpenedFile:
    """One file to import: its path, hash and options, and the engine that types its rows."""

    path: Path
    sha256: str
    options: Options
    tables: Tables


class Format(Protocol):
    """A file format."""

    name: str

    def kinds(self, file: OpenedFile) -> tuple[Kind, ...]:
        """The kinds of rows in the file.

        Raises:
            BrokenFile: it cannot be read, or lacks a required column.
        """
        ...

    def columns(self, file: OpenedFile) -> tuple[str, ...]:
        """The columns that a mapping may name; none where the format defines its columns.

        Raises:
            BrokenFile: it cannot be read.
        """
        ...

    def notes(self, file: OpenedFile, kind: Kind) -> list[str]:
        """Notes on this import for the user: unused columns, prices without currency."""
        ...

    def read(self, file: OpenedFile, kind: Kind) -> Iterator[ValidatedRows]:
        """The rows of the file, in order, validated.

        Raises:
            BrokenFile: it cannot be read to the end.
        """
        ...


def broken(path: Path, problem: str, *, fix: str) -> BrokenFile:
    """The error of a file that cannot be read."""
    return BrokenFile(f"{path.name}: {problem}", fix=fix)


MOST_COLUMNS = 10_000
"""Of a file. Beyond that it is no table of products or events: ids stand where names of columns should, or rows where columns."""


def require_columns(path: Path, names: Sequence[str]) -> None:
    """Refuse names that no table can have.

    Raises:
        BrokenFile: there are too many, or one occurs twice.
    """
    if len(names) > MOST_COLUMNS:
        raise broken(
            path,
            f"it has {len(names):,} columns; at most {MOST_COLUMNS:,} are read",
            fix="export a row a product or event, and only the columns that are needed; if the table lies on its side, transpose it",
        )
    if twice := sorted(name for name, n in Counter(names).items() if n > 1):
        shown = ", ".join(twice[:20]) + (", …" if len(twice) > 20 else "")
        raise broken(
            path,
            f"it names {shown} more than once",
            fix="rename or drop one of them, so that every name is unique",
        )


def with_line_numbers(block: Block) -> pa.Table:
    """The block's rows with their lines as ``__line__``; a source column of that name is dropped."""
    rows = block.rows
    if "__line__" in rows.column_names:
        rows = rows.drop_columns(["__line__"])
    return rows.append_column("__line__", pa.array(block.lines, pa.int64()))
