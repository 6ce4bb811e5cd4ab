"""The checks over files alone: no shop, nothing left behind but results in one folder."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import pyarrow.parquet as pq

from baihuo import connect
from baihuo.connect import ImportRecord, Mask
from baihuo.core import BadInput
from baihuo.core.progress import Progress, silent
from baihuo.core.tables import QUARANTINE
from baihuo.engine import Tables, written_whole
from baihuo.engine.disk import full_disk_named
from baihuo.quality.custom.custom_checks import CustomChecks
from baihuo.quality.engine.clean import clean
from baihuo.quality.engine.journal import fingerprint
from baihuo.quality.engine.lock import locked
from baihuo.quality.engine.partitions import FOLDER
from baihuo.quality.quarantine.refused import refused_rows
from baihuo.quality.report.report import QualityReport
from baihuo.quality.rules import QualityRules
from baihuo.quality.spec import On

IMPORTED = ".import"


@dataclass(frozen=True, slots=True)
class FilesChecked:
    """What came in from the files, and what the checks made of it."""

    records: tuple[ImportRecord, ...]
    report: QualityReport


def check_files(
    tables: Tables,
    *,
    events: Sequence[Path],
    products: Sequence[Path],
    out: Path,
    rules: QualityRules,
    mask: Mask,
    own: CustomChecks | None = None,
    file_format: str | None = None,
    mapping: Mapping[str, str] | None = None,
    currency: str | None = None,
    encoding: str | None = None,
    pictures: Path | None = None,
    mask_key: bytes = b"",
    now_us: int | None = None,
    progress: Progress = silent,
) -> FilesChecked:
    """Import files to a temporary place, check them, and write everything to ``out``.

    Beside what :func:`baihuo.quality.engine.clean` writes there are ``imports.json`` (each file, its rows in,
    kept and refused) and ``refused.parquet`` (the rows no import could read, with line and reason).

    Args:
        events: files or folders in any format that ``baihuo import`` reads; may be empty.
        products: the same of the catalogue; with none, orphans are not judged.
        mask: takes personal data out of typed words and reviews as they are imported.
        mask_key: of the pseudonyms that the step ``personal`` writes; empty: kinds alone.

    Raises:
        BadInput: no file at all, or ``out`` is where the files are.
        BrokenFile: a file cannot be read.
        Conflict: another run is writing to ``out``.
        ShopError: the disk is full.
    """
    files: dict[On, list[Path]] = {
        "products": connect.data_files(products),
        "events": connect.data_files(events),
    }
    every = [*files["products"], *files["events"]]
    if not every:
        raise BadInput("no file to check", fix="name files with --events and --products")
    nothing = {f"min_{kind}": 0 for kind, paths in files.items() if not paths}
    rules = rules.model_copy(update=nothing)  # what was not given cannot be too little
    said = {
        "format": file_format,
        "map": dict(mapping or {}),
        "currency": currency,
        "encoding": encoding,
    }
    of = fingerprint(every, json.dumps([said, {k: list(map(str, v)) for k, v in files.items()}]))
    with full_disk_named(out), locked(out):
        raw = _begun(out / IMPORTED, of)
        try:
            for kind, paths in files.items():
                if paths:
                    beside = [path for path in every if path not in paths]
                    connect.import_files(
                        paths,
                        raw=raw,
                        tables=tables,
                        mask=mask,
                        kind=kind,
                        format=file_format,
                        mapping=mapping,
                        currency=currency,
                        encoding=encoding,
                        beside=beside,
                        progress=progress,
                    )
            report = clean(
                tables,
                events=connect.segments(raw, "events"),
                products=connect.segments(raw, "products"),
                out=out,
                rules=rules,
                now_us=now_us,
                pictures=pictures,
                mask_key=mask_key,
                own=own,
                refused=refused_rows(raw),
                is_locked=True,
                progress=progress,
            )
            records = connect.imports(raw)
            _write_refused(raw, records, out / "refused.parquet")
            with written_whole(out / "imports.json") as part:
                text = json.dumps([asdict(r) for r in records], ensure_ascii=False, indent=1)
                part.write_text(text + "\n", encoding="utf-8")
        except Exception:
            shutil.rmtree(raw, ignore_errors=True)
            raise
        shutil.rmtree(raw, ignore_errors=True)
        shutil.rmtree(out / FOLDER, ignore_errors=True)  # files are imported anew each time
    return FilesChecked(tuple(records), report)


def _begun(raw: Path, of: str) -> Path:
    """The temporary place: as a killed run over the same files left it, else empty."""
    name = raw / "of"
    if not (name.exists() and name.read_text() == of):
        shutil.rmtree(raw, ignore_errors=True)
        raw.mkdir(parents=True)
        name.write_text(of)
    return raw


def _write_refused(raw: Path, records: Sequence[ImportRecord], out: Path) -> None:
    with written_whole(out) as part, pq.ParquetWriter(part, QUARANTINE, compression="zstd") as file:
        for record in records:
            if record.n_quarantined:
                file.write_table(pq.read_table(connect.refused(raw, record.import_id)))
