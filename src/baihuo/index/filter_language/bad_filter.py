"""The error of a filter, with the character that it is about."""

from __future__ import annotations

import unicodedata

from baihuo.core import BadInput

_SHOWN = 60  # characters of the filter on each side of the error


class BadFilter(BadInput):
    """A filter that cannot be read, or that names a field which no product has.

    ``at`` is the 0-based index of the character in ``text``; messages count from 1.
    """

    field = "filter"

    def __init__(self, text: str, at: int, problem: str, *, fix: str) -> None:
        lines = caret_lines(text, at)
        super().__init__(f"the filter is wrong at character {at + 1}: {problem}\n{lines}", fix=fix)
        self.text, self.at, self.problem = text, at, problem


def caret_lines(text: str, at: int) -> str:
    """The text and, below it, a caret under the character ``at``; long texts are cut around it.

    A Chinese character is twice as wide as a letter, and so is the space below it.

    >>> print(caret_lines("brand:(a", 6))
      brand:(a
            ^
    """
    start, end = max(0, at - _SHOWN), at + _SHOWN
    before = "".join(_visible(c) for c in text[start:at])
    after = "".join(_visible(c) for c in text[at:end])
    head, tail = "…" if start else "", "…" if end < len(text) else ""
    below = "".join(
        "\u3000" if unicodedata.east_asian_width(c) in "WF" else " " for c in head + before
    )
    return f"  {head}{before}{after}{tail}\n  {below}^"


def _visible(character: str) -> str:
    """The character; a space for one that cannot be seen, so that the text stays one line."""
    return character if character.isprintable() else " "
