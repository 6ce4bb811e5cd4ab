"""Which of several passages a part of a sentence speaks of: what one product has, another may lack."""

from __future__ import annotations

import re
from collections.abc import Sequence

from baihuo.assist.check.evidence import name_of
from baihuo.assist.check.reading import Read, read
from baihuo.assist.turns import Passage

_PART = re.compile(r"[,;，；。]|\.\s|\b(?:and|while|but|whereas)\b|而|但")


def pieces(text: str, cited: Sequence[Passage]) -> list[tuple[str, list[Passage]]]:
    """Parts of a sentence, each with the passages that it names, or those that the part before named, or all."""
    names = [name_of(p) for p in cited]
    if len(cited) < 2 or not any(names):
        return [(text, list(cited))]
    found: list[tuple[str, list[Passage]]] = []
    last = list(cited)
    for part in _parts(text):
        said = _marks(read(part))
        told_apart = [
            p
            for p, mine in zip(cited, names, strict=True)
            if said & (mine - frozenset().union(*(n for n in names if n is not mine)))
        ]
        last = told_apart or last
        if found and found[-1][1] == last:
            found[-1] = (f"{found[-1][0]}{part}", last)
        else:
            found.append((part, last))
    return found


def _parts(text: str) -> list[str]:
    """All of the text: a mark ends its part, a word begins the next."""
    parts: list[str] = []
    at = 0
    for match in _PART.finditer(text):
        cut = match.start() if match.group().strip().isalpha() else match.end()
        parts.append(text[at:cut])
        at = cut
    return [p for p in (*parts, text[at:]) if p.strip()]


def _marks(said: Read) -> frozenset[str]:
    numbers = {said.text[f.start : f.end].strip() for f in said.facts if f.family == "number"}
    return frozenset(
        {w.text for w in said.words}
        | {m for w in said.words for m in w.meanings}
        | said.codes
        | numbers
    )
