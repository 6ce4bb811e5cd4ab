"""CSV as blocks of text columns, every row with the line it starts on.

Almost every line is one row, and a C++ parser reads those in one call. Lines that could break their
neighbours are found first, with numpy over the bytes, and set aside: lines with an odd number of quotes
(a cell that continues on the next line, or a quote that is never closed), zero bytes, bytes that are not
UTF-8, very long lines. Python parses those one by one. If the C++ parser still returns another number of
rows than there were lines, the block is read again line by line.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
from numpy.typing import NDArray

from baihuo.connect.coded_columns import CODED
from baihuo.connect.encodings import legacy_encoding
from baihuo.connect.rows import MAX_CELL_BYTES, Block, Rejected, broken, require_columns
from baihuo.connect.text_files import (
    QUOTE,
    ZERO_BYTE,
    Lines,
    TextFile,
    old_mac_lines,
    reject,
    set_aside,
    too_long,
)


def csv_blocks(file: TextFile, wanted: Mapping[str, bool] | None = None) -> Iterator[Block]:
    """The rows of a CSV file as text columns, named by the header.

    Args:
        file: The file.
        wanted: The columns to return, with null for an empty cell, and whether their texts repeat, so that they have codes
            (``coded_columns.py``); None: all, without codes or nulls.
    """
    header: Header | None = None
    for lines in file.blocks():
        if header is None:
            header, n_taken = read_header(lines, file)
            lines = lines.after(n_taken)
        block, n_read = _Parser(lines, header, wanted).block()
        if n_read < len(lines):
            file.unread(lines.data[lines.starts[n_read] :], lines.first_line + n_read)
        yield block


class _Parser:
    """Parses one block of lines."""

    def __init__(self, lines: Lines, header: Header, wanted: Mapping[str, bool] | None) -> None:
        self.lines, self.header = lines, header
        self.has_nulls = wanted is not None
        wanted = dict.fromkeys(header.names, False) if wanted is None else wanted
        self.types = {name: CODED if repeats else pa.string() for name, repeats in wanted.items()}
        self.width = len(header.names)
        self.rejected: list[Rejected] = []
        self.extra_rows: list[list[str]] = []  # parsed by Python, appended out of order
        self.extra_lines: list[int] = []
        self.spans: dict[int, int] = {}  # first line of a row → its last line, where they differ

    def block(self) -> tuple[Block, int]:
        """The block's rows, and how many of its lines they cover."""
        n_read = len(self.lines)
        aside = np.zeros(n_read, bool)  # lines that the C++ parser must not see
        if n_read:
            n_read = self._set_aside_odd_quotes(aside)
            self.rejected += set_aside(self.lines, aside, n_read)
        keep = np.flatnonzero(~aside[:n_read])
        table, numbers = self._parse_fast(keep)
        if self.extra_rows:
            table, numbers = self._with_extra(table, numbers)
        self.rejected.sort(key=lambda r: r.line)
        first = self.lines.first_line

        def raw(i: int) -> str:
            at = int(numbers[i])
            return self.lines.raw(at, self.spans.get(at, at)).decode("utf-8", "replace")

        empty = "" if self.has_nulls else None
        block = Block(table, numbers + first, raw, self.rejected, self.lines.bytes_done, empty)
        return block, n_read

    def _reject(self, i: int, reason: str, fix: str, last: int | None = None) -> None:
        self.rejected.append(reject(self.lines, i, reason, fix, last))

    def _set_aside_odd_quotes(self, aside: NDArray[np.bool_]) -> int:
        """Set aside every line with an odd number of quotes; returns how many lines are done."""
        if b'"' not in self.lines.data:
            return len(self.lines)
        is_quote = (self.lines.buffer == QUOTE).view(np.uint8)
        parity = np.bitwise_xor.reduceat(is_quote, self.lines.starts)
        odd = np.flatnonzero((parity == 1) & ~too_long(self.lines))
        done_to = 0  # lines before this one already belong to a row
        for index, i in enumerate(odd.tolist()):
            if i < done_to:
                continue
            row = self._split_row(self.lines.raw(i))
            if row is not None and len(row) == self.width:
                self._add_row(i, i, row)  # the quote is part of a cell, as in 7" FRAME
                aside[i] = True
                continue
            closing = int(odd[index + 1]) if index + 1 < len(odd) else None
            n_rest = len(self.lines.data) - self.lines.starts[i]
            if closing is None and not self.lines.is_last and n_rest < MAX_CELL_BYTES:
                aside[i:] = True
                return i  # the cell may close in the next block
            if closing is not None and (row := self._join_lines(i, closing)) is not None:
                self._add_row(i, closing, row)
                aside[i : closing + 1] = True
                done_to = closing + 1
                continue
            aside[i] = True
            self._reject_row(i)
        return len(self.lines)

    def _join_lines(self, i: int, j: int) -> list[str] | None:
        """Lines ``i`` to ``j`` as one row with a cell of several lines, or None if they are not.

        A quote that was never closed extends to the next stray quote and could swallow good rows in
        between. So lines that are whole rows by themselves prevent the join.
        """
        if self.lines.ends[j] - self.lines.starts[i] > MAX_CELL_BYTES:
            return None
        row = self._split_row(self.lines.raw(i, j))
        if row is None or len(row) != self.width:
            return None
        if self.width >= 3:
            last = j if self.lines.raw(i).lstrip().startswith(b'"') else j + 1
            for k in range(i + 1, last):
                alone = self._split_row(self.lines.raw(k))
                if alone is not None and len(alone) == self.width:
                    return None
        return row

    def _split_row(self, raw: bytes) -> list[str] | None:
        try:
            return split_cells(raw.decode(), self.header.delimiter)
        except UnicodeDecodeError:
            return None

    def _add_row(self, i: int, j: int, row: list[str]) -> None:
        if any("\0" in cell for cell in row):
            self._reject(i, *ZERO_BYTE, j)
            return
        self.extra_rows.append(row)
        self.extra_lines.append(i)
        if j > i:
            self.spans[i] = j

    def _reject_row(self, i: int) -> None:
        """Refuse a line that is not one row, or not as wide as the header, with the reason."""
        raw = self.lines.raw(i)
        row = self._split_row(raw)
        if row is None and b"\r" in raw:
            reason, fix = "stray_return", "remove the carriage return inside the line"
        elif row is None:
            reason, fix = "unclosed_quote", 'close the quote, or double it (""), on this line'
        else:
            n, width = len(row), self.width
            reason = "too_few_columns" if n < width else "too_many_columns"
            fix = f"the header has {width} columns and this row {n}: add, remove or quote a cell"
        self._reject(i, reason, fix)

    def _parse_fast(self, keep: NDArray[np.intp]) -> tuple[pa.Table, NDArray[np.int64]]:
        """The lines at ``keep``, one row each, and the line number of each row."""
        if len(keep) == 0:
            return self._table([]), keep.astype(np.int64)
        lines = self.lines
        lengths = lines.ends - lines.starts
        data = lines.data
        if len(keep) < len(lines):
            mask = np.zeros(len(lines), bool)
            mask[keep] = True
            data = lines.buffer[np.repeat(mask, lengths)].tobytes()
        wrong: list[int] = []

        def skip(row: pacsv.InvalidRow) -> str:
            wrong.append(row.number - 1)
            return "skip"

        names = self.header.names
        try:
            table = pacsv.read_csv(
                pa.BufferReader(data),
                read_options=pacsv.ReadOptions(
                    column_names=names, use_threads=False, block_size=len(data) + 1
                ),
                parse_options=pacsv.ParseOptions(
                    delimiter=self.header.delimiter,
                    invalid_row_handler=skip,
                    ignore_empty_lines=False,
                ),
                convert_options=pacsv.ConvertOptions(
                    column_types=self.types,
                    include_columns=list(self.types),
                    strings_can_be_null=self.has_nulls,
                    null_values=[""],
                    check_utf8=False,
                ),
            )
        except pa.ArrowInvalid:
            return self._parse_each_line(keep)
        if table.num_rows + len(wrong) != len(keep):
            return self._parse_each_line(keep)
        for ordinal in wrong:
            self._reject_row(int(keep[ordinal]))
        numbers = np.delete(keep, wrong) if wrong else keep
        blank = self._blank(numbers, lengths)
        if blank.any():
            table, numbers = table.filter(pa.array(~blank)), numbers[~blank]
        return table, numbers.astype(np.int64)

    def _blank(self, numbers: NDArray[np.intp], lengths: NDArray[np.int64]) -> NDArray[np.bool_]:
        short = lengths[numbers] <= 2
        if short.any():
            for index in np.flatnonzero(short):
                short[index] = not self.lines.raw(int(numbers[index]))
        return short

    def _parse_each_line(self, keep: NDArray[np.intp]) -> tuple[pa.Table, NDArray[np.int64]]:
        """The same, one line at a time: quotes or carriage returns confused the C++ parser."""
        rows, numbers = [], []
        for i in keep.tolist():
            raw = self.lines.raw(i)
            if not raw:
                continue
            row = self._split_row(raw)
            if row is None or len(row) != self.width:
                self._reject_row(i)
            else:
                rows.append(row)
                numbers.append(i)
        return self._table(rows), np.array(numbers, np.int64)

    def _with_extra(
        self, table: pa.Table, numbers: NDArray[np.int64]
    ) -> tuple[pa.Table, NDArray[np.int64]]:
        plain = table.cast(pa.schema([(name, pa.string()) for name in self.types]))
        both = pa.concat_tables([plain, self._plain(self.extra_rows)])
        where = np.concatenate([numbers, np.array(self.extra_lines, np.int64)])
        order = np.argsort(where, kind="stable")
        return self._typed(both.take(order)), where[order]

    def _table(self, rows: list[list[str]]) -> pa.Table:
        return self._typed(self._plain(rows))

    def _plain(self, rows: list[list[str]]) -> pa.Table:
        columns = zip(*rows, strict=True) if rows else [[] for _ in self.header.names]
        texts = dict(zip(self.header.names, columns, strict=True))
        return pa.table({name: pa.array(list(texts[name]), pa.string()) for name in self.types})

    def _typed(self, plain: pa.Table) -> pa.Table:
        """The table with codes where texts repeat."""
        if self.has_nulls:
            given = [pc.if_else(pc.equal(texts, ""), None, texts) for texts in plain.columns]
            plain = pa.table(given, names=plain.column_names)
        columns = [
            plain[name].dictionary_encode() if arrow == CODED else plain[name]
            for name, arrow in self.types.items()
        ]
        return pa.table(columns, names=list(self.types))


