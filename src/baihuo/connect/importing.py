"""Imports files: read, validate, write segments, commit the manifest."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeAlias

from baihuo.connect import import_manifest
from baihuo.connect.column_matching import listed
from baihuo.connect.file_encoding import options_of
from baihuo.connect.formats import recognise_format
from baihuo.connect.import_manifest import ImportRecord
from baihuo.connect.import_writer import ImportJob, stored_options, write_import
from baihuo.connect.rows import Format, Mask, OpenedFile, Options
from baihuo.core import BadInput, NotFound, Progress, no_progress
from baihuo.engine import Tables, full_disk_named

# Finds the data files in the paths that a person gives.


_DATA = (".csv", ".csv.gz", ".jsonl", ".jsonl.gz", ".ndjson", ".ndjson.gz", ".parquet", ".json.zip")
_NOT_ROWS = ("ratings.csv", "individual_ratings.csv")  # judgements that come with a catalogue


def data_files(paths: Sequence[Path]) -> list[Path]:
    """The files named, and for a folder the data files in it, by name; products first.

    Products come first because an event may name its product by a code that only the catalogue knows.

    Raises:
        NotFound: a path does not exist, or a folder has no data file.
    """
    files: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = [p for p in sorted(path.iterdir()) if _is_data(p)]
            if not inside:
                raise NotFound(
                    f"{path} has no data file", fix=f"give files ending in {', '.join(_DATA)}"
                )
            files += inside
        elif path.exists():
            files.append(path)
        else:
            raise NotFound(f"there is no {path}", fix="check the path")
    return sorted(files, key=lambda p: "product" not in p.name)


def _is_data(path: Path) -> bool:
    return path.name.endswith(_DATA) and path.name not in _NOT_ROWS


Accept: TypeAlias = Callable[[Sequence[ImportRecord], ImportRecord], None]
"""Raises where an import must not be; given the manifest before it, and its record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportResult:
    """Counts of one call: ``n_in == n_kept + n_quarantined``; ``n_known`` rows were imported before."""

    import_ids: tuple[int, ...] = ()
    n_in: int = 0
    n_kept: int = 0
    n_quarantined: int = 0
    n_withheld: int = 0  # values of kept rows that could not be read
    n_known: int = 0
    n_masked: int = 0  # cells of kept events in which personal data was masked
    reasons: dict[str, int] = field(default_factory=dict)
    records: tuple[ImportRecord, ...] = ()  # one for each new file and kind


def import_files(
    paths: Sequence[Path],
    *,
    raw: Path,
    tables: Tables,
    mask: Mask,
    options: Options | None = None,
    beside: Sequence[Path] = (),
    accept: Accept | None = None,
    progress: Progress = no_progress,
) -> ImportResult:
    """Import files into the shop's ``1-raw`` folder, one import for each file and kind.

    A row that cannot be used goes to quarantine with its line and a fix; the other rows are kept.
    Importing the same bytes with the same options again changes nothing; with other options
    (mapping, currency, encoding) they replace the earlier import. Files before a broken one stay
    imported, and the same call again skips them.

    Args:
        paths: Files, at least one.
        raw: The shop's ``1-raw`` folder; created if missing.
        tables: The engine that types the rows.
        mask: Masks personal data in texts of events and in refused events; one that knows what becomes of ids (``MasksIdentities``)
            makes pseudonyms of them, too, and another setting of them is another import.
        options: How the files are read; None: all by their content. A file that lacks a column of the
            mapping is read without that pair; at least one file must have it.
        beside: Other files of the same command, imported elsewhere, whose columns the mapping may name.
        accept: Called with the manifest and the new import while the shop's lock is held and before the import counts. Where it
            raises, the import never was; so a caller can refuse it without another process seeing it in between.
        progress: Called with bytes done and bytes in total, for each file.

    Raises:
        NotFound: a path is not a file.
        BadInput: an option is invalid.
        BrokenFile: a file cannot be read to the end, or lacks a required column.
        Conflict: another import into this shop is running.
        ShopError: the disk is full; earlier imports are unchanged.
    """
    options = options or Options()
    if options.currency is not None and not re.fullmatch(r"[A-Z]{3}", options.currency):
        raise BadInput(
            f"{options.currency!r} is no currency", fix="give three letters, as in EUR or CNY"
        )
    if not paths:
        raise BadInput("no file to import", fix="give at least one file")
    files = [*paths, *beside] if options.mapping else paths
    opened = _with_own_mapping(
        [_open(Path(path), options_of(Path(path), options, len(paths)), tables) for path in files]
    )
    jobs = [
        (file_format, file, kind)
        for file_format, file in opened[: len(paths)]
        for kind in file_format.kinds(file)
    ]
    done: list[ImportRecord] = []
    n_known = 0
    with full_disk_named(raw), import_manifest.locked(raw):
        records = import_manifest.imports(raw)
        import_manifest.clear_leftovers(raw, records)
        for file_format, file, kind in jobs:
            known = [r for r in records if (r.sha256, r.kind) == (file.sha256, kind)]
            if any(_is_same_import(r, file_format, file.options, mask) for r in known):
                n_known += known[0].n_in
                continue
            next_id = max((r.import_id for r in records), default=0) + 1
            job = ImportJob(file_format, file, kind, raw, next_id, mask)
            record = write_import(job, progress)
            if accept is not None:
                _ask(accept, raw, records, record)
            records = [r for r in records if r not in known] + [record]
            import_manifest.commit(raw, records)
            import_manifest.clear_leftovers(raw, records)
            done.append(record)
    return _result(done, n_known)


def _ask(accept: Accept, raw: Path, records: Sequence[ImportRecord], record: ImportRecord) -> None:
    """Let the caller refuse an import that is written and not committed; its files go."""
    try:
        accept(records, record)
    except BaseException:
        import_manifest.clear_leftovers(raw, list(records))
        raise


def _result(records: Sequence[ImportRecord], n_known: int) -> ImportResult:
    reasons: Counter[str] = Counter()
    for record in records:
        reasons.update(record.reasons)
    return ImportResult(
        import_ids=tuple(r.import_id for r in records),
        n_in=sum(r.n_in for r in records),
        n_kept=sum(r.n_kept for r in records),
        n_quarantined=sum(r.n_quarantined for r in records),
        n_withheld=sum(r.n_withheld for r in records),
        n_known=n_known,
        n_masked=sum(r.n_masked for r in records),
        reasons=dict(reasons.most_common()),
        records=tuple(records),
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
    """Each file with the pairs of the mapping whose column it has.

    Raises:
        BadInput: a pair's column is in no file.
    """
    mapping = files[0][1].options.mapping
    if not mapping:
        return files
    columns = [file_format.columns(file) for file_format, file in files]
    for ours, theirs in mapping.items():
        if not any(theirs in names for names in columns):
            have = "; ".join(
                f"{file.path.name} has {listed(names) or 'columns that ' + file_format.name + ' defines'}"
                for (file_format, file), names in zip(files, columns, strict=True)
            )
            raise BadInput(
                f"there is no column {theirs!r}, which --map {ours}={theirs} names", fix=have
            )
    return [
        (
            file_format,
            replace(
                file,
                options=replace(
                    file.options,
                    mapping={ours: theirs for ours, theirs in mapping.items() if theirs in names},
                ),
            ),
        )
        for (file_format, file), names in zip(files, columns, strict=True)
    ]


def _is_same_import(
    record: ImportRecord, file_format: Format, options: Options, mask: Mask
) -> bool:
    return record.format == file_format.name and record.options == stored_options(options, mask)
