"""Grades by people, from the log of judgements and from files, as one matrix."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from baihuo.core import BrokenFile, cell_text, fold
from baihuo.evaluate import MISSING
from baihuo.events import Judgement, JudgementLog

# Judgements as rows of a file or a form: valid ones are recorded, others refused with the reason.


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
        grade = _read_grade(text["grade"])
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


def _read_grade(text: str) -> int | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return int(number) if number in range(N_GRADES) else None


N_GRADES = 4
"""0 irrelevant, 1 complement, 2 substitute, 3 exact match."""
FILE_RATER = "ratings.csv"
"""Rater name for the grades of the shop's ratings.csv."""
N_RATERS = "n_raters"
"""A column that identifies our export."""

_QUERY, _PRODUCT = ("query", "query_text"), ("docid", "product_id", "product")
_GRADE, _WIDE, _FINAL = ("rating", "grade"), "_rating", "final_rating"
Rows = Iterable[tuple[str, str, str, int | None]]  # query, product, rater, grade


@dataclass(frozen=True, slots=True, eq=False)
class Ratings:
    """Grades by pair and rater. A pair is a query and a product; each has at least one grade."""

    queries: NDArray[np.object_]  # [pairs]
    products: NDArray[np.object_]  # [pairs]
    raters: tuple[str, ...]
    grades: NDArray[np.int64]  # [pairs, raters], -1 where not judged

    @staticmethod
    def of(rows: Rows) -> Ratings:
        """Pairs and raters in order of appearance; the last grade of a rater for a pair counts."""
        pairs: dict[tuple[str, str], dict[str, int]] = {}
        raters: dict[str, int] = {}
        for query, product, rater, grade in rows:
            if grade is not None:
                raters.setdefault(rater, len(raters))
                pairs.setdefault((query_key(query), product), {})[rater] = grade
        grades = np.full((len(pairs), len(raters)), MISSING, np.int64)
        for at, given in enumerate(pairs.values()):
            for rater, grade in given.items():
                grades[at, raters[rater]] = grade
        names = np.empty((2, len(pairs)), object)
        for at, pair in enumerate(pairs):
            names[:, at] = pair
        return Ratings(names[0], names[1], tuple(raters), grades)

    def __len__(self) -> int:
        return len(self.queries)

    @property
    def n_queries(self) -> int:
        """Distinct queries."""
        return len(set(self.queries.tolist()))

    @property
    def n_given(self) -> int:
        """Grades given, over all raters."""
        return int((self.grades != MISSING).sum())


def query_key(text: str) -> str:
    """Return the key of a query in judgements: folded text, as in features and search."""
    return fold(text)


def log_rows(table: pa.Table) -> Rows:
    """The rows of a table of judgements."""
    for row in table.to_pylist():
        yield row["query_text"], row["product_id"], row["rater"], row["grade"]


def file_rows(path: Path) -> Rows:
    """The rows of a CSV of grades, in one of three layouts.

    ``query, docid, rating``: the rater is the file; ``…, rater, rating``: one row for each rater; and one
    column for each rater, ``agent_1_rating, agent_2_rating, …`` (``final_rating`` belongs to none).

    Raises:
        BrokenFile: another format, or an invalid grade; the message says the line.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            names = reader.fieldnames or []
            query, product = _find_column(names, _QUERY), _find_column(names, _PRODUCT)
            wide = [n for n in names if n.endswith(_WIDE) and n != _FINAL]
            single = None if wide else _find_column(names, _GRADE)
            found = []
            for row in reader:
                key = (
                    _required_cell(row, query, reader.line_num),
                    _required_cell(row, product, reader.line_num),
                )
                for column in wide or [single or ""]:
                    rater = column.removesuffix(_WIDE) if wide else row.get("rater") or path.name
                    found.append((*key, rater, _grade(row[column], reader.line_num, column)))
    except (KeyError, ValueError, UnicodeError, csv.Error, OSError) as why:
        raise BrokenFile(
            f"{path} has no judgements: {why}",
            fix="give a CSV with the columns query, docid, rating (and rater), or with a column NAME_rating for each rater",
        ) from why
    return found


def is_export(path: Path) -> bool:
    """Return whether ``baihuo label export`` wrote a file of grades."""
    with path.open(encoding="utf-8-sig", newline="", errors="replace") as file:
        return N_RATERS in file.readline().strip().split(",")


def final_grades(path: Path) -> dict[tuple[str, str], int]:
    """The grades of a file's ``final_rating``, where it has one.

    Raises:
        BrokenFile: an invalid grade; the message says the line.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        names = reader.fieldnames or []
        if _FINAL not in names:
            return {}
        query, product = _find_column(names, _QUERY), _find_column(names, _PRODUCT)
        grades = {}
        try:
            for row in reader:
                grade = _grade(row[_FINAL], reader.line_num, _FINAL)
                if grade is not None:
                    key = query_key(_required_cell(row, query, reader.line_num))
                    grades[key, _required_cell(row, product, reader.line_num)] = grade
        except ValueError as why:
            raise BrokenFile(f"{path}: {why}", fix=f"fix the column {_FINAL}") from why
    return grades


def by_query(
    queries: Iterable[str], products: Iterable[str], grades: Iterable[int]
) -> Mapping[str, Mapping[str, int]]:
    """Query → product → grade."""
    found: dict[str, dict[str, int]] = {}
    for query, product, grade in zip(queries, products, grades, strict=True):
        found.setdefault(query, {})[product] = int(grade)
    return found


def _find_column(names: Iterable[str], wanted: tuple[str, ...]) -> str:
    found = next((n for n in wanted if n in names), None)
    if found is None:
        raise KeyError(f"no column {' or '.join(wanted)}")
    return found


def _required_cell(row: Mapping[str, str | None], column: str, line: int) -> str:
    text = cell_text((row[column] or "").strip())
    if not text:
        raise ValueError(f"line {line}: {column} is empty")
    return text


def _grade(text: str | None, line: int, column: str) -> int | None:
    cell = (text or "").strip()
    if cell in ("", "?"):
        return None
    try:
        grade = int(cell) if not cell.endswith(".0") else int(cell[:-2])
    except ValueError as why:
        raise ValueError(f"line {line}: {column} {cell!r} is not a whole number") from why
    if not 0 <= grade < N_GRADES:
        raise ValueError(f"line {line}: {column} {grade} is outside of 0 to {N_GRADES - 1}")
    return grade
