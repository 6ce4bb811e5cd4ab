"""The audit log: an unbroken chain, and what shows when somebody changes the file."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import threading
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from baihuo.access import AuditHead, AuditLog, BrokenChain, read_entries, verify

NOW = 1_800_000_000_000_000


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "audit.sqlite"
    log = AuditLog(path)
    for n in range(6):
        log.append(
            "release" if n % 2 else "key.create",
            actor="user ann",
            at_us=NOW + n,
            subject=f"b{n}",
            detail={"n": n},
        )
    log.close()
    return path


def change(file: Path, statement: str) -> None:
    with sqlite3.connect(file) as connection:
        for name in ("entries_are_not_changed", "entries_are_not_deleted"):
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute(statement)


def test_entries_come_back_as_they_were_written(file: Path) -> None:
    entries = read_entries(file)
    assert [(e.seq, e.action, e.subject, e.detail) for e in entries] == [
        (n + 1, "release" if n % 2 else "key.create", f"b{n}", {"n": n}) for n in range(6)
    ]
    assert [e.seq for e in read_entries(file, newest=2)] == [5, 6]
    assert [e.subject for e in read_entries(file, action="key")] == ["b0", "b2", "b4"]
    assert read_entries(file, action="rel") == []
    assert read_entries(file, actor="user bob") == []


def test_the_hash_is_what_the_documents_say(file: Path) -> None:
    """Computed here from docs/access.md: SHA-256 over the fields as JSON without spaces."""
    previous = "0" * 64
    for e in read_entries(file):
        detail = json.dumps(e.detail, sort_keys=True, separators=(",", ":"))
        fields = [e.seq, e.at_us, e.actor, e.action, e.subject, detail, previous]
        text = json.dumps(fields, separators=(",", ":"))
        assert e.hash == hashlib.sha256(text.encode()).hexdigest()
        previous = e.hash
    assert verify(file) == AuditHead(6, previous)


@pytest.mark.parametrize(
    ("statement", "entry"),
    [
        ("UPDATE entries SET actor = 'user bob' WHERE seq = 3", 3),
        ("UPDATE entries SET detail = '{\"n\":9}' WHERE seq = 1", 1),
        ("UPDATE entries SET at_us = at_us - 1 WHERE seq = 6", 6),
        ("DELETE FROM entries WHERE seq = 2", 2),
        ("DELETE FROM entries WHERE seq = 1", 1),
    ],
)
def test_a_change_shows_at_its_entry(file: Path, statement: str, entry: int) -> None:
    change(file, statement)
    with pytest.raises(BrokenChain, match=f"entry {entry} "):
        verify(file)


def test_entries_cut_off_at_the_end_show_beside_a_head_that_was_kept(file: Path) -> None:
    head = verify(file)
    change(file, "DELETE FROM entries WHERE seq > 4")
    assert verify(file).seq == 4
    with pytest.raises(BrokenChain, match="cut off"):
        verify(file, expected=head)


def test_a_log_written_again_from_the_start_shows_beside_a_head_that_was_kept(
    file: Path, tmp_path: Path
) -> None:
    head = verify(file)
    log = AuditLog(tmp_path / "other.sqlite")
    for n in range(6):
        log.append("release", actor="user eve", at_us=NOW + n)
    with pytest.raises(BrokenChain):
        verify(tmp_path / "other.sqlite", expected=head)


def test_a_log_that_grew_still_holds_an_earlier_head(file: Path) -> None:
    head = verify(file)
    AuditLog(file).append("rollback", actor="user ann", at_us=NOW + 9)
    assert verify(file, expected=head).seq == 7


def test_an_ordinary_write_cannot_change_an_entry(file: Path) -> None:
    with sqlite3.connect(file) as connection:
        with pytest.raises(sqlite3.IntegrityError, match="never changed"):
            connection.execute("UPDATE entries SET actor = 'x'")
        with pytest.raises(sqlite3.IntegrityError, match="never deleted"):
            connection.execute("DELETE FROM entries")


def test_writers_at_once_make_one_chain(tmp_path: Path) -> None:
    file = tmp_path / "audit.sqlite"

    def write(name: int) -> None:
        log = AuditLog(file)
        for n in range(20):
            log.append("write", actor=f"key k{name}", at_us=NOW, detail={"n": n})
        log.close()

    threads = [threading.Thread(target=write, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert verify(file).seq == 80


@settings(
    max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(
    subject=st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    detail=st.dictionaries(
        st.text(st.characters(exclude_categories=["Cs"]), max_size=5),
        st.one_of(
            st.none(), st.booleans(), st.integers(-(2**53), 2**53), st.floats(allow_nan=False)
        ),
        max_size=4,
    ),
)
def test_any_text_and_number_keeps_the_chain(
    file: Path, subject: str, detail: dict[str, object]
) -> None:
    log = AuditLog(file)
    log.append("x", actor="user 小王", at_us=NOW, subject=subject, detail=detail)
    log.close()
    assert read_entries(file, newest=1)[0].subject == subject
    verify(file)


def test_no_file_is_an_empty_log(tmp_path: Path) -> None:
    assert read_entries(tmp_path / "none.sqlite") == []
    assert verify(tmp_path / "none.sqlite").seq == 0
    assert not (tmp_path / "none.sqlite").exists()