# The header of a CSV file, and how one line is split into cells.


_DELIMITERS = ",;\t|"

csv.field_size_limit(1 << 30)  # our own limit is lower and gives a reason


@dataclass(frozen=True, slots=True)
class Header:
    """The first line that is not blank."""

    names: tuple[str, ...]
    delimiter: str


def read_header(lines: Lines, file: TextFile) -> tuple[Header, int]:
    """The header of a file's first block, and how many lines it takes, including blank lines before it.

    Raises:
        BrokenFile: there is none, it has too many names, or a name occurs twice.
    """
    for i in range(len(lines)):
        raw = lines.raw(i)
        if not raw.strip():
            continue
        try:
            text = raw.decode()
        except UnicodeDecodeError as error:
            found = legacy_encoding(raw)
            raise broken(
                file.path,
                f"the first line is not UTF-8; it looks like {found}",
                fix=f"import it with --encoding {found}",
            ) from error
        if "\0" in text:
            raise broken(
                file.path,
                f"the header (line {lines.first_line + i}) holds zero bytes",
                fix="export the file again; if it is UTF-16, use --encoding utf-16",
            )
        if "\r" in text and not any(lines.raw(k).strip() for k in range(i + 1, len(lines))):
            raise old_mac_lines(file.path)
        delimiter = max(_DELIMITERS, key=text.count)
        names = [n.strip() for n in split_cells(text, delimiter) or []]
        if not names:
            raise broken(
                file.path,
                f"the quotes of the header (line {lines.first_line + i}) do not close",
                fix="close the quotes, or remove them",
            )
        names = [n or f"column {number}" for number, n in enumerate(names, start=1)]
        require_columns(file.path, names)
        return Header(tuple(names), delimiter), i + 1
    raise broken(
        file.path, "it has no header", fix="put the names of the columns in the first line"
    )


def cells_by_name(text: str, names: Sequence[str]) -> dict[str, str]:
    """The cells of a line that has one for each of ``names``, whatever separates them; none where no separator fits."""
    for delimiter in _DELIMITERS:
        cells = split_cells(text, delimiter)
        if cells is not None and len(cells) == len(names):
            return dict(zip(names, cells, strict=True))
    return {}


def split_cells(text: str, delimiter: str) -> list[str] | None:
    """The cells of one row; None where a quote is not closed or the text holds more than one row.

    Text after a closing quote joins the cell, as most spreadsheets read it.
    """
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as why:
        if "unexpected end" in str(why):
            return None
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
        if "\n" in text:
            return None
    return rows[0] if len(rows) == 1 else None
