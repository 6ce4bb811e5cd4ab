"""Everything is formatted by the formatters: no line asks to be left out."""

from __future__ import annotations

from pathlib import Path

REPOSITORY = Path(__file__).parents[2]


def test_no_line_is_kept_from_the_formatter() -> None:
    kept = ["# fmt: " + word for word in ("skip", "off", "on")]
    files = [
        path
        for folder in ("src", "tests", "bench", "docs")
        for path in (REPOSITORY / folder).rglob("*.py")
    ]
    asking = [
        f"{path.relative_to(REPOSITORY)}:{number}"
        for path in [*files, REPOSITORY / "install.py"]
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if any(words in line for words in kept)
    ]
    assert not asking
