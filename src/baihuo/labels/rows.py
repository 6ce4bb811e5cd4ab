"""Judgements as rows of a file or a form: valid ones are recorded, others refused with the reason."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from baihuo.core import BrokenFile, cell_text
from baihuo.events import Judgement, JudgementLog
from baihuo.labels.ratings import N_GRADES, query_key

MAX_QUERY, MAX_ID, MAX_RATER = 500, 256, 100  # characters
_NAMES = {
    "query": ("query", "query_text"),
    "product": ("product", "product_id", "docid"),
    "rater": ("rater",),
    "grade": ("grade", "rating"),
}
_CANNOT_SAY = ("", "?", "null", "none")


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """One row that was refused."""

    line: int  # 1-based in its file, the header included
    field: str
    value: str
    reason: str
    fix: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.field} {self.value!r}: {self.reason}; {self.fix}"


@dataclass(frozen=True, slots=True)
class RecordedRows:
    """Counts of a file's rows by result; they add up to all rows."""

    n_new: int
    n_known: int
    n_changed: int
    refused: tuple[RefusedRow, ...]


def read_rows(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Yield line numbers and rows of a CSV with a header, or of JSON lines (by the first character).

    Raises:
        BrokenFile: it cannot be read, or a line is not a JSON object.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeError) as why:
        raise BrokenFile(f"{path} cannot be read: {why}", fix="give a text file in UTF-8") from why
    if not text.lstrip().startswith("{"):
        reader = csv.DictReader(io.StringIO(text, newline=""))
        try:
            for row in reader:
                yield (
                    reader.line_num,
                    {k: cell_text(v) if isinstance(v, str) else v for k, v in row.items()},
                )
        except csv.Error as why:
            raise BrokenFile(f"{path}, line {reader.line_num}: {why}", fix="fix the line") from why
        return
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            try:
                row = json.loads(line)
            except (ValueError, RecursionError) as why:
                raise BrokenFile(
                    f"{path}, line {number} is not JSON: {why}", fix="fix the line"
                ) from why
            if not isinstance(row, dict):
                raise BrokenFile(
                    f"{path}, line {number} is not a JSON object", fix="write one object per line"
                )
            yield number, row


def record_rows(
    log: JudgementLog,
    rows: Iterable[tuple[int, Mapping[str, Any]]],
    *,
    at_us: int,
    rater: str | None = None,
    is_known: Callable[[str], bool] | None = None,
    is_change: bool = False,
) -> RecordedRows:
    """Record the valid rows and refuse the others; they are on disk when this returns.

    Args:
        rows: Line number, and ``query``, ``product``, ``grade`` and ``rater`` of each (or the other
            names that files of grades use).
        at_us: Now.
        rater: The rater of rows without one.
        is_known: Whether a product is in the catalogue; None: not checked.
        is_change: Replace earlier grades of the same rater.
    """
    valid: list[tuple[int, Judgement]] = []
    refused: list[RefusedRow] = []
    for line, row in rows:
        judgement = _judgement(line, _masked(row, log), rater, is_known, at_us)
        if isinstance(judgement, RefusedRow):
            refused.append(judgement)
        else:
            valid.append((line, judgement))
    recorded = log.append_each([j for _, j in valid], is_change=is_change)
    for index, before in recorded.contradicted:
        line, j = valid[index]
        earlier = "?" if before.grade is None else str(before.grade)
        refused.append(
            RefusedRow(
                line,
                "grade",
                "?" if j.grade is None else str(j.grade),
                f"{j.rater} gave {earlier} before",
                "leave it out, or use --change: the newest grade counts",
            )
        )
    return RecordedRows(
        recorded.n_new,
        recorded.n_known,
        recorded.n_changed,
        tuple(sorted(refused, key=lambda r: r.line)),
    )


def _masked(row: Mapping[str, Any], log: JudgementLog) -> Mapping[str, Any]:
    """The row with its query as the log stores it."""
    queries = {n: log.masked(row[n]) for n in _NAMES["query"] if isinstance(row.get(n), str)}
    return {**row, **queries} if queries else row


def _judgement(
    line: int,
    row: Mapping[str, Any],
    rater: str | None,
    is_known: Callable[[str], bool] | None,
    at_us: int,
) -> Judgement | RefusedRow:
    text = {name: _text(row, names) for name, names in _NAMES.items()}
    text["query"] = query_key(text["query"])
    text["rater"] = text["rater"] or (rater or "").strip()
    limits = {"query": MAX_QUERY, "product": MAX_ID, "rater": MAX_RATER}
    for name, most in limits.items():
        value = text[name]
        if not value:
            fix = "add it, or give --rater" if name == "rater" else f"add the column {name}"
            return RefusedRow(line, name, "", "is missing", fix)
        if len(value) > most:
            return RefusedRow(line, name, value[:60] + "…", f"is longer than {most}", "shorten it")
        if any(0xD800 <= ord(c) <= 0xDFFF for c in value):
            shown = value.encode("utf-8", "replace").decode()
            return RefusedRow(line, name, shown, "has a lone surrogate", "send UTF-8")
    if is_known is not None and not is_known(text["product"]):
        return RefusedRow(
            line, "product", text["product"], "is not in the catalogue", "check the id"
        )
    grade = None
    if text["grade"].lower() not in _CANNOT_SAY:
        grade = _grade(text["grade"])
        if grade is None:
            fix = f"write 0 to {N_GRADES - 1}, or ? for cannot say"
            return RefusedRow(line, "grade", text["grade"][:60], "is not a grade", fix)
    elif not any(n in row for n in _NAMES["grade"]):
        return RefusedRow(
            line, "grade", "", "is missing", "add the column grade; ? means cannot say"
        )
    return Judgement(text["query"], text["product"], text["rater"], grade, at_us)


def _text(row: Mapping[str, Any], names: tuple[str, ...]) -> str:
    value = next((row[n] for n in names if row.get(n) is not None), None)
    return "" if value is None else str(value).strip()


def _grade(text: str) -> int | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return int(number) if number in range(N_GRADES) else None
