"""Visitors taken out of imported rows, and out of the rows that no import could read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa

from baihuo.connect.import_manifest import (
    ImportRecord,
    clear_leftovers,
    imports,
    locked,
    refused_file,
    segment,
)
from baihuo.engine import RowChoice, count_rows_where, remove_rows


def forget_rows(
    raw: Path,
    gone: RowChoice,
    names_them: Callable[[str], bool],
    note: Callable[[dict[str, Counter[str]]], None],
    *,
    only: int | None = None,
) -> None:
    """Take events out of imported segments, and refused rows that name their visitors. The manifest stays as it is:
    it says what came in.

    Args:
        raw: the shop's ``1-raw`` folder.
        gone: the rows of events that go.
        names_them: whether the text of a refused row names a visitor, or holds what only they typed. Such a row was never
            read, so whose it is cannot be known better.
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
            if n := count_rows_where(refused, is_refused_of_them):
                note({f"{raw.name}/quarantine/{refused.name}": Counter({"": n})})
                remove_rows(refused, is_refused_of_them)
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
    """Take out all refused rows of old imports.

    Raises:
        Conflict: an import is running.
    """
    with locked(raw):
        for record in imports(raw):
            refused = refused_file(raw, record.import_id)
            if is_old(record) and (n := count_rows_where(refused, _every_row)):
                note({f"{raw.name}/quarantine/{refused.name}": Counter({"": n})})
                remove_rows(refused, _every_row)


def _every_row(table: pa.Table) -> pa.ChunkedArray:
    return pa.chunked_array([pa.repeat(True, table.num_rows)])
