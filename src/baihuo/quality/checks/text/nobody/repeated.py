"""A text that holds itself twice."""

from __future__ import annotations

_MOST_BETWEEN = 4  # characters between the copies
_LEAST_POINTS = 20  # of one copy: shorter ones are said twice in earnest
_HAN_POINTS = 3  # what a Chinese character says, in letters


def is_repeated(text: str, *, least: int = _LEAST_POINTS) -> bool:
    """Whether a text is one text twice, or three or four times, with a few characters between.

    >>> is_repeated("It fits me very well, I like it. It fits me very well, I like it."), is_repeated("很好很好很好")
    (True, False)
    """
    return said_once(text, least=least) is not None


def said_once(text: str, *, least: int = _LEAST_POINTS) -> str | None:
    """One of the copies of a text that is one text twice, or three or four times; None: it is not.

    >>> said_once("A pot of cast iron for 2 l of soup. A pot of cast iron for 2 l of soup."), said_once("A pot of cast iron.")
    ('A pot of cast iron for 2 l of soup.', None)
    """
    plain = text.strip()
    n = len(plain)
    for times in (2, 3, 4):
        for between in range(_MOST_BETWEEN + 1):
            size, rest = divmod(n - (times - 1) * between, times)
            if rest or size < 4 or _points(plain[:size]) < least:
                continue
            copies = {plain[i * (size + between) :][:size] for i in range(times)}
            gaps = {plain[i * (size + between) - between :][:between] for i in range(1, times)}
            if len(copies) != 1 or len(gaps) != 1 or any(c.isalnum() for c in gaps.pop()):
                continue
            if not _has_period(copy := copies.pop()):
                return copy
    return None


def _has_period(text: str) -> bool:
    """Whether it is one word again and again: "good good good" is said in earnest."""
    at = (text * 2).find(text, 1)
    return at < len(text) or any(text.count(text[:n]) * n * 2 > len(text) for n in range(1, 5))


def _points(text: str) -> int:
    return sum(_HAN_POINTS if "\u3400" <= c <= "\u9fff" else c.isalnum() for c in text)
