"""Formats whose rows have columns: CSV, JSON lines, Parquet."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from baihuo.connect import nested_fields
from baihuo.connect.column_matching import (
    FIELDS,
    TITLES,
    folded,
    kind_of,
    match_columns,
    proven_kind,
    require_products,
)
from baihuo.connect.csv_rows import csv_blocks, read_header
from baihuo.connect.event_typing import is_repeated, typed_events
from baihuo.connect.json_rows import json_blocks
from baihuo.connect.row_validation import split_by_error
from baihuo.connect.rows import (
    Block,
    Kind,
    OpenedFile,
    Rejected,
    ValidatedRows,
    broken,
    require_columns,
    with_line_numbers,
)
from baihuo.connect.text_cells import block_facts, python_value, times_to_us, trim_texts
from baihuo.connect.text_files import HEAD_BYTES, TextFile
from baihuo.connect.typing_sql import Typing, compile_typing
from baihuo.connect.value_sql import Facts, is_text

_BATCH_ROWS = 262_144
_JSON_BYTES = 32 << 20  # keys take most of the bytes, so as many rows as in a block of CSV


class Tabular(ABC):
    """Base class: reads blocks of columns, matches them to fields, and types them."""

    name: str

    @abstractmethod
    def _names(self, file: OpenedFile) -> list[str]:
        """Names of the columns, as the start of the file shows them."""

    @abstractmethod
    def _blocks(
        self, file: OpenedFile, names: list[str], wanted: Mapping[str, bool] | None
    ) -> Iterator[Block]:
        """The rows; ``names`` are the known columns. ``wanted``: those that are used, and whether their texts repeat; None: all."""

    def _joined(self, block: Block, sources: Mapping[str, str]) -> Block:
        """The block with other spellings of a column's name in it; a header has one spelling."""
        return block

    def kinds(self, file: OpenedFile) -> tuple[Kind, ...]:
        names = self._names(file)
        kind = kind_of(file.path, names, file.options)
        if kind == "products" and proven_kind(file.options) is None:
            self._require_products(file, names)
        return (kind,)

    def _require_products(self, file: OpenedFile, names: list[str]) -> None:
        """Refuse a log that looks like products by its header alone; the first block of rows is enough to see it."""
        sources = match_columns(names, "products", file.options.mapping).sources
        titles = [sources[title] for title in TITLES if title in sources]
        used = dict.fromkeys([sources["product_id"], *titles], False)
        block = next(self._blocks(file, list(names), used), None)
        if block is None or not block.rows.num_rows:
            return
        rows = _with_all_columns(block, list(used)).rows.select(list(used))
        if not all(is_text(field.type) or pa.types.is_integer(field.type) for field in rows.schema):
            return
        ids, title = (
            rows[0].cast(pa.string()),
            pc.coalesce(*(rows[i].cast(pa.string()) for i in range(1, len(used)))),
        )
        has_both = pc.and_(pc.greater(pc.utf8_length(ids), 0), pc.greater(pc.utf8_length(title), 0))
        ids = ids.filter(pc.fill_null(has_both, False))
        require_products(file.path, names, n_rows=len(ids), n_ids=len(ids.unique()))

    def columns(self, file: OpenedFile) -> tuple[str, ...]:
        return tuple(self._names(file))

    def notes(self, file: OpenedFile, kind: Kind) -> list[str]:
        columns = match_columns(self._names(file), kind, file.options.mapping)
        notes = []
        if columns.unused:
            notes.append(f"unused columns: {', '.join(columns.unused)}")
        if "price" in columns.sources and not (
            file.options.currency or "currency" in columns.sources
        ):
            notes.append("prices have no currency: read in hundredths; set it with --currency")
        return notes

    def read(self, file: OpenedFile, kind: Kind) -> Iterator[ValidatedRows]:
        names = self._names(file)
        sources = match_columns(names, kind, file.options.mapping).sources
        typings: dict[tuple[pa.Schema, Facts], Typing] = {}
        for block in self._blocks(file, names, _wanted(kind, sources)):
            if new_names := [n for n in block.rows.column_names if n not in names]:
                names += new_names  # keys that only later objects have
                found = match_columns(names, kind, file.options.mapping).sources
                sources = {**found, **sources}
                typings.clear()
            block = _with_all_columns(block, list(sources.values()))
            block = self._joined(block, sources)
            rows = times_to_us(
                trim_texts(with_line_numbers(block).select([*sources.values(), "__line__"]))
            )
            if not block.rows.num_rows:
                yield ValidatedRows(
                    pa.table({"line": pa.array([], pa.int64())}), block.rejected, block.bytes_done
                )
                continue
            if kind == "events":
                typed, errors = typed_events(
                    rows,
                    sources,
                    currency=file.options.currency,
                    event_prefix=file.sha256[:16],
                    tables=file.tables,
                )
                yield split_by_error(block, typed, errors)
                continue
            facts = block_facts(rows, sources)
            key = rows.schema, facts
            if key not in typings:
                typings[key] = compile_typing(
                    sources,
                    rows.schema,
                    facts=facts,
                    currency=file.options.currency,
                    extra_errors=nested_fields.errors(sources),
                )
            typing = typings[key]
            typed = file.tables.sql(typing.sql, rows=rows)
            typed, unreadable = nested_fields.parse_nested(typed, block.rows, typing.errors)
            yield split_by_error(block, typed, typing.errors, unreadable)


