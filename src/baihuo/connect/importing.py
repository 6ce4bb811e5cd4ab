"""The one way in: read, check, seal, list."""

from __future__ import annotations

import hashlib
import re
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from baihuo.connect import import_manifest
from baihuo.connect.formats import recognise_format
from baihuo.connect.import_manifest import ImportRecord
from baihuo.connect.rows import Format, Kind, Mask, OpenedFile, Options, Rejected, ValidatedRows
from baihuo.core import BadInput, NotFound
from baihuo.core.progress import Progress, silent
from baihuo.core.tables import EVENTS, PRODUCTS, QUARANTINE
from baihuo.engine import Tables, written_whole
from baihuo.engine.disk import full_disk_named

SCHEMAS: dict[Kind, pa.Schema] = {"events": EVENTS, "products": PRODUCTS}

_MASKED = ("query_text", "text")
_MAX_RAW = 10_000  # characters of a refused row that are kept
_GROUP_ROWS = 131_072
# Few values stand often in these, so a dictionary pays; in the others it is built in vain. Ids and
# words of a visit stand in row: 15 % more to write, and every later reading of them takes half.
# Numbers that grow are written as differences: half the size and a third less time than pyarrow's
# defaults.
_FEW_VALUES = [
    *("event_type", "visitor_id", "product_id", "surface", "position", "price_minor", "currency"),
    *("session_id", "query_id", "query_text"),
    *("quantity", "platform", "device", "country", "import_id", "brand", "category"),
]
_GROWING = dict.fromkeys(("occurred_at_us", "received_at_us", "line"), "DELTA_BINARY_PACKED")


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportResult:
    """What one call did: ``n_in == n_kept + n_quarantined``, and ``n_known`` rows were there before."""

    import_ids: tuple[int, ...] = ()
    n_in: int = 0
    n_kept: int = 0
    n_quarantined: int = 0
    n_known: int = 0
    reasons: dict[str, int] = field(default_factory=dict)
    records: tuple[ImportRecord, ...] = ()  # one a file and kind, those already known left out


def import_files(
    paths: Sequence[Path],
    *,
    raw: Path,
    tables: Tables,
    mask: Mask,
    kind: Kind | None = None,
    format: str | None = None,  # noqa: A002 - the word a person types
    mapping: Mapping[str, str] | None = None,
    currency: str | None = None,
    encoding: str | None = None,
    origin: Mapping[str, object] | None = None,
    beside: Sequence[Path] = (),
    progress: Progress = silent,
) -> ImportResult:
    """Bring files into the shop's ``1-raw`` folder, one import a file and kind.

    A row that cannot be used goes to quarantine with its line and the way to mend it; the rows
    around it are kept. The same bytes read the same way again change nothing; read another way
    (another mapping, currency, encoding) they replace what was imported before. Files before a
    broken one stay imported, and running the same call again skips them.

    Args:
        paths: Files, at least one.
        raw: The shop's ``1-raw`` folder; made if missing.
        tables: The engine that checks the rows.
        mask: Takes personal data out of typed words and reviews, and out of refused events.
        kind: ``events`` or ``products``; by default what the columns say.
        format: ``csv``, ``jsonl``, ``parquet``, ``icecat`` or ``online_retail``; by default what the
            first bytes and the columns say.
        mapping: Our field to their column, where the usual names do not find it. A file that has no such
            column is read without it; some file must have it.
        currency: ISO 4217, for rows that name none.
        encoding: Of text files, as Python names it; UTF-8 by default.
        origin: Kept with the import: where rows that a person sent back in came from.
        beside: Other files of the same call, read elsewhere, whose columns ``mapping`` may name.
        progress: Told bytes done of bytes in all, a file at a time.

    Raises:
        NotFound: a path is not a file.
        BadInput: an option makes no sense.
        BrokenFile: a file cannot be read to its end, or lacks a column that is needed.
        Conflict: another import into this shop is running.
        ShopError: the disk is full; what was imported before is untouched.
    """
    if currency is not None and not re.fullmatch(r"[A-Z]{3}", currency):
        raise BadInput(f"{currency!r} is no currency", fix="give three letters, as in EUR or CNY")
    if not paths:
        raise BadInput("no file to import", fix="name at least one file")
    options = Options(
        kind=kind,
        format=format,
        mapping=dict(mapping or {}),
        currency=currency,
        encoding=encoding,
        origin=dict(origin or {}),
    )
    every = [*paths, *beside] if mapping else paths
    opened = _with_own_mapping([_open(Path(path), options, tables) for path in every])[: len(paths)]
    jobs = [(f, file, k) for f, file in opened for k in f.kinds(file)]
    done: list[ImportRecord] = []
    n_known = 0
    with full_disk_named(raw), import_manifest.locked(raw):
        records = import_manifest.imports(raw)
        import_manifest.clear_leftovers(raw, records)
        for shape, file, one_kind in jobs:
            known = [r for r in records if (r.sha256, r.kind) == (file.sha256, one_kind)]
            if any(_is_same_import(r, shape, file.options) for r in known):
                n_known += known[0].n_in
                continue
            next_id = max((r.import_id for r in records), default=0) + 1
            record = _seal(shape, file, one_kind, raw, next_id, mask, progress)
            records = [r for r in records if r not in known] + [record]
            import_manifest.commit(raw, records)
            import_manifest.clear_leftovers(raw, records)
            done.append(record)
    reasons: Counter[str] = Counter()
    for record in done:
        reasons.update(record.reasons)
    return ImportResult(
        import_ids=tuple(r.import_id for r in done),
        n_in=sum(r.n_in for r in done),
        n_kept=sum(r.n_kept for r in done),
        n_quarantined=sum(r.n_quarantined for r in done),
        n_known=n_known,
        reasons=dict(reasons.most_common()),
        records=tuple(done),
    )


