"""What a detector answers, and the text it looks at."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class PersonalDatum:
    """A stretch of a text, and what it says in one spelling (the same for all ways to write it)."""

    start: int
    end: int
    key: str


class TakenSpans:
    """Stretches of one text that are spoken for."""

    def __init__(self) -> None:
        self._spans: list[tuple[int, int]] = []  # apart from each other, in order

    def claim(self, start: int, end: int) -> bool:
        """Take a stretch, if no part of it is taken."""
        at = bisect(self._spans, (start, end))
        if at and self._spans[at - 1][1] > start:
            return False
        if at < len(self._spans) and self._spans[at][0] < end:
            return False
        self._spans.insert(at, (start, end))
        return True

    def first(self, finds: Iterable[PersonalDatum]) -> Iterator[PersonalDatum]:
        """Of finds that overlap, the one that comes first."""
        return (find for find in finds if self.claim(find.start, find.end))


Detector: TypeAlias = Callable[[str], Iterator[PersonalDatum]]
"""Takes text made by :func:`narrowed`; finds may not overlap."""

_FULL_WIDTH = {chr(c + 0xFEE0): chr(c) for c in range(0x21, 0x7F) if chr(c).isalnum()}
# One character for one, so that places found in the narrow text hold in the text as it was.
_NARROW = str.maketrans(
    {
        **_FULL_WIDTH,
        "＠": "@",
        "．": ".",
        "－": "-",
        "–": "-",
        "—": "-",
        "＋": "+",
        "＃": "#",
        "：": ":",
        "，": ",",
        "（": "(",
        "）": ")",
        "’": "'",
        "\u3000": " ",
        "\u00a0": " ",
    }
)


def narrowed(text: str) -> str:
    """The text with full-width forms made narrow, character for character."""
    return text.translate(_NARROW)
