"""Trainer, bundle, ranker and gate know what a model is, and no model by name."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import baihuo
from baihuo.model_inputs import REQUEST_COLUMNS
from baihuo.models import CANDIDATE_FEATURES, registered
from baihuo.train.clicks.fit import BASELINE_ORDER

HOUSE = Path(baihuo.__file__).parent
ROOMS = ("bundle", "train", "rank", "release", "model_inputs", "monitor", "flow")
FILES = [path for room in ROOMS for path in sorted((HOUSE / room).rglob("*.py"))]


def snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def names_in(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Every attribute, argument, import and text, in snake case: not what docstrings say, nor local variables."""
    said = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        line = getattr(node, "lineno", 0)
        if isinstance(node, ast.Attribute):
            yield snake(node.attr), line
        elif isinstance(node, ast.arg | ast.keyword):
            yield snake(node.arg or ""), line
        elif isinstance(node, ast.alias):
            yield from ((snake(part), line) for part in node.name.split("."))
        elif (
            isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said
        ):
            yield snake(node.value), line


def known_by_name(tree: ast.AST) -> list[tuple[str, int]]:
    """A registered name as a whole name, part of one, or a word of a short text; or the file of a model."""
    names = set(registered())
    files = {spec.fit.__module__.rpartition(".")[2] for spec in registered().values()}
    pattern = re.compile(rf"(?<![a-z]){'(' + '|'.join(sorted(names | files)) + ')'}(?![a-z])")
    return [(name, line) for name, line in names_in(tree) if pattern.search(name)]


@pytest.mark.parametrize("room", ROOMS)
def test_no_room_that_learns_stores_serves_or_judges_models_knows_one_by_name(room: str) -> None:
    found = [
        f"{path.relative_to(HOUSE)}:{line}: {name}"
        for path in FILES
        if path.relative_to(HOUSE).parts[0] == room
        for name, line in known_by_name(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert not found


def test_a_model_has_no_name_that_means_an_input_or_a_baseline() -> None:
    """``order.json`` names models and baselines side by side."""
    baselines = {*BASELINE_ORDER.values(), "popularity", "own", "bm25", "relevance", "item_knn"}
    assert not registered().keys() & {*baselines, *REQUEST_COLUMNS, *CANDIDATE_FEATURES}


def test_a_room_that_knew_one_would_be_found() -> None:
    for code in (
        'order = "trees"',
        "models.network.scores(x)",
        "ClickTraining(network_epochs=3)",
        "from baihuo.models.click_trees import ClickTrees",
        'bundle.text("models/trees/trees.txt")',
    ):
        assert known_by_name(ast.parse(code)), code
    assert not known_by_name(ast.parse('"""Trees and a network."""\nstreets = "networking"'))