def _open(path: Path, options: Options, tables: Tables) -> tuple[Format, OpenedFile]:
    if not path.is_file():
        raise NotFound(
            f"{path} is not a file", fix="check the path; a folder is given as its files"
        )
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    opened = OpenedFile(path, sha256, options, tables)
    return recognise_format(opened), opened


def _with_own_mapping(files: list[tuple[Format, OpenedFile]]) -> list[tuple[Format, OpenedFile]]:
    """Each file with those pairs of the mapping whose column it has.

    Raises:
        BadInput: a pair's column is in no file.
    """
    mapping = files[0][1].options.mapping
    if not mapping:
        return files
    columns = [shape.columns(file) for shape, file in files]
    for ours, theirs in mapping.items():
        if not any(theirs in names for names in columns):
            have = "; ".join(
                f"{file.path.name} has {', '.join(names[:40]) or 'columns that ' + shape.name + ' defines'}"
                for (shape, file), names in zip(files, columns, strict=True)
            )
            raise BadInput(
                f"no column is called {theirs!r}, which --map {ours}={theirs} names", fix=have
            )
    return [
        (
            shape,
            replace(
                file,
                options=replace(
                    file.options,
                    mapping={ours: theirs for ours, theirs in mapping.items() if theirs in names},
                ),
            ),
        )
        for (shape, file), names in zip(files, columns, strict=True)
    ]


def _is_same_import(record: ImportRecord, shape: Format, options: Options) -> bool:
    return record.format == shape.name and record.options == _stored_options(options)


def _stored_options(options: Options) -> dict[str, object]:
    """What decides how bytes become rows (the kind and format are fields of the record)."""
    given = asdict(options)
    return {k: given[k] for k in ("mapping", "currency", "encoding", "origin") if given[k]}


