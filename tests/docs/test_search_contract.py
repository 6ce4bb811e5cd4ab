"""Every sentence of the contract of searches names a test that exists."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_sentence_of_the_contract_has_its_test() -> None:
    lines = (ROOT / "docs" / "search_contract.md").read_text("utf-8").splitlines()
    sentences = [line for line in lines if line.startswith("- ")]
    assert len(sentences) > 20
    for sentence in sentences:
        found = re.search(r"`(tests/[\w/]+\.py)::(test_\w+)`$", sentence)
        assert found, f"no test is named at the end of: {sentence}"
        tree = ast.parse((ROOT / found[1]).read_text("utf-8"))
        names = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
        assert found[2] in names, f"{found[1]} has no {found[2]}"
