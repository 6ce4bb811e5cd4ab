"""Tests that share a fixture run in one worker; what is made once for all workers binds nobody."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tests.workers import group_of, longest_first, unit_of


@pytest.fixture(scope="module")
def dear() -> list[int]:
    return []


@pytest.fixture(scope="module", autouse=True)
def _of_every_test() -> None:
    """What all tests use and nobody asks for binds nobody."""


@pytest.fixture(scope="module")
def made(made_once: Any) -> Path:
    folder: Path = made_once("nothing", lambda path: None)
    return folder


def test_a_fixture_of_a_file_keeps_its_tests_together(
    request: pytest.FixtureRequest, dear: list[int]
) -> None:
    assert group_of(request.node) == "tests/test_workers.py"


def test_what_all_workers_share_or_each_test_makes_binds_nobody(
    request: pytest.FixtureRequest, made: Path, tmp_path: Path
) -> None:
    assert group_of(request.node) is None


def test_a_fixture_of_a_folder_keeps_the_folder_together() -> None:
    def one(name: str, scope: str, baseid: str) -> Any:
        return SimpleNamespace(argname=name, scope=scope, baseid=baseid, argnames=())

    fixtures = [
        one("shop", "session", "tests/train"),
        one("learned", "session", "tests/train/test_order.py"),
        one("model", "module", "tests/train"),
    ]
    item: Any = SimpleNamespace(
        nodeid="tests/train/test_order.py::test_it",
        _fixtureinfo=SimpleNamespace(
            names_closure=[f.argname for f in fixtures],
            name2fixturedefs={f.argname: (f,) for f in fixtures},
        ),
    )
    assert group_of(item) == "tests/train"


def test_the_longest_unit_begins_first_and_a_group_keeps_its_order() -> None:
    class Item(SimpleNamespace):
        def get_closest_marker(self, name: str) -> Any:
            if name == "slow":
                return None
            return SimpleNamespace(args=(self.group,)) if self.group else None

    named = [("a", ""), ("b", "g"), ("c", ""), ("d", "g"), ("e", "")]
    items: Any = [Item(nodeid=nodeid, group=group) for nodeid, group in named]
    longest_first(items, {"a": 1.0, "b": 1.0, "c": 9.0, "d": 1.5})
    assert [item.nodeid for item in items] == ["c", "b", "d", "a", "e"]
    assert unit_of(items[1]) == unit_of(items[2]) == "g"
