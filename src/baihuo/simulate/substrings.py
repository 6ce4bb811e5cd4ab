"""How the old shop matches words: as substrings, wherever they stand."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import OrderedDict
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from baihuo.simulate.listings import Listing

IN_DESCRIPTION = 0.6  # what a hit in a description counts; in a title 1
_RUN = re.compile(r"[\u4e00-\u9fff]+|[^\s\u4e00-\u9fff]+")
_KEPT = 2048  # words remembered

Rows = NDArray[np.int32]


def pieces_of(text: str) -> list[str]:
    """What is looked for: words between spaces; of Chinese every pair of neighbouring signs."""
    found = []
    for run in _RUN.findall(text.casefold()):
        if "\u4e00" <= run[0] <= "\u9fff" and len(run) > 2:
            found += [run[i : i + 2] for i in range(len(run) - 1)]
        else:
            found.append(run)
    return list(dict.fromkeys(found))


class _Pieces:
    """Pieces of texts, and the rows that say each; one long string, so that a search is one scan."""

    def __init__(self, rows_of: dict[str, list[int]]) -> None:
        self._rows = [np.array(rows, np.int32) for rows in rows_of.values()]
        self._all = "\n".join(rows_of)
        self._starts = np.cumsum([0, *(len(piece) + 1 for piece in rows_of)]).tolist()

    def saying(self, word: str) -> Rows:
        """Rows with ``word`` anywhere in one of their pieces."""
        found, at = [], self._all.find(word)
        while at >= 0:
            piece = bisect_right(self._starts, at) - 1
            found.append(self._rows[piece])
            at = self._all.find(word, self._starts[piece + 1])
        return np.unique(np.concatenate(found)) if found else np.empty(0, np.int32)


@dataclass(slots=True, eq=False)
class Substrings:
    """Listings by the pieces of their texts; many share a piece, so a word is compared with few."""

    n_listings: int
    _titles: _Pieces
    _descriptions: _Pieces
    _words: OrderedDict[str, tuple[Rows, Rows]] = field(default_factory=OrderedDict)

    @classmethod
    def of(cls, listings: list[Listing]) -> Substrings:
        """Every text of ``listings`` in either language."""
        rows_by_piece: tuple[dict[str, list[int]], dict[str, list[int]]] = ({}, {})
        for row, listing in enumerate(listings):
            for texts in listing.texts.values():
                for pieces, rows_of in zip(texts, rows_by_piece, strict=True):
                    for piece in pieces:
                        rows_of.setdefault(piece, []).append(row)
        return cls(len(listings), _Pieces(rows_by_piece[0]), _Pieces(rows_by_piece[1]))

    def match(self, text: str) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Rows whose texts hold a part of what is looked for, and how much of it: up to 1."""
        words = pieces_of(text)
        total = np.zeros(self.n_listings)
        for word in words:
            titles, descriptions = self._rows(word)
            found = np.zeros(self.n_listings)
            found[descriptions] = IN_DESCRIPTION
            found[titles] = 1.0
            total += found
        rows = np.flatnonzero(total)
        return rows, total[rows] / max(1, len(words))

    def _rows(self, word: str) -> tuple[Rows, Rows]:
        """Rows with ``word`` in the title, and in the description."""
        if word not in self._words:
            self._words[word] = self._titles.saying(word), self._descriptions.saying(word)
            if len(self._words) > _KEPT:
                self._words.popitem(last=False)
        return self._words[word]
