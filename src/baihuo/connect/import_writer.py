"""Writes one import: the segment of valid rows, the quarantine of refused ones, and the values withheld from valid ones."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from baihuo.connect import import_manifest
from baihuo.connect.coded_columns import (
    CODED,
    coded,
    is_coded,
    n_rows_of,
    one_dictionary,
    single,
    taken,
)
from baihuo.connect.import_manifest import ImportRecord
from baihuo.connect.row_validation import PERSON_IDS
from baihuo.connect.rows import (
    Format,
    Identities,
    Kind,
    Mask,
    MasksIdentities,
    OpenedFile,
    Options,
    Rejected,
    ValidatedRows,
)
from baihuo.core import EVENTS, PRODUCTS, QUARANTINE, Event, Progress, event_fields
from baihuo.engine import written_whole

SCHEMAS: dict[Kind, pa.Schema] = {"events": EVENTS, "products": PRODUCTS}

_TEXTS, _LABELS = (
    tuple(f.name for f in event_fields(Event) if f.spec.type == type_)
    for type_ in ("text", "label")
)
_OTHER_IDS = ("event_id", "query_id")  # those of products join the catalogue, and stay
_MAX_RAW = 10_000  # characters of a refused row that are kept
_GROUP_ROWS = 131_072
# Columns with few distinct values, where a dictionary pays off. Ids and texts of one visit are in
# consecutive rows: writing costs 15 % more, and every later read takes half the time. Growing numbers
# are written as differences: half the size and a third less time than pyarrow's defaults.
_DICTIONARY_COLUMNS = [
    *("event_type", "visitor_id", "product_id", "surface", "position", "price_minor", "currency"),
    *("session_id", "query_id", "query_text"),
    *(
        "quantity",
        "platform",
        "device",
        "country",
        "language",
        "region",
        "referrer",
        "import_id",
        "brand",
        "category",
    ),
]
_DELTA_COLUMNS = dict.fromkeys(("occurred_at_us", "received_at_us", "line"), "DELTA_BINARY_PACKED")


def stored_options(options: Options, mask: Mask) -> dict[str, object]:
    """What decides how bytes become rows; kind and format are fields of the record."""
    given = asdict(options)
    stored = {k: given[k] for k in ("mapping", "currency", "encoding", "origin") if given[k]}
    if isinstance(mask, MasksIdentities) and mask.identities.mode != "plain":
        stored["ids"] = mask.identities.mode
    return stored


@dataclass(frozen=True, slots=True)
class ImportJob:
    """One file to import as one kind of rows."""

    format: Format
    file: OpenedFile
    kind: Kind
    raw: Path
    import_id: int
    mask: Mask


def write_import(job: ImportJob, progress: Progress) -> ImportRecord:
    """Write the files of one import; it counts once the manifest lists it."""
    file, kind, raw, import_id = job.file, job.kind, job.raw, job.import_id
    reasons: Counter[str] = Counter()
    withheld: Counter[str] = Counter()
    masked = MaskedCells()
    n_kept, size = 0, file.path.stat().st_size
    task = f"import {file.path.name}"
    progress(task, 0, size)
    with (
        written_whole(import_manifest.segment(raw, import_id, kind)) as segment,
        written_whole(import_manifest.refused_file(raw, import_id)) as quarantine,
        written_whole(import_manifest.withheld_file(raw, import_id)) as blanked,
        _segment_writer(segment, _stored_schema(kind)) as kept,
        pq.ParquetWriter(quarantine, QUARANTINE, compression="zstd") as refused,
        pq.ParquetWriter(blanked, QUARANTINE, compression="zstd") as withheld_values,
    ):
        parts = (_as_stored(part, job, masked) for part in job.format.read(file, kind))
        for rows in _in_row_groups(parts):
            n_kept += rows.kept.num_rows
            if rows.kept.num_rows:
                kept.write_table(one_dictionary(rows.kept))
            if rows.rejected:
                reasons.update(r.reason for r in rows.rejected)
                refused.write_table(_refused(rows.rejected, job))
            if rows.withheld:
                withheld.update(r.reason for r in rows.withheld)
                withheld_values.write_table(_refused(rows.withheld, job))
            progress(task, min(rows.bytes_done, size), size)
    progress(task, size, size)
    return ImportRecord(
        import_id=import_id,
        files=[file.path.name],
        sha256=file.sha256,
        kind=kind,
        format=job.format.name,
        n_in=n_kept + reasons.total(),
        n_kept=n_kept,
        n_quarantined=reasons.total(),
        reasons=dict(reasons.most_common()),
        at_us=time.time_ns() // 1000,
        options=stored_options(file.options, job.mask),
        notes=job.format.notes(file, kind),
        columns=_columns(job) if reasons else [],
        n_withheld=withheld.total(),
        withheld=dict(withheld.most_common()),
        n_masked=masked.n,
        masked=dict(masked.by_kind.most_common()),
    )


def _columns(job: ImportJob) -> list[str]:
    """The names of a file's columns, by which the cells of a refused line can be read."""
    return list(job.format.columns(job.file)) if job.format.name == "csv" else []


def _segment_writer(path: Path, schema: pa.Schema) -> pq.ParquetWriter:
    return pq.ParquetWriter(
        path,
        schema,
        compression="zstd",
        use_dictionary=[n for n in _DICTIONARY_COLUMNS if n in schema.names],
        column_encoding={n: e for n, e in _DELTA_COLUMNS.items() if n in schema.names},
        store_schema=False,  # codes are how columns are written here, not what readers get
    )


