"""The shop's own synonyms: a text file in the syntax of Solr and Elasticsearch.

::

    # words that mean the same, in any language
    trainers, running shoes, 跑步鞋
    # words that are read as others: broader words and names the shop uses
    零食 => nuts, 坚果
    party wear => dresses

Every name of the right side is a kind of product: the name of a category, or a word of its titles.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from baihuo.core import BadInput
from baihuo.index.known_phrases import phrase_key

_FIX = "write names with commas between them, `a, b, c`, or `a, b => c, d`; # starts a comment"


@dataclass(frozen=True, slots=True)
class Synonyms:
    """Phrase key → keys of the names that it also means."""

    same: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


NO_SYNONYMS = Synonyms()


def read_synonyms(file: Path) -> Synonyms:
    """Read ``synonyms.txt``; a shop without the file has no synonyms of its own.

    Raises:
        BadInput: a line has an empty name, only one name, or several arrows; or the file is not UTF-8.
    """
    if not file.exists():
        return NO_SYNONYMS
    try:
        lines = file.read_text("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise BadInput(f"{file} is not UTF-8: {error.reason}", fix="save it as UTF-8") from None
    same: dict[str, tuple[str, ...]] = {}
    for number, line in enumerate(lines, start=1):
        text = line.split("#")[0].strip()
        if not text:
            continue
        for name, others in _pairs(text, f"{file}, line {number}"):
            known = same.get(name, ())
            same[name] = tuple(dict.fromkeys((*known, *(o for o in others if o != name))))
    return Synonyms(same)


def _pairs(text: str, where: str) -> list[tuple[str, list[str]]]:
    """Each name of a line with the names that it also means."""
    sides = [_keys(side, where) for side in text.replace("，", ",").split("=>")]
    if len(sides) > 2:
        raise BadInput(f"{where}: two arrows in one line", fix=_FIX)
    if len(sides) == 2:
        return [(name, sides[1]) for name in sides[0]]
    if len(sides[0]) == 1:
        raise BadInput(f"{where}: a name without a synonym", fix=_FIX)
    return [(name, sides[0]) for name in sides[0]]


def _keys(side: str, where: str) -> list[str]:
    keys = [phrase_key(name) for name in side.split(",")]
    if not all(keys):
        raise BadInput(f"{where}: an empty name", fix=_FIX)
    return keys
