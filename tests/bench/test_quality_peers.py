"""Marks of the tools that are compared on planted dirt, against cases counted by hand."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
import yaml

from baihuo.exam import Location
from suites.quality_peers.plant import Truth
from suites.quality_peers.score import marks, read_flagged
from suites.quality_peers.tools import RULES, TOOLS, WITH_RULES, config_lines

TRUTH = Truth(
    {
        "a": frozenset({("events", 1), ("events", 2)}),
        "b": frozenset({("products", 1)}),
        "c": frozenset({("events", 2), ("events", 3)}),
    },
    frozenset({("events", 9)}),
)


def test_marks_are_counted_by_row() -> None:
    flagged: frozenset[Location] = frozenset(
        {("events", 1), ("events", 2), ("events", 9), ("events", 50)}
    )
    of = marks(flagged, TRUTH, kinds=frozenset("abc"))
    assert of.recalls == {"a": 1.0, "b": 0.0, "c": 0.5}
    assert (of.n_found, of.recall) == (1, 0.5)
    assert of.precision == pytest.approx(2 / 3)  # row 9 only stands beside a fault


def test_a_tool_that_flags_nothing_has_no_precision() -> None:
    of = marks(frozenset(), TRUTH, kinds=frozenset("a"))
    assert (of.recalls, of.precision) == ({"a": 0.0}, None)


def test_one_row_flagged_by_two_rules_is_one(tmp_path: Path) -> None:
    path = tmp_path / "found.csv"
    lines = ["events,3,one rule", "events,3,another", "products,3,one rule"]
    random.Random(1).shuffle(lines)
    path.write_text("\n".join(lines))
    assert read_flagged(path) == {("events", 3), ("products", 3)}


def test_every_tool_has_rules_that_are_counted() -> None:
    assert {tool: config_lines(tool) > 20 for tool in TOOLS} == {
        tool: tool != "baihuo" for tool in TOOLS
    }
    assert all((RULES / f"{tool}_rules.py").is_file() for tool in WITH_RULES)


def test_soda_reads_both_tables() -> None:
    every = yaml.safe_load((RULES / "soda_rules.yml").read_text(encoding="utf-8"))
    assert {name: len(checks) > 20 for name, checks in every.items()} == {
        "checks for events": True,
        "checks for products": True,
    }
