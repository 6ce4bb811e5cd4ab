"""SQL in files of its own: every parameter is named, explained and given, and no statement hides in Python."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import baihuo
from baihuo.engine.sql_files import SqlFile

HOUSE = Path(baihuo.__file__).parent
FILES = sorted(HOUSE.rglob("*.sql"))
MANY_LINES = 5


def made(folder: Path, text: str) -> SqlFile:
    path = folder / "made.sql"
    path.write_text(text, encoding="utf-8")
    return SqlFile(path)


def test_values_stand_where_their_names_stood(tmp_path: Path) -> None:
    old = made(
        tmp_path, "-- Old rows.\n-- {rows} all\n-- {age} days\nselect * from {rows} where a > {age}"
    )
    assert old(rows="events", age=3) == "select * from events where a > 3\n"
    assert old.bind(age=4)(rows="events") == "select * from events where a > 4\n"


def test_braces_that_name_no_parameter_stay(tmp_path: Path) -> None:
    text = r"select {'a': 1} as s, regexp_matches(t, '[0-9]{2,3}\p{L}') from t"
    assert made(tmp_path, text)() == text + "\n"


def test_a_missing_value_is_named(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match=r"made\.sql: no value for rows"):
        made(tmp_path, "select * from {rows}")(row="events")


def test_a_statement_that_was_not_called_is_no_text(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="is not text until it is called"):
        f"{made(tmp_path, 'select 1')}"


def test_a_files_head_says_what_it_selects_and_what_it_needs() -> None:
    def is_explained(path: Path) -> bool:
        statement, text = SqlFile(path), path.read_text(encoding="utf-8")
        meanings = statement.parameters.values()
        is_named = (
            set(statement.parameters) == set(statement.used)
            and min(map(len, meanings), default=3) > 2
        )
        return is_named and "TODO" not in text and re.match(r"-- [^{\s]", text) is not None

    assert [path.relative_to(HOUSE) for path in FILES if not is_explained(path)] == []


def test_no_pattern_is_made_of_a_cell() -> None:
    """It is compiled for every row: 5,000 listings took two minutes. ``replace`` puts a mark in its place first."""
    assert [p.name for p in FILES if "regexp_escape(" in p.read_text(encoding="utf-8")] == []


def test_no_statement_of_many_lines_hides_in_python() -> None:
    hidden = []
    for path in sorted(HOUSE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.JoinedStr | ast.Constant):
                continue
            n_lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if n_lines >= MANY_LINES and re.search(r"\bSELECT\b", ast.unparse(node)):
                hidden.append(f"{path.relative_to(HOUSE)}:{node.lineno}")
    assert not hidden
