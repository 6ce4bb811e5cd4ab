from __future__ import annotations

import threading
from pathlib import Path

import pytest

from baihuo.core.secret_file import secret_file


def test_it_is_made_once_whole_and_private(tmp_path: Path) -> None:
    path = tmp_path / "shop" / "a.key"
    assert secret_file(path, lambda: b"one") == b"one"
    assert secret_file(path, lambda: b"two") == b"one"
    assert path.stat().st_mode & 0o077 == 0
    assert list(path.parent.iterdir()) == [path]


def test_who_makes_it_at_once_gets_the_key_of_the_first(tmp_path: Path) -> None:
    path, both = tmp_path / "a.key", threading.Barrier(2)
    keys: list[bytes] = []

    def make(key: bytes) -> bytes:
        both.wait(60)  # both saw no file
        return key

    threads = [
        threading.Thread(target=lambda k=key: keys.append(secret_file(path, lambda: make(k))))
        for key in (b"one", b"two")
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert keys == [path.read_bytes()] * 2
    assert list(tmp_path.iterdir()) == [path]


def test_a_maker_that_fails_leaves_no_file(tmp_path: Path) -> None:
    def fails() -> bytes:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        secret_file(tmp_path / "a.key", fails)
    assert list(tmp_path.iterdir()) == []
