"""Products with similar titles: TF-IDF, rare words in common."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import scipy

from baihuo.core import fold, has_han
from baihuo.models.neighbours import Neighbours

_WORD = re.compile(r"[^\W\d_]+")
_CHUNK = 2048  # rows of the product matrix that are dense at one time


def similar_titles(titles: Sequence[str], *, k: int = 50) -> Neighbours:
    """Cosine of TF-IDF over words (pairs of characters in Chinese), the ``k`` nearest of each."""
    words_of_titles = [_words(title) for title in titles]
    vocabulary: dict[str, int] = {}
    for title in words_of_titles:
        for word in title:
            vocabulary.setdefault(word, len(vocabulary))
    n = len(titles)
    rows = np.repeat(np.arange(n), [len(t) for t in words_of_titles])
    columns = np.array([vocabulary[w] for t in words_of_titles for w in t], dtype=np.int64)
    shape = (n, max(1, len(vocabulary)))
    n_with = np.bincount(columns, minlength=shape[1])
    values = np.log((n + 1) / (n_with[columns] + 0.5)).astype(np.float32)
    rows_by_word = scipy.sparse.csr_matrix((values, (rows, columns)), shape=shape)
    norm = np.sqrt(np.asarray(rows_by_word.multiply(rows_by_word).sum(axis=1)).ravel())
    unit = (
        scipy.sparse.diags((1 / np.maximum(norm, 1e-9)).astype(np.float32)) @ rows_by_word
    ).tocsr()
    transposed = unit.T.tocsr()
    parts = []
    for start in range(0, n, _CHUNK):
        dense = (unit[start : start + _CHUNK] @ transposed).toarray()
        dense[np.arange(len(dense)), start + np.arange(len(dense))] = 0.0
        parts.append(_strongest(dense, min(k, n)))
    stacked = scipy.sparse.vstack(parts, format="csr") if parts else scipy.sparse.csr_matrix((0, 0))
    return Neighbours(stacked.astype(np.float32))


def _words(title: str) -> list[str]:
    folded = fold(title)
    if has_han(folded):
        return sorted({folded[i : i + 2] for i in range(len(folded) - 1)})
    return sorted(set(_WORD.findall(folded)))


def _strongest(dense: np.ndarray, k: int) -> scipy.sparse.csr_matrix:
    kept = np.sort(np.argpartition(-dense, k - 1, axis=1)[:, :k], axis=1)
    values = np.take_along_axis(dense, kept, axis=1)
    indptr = np.arange(0, kept.size + 1, k)
    matrix = scipy.sparse.csr_matrix((values.ravel(), kept.ravel(), indptr), shape=dense.shape)
    matrix.eliminate_zeros()
    return matrix
