"""Slips of the fingers in copies of messages, so that a message with some is understood."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace

from baihuo.assist.learning.utterance_rows import Marked, Utterance
from baihuo.assist.understand.readable import is_han

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_SAME_SOUND = 0.5  # of the slips in Chinese: another character of the same sound; the others drop or double one


def with_typos(
    utterance: Utterance,
    *,
    rate: float,
    random_of: random.Random,
    alike: Mapping[str, Sequence[str]] | None = None,
) -> Utterance:
    """A copy in which each letter is, with a probability of ``rate``, replaced, dropped, doubled or changed with the next.

    Digits and marks stay. Of Chinese characters half as many are changed, mostly for others of the same sound (``alike``).
    Entities move with their text; one of which nothing is left is unmarked.
    """
    text = utterance.text
    made: list[str] = []
    place = [0] * (len(text) + 1)  # code point of the old text → of the new one
    length, at = 0, 0
    while at < len(text):
        place[at] = length
        changed, n = _changed(text, at, rate, random_of, alike or {})
        for inside in range(1, n):
            place[at + inside] = length + inside
        made.append(changed)
        length += len(changed)
        at += n
    place[len(text)] = length
    marked = (replace(m, start=place[m.start], end=place[m.end]) for m in utterance.marked)
    return Utterance("".join(made), utterance.intent, tuple(m for m in marked if m.start < m.end))


def _changed(
    text: str,
    at: int,
    rate: float,
    random_of: random.Random,
    alike: Mapping[str, Sequence[str]],
) -> tuple[str, int]:
    """What stands for the character at a place, and how many it stands for."""
    character = text[at]
    if not character.isalpha():
        return character, 1
    if is_han(character):
        return _changed_han(character, rate / 2, random_of, alike), 1
    if random_of.random() >= rate:
        return character, 1
    way = random_of.randrange(4)
    if way == 0:
        return random_of.choice(_LETTERS), 1
    if way == 1:
        return "", 1
    if way == 2:
        return character * 2, 1
    if at + 1 < len(text) and text[at + 1].isalpha():
        return text[at + 1] + character, 2
    return character, 1


def _changed_han(
    character: str, rate: float, random_of: random.Random, alike: Mapping[str, Sequence[str]]
) -> str:
    if random_of.random() >= rate:
        return character
    others = alike.get(character, ())
    if others and random_of.random() < _SAME_SOUND:
        return random_of.choice(list(others))
    return random_of.choice(("", character * 2))


def respanned(text: str, marked: Sequence[Marked], new: Sequence[str]) -> tuple[str, list[Marked]]:
    """The text with other values at its entities, and the entities as they stand then."""
    parts, moved, at, length = [], [], 0, 0
    for mark, value in zip(marked, new, strict=True):
        between = text[at : mark.start]
        length += len(between)
        parts += [between, value]
        moved.append(Marked(mark.kind, length, length + len(value)))
        length += len(value)
        at = mark.end
    return "".join([*parts, text[at:]]), moved
