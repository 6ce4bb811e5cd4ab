"""Which bundle serves: swapped whole, remembered, and undone."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from baihuo.bundle import read_live, roll_back, set_live
from baihuo.core import BadInput, NotFound


def test_nothing_is_live_before_the_first_release(tmp_path: Path) -> None:
    assert read_live(tmp_path) is None
    with pytest.raises(NotFound):
        roll_back(tmp_path)


def test_going_back_twice_goes_back_two_bundles(tmp_path: Path) -> None:
    for bundle_id in ("one", "two", "three"):
        set_live(tmp_path, bundle_id, f"index-of-{bundle_id}")
    assert roll_back(tmp_path).bundle_id == "two"
    live = roll_back(tmp_path)
    assert (live.bundle_id, live.index_id) == ("one", "index-of-one")
    assert read_live(tmp_path) == live
    with pytest.raises(NotFound):
        roll_back(tmp_path)


def test_going_back_passes_over_refreshes_of_the_catalogue(tmp_path: Path) -> None:
    set_live(tmp_path, "one", "a")
    set_live(tmp_path, "two", "a")
    set_live(tmp_path, "two", "b")
    assert roll_back(tmp_path).bundle_id == "one"


def test_readers_never_see_a_part_of_the_pointer(tmp_path: Path) -> None:
    set_live(tmp_path, "bundle-0", "index-0")
    stop, broken = threading.Event(), []

    def read() -> None:
        while not stop.is_set():
            live = read_live(tmp_path)
            if live is None or live.bundle_id.split("-")[1] != live.index_id.split("-")[1]:
                broken.append(live)

    readers = [threading.Thread(target=read, daemon=True) for _ in range(3)]
    for reader in readers:
        reader.start()
    for i in range(1, 60):
        set_live(tmp_path, f"bundle-{i}", f"index-{i}")
    stop.set()
    for reader in readers:
        reader.join(timeout=60)
        assert not reader.is_alive()
    assert not broken


def test_two_releases_at_once_lose_no_history(tmp_path: Path) -> None:
    def release(worker: int) -> None:
        for i in range(10):
            set_live(tmp_path, f"{worker}-{i}", "index")

    workers = [threading.Thread(target=release, args=(w,)) for w in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(timeout=60)
        assert not worker.is_alive()
    live = read_live(tmp_path)
    assert live is not None
    assert len({live.bundle_id, *(p.bundle_id for p in live.history)}) == 30


def test_a_spoiled_pointer_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "live.json").write_text("{")
    with pytest.raises(BadInput, match="baihuo release"):
        read_live(tmp_path)
