"""The examples that ``baihuo docs examples`` makes from known faults: ``checks/<group>/examples.yaml``."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import yaml

_CHECKS = Path(__file__).parent / "checks"


def example_of(check: str) -> str:
    """One check's example in words: a row as it came in, what was found in it, and what became of it.

    Empty of a check without one.
    """
    example = _examples().get(check)
    if example is None:
        return ""
    lines = [f"a row came in as {_words(example['row'])}"]
    if example["found"]:
        lines.append(f"found: {_words(example['found'])}")
    return "\n           ".join([*lines, f"action: {example['action']}"])


@cache
def _examples() -> dict[str, Any]:
    examples: dict[str, Any] = {}
    for file in sorted(_CHECKS.glob("*/examples.yaml")):
        examples |= yaml.safe_load(file.read_text(encoding="utf-8"))
    return examples


def _words(cells: dict[str, Any]) -> str:
    """
    >>> _words({"event_type": "purchase", "price_minor": -5, "query_id": None, "codes": ["1", "2"]})
    'event_type "purchase", price_minor -5, query_id null, codes ["1", "2"]'
    """
    return ", ".join(
        f"{name} {json.dumps(cell, ensure_ascii=False)}" for name, cell in cells.items()
    )
