"""Conversations written by hand, and the rules of what a good reply has and must not have."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

PARTS = ("work", "report")
_CONVERSATION = {"id", "class", "part", "language", "turns", "orders", "as"}
_TURN = set(
    "say page has lacks decision source tiles fact price after address paid optional language any_language".split()
)


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation of the exam."""

    id: str
    talk_class: str
    part: str
    language: str
    turns: tuple[Mapping[str, Any], ...]
    orders: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    is_identified: bool = True


def read_exam(path: Path) -> list[Talk]:
    """All conversations of a file.

    Raises:
        ValueError: a field that there is not, a pattern that is none, or an id that stands there twice; it is named.
    """
    found = [_talk(given) for given in yaml.safe_load(path.read_text(encoding="utf-8"))]
    ids = [talk.id for talk in found]
    twice = sorted({i for i in ids if ids.count(i) > 1})
    if twice:
        raise ValueError(f"ids that stand there twice: {', '.join(twice)}")
    return found


def _talk(given: Mapping[str, Any]) -> Talk:
    where = given.get("id", given)
    unknown = set(given) - _CONVERSATION | {k for t in given["turns"] for k in set(t) - _TURN}
    if unknown or given["part"] not in PARTS or given["language"] not in ("en", "zh"):
        raise ValueError(f"{where}: part, language, or a field that there is not: {unknown}")
    for turn in given["turns"]:
        for pattern in (*turn.get("has", ()), *turn.get("lacks", ())):
            re.compile(re.sub(r"\{[a-z.]+\}", "x", pattern))
    return Talk(
        id=given["id"],
        talk_class=given["class"],
        part=given["part"],
        language=given["language"],
        turns=tuple(given["turns"]),
        orders=given.get("orders", {}),
        is_identified=given.get("as") != "nobody",
    )
