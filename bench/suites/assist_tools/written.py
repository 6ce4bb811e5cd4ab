"""Violations that were written by hand, with the small shop that they are of: ``bench/exams/violations.yaml``."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import yaml

from suites.assist_tools.planted import Planted
from suites.assist_tools.shop import Files
from suites.assist_tools.tasks import Action


def read_violations(file: Path) -> tuple[Files, list[Planted]]:
    """The shop of a file, and what its policy forbids there."""
    raw: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory(prefix="assist-violations-") as name:
        for part in ("users", "orders", "products"):
            (Path(name) / f"{part}.json").write_text(json.dumps(raw[part]), encoding="utf-8")
        files = Files.of(Path(name))
    return files, [_planted(row) for row in raw["violations"]]


def _planted(row: dict[str, Any]) -> Planted:
    rule, *also = row["rules"]
    return Planted(
        kind=row["action"]["name"],
        user_id=row["user_id"] or "",
        first=tuple(_action(one) for one in row.get("after", ())),
        action=_action(row["action"]),
        rule=rule,
        also=tuple(also),
    )


def _action(raw: dict[str, Any]) -> Action:
    return Action(raw["name"], raw["arguments"])
