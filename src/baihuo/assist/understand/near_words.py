"""Words within one slip of a known word, found by what is left when one letter is dropped.

Source: Garbe (2012), symmetric delete spelling correction.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

_LEAST_LETTERS = 4  # shorter words have too many neighbours
_MOST_LETTERS = 24


class NearWords:
    """Known words, the more frequent first, and the lookup of a misspelt one. Immutable; threads may share it."""

    def __init__(self, known: Mapping[str, int] | Iterable[str]) -> None:
        """``known``: words, or words with how often each was seen."""
        self.counts = dict(known) if isinstance(known, Mapping) else dict.fromkeys(known, 1)
        by_rest: dict[str, list[str]] = defaultdict(list)
        for word in sorted(self.counts, key=lambda w: (-self.counts[w], w)):
            if _LEAST_LETTERS <= len(word) <= _MOST_LETTERS:
                for rest in _rests(word):
                    by_rest[rest].append(word)
        self._by_rest = dict(by_rest)

    def meant(self, word: str) -> str | None:
        """The known word that is meant: itself, or the most frequent one a letter away; None: there is none.

        A letter may be replaced, dropped, added, or changed places with its neighbour.

        >>> near = NearWords(["human", "person"])
        >>> [near.meant(w) for w in ("human", "humna", "persn", "xyz")]
        ['human', 'human', 'person', None]
        """
        return word if word in self.counts else self.other(word)

    def other(self, word: str) -> str | None:
        """The most frequent other word that is a letter away; None: there is none.

        >>> NearWords({"delivery": 90, "delivry": 1}).other("delivry")
        'delivery'
        """
        if not _LEAST_LETTERS <= len(word) <= _MOST_LETTERS:
            return None
        found = {
            known
            for rest in _rests(word)
            for known in self._by_rest.get(rest, ())
            if known != word and _is_a_slip(word, known)
        }
        return max(found, key=lambda w: (self.counts[w], w), default=None)


def _rests(word: str) -> set[str]:
    return {word, *(word[:i] + word[i + 1 :] for i in range(len(word)))}


def _is_a_slip(a: str, b: str) -> bool:
    """Whether one slip parts two words that share a rest."""
    if len(a) != len(b):
        return True  # one is a rest of the other
    differ = [i for i in range(len(a)) if a[i] != b[i]]
    if len(differ) == 2:
        i, j = differ
        return j == i + 1 and a[i] == b[j] and a[j] == b[i]
    return len(differ) == 1
