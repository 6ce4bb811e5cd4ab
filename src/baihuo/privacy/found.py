"""The result of a detector, and the normal form of the text it reads."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class PersonalDatum:
    """A span of a text, and its normal form, which is the same for all ways to write it."""

    start: int
    end: int
    key: str


class TakenSpans:
    """Spans of one text that detectors have claimed."""

    def __init__(self) -> None:
        self._spans: list[tuple[int, int]] = []  # disjoint, in order

    def claim(self, start: int, end: int) -> bool:
        """Claim a span, if no part of it is claimed yet."""
        at = bisect(self._spans, (start, end))
        if at and self._spans[at - 1][1] > start:
            return False
        if at < len(self._spans) and self._spans[at][0] < end:
            return False
        self._spans.insert(at, (start, end))
        return True

    def first(self, finds: Iterable[PersonalDatum]) -> Iterator[PersonalDatum]:
        """Of overlapping finds, the first one."""
        return (find for find in finds if self.claim(find.start, find.end))


Detector: TypeAlias = Callable[[str], Iterator[PersonalDatum]]
"""Takes text made by :func:`narrowed`; finds may not overlap."""

_FULL_WIDTH = {chr(c + 0xFEE0): chr(c) for c in range(0x21, 0x7F) if chr(c).isalnum()}
# Character for character, so that positions in the narrow text are valid in the original.
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
    """The text with full-width characters made narrow, one for one."""
    return text if text.isascii() else text.translate(_NARROW)
