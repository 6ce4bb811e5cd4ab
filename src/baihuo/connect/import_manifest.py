"""The manifest of imports, ``imports.json``. Renaming it into place commits an import.

An import first writes its segment and its quarantine under their final names, then the manifest. If it
is killed before the rename, the files are leftovers that no reader sees (readers call :func:`segments`),
and the next import reuses their number and replaces them.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from baihuo.connect.rows import Kind
from baihuo.core import LockHolder, ShopError, file_lock
from baihuo.engine import RowChoice, RowMask, count_rows_where, remove_rows, written_whole

# Visitors taken out of imported rows, of rows that no import could read, and of values that were withheld.


def forget_rows(
    raw: Path,
    gone: RowChoice,
    names_them: Callable[[str], bool],
    note: Callable[[dict[str, Counter[str]]], None],
    *,
    only: int | None = None,
) -> None:
    """Take events out of imported segments, with the values withheld from them, and refused rows that name their visitors.
    The manifest stays as it is: it says what came in.

    Args:
        raw: the shop's ``1-raw`` folder.
        gone: the rows of events that go.
        names_them: whether the text of a refused row names a visitor, or holds what only they typed. Such a row was never
            read, so whose it is cannot be known better. A row with a withheld value goes by this, too.
        note: called before rows go: place → visitor ("" where it is one of several) → rows.
        only: the number of the one import to look at; None: all.

    Raises:
        Conflict: an import is running.
    """

    def is_refused_of_them(table: pa.Table) -> pa.ChunkedArray:
        cells = zip(table["raw"].to_pylist(), table["value"].to_pylist(), strict=True)
        found = [names_them(raw or "") or names_them(value or "") for raw, value in cells]
        return pa.chunked_array([pa.array(found, pa.bool_())])

    with locked(raw):
        clear_leftovers(
            raw, imports(raw)
        )  # of imports that were killed: their rows can be anybody's
        records = [r for r in imports(raw) if r.kind == "events" and only in (None, r.import_id)]
        for record in records:  # before the rows whose ids say which of these are theirs
            refused = refused_file(raw, record.import_id)
            _take_out(refused, is_refused_of_them, note)
            withheld = withheld_file(raw, record.import_id)
            if record.n_withheld:  # imports of earlier versions have no such file
                lines = _lines_of(segment(raw, record.import_id, record.kind), gone)
                _take_out(withheld, partial(_is_of_lines, lines, is_refused_of_them), note)
        for record in records:
            file = segment(raw, record.import_id, record.kind)
            if counts := gone.counts(file):
                note({f"{raw.name}/{record.kind}/{file.name}": counts})
                remove_rows(file, gone.rows)


def forget_refused(
    raw: Path,
    is_old: Callable[[ImportRecord], bool],
    note: Callable[[dict[str, Counter[str]]], None],
) -> None:
    """Take out all refused rows and all withheld values of old imports.

    Raises:
        Conflict: an import is running.
    """
    with locked(raw):
        for record in imports(raw):
            if is_old(record):
                _take_out(refused_file(raw, record.import_id), _every_row, note)
                if record.n_withheld:
                    _take_out(withheld_file(raw, record.import_id), _every_row, note)


def _take_out(
    file: Path, is_gone: RowMask, note: Callable[[dict[str, Counter[str]]], None]
) -> None:
    if n := count_rows_where(file, is_gone):
        note({"/".join(file.parts[-3:]): Counter({"": n})})
        remove_rows(file, is_gone)


def _lines_of(file: Path, gone: RowChoice) -> pa.Array:
    """The lines of a segment's rows that go."""
    with pq.ParquetFile(file) as source:
        groups = [
            source.read_row_group(g, columns=[*gone.columns, "line"])
            for g in range(source.num_row_groups)
        ]
    lines = [rows.filter(gone.rows(rows))["line"].combine_chunks() for rows in groups]
    return pa.concat_arrays(lines) if lines else pa.array([], pa.int64())


def _is_of_lines(lines: pa.Array, names_them: RowMask, table: pa.Table) -> pa.ChunkedArray:
    return pc.or_(pc.is_in(table["line"], value_set=lines), names_them(table))


