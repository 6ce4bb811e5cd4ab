"""BM25 over what may be said: what a learned ranker is compared with."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from baihuo.core import fold

_K1, _B = 1.2, 0.75
_WORD = re.compile(r"[a-z0-9]+|[\u3400-\u9fff]+")


def terms_of(text: str) -> list[str]:
    """Words of letters and digits, and pairs of Chinese characters.

    >>> terms_of("Refund 退款吗")
    ['refund', '退款', '款吗']
    """
    terms: list[str] = []
    for word in _WORD.findall(fold(text)):
        if word[0] < "\u3400" or len(word) == 1:
            terms.append(word)
        else:
            terms += [word[i : i + 2] for i in range(len(word) - 1)]
    return terms


class PlainBm25:
    """An inverted index in memory.

    Source: Robertson and Zaragoza (2009), k1 1.2, b 0.75.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        counted = [Counter(terms_of(text)) for text in texts]
        lengths = [sum(counts.values()) for counts in counted]
        mean = sum(lengths) / max(1, len(lengths)) or 1.0
        n_with = Counter(term for counts in counted for term in counts)
        self._n = len(texts)
        rows: dict[str, list[int]] = {}
        weights: dict[str, list[float]] = {}
        for i, counts in enumerate(counted):
            norm = _K1 * (1 - _B + _B * lengths[i] / mean)
            for term, n in counts.items():
                idf = math.log1p((self._n - n_with[term] + 0.5) / (n_with[term] + 0.5))
                rows.setdefault(term, []).append(i)
                weights.setdefault(term, []).append(idf * n * (_K1 + 1) / (n + norm))
        self._rows = {term: np.array(at) for term, at in rows.items()}
        self._weights = {term: np.array(w) for term, w in weights.items()}

    def scores(self, query: str) -> NDArray[np.float64]:
        """``[texts]``: larger is better, 0 for a text without a word of the query."""
        total = np.zeros(self._n)
        for term in set(terms_of(query)):
            if term in self._rows:
                total[self._rows[term]] += self._weights[term]
        return total
