"""Titles as weighted words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import scipy

from baihuo.core import fold

_WORD = re.compile(r"[\u3400-\u9fff]|[^\W_\u3400-\u9fff]+")


def title_words(titles: Sequence[str]) -> scipy.sparse.csr_matrix:
    """``[titles, words]``: log of 1 + count times inverse frequency, over words, digits, and pairs of neighbours;
    each row of length 1 (or empty).

    A Chinese character is a word here, and pairs of them are search words.
    """
    vocabulary: dict[str, int] = {}
    rows, columns = [], []
    for row, title in enumerate(titles):
        words = _WORD.findall(fold(title))
        for word in (*words, *(f"{a} {b}" for a, b in pairwise(words))):
            rows.append(row)
            columns.append(vocabulary.setdefault(word, len(vocabulary)))
    shape = (len(titles), max(1, len(vocabulary)))
    counts = scipy.sparse.csr_matrix((np.ones(len(rows), np.float32), (rows, columns)), shape=shape)
    counts.sum_duplicates()
    n_with = np.bincount(counts.indices, minlength=shape[1])
    inverse = np.log((1 + len(titles)) / (1 + n_with)) + 1
    counts.data = ((1 + np.log(counts.data)) * inverse[counts.indices]).astype(np.float32)
    norm = np.sqrt(np.asarray(counts.multiply(counts).sum(axis=1)).ravel())
    return (scipy.sparse.diags((1 / np.maximum(norm, 1e-9)).astype(np.float32)) @ counts).tocsr()
