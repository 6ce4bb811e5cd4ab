"""The READMEs' commands for one's own data are those of the tutorial, which test_pages.py runs as they stand there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def commands(page: str, heading: str) -> list[str]:
    """The lines of the first block under the heading, without comments."""
    block = re.search(
        r"```(?:bash)?\n(.*?)```", (ROOT / page).read_text("utf-8").split(heading, 1)[1], re.DOTALL
    )
    assert block is not None
    return [line.split("#")[0].strip() for line in block[1].splitlines() if line.strip()]


def test_the_readmes_commands_are_those_of_the_tutorial_in_its_order() -> None:
    english = commands("README.md", "## Use it on your own data")
    tutorial = (ROOT / "docs" / "tutorial.md").read_text("utf-8")
    places = [tutorial.index(f"\n{command}\n") for command in english]
    assert places == sorted(places)
    chinese = commands("README.zh-CN.md", "## 用在自己的数据上")
    assert [command.replace("CNY", "EUR") for command in chinese] == english