def _seal(
    shape: Format,
    file: OpenedFile,
    kind: Kind,
    raw: Path,
    import_id: int,
    mask: Mask,
    progress: Progress,
) -> ImportRecord:
    """Write the segment and the quarantine of one import; it counts once the list names it."""
    reasons: Counter[str] = Counter()
    n_kept, size = 0, file.path.stat().st_size
    what = f"import {file.path.name}"
    progress(what, 0, size)
    with (
        written_whole(import_manifest.segment(raw, import_id, kind)) as segment,
        written_whole(import_manifest.quarantine(raw, import_id)) as quarantine,
        _segment_writer(segment, SCHEMAS[kind]) as kept,
        pq.ParquetWriter(quarantine, QUARANTINE, compression="zstd") as refused,
    ):
        for checked in _in_row_groups(shape.read(file, kind)):
            n_kept += checked.kept.num_rows
            if checked.kept.num_rows:
                kept.write_table(_with_origin(checked.kept, kind, import_id, mask))
            if checked.rejected:
                reasons.update(r.reason for r in checked.rejected)
                refused.write_table(_refused(checked.rejected, file, kind, import_id, mask))
            progress(what, min(checked.bytes_done, size), size)
    progress(what, size, size)
    return ImportRecord(
        import_id=import_id,
        files=[file.path.name],
        sha256=file.sha256,
        kind=kind,
        format=shape.name,
        n_in=n_kept + reasons.total(),
        n_kept=n_kept,
        n_quarantined=reasons.total(),
        reasons=dict(reasons.most_common()),
        at_us=time.time_ns() // 1000,
        options=_stored_options(file.options),
        notes=shape.notes(file, kind),
    )


def _segment_writer(path: Path, schema: pa.Schema) -> pq.ParquetWriter:
    return pq.ParquetWriter(
        path,
        schema,
        compression="zstd",
        use_dictionary=[n for n in _FEW_VALUES if n in schema.names],
        column_encoding={n: e for n, e in _GROWING.items() if n in schema.names},
    )


def _in_row_groups(parts: Iterator[ValidatedRows]) -> Iterator[ValidatedRows]:
    """Blocks joined until a row group is worth writing."""
    tables: list[pa.Table] = []
    rejected: list[Rejected] = []
    n_rows, bytes_done = 0, 0
    for part in parts:
        if part.kept.num_rows:
            tables.append(part.kept)
        rejected += part.rejected
        n_rows += part.kept.num_rows
        bytes_done = part.bytes_done
        if n_rows >= _GROUP_ROWS or len(rejected) >= _GROUP_ROWS:
            yield ValidatedRows(_joined(tables), rejected, bytes_done)
            tables, rejected, n_rows = [], [], 0
    if tables or rejected:
        yield ValidatedRows(_joined(tables), rejected, bytes_done)


def _joined(tables: list[pa.Table]) -> pa.Table:
    """One table; later JSON objects may have fields that earlier ones lack."""
    if not tables:
        return pa.table({"line": pa.array([], pa.int64())})
    return pa.concat_tables(tables, promote_options="default")


def _with_origin(kept: pa.Table, kind: Kind, import_id: int, mask: Mask) -> pa.Table:
    """The rows in the shop's schema; fields no source column gave are null."""
    columns = []
    for wanted in SCHEMAS[kind]:
        if wanted.name == "import_id":
            column = pa.chunked_array([pa.repeat(pa.scalar(import_id, pa.int32()), len(kept))])
        elif wanted.name in kept.column_names:
            column = kept[wanted.name].cast(wanted.type)
        else:
            column = pa.chunked_array([pa.nulls(len(kept), wanted.type)])
        if kind == "events" and wanted.name in _MASKED and column.null_count < len(column):
            column = mask(column)
        columns.append(column)
    return pa.table(columns, schema=SCHEMAS[kind])


def _refused(
    rejected: list[Rejected], file: OpenedFile, kind: Kind, import_id: int, mask: Mask
) -> pa.Table:
    rows = [
        {
            "table": kind,
            "file": file.path.name,
            "import_id": import_id,
            "line": r.line,
            "field": r.field,
            "value": r.value if r.value is None else r.value[:_MAX_RAW],
            "reason": r.reason,
            "fix": r.fix,
            "raw": r.raw[:_MAX_RAW],
        }
        for r in rejected
    ]
    table = pa.Table.from_pylist(rows, schema=QUARANTINE)
    if kind == "events":  # a refused event may be refused for holding a phone where a word goes
        for name in ("value", "raw"):
            at = table.schema.get_field_index(name)
            table = table.set_column(at, QUARANTINE.field(name), mask(table[name]))
    return table