def _every_row(table: pa.Table) -> pa.ChunkedArray:
    return pa.chunked_array([pa.repeat(True, table.num_rows)])


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRecord:
    """One import: a file read as one kind of rows."""

    import_id: int
    files: list[str]  # names as given
    sha256: str
    kind: Kind
    format: str
    n_in: int
    n_kept: int
    n_quarantined: int
    reasons: dict[str, int]
    at_us: int  # our clock, UTC
    options: dict[str, object] = field(default_factory=dict)  # mapping, currency, encoding, origin
    notes: list[str] = field(default_factory=list)  # unused columns, prices without currency
    n_withheld: int = 0  # values of kept rows that could not be read, and are null
    withheld: dict[str, int] = field(default_factory=dict)  # reason → values
    n_masked: int = 0  # cells of kept events in which personal data was masked
    masked: dict[str, int] = field(default_factory=dict)  # kind (phone, email, …) → cells
    columns: list[str] = field(default_factory=list)  # of a CSV file that had lines refused


def imports(raw: Path) -> list[ImportRecord]:
    """Every import of the shop, oldest first. ``raw`` is its ``1-raw`` folder.

    Raises:
        ShopError: the manifest is damaged.
    """
    path = raw / "imports.json"
    try:
        return [ImportRecord(**entry) for entry in json.loads(path.read_bytes())]
    except FileNotFoundError:
        return []
    except (ValueError, TypeError) as why:
        raise ShopError(
            f"{path} is not a manifest of imports: {why}",
            fix="restore it from a backup, or move the folder away and import the files again",
        ) from why


def segments(raw: Path, kind: Kind) -> list[Path]:
    """The Parquet files that hold the shop's raw rows of one kind, in a fixed order.

    Segments of the manifest, and for events also the sealed segments of the live log. Leftovers of a
    killed import are not data.
    """
    listed = [segment(raw, r.import_id, r.kind) for r in imports(raw) if r.kind == kind]
    live = sorted((raw / "events").glob("live-*.parquet")) if kind == "events" else []
    return [*sorted(listed), *live]


def segment(raw: Path, import_id: int, kind: Kind) -> Path:
    """Path of the kept rows of an import."""
    return raw / kind / f"{import_id:06d}.parquet"


def refused_file(raw: Path, import_id: int) -> Path:
    """Path of the refused rows of an import."""
    return raw / "quarantine" / f"{import_id:06d}.parquet"


def withheld_file(raw: Path, import_id: int) -> Path:
    """Path of the values withheld from kept rows of an import; imports of earlier versions have none."""
    return raw / "withheld" / f"{import_id:06d}.parquet"


def commit(raw: Path, records: list[ImportRecord]) -> None:
    """Replace the manifest atomically by ``records``."""
    with written_whole(raw / "imports.json") as part:
        part.write_text(
            json.dumps([asdict(r) for r in records], ensure_ascii=False, indent=1), "utf-8"
        )


def clear_leftovers(raw: Path, records: list[ImportRecord]) -> None:
    """Remove files of imports that are not in the manifest, and partly written files. Needs the lock."""
    kept = {segment(raw, r.import_id, r.kind) for r in records}
    kept |= {of(raw, r.import_id) for of in (refused_file, withheld_file) for r in records}
    for folder in (raw / "events", raw / "products", raw / "quarantine", raw / "withheld"):
        with_line_numbers = folder.glob("[0-9][0-9][0-9][0-9][0-9][0-9]*.parquet")
        parts = folder.glob(".[0-9][0-9][0-9][0-9][0-9][0-9]*.parquet.*")
        for path in [*with_line_numbers, *parts]:
            if path not in kept:
                path.unlink(missing_ok=True)
    for path in raw.glob(".imports.json.*"):
        path.unlink(missing_ok=True)


def locked(raw: Path, *, wait: bool = False) -> AbstractContextManager[LockHolder | None]:
    """Hold the shop's import lock while the block runs; ``wait`` for another holder instead of raising.

    Raises:
        Conflict: another import into this shop is running; the message names the process, its host and its start.
    """
    work = f"another import into {raw} is running"
    return file_lock(raw / ".import.lock", work=work, wait=wait)
