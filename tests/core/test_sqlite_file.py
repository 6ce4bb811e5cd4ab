"""How SQLite files are opened: whole transactions, one schema version, and a reader that leaves no trace."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from baihuo.core import Conflict, ShopError
from baihuo.core.sqlite_file import open_read_only, open_sqlite, transaction

SCHEMA = "CREATE TABLE IF NOT EXISTS kettles (colour TEXT UNIQUE NOT NULL);"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "shop" / "kettles.sqlite"


def opened(path: Path, version: int = 1) -> sqlite3.Connection:
    return open_sqlite(path, SCHEMA, version=version, durability="NORMAL")


def colours(path: Path) -> list[str]:
    """As a reader sees them."""
    with open_read_only(path) as reader:
        assert reader is not None
        return [row[0] for row in reader.execute("SELECT colour FROM kettles ORDER BY rowid")]


def test_a_block_that_fails_writes_nothing(path: Path) -> None:
    connection = opened(path)
    with pytest.raises(sqlite3.IntegrityError), transaction(connection, path):
        connection.executemany("INSERT INTO kettles VALUES (?)", [("red",), ("red",)])
    with transaction(connection, path):
        connection.execute("INSERT INTO kettles VALUES ('blue')")
    with transaction(connection, path):
        connection.execute("INSERT INTO kettles VALUES ('green')")
        connection.execute("ROLLBACK")
    connection.close()
    assert colours(path) == ["blue"]


def test_a_file_that_another_process_holds_is_named_in_the_error(path: Path) -> None:
    one, two = opened(path), opened(path)
    two.execute("PRAGMA busy_timeout = 10")
    with (
        transaction(one, path),
        pytest.raises(ShopError, match=r"kettles\.sqlite could not be written: .*locked"),
        transaction(two, path),
    ):
        pass
    one.close()
    two.close()


def test_a_rule_of_the_tables_is_no_trouble_of_the_disk(path: Path) -> None:
    connection = opened(path)
    with pytest.raises(sqlite3.IntegrityError), transaction(connection, path):
        connection.execute("INSERT INTO kettles VALUES (NULL)")
    connection.close()


def test_a_newer_file_is_refused_and_an_older_one_keeps_its_rows(path: Path) -> None:
    path.parent.mkdir()
    old = sqlite3.connect(path)  # made before files had a version
    old.executescript(f"{SCHEMA} INSERT INTO kettles VALUES ('red');")
    old.close()
    opened(path).close()
    assert colours(path) == ["red"]
    opened(path, version=2).close()
    with pytest.raises(Conflict, match="schema version 2, this software knows 1"):
        opened(path)


def test_a_reader_makes_no_file(path: Path) -> None:
    with open_read_only(path) as nothing:
        assert nothing is None
    assert not path.parent.exists()
    writer = opened(path)
    writer.execute("INSERT INTO kettles VALUES ('red')")
    assert colours(path) == ["red"]  # while it is written
    writer.close()
    before = sorted(path.parent.iterdir())
    assert colours(path) == ["red"]
    with open_read_only(path) as reader:
        assert reader is not None
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            reader.execute("INSERT INTO kettles VALUES ('blue')")
    assert sorted(path.parent.iterdir()) == before


def test_a_file_whose_tables_are_not_there_yet_is_read_as_none(path: Path) -> None:
    path.parent.mkdir()
    path.touch()
    with open_read_only(path) as reader:
        assert reader is None
