"""The checks over files alone: no shop, nothing left behind but results in one folder."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import pyarrow.parquet as pq

from baihuo import connect
from baihuo.connect import ImportRecord, Mask
from baihuo.core import QUARANTINE, BadInput, Progress, no_progress
from baihuo.engine import Tables, full_disk_named, written_whole
from baihuo.quality.engine.clean import clean
from baihuo.quality.engine.journal import fingerprint
from baihuo.quality.engine.lock import locked
from baihuo.quality.engine.options import CleanOptions
from baihuo.quality.engine.partitions import FOLDER
from baihuo.quality.quarantine.refused import input_files, refused_rows, withheld_values
from baihuo.quality.report.report import QualityReport
from baihuo.quality.rules import QualityRules
from baihuo.quality.spec import On

IMPORTED = ".import"


@dataclass(frozen=True, slots=True, kw_only=True)
class InputFiles:
    """Files to check without a shop, and how to read them."""

    events: Sequence[Path] = ()  # files or folders of any format that `baihuo import` reads
    products: Sequence[Path] = ()  # the same of the catalogue; with none, orphans are not judged
    file_format: str | None = None  # None: recognised by the files
    mapping: Mapping[str, str] = field(default_factory=dict)  # our field → their column
    currency: str | None = None  # of prices in files that name none
    encoding: str | None = None  # of text files; None: UTF-8

    def paths(self) -> dict[On, list[Path]]:
        """The data files of each table.

        Raises:
            BadInput: there is none.
        """
        paths: dict[On, list[Path]] = {
            "products": connect.data_files(self.products),
            "events": connect.data_files(self.events),
        }
        if not any(paths.values()):
            raise BadInput("no file to check", fix="name files with --events and --products")
        return paths


@dataclass(frozen=True, slots=True)
class FilesChecked:
    """What came in from the files, and what the checks made of it."""

    records: tuple[ImportRecord, ...]
    report: QualityReport


def check_files(
    tables: Tables,
    files: InputFiles,
    *,
    out: Path,
    rules: QualityRules,
    mask: Mask,
    now_us: int | None = None,
    options: CleanOptions | None = None,
    progress: Progress = no_progress,
) -> FilesChecked:
    """Import files to a temporary folder, check them, and write everything to ``out``.

    In addition to what :func:`baihuo.quality.engine.clean` writes there are ``imports.json`` (each file, its rows in,
    kept and refused), ``refused.parquet`` (the rows no import could read, with line and reason) and
    ``withheld.parquet`` (the same of single values that no import could read, of rows that were kept).

    Args:
        mask: takes personal data out of typed words and reviews as they are imported.
        options: ``refused``, ``withheld`` and ``is_locked`` are set here.

    Raises:
        BadInput: no file at all, or ``out`` is where the files are.
        BrokenFile: a file cannot be read.
        Conflict: another run is writing to ``out``.
        ShopError: the disk is full.
    """
    paths = files.paths()
    no_minimum = {f"min_{kind}": 0 for kind, of_kind in paths.items() if not of_kind}
    rules = rules.model_copy(update=no_minimum)  # what was not given cannot be too little
    with full_disk_named(out), locked(out):
        raw = _start(out / IMPORTED, _fingerprint(files, paths))
        try:
            _import(tables, files, paths, raw=raw, mask=mask, progress=progress)
            report = clean(
                tables,
                events=connect.segments(raw, "events"),
                products=connect.segments(raw, "products"),
                out=out,
                rules=rules,
                now_us=now_us,
                options=replace(
                    options or CleanOptions(),
                    refused=refused_rows(raw),
                    withheld=withheld_values(raw),
                    files=input_files(raw),
                    is_locked=True,
                ),
                progress=progress,
            )
            records = connect.imports(raw)
            refused = [connect.refused_file(raw, r.import_id) for r in records if r.n_quarantined]
            _write_joined(refused, out / "refused.parquet")
            withheld = [connect.withheld_file(raw, r.import_id) for r in records if r.n_withheld]
            _write_joined(withheld, out / "withheld.parquet")
            with written_whole(out / "imports.json") as part:
                text = json.dumps([asdict(r) for r in records], ensure_ascii=False, indent=1)
                part.write_text(text + "\n", encoding="utf-8")
        except Exception:
            shutil.rmtree(raw, ignore_errors=True)
            raise
        shutil.rmtree(raw, ignore_errors=True)
        shutil.rmtree(out / FOLDER, ignore_errors=True)  # files are imported again each time
    return FilesChecked(tuple(records), report)


def _import(
    tables: Tables,
    files: InputFiles,
    paths: Mapping[On, list[Path]],
    *,
    raw: Path,
    mask: Mask,
    progress: Progress,
) -> None:
    every = [path for of_kind in paths.values() for path in of_kind]
    for kind, of_kind in paths.items():
        if of_kind:
            connect.import_files(
                of_kind,
                raw=raw,
                tables=tables,
                mask=mask,
                options=connect.Options(
                    kind=kind,
                    format=files.file_format,
                    mapping=dict(files.mapping or {}),
                    currency=files.currency,
                    encoding=files.encoding,
                ),
                beside=[path for path in every if path not in of_kind],
                progress=progress,
            )


def _fingerprint(files: InputFiles, paths: Mapping[On, list[Path]]) -> str:
    """Of the files and of how they are read."""
    reading = {
        "format": files.file_format,
        "map": dict(files.mapping),
        "currency": files.currency,
        "encoding": files.encoding,
    }
    names = {kind: [str(path) for path in of_kind] for kind, of_kind in paths.items()}
    every = [path for of_kind in paths.values() for path in of_kind]
    return fingerprint(every, json.dumps([reading, names]))


def _start(raw: Path, key: str) -> Path:
    """The temporary folder: as a killed run over the same files left it, else empty."""
    name = raw / "key"
    if not (name.exists() and name.read_text() == key):
        shutil.rmtree(raw, ignore_errors=True)
        raw.mkdir(parents=True)
        name.write_text(key)
    return raw


def _write_joined(paths: Sequence[Path], out: Path) -> None:
    with written_whole(out) as part, pq.ParquetWriter(part, QUARANTINE, compression="zstd") as file:
        for path in paths:
            file.write_table(pq.read_table(path))
