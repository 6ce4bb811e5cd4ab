"""How SQLite files are opened: whole transactions, one schema version, and a reader that leaves no trace."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from baihuo.core import BrokenFile, Conflict, ShopError
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


def read_through(path: Path, schema: str) -> None:
    opened = open_sqlite(path, schema, version=1, durability="NORMAL")
    try:
        assert list(opened.execute("SELECT id, text FROM t"))
        opened.execute("SELECT count(*), sum(length(text)) FROM t").fetchone()
    finally:
        opened.close()


def test_a_damaged_file_is_named_wherever_the_damage_shows(tmp_path: Path) -> None:
    """SQLite says "malformed" at the opening, at a query, or at any row, and never of which file."""
    path = tmp_path / "some.sqlite"
    schema = "CREATE TABLE IF NOT EXISTS t (id INTEGER PRIMARY KEY, text TEXT);"
    connection = open_sqlite(path, schema, version=1, durability="NORMAL")
    connection.executemany("INSERT INTO t (text) VALUES (?)", [("x" * 500,)] * 200)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    whole = path.read_bytes()
    pages = range(0, len(whole), 4096)
    for at in pages:
        path.write_bytes(whole[:at] + b"\xff" * 64 + whole[at + 64 :])
        with pytest.raises(BrokenFile, match=r"some\.sqlite is damaged"):
            read_through(path, schema)


def test_errors_that_are_no_damage_stay_what_they_are(tmp_path: Path) -> None:
    path = tmp_path / "some.sqlite"
    schema = "CREATE TABLE IF NOT EXISTS t (id INTEGER PRIMARY KEY);"
    connection = open_sqlite(path, schema, version=1, durability="NORMAL")
    connection.execute("INSERT INTO t VALUES (1)")
    with pytest.raises(sqlite3.IntegrityError):
        connection.execute("INSERT INTO t VALUES (1)")
    with pytest.raises(sqlite3.OperationalError, match="syntax"):
        connection.execute("SELEKT")
    connection.close()
    with pytest.raises(sqlite3.ProgrammingError):
        connection.execute("SELECT 1")


def test_a_new_file_may_be_opened_by_several_processes_at_once(tmp_path: Path) -> None:
    """SQLite ends the switch to a write-ahead log at once, without waiting, where another does the same."""
    code = (
        "import sys, time; from pathlib import Path; from baihuo.core import open_sqlite\n"
        "for i in range(60):\n"
        "    while time.time() < float(sys.argv[2]) + i * 0.02: pass\n"
        "    open_sqlite(Path(sys.argv[1]) / str(i), 'CREATE TABLE IF NOT EXISTS t (x);', version=1,"
        " durability='NORMAL').close()\n"
    )
    start = str(time.time() + 1.0)
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path), start], stderr=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    assert [process.communicate()[1] for process in processes] == [""] * 4