def _wanted(kind: Kind, sources: Mapping[str, str]) -> dict[str, bool] | None:
    """The columns that an import of events uses, and whether their texts repeat; products may use any."""
    if kind != "events":
        return None
    found: dict[str, bool] = {}
    for field in FIELDS["events"]:
        if (source := sources.get(field.name)) is not None:
            found[source] = found.get(source, True) and is_repeated(field)
    return found


def _with_all_columns(block: Block, names: list[str]) -> Block:
    """The block with a column for every source; null where the block lacks it."""
    rows = block.rows
    for name in names:
        if name not in rows.column_names:
            rows = rows.append_column(name, pa.nulls(len(block.lines), pa.string()))
    if rows is block.rows:
        return block
    return replace(block, rows=rows)


class Csv(Tabular):
    """Cells separated by comma, semicolon, tab or bar; the first line has the names."""

    name = "csv"

    def _names(self, file: OpenedFile) -> list[str]:
        return list(_csv_names(file.path, file.sha256, file.options.encoding))

    def _blocks(
        self, file: OpenedFile, names: list[str], wanted: Mapping[str, bool] | None
    ) -> Iterator[Block]:
        return csv_blocks(TextFile(file.path, file.options.encoding), wanted)


@lru_cache(maxsize=16)
def _csv_names(path: Path, sha256: str, encoding: str | None) -> tuple[str, ...]:
    """The names in a file's header, which several steps of an import ask for; ``sha256`` of its content, so that a file is read again
    where it changed."""
    text = TextFile(path, encoding, block_bytes=HEAD_BYTES)
    header, _ = read_header(next(text.blocks()), text)
    return header.names


class JsonLines(Tabular):
    """One JSON object per line."""

    name = "jsonl"

    def _names(self, file: OpenedFile) -> list[str]:
        text = TextFile(file.path, file.options.encoding)
        for block in json_blocks(text, file.tables, None):
            if block.rows.num_columns:
                return list(block.rows.column_names)
        return []

    def _blocks(
        self, file: OpenedFile, names: list[str], wanted: Mapping[str, bool] | None
    ) -> Iterator[Block]:
        text = TextFile(file.path, file.options.encoding, block_bytes=_JSON_BYTES)
        return json_blocks(text, file.tables, None)

    def _joined(self, block: Block, sources: Mapping[str, str]) -> Block:
        """Each object spells its keys itself: ``" Price "`` of one line fills what ``price`` does not say."""
        spellings: dict[str, list[str]] = {}
        for name in block.rows.column_names:
            spellings.setdefault(folded(name), []).append(name)
        rows = block.rows
        for source in sources.values():
            others = [n for n in spellings[folded(source)] if n not in sources.values()]
            if others:
                cells = pc.coalesce(rows[source], *(rows[n] for n in others))
                rows = rows.set_column(rows.column_names.index(source), source, cells)
        return block if rows is block.rows else replace(block, rows=rows)


