"""Grades by people, from the log of judgements and from files, as one matrix."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from baihuo.core import BrokenFile, cell_text, fold
from baihuo.evaluate import MISSING

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
