"""Every package that is locked has a known licence, and none that Apache-2.0 cannot stand beside."""

from __future__ import annotations

import re
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "licences.md").read_text("utf-8")

# Each may be in an expression. LGPL and MPL end at their own files.
GOOD = {
    *(
        "MIT",
        "MIT-0",
        "MIT-CMU",
        "ISC",
        "0BSD",
        "BSD",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "Zlib",
        "PSF-2.0",
    ),
    *("Apache-2.0", "Unlicense", "CC0-1.0", "CNRI-Python", "MPL-2.0", "LGPL-2.1-or-later", "HPND"),
}
# Tools of developers: run beside this software, never a part of it.
TOOLS_ALONE = {
    "zhconv": "GPL-2.0-or-later"
}  # traditional characters for the queries of a benchmark


def rows(part: str) -> dict[str, str]:
    return dict(re.findall(r"^\| ([a-z0-9-]+) \| ([^|]*?) \|", part, re.M)[0:])


def locked(file: str) -> set[str]:
    text = (ROOT / "requirements" / file).read_text("utf-8")
    names = re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==", text, re.M)
    return {re.sub(r"[-_.]+", "-", name).lower() for name in names}


def words(expression: str) -> set[str]:
    return {w for w in re.split(r"[()\s]+|\bAND\b|\bOR\b|\bWITH\b", expression) if w}


def test_every_locked_package_has_a_line_and_no_other_has() -> None:
    found = {*rows(PAGE)} - {"package", "---"}
    assert found == locked("all.lock") | locked("serve.lock"), "make licences"


def test_no_licence_is_unknown_or_keeps_apache_2_0_out() -> None:
    _, serve, tools = re.split(r"^## ", PAGE, flags=re.M)
    for name, licence in {**rows(serve), **rows(tools)}.items():
        if name in ("package", "---"):
            continue
        if TOOLS_ALONE.get(name) == licence:
            assert name not in rows(serve)
            continue
        assert words(licence), f"{name}: unknown"
        assert words(licence) <= GOOD, f"{name}: {licence}"


@pytest.mark.parametrize(
    ("name", "licence"), [("numpy", "BSD-3-Clause"), ("certifi", "MPL-2.0"), ("pydantic", "MIT")]
)
def test_lines_are_what_packages_say(name: str, licence: str) -> None:
    """Read another way than the page was written."""
    assert licence in rows(PAGE).get(name, licence)
    files = [f for f in metadata.files(name) or () if "licen" in f.name.lower()]
    assert files, name
