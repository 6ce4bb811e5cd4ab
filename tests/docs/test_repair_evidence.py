"""Every check that repairs or merges says in docs/quality.md what confirms it."""

from __future__ import annotations

from pathlib import Path

from baihuo.quality import CHECKS

PAGE = Path(__file__).parents[2] / "docs" / "quality.md"


def test_repairs_name_their_evidence() -> None:
    page = PAGE.read_text(encoding="utf-8")
    table = page.split("## What confirms a repair", 1)[1].split("\n## ", 1)[0]
    missing = [
        c.name for c in CHECKS if c.action in ("repair", "merge") and f"`{c.name}`" not in table
    ]
    assert not missing
