"""Sentences of a passage, word for word."""

from __future__ import annotations

import re

from baihuo.assist.turns import Passage, PassageKind, Sentence

MOST_CHARACTERS = 600  # of one passage in a reply
# after the end of a sentence: Chinese marks at once, Latin ones before a space; lines end sentences, too
_ENDS = re.compile(
    r"(?<=[。！？!?])(?![。！？!?”’\"')）])\s*|(?<=[.!?])\s++(?=[A-Z0-9\"“(])|(?<!\s)[^\S\n]*+\n\s*+"
)
_NO_END = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|approx|no|nr|mr|mrs|ms|dr|st|vs|a\.m|p\.m)\.|\d\.)$", re.I
)


def sentences_of(passage: Passage, most_characters: int = MOST_CHARACTERS) -> tuple[Sentence, ...]:
    """The text of a passage as sentences, each with its source, from the beginning up to ``most_characters``.

    At least one sentence; one that is longer than the limit is cut between words and ends with "…".
    """
    is_ours = passage.kind is PassageKind.PRODUCT and not passage.source_id.endswith("#description")
    if is_ours or passage.kind is PassageKind.REVIEW:  # quotations stay with who said them
        return (_sentence(_cut(passage.text, most_characters), passage),)  # ours; titles have dots
    found: list[Sentence] = []
    n = 0
    for text in _split(passage.text):
        if n + len(text) > most_characters:
            if not found:
                found.append(_sentence(_cut(text, most_characters), passage))
            break
        found.append(_sentence(text, passage))
        n += len(text)
    return tuple(found)


def _split(text: str) -> list[str]:
    parts: list[str] = []
    for part in _ENDS.split(text.strip()):
        if not part:
            continue
        if parts and _NO_END.search(parts[-1]):
            parts[-1] += f" {part}"
        else:
            parts.append(part.strip())
    return parts


def _cut(text: str, most: int) -> str:
    if len(text) <= most:
        return text
    head = text[:most]
    space = head.rfind(" ")
    return (head[:space] if space > most // 2 else head).rstrip() + "…"


def _sentence(text: str, passage: Passage) -> Sentence:
    return Sentence(text=text, source_ids=(passage.source_id,))
