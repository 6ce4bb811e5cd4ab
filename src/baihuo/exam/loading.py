"""Files of any format as rows, by way of a temporary folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from baihuo import connect, privacy
from baihuo.core import BadInput, Progress, no_progress
from baihuo.engine import Tables
from baihuo.exam.workspace import Files, Rows, load_rows

_MASK_KEY = b"exam"  # pseudonyms leave the temporary folder only as examples


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How files are read, where they do not say so themselves; as ``baihuo import`` takes it."""

    format: str | None = None
    mapping: Mapping[str, str] = field(default_factory=dict)
    currency: str | None = None
    encoding: str | None = None


def import_rows(
    tables: Tables,
    files: Files,
    *,
    work: Path,
    reading: Reading | None = None,
    max_events: int,
    progress: Progress = no_progress,
) -> Rows:
    """Import files (or folders) into ``work`` and load their rows; personal data is masked.

    Raises:
        BadInput: no file, or an option makes no sense.
        BrokenFile: a file cannot be read.
    """
    reading = reading or Reading()
    paths = {table: connect.data_files(of_table) for table, of_table in files.items()}
    every = [path for of_table in paths.values() for path in of_table]
    if not every:
        raise BadInput("no file to examine", fix="name files with --events and --products")
    for table, of_table in paths.items():
        if of_table:
            connect.import_files(
                of_table,
                raw=work,
                tables=tables,
                mask=privacy.column_mask(_MASK_KEY),
                options=connect.Options(
                    kind=table,
                    format=reading.format,
                    mapping=dict(reading.mapping or {}),
                    currency=reading.currency,
                    encoding=reading.encoding,
                ),
                beside=[path for path in every if path not in of_table],
                progress=progress,
            )
    segments = {table: connect.segments(work, table) for table in paths}
    return load_rows(tables, segments, max_events=max_events)
