"""Which tests go to one worker of pytest-xdist, and in which order workers take them.

A fixture of a module or a session is made once in each process that asks for it. Tests are given out
one by one, so without this nearly every such fixture was made by every worker.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import pytest

_ORDINARY_S, _SLOW_S = 0.3, 10.0  # of a test that was never timed, and of one marked slow
_SHARED = "tests"  # fixtures of the conftest here cost little, or are made once for all workers


def group_of(item: pytest.Item) -> str | None:
    """The file or folder whose tests share a fixture with this one; None: it may run anywhere.

    What :func:`made_once` makes lies on the disk and is no reason to stay together.
    """
    known: Any = getattr(item, "_fixtureinfo", None)  # not of every kind of item
    homes = set[str]()
    for name in known.names_closure if known else ():
        for fixture in known.name2fixturedefs.get(name, ())[-1:]:
            if name.startswith("_"):  # a patch that all tests of a folder use costs nothing
                continue
            is_made_once = "made_once" in fixture.argnames
            if fixture.scope == "function" or fixture.baseid in ("", _SHARED) or is_made_once:
                continue
            is_of_module = fixture.scope in ("module", "class")
            homes.add(item.nodeid.partition("::")[0] if is_of_module else fixture.baseid)
    return min(homes, key=len, default=None)  # a folder holds its files


def unit_of(item: pytest.Item) -> str:
    """What is given to a worker at once: a group, or a test alone."""
    mark = item.get_closest_marker("xdist_group")
    return str(mark.args[0]) if mark is not None else item.nodeid


def longest_first(items: list[pytest.Item], took_s: Mapping[str, float]) -> None:
    """Sort units by what they will take, so that no worker is left with a long one at the end.

    Args:
        took_s: seconds of tests by their ids, from an earlier run; others are guessed.
    """
    unit_s, first = defaultdict[str, float](float), dict[str, int]()
    for at, item in enumerate(items):
        guess_s = _SLOW_S if item.get_closest_marker("slow") else _ORDINARY_S
        unit_s[unit_of(item)] += took_s.get(item.nodeid, guess_s)
        first.setdefault(unit_of(item), at)
    # Stable: tests of a group stay in theirs, since some go on with what the one before them left.
    items.sort(key=lambda item: (-unit_s[unit_of(item)], first[unit_of(item)]))
