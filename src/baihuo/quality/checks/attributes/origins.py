"""Listings whose text and attribute say two countries."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

import yaml

from baihuo.engine import sql_file, sql_text
from baihuo.quality.findings import FindingsStore

_ORIGIN = (
    r"(?i)^(?:country|place|region|country ?/ ?region) ?of ?(?:origin|manufacture|production)$|^origin$|^made in$|"
    r"^manufactured in$|^(?:产地|原产国|原产地|原产国/地区|生产国|制造国|生产地)$"
)
# before it a sentence begins, or a word says that the whole thing is: "strap made in France" is of a strap
_BEFORE = (
    r"(?:^|[.!?;,|\n•·]\s*|\b(?:100 ?%|proudly|is|are|was|were|product|item|entirely|fully|completely|officially|"
    r"originally|genuinely)\s+|\bhand-?\s?)"
)
_BEHIND = r"(?:$|[.!?;,|)\n]|\s+(?:by|with|from|since|using|for|under|to|at|of)\b)"


@cache
def _countries() -> list[list[str]]:
    text = Path(__file__).with_name("origins.yaml").read_text(encoding="utf-8")
    return [line.split("|") for line in yaml.safe_load(text)]


def _any_of(names: list[str]) -> str:
    return "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))


@cache
def _two_origins() -> Callable[..., str]:
    names = [name for line in _countries() for name in line]
    # a code of two letters is a word of its own in a text
    english = _any_of([n for n in names if (n.isascii() and len(n) > 2) or n == "uk"])
    chinese = _any_of([n for n in names if not n.isascii()])
    patterns = {
        "origin": _ORIGIN,
        "made_in": rf"(?:{_BEFORE}made in (?:the )?|\bcountry of origin ?: ?)({english}){_BEHIND}",
        "origin_zh": rf"(?:产地|原产国|原产地|生产国)\s?[:：为是]?\s?({chinese})(?:[，。；、！,;\s]|$)",
        "made_zh": rf"(?:^|[，。；、！,;\s])({chinese})(?:制造|生产|原产|原装进口)(?:[，。；、！,;\s]|$)",
    }
    return sql_file(__file__, "two_origins").bind(
        countries=", ".join(
            f"({sql_text(name)}, {n})" for n, line in enumerate(_countries()) for name in line
        ),
        **{name: pattern.replace("'", "''") for name, pattern in patterns.items()},
    )


def two_origins(findings: FindingsStore) -> str:
    """SQL of notes on texts and attributes that say two countries; reads ``attribute_values``."""
    rows = findings.rows("title_en", "title_zh", "description_en", "description_zh")
    return _two_origins()(rows=rows)
