"""What a listing says: its attributes, its category, and the words of its title."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from typing import Any

from baihuo.faults.dataset import Dataset, Row


def attributes_of(row: Row) -> dict[str, Any]:
    """The row's attributes; none where they cannot be read."""
    try:
        found = json.loads(row.get("attributes") or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def variants_of(row: Row) -> list[dict[str, Any]]:
    """The row's variants; none where they cannot be read."""
    try:
        found = json.loads(row.get("variants") or "[]")
    except ValueError:
        return []
    is_list = isinstance(found, list) and all(isinstance(v, dict) for v in found)
    return found if is_list and all(v.get("attributes") for v in found) else []


def write_attributes(row: Row, attributes: dict[str, Any]) -> None:
    row["attributes"] = json.dumps(attributes, ensure_ascii=False, sort_keys=True)


def by_category(dataset: Dataset, least: int) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for row in dataset.products:
        if row.get("category"):
            found[row["category"]].append(row)
    return {c: found[c] for c in sorted(found) if len(found[c]) >= least}


def words_of(text: str | None) -> str:
    return f" {' '.join(re.findall(r'[a-z0-9]+', (text or '').lower()))} "


def is_named(row: Row, value: str) -> bool:
    return words_of(value) in words_of(row.get("title_en"))


def do_overlap(a: str, b: str) -> bool:
    return bool(set(words_of(a).split()) & set(words_of(b).split()))