def _stored_schema(kind: Kind) -> pa.Schema:
    """The shop's schema, with codes for texts of events that have a dictionary in the file."""
    fields = [
        f.with_type(CODED) if _has_codes(kind, f) else f for f in SCHEMAS[kind].remove_metadata()
    ]
    return pa.schema(fields)


def _has_codes(kind: Kind, field: pa.Field) -> bool:
    return kind == "events" and field.type == pa.string() and field.name in _DICTIONARY_COLUMNS


def _in_row_groups(parts: Iterator[ValidatedRows]) -> Iterator[ValidatedRows]:
    """Blocks joined to row groups of about ``_GROUP_ROWS``."""
    tables: list[pa.Table] = []
    rejected: list[Rejected] = []
    withheld: list[Rejected] = []
    n_rows, bytes_done = 0, 0
    for part in parts:
        if part.kept.num_rows:
            tables.append(part.kept)
        rejected += part.rejected
        withheld += part.withheld
        n_rows += part.kept.num_rows
        bytes_done = part.bytes_done
        if n_rows >= _GROUP_ROWS or len(rejected) >= _GROUP_ROWS:
            yield ValidatedRows(_concat(tables), rejected, bytes_done, withheld)
            tables, rejected, withheld, n_rows = [], [], [], 0
    if tables or rejected:
        yield ValidatedRows(_concat(tables), rejected, bytes_done, withheld)


def _concat(tables: list[pa.Table]) -> pa.Table:
    """One table; later JSON objects may have fields that earlier ones lack."""
    if not tables:
        return pa.table({"line": pa.array([], pa.int64())})
    return pa.concat_tables(tables, promote_options="default")


def _as_stored(part: ValidatedRows, job: ImportJob, masked: MaskedCells) -> ValidatedRows:
    """The kept rows in the shop's schema, masked; fields without a source column are null."""
    kept, kind = part.kept, job.kind
    if not kept.num_rows:
        return part
    columns = []
    for wanted in SCHEMAS[kind]:
        if wanted.name == "import_id":
            column = pa.repeat(pa.scalar(job.import_id, pa.int32()), len(kept))
        elif wanted.name in kept.column_names:
            column = single(kept[wanted.name])
            if not is_coded(column.type):
                column = column.cast(wanted.type)
        else:
            column = pa.nulls(len(kept), wanted.type)
        if kind == "events" and column.null_count < len(column):
            column = _without_personal_data(wanted.name, column, job.mask, masked)
        columns.append(coded(column) if _has_codes(kind, wanted) else column.cast(wanted.type))
    return replace(part, kept=pa.table(columns, schema=_stored_schema(kind)))


def _without_personal_data(
    name: str, column: pa.Array, mask: Mask, masked: MaskedCells
) -> pa.Array:
    """A column of events as it is stored."""
    if name in _TEXTS or name in _LABELS:
        column = coded(column)
        texts = pa.chunked_array([column.dictionary])
        after = mask(texts)
        if after is texts:
            return column
        masked.count(texts, after, n_rows_of(column))
        return taken(single(after), column)
    if isinstance(mask, MasksIdentities) and name in (*PERSON_IDS, *_OTHER_IDS):
        return single(
            mask.identities.column(pa.chunked_array([column]), names_person=name in PERSON_IDS)
        )
    return column


def _refused(rejected: list[Rejected], job: ImportJob) -> pa.Table:
    identities = job.mask.identities if isinstance(job.mask, MasksIdentities) else None
    rows = [
        {
            "table": job.kind,
            "file": job.file.path.name,
            "import_id": job.import_id,
            "line": r.line,
            "field": r.field,
            "value": None if r.value is None else _without_ids(r.value, r, identities)[:_MAX_RAW],
            "reason": r.reason,
            "fix": r.fix,
            "raw": _without_ids(r.raw, r, identities)[:_MAX_RAW],
        }
        for r in rejected
    ]
    table = pa.Table.from_pylist(rows, schema=QUARANTINE)
    if job.kind == "events":  # a cell may hold a phone number in the wrong column
        for name in ("value", "raw"):
            at = table.schema.get_field_index(name)
            table = table.set_column(at, QUARANTINE.field(name), job.mask(table[name]))
    return table


def _without_ids(text: str, rejected: Rejected, identities: Identities | None) -> str:
    """A refused row or value with its ids as they would be stored; longer ids first, which may hold shorter ones."""
    if identities is not None:
        for given in sorted(rejected.identities, key=len, reverse=True):
            text = text.replace(given, identities.of(given))
    return text


# Counts the cells that an import masked, by kind. What was in them is nowhere; which rows they are in, the checks say.


_KIND = re.compile(r"⟨([a-z_]+)(?::[0-9a-f]+)?⟩")


@dataclass
class MaskedCells:
    """Of one import."""

    n: int = 0  # cells
    by_kind: Counter[str] = field(default_factory=Counter)  # kind → cells that have it

    def count(
        self, before: pa.ChunkedArray, after: pa.ChunkedArray, n_rows: NDArray[np.int64]
    ) -> None:
        """Add the cells that masking changed, of the distinct texts of a column, each of which is in ``n_rows`` rows."""
        changed = pc.fill_null(pc.not_equal(before, after), False).to_numpy()
        for text, n in zip(
            after.filter(pa.array(changed)).to_pylist(), n_rows[changed].tolist(), strict=True
        ):
            self.n += n
            for kind in set(_KIND.findall(text)):
                self.by_kind[kind] += n