class Parquet(Tabular):
    """Typed columns; the line of a row is its number in the file."""

    name = "parquet"

    def _names(self, file: OpenedFile) -> list[str]:
        schema = self._open_parquet(file).schema_arrow
        require_columns(file.path, schema.names)
        return [f.name for f in schema if not pa.types.is_null(f.type) and "\0" not in f.name]

    def _blocks(
        self, file: OpenedFile, names: list[str], wanted: Mapping[str, bool] | None
    ) -> Iterator[Block]:
        parquet = self._open_parquet(file)
        n_done, n_rows = 0, max(1, parquet.metadata.num_rows)
        size = file.path.stat().st_size
        try:
            for batch in parquet.iter_batches(_BATCH_ROWS, columns=names):
                rows = _bytes_as_text(_without_views(pa.Table.from_batches([batch])))
                lines = np.arange(n_done + 1, n_done + rows.num_rows + 1)
                n_done += rows.num_rows
                yield _without_bad_utf8(
                    Block(rows, lines, row_text(rows), [], size * n_done // n_rows)
                )
        except (pa.ArrowException, OSError, UnicodeDecodeError) as why:
            raise self._damaged(file, why) from why

    def _open_parquet(self, file: OpenedFile) -> pq.ParquetFile:
        try:
            return pq.ParquetFile(file.path)
        except (pa.ArrowException, OSError, UnicodeDecodeError) as why:  # names may be invalid text
            raise self._damaged(file, why) from why

    def _damaged(self, file: OpenedFile, why: Exception) -> Exception:
        return broken(
            file.path,
            f"it is not a complete Parquet file ({str(why).splitlines()[0]})",
            fix="copy or write it again; a truncated file has lost its footer",
        )


def _without_views(rows: pa.Table) -> pa.Table:
    """Texts that polars and others store as views, also within lists, as ordinary texts."""
    schema = pa.schema([(field.name, _without_view(field.type)) for field in rows.schema])
    return rows if schema.types == rows.schema.types else rows.cast(schema)


def _without_view(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_string_view(kind):
        return pa.string()
    if pa.types.is_binary_view(kind):
        return pa.binary()
    if pa.types.is_dictionary(kind):
        return pa.dictionary(kind.index_type, _without_view(kind.value_type))
    if pa.types.is_list(kind):
        return pa.list_(_without_view(kind.value_type))
    if pa.types.is_large_list(kind):
        return pa.large_list(_without_view(kind.value_type))
    if pa.types.is_struct(kind):
        return pa.struct([(field.name, _without_view(field.type)) for field in kind])
    return kind


def _bytes_as_text(rows: pa.Table) -> pa.Table:
    """Columns of bytes read as text, as Hive writes them; :func:`_without_bad_utf8` refuses other bytes."""
    for at, column in enumerate(rows.columns):
        kind = column.type
        if (
            pa.types.is_large_binary(kind)
            or pa.types.is_fixed_size_binary(kind)
            or kind == pa.binary()
        ):
            chunks = [c.cast(pa.binary()).view(pa.string()) for c in column.chunks]
            text = pa.chunked_array(chunks, pa.string())
            rows = rows.set_column(at, rows.column_names[at], text)
    return rows


def _without_bad_utf8(block: Block) -> Block:
    """The block without rows that are not UTF-8; those are refused."""
    try:
        block.rows.validate(full=True)
    except pa.ArrowInvalid:
        texts = [f.name for f in block.rows.schema if is_text(f.type)]
        damaged: dict[int, str] = {}
        for name in texts:
            for i, cell in enumerate(block.rows[name].cast(pa.binary()).to_pylist()):
                if cell is not None and cell != cell.decode("utf-8", "ignore").encode():
                    damaged.setdefault(i, name)
        if not damaged:
            raise
        rejected = [_not_utf8(block, i, name) for i, name in sorted(damaged.items())]
        keep = np.array([i for i in range(block.rows.num_rows) if i not in damaged], np.int64)
        rows = block.rows.take(keep)
        return Block(rows, block.lines[keep], row_text(rows), rejected, block.bytes_done)
    return block


def _not_utf8(block: Block, i: int, name: str) -> Rejected:
    cell = block.rows[name].slice(i, 1).cast(pa.binary()).to_pylist()[0]
    text = cell.decode("utf-8", "replace")
    fix = "write the cell in UTF-8"
    return Rejected(int(block.lines[i]), name, text, "not_utf8", fix, text)


def row_text(rows: pa.Table) -> Callable[[int], str]:
    """:attr:`Block.raw` for formats that are not text: each row as a JSON object."""

    def raw(i: int) -> str:
        row = {name: python_value(rows[name][i]) for name in rows.column_names}
        return json.dumps(row, ensure_ascii=False, default=str)

    return raw
