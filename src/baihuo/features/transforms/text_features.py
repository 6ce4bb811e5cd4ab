"""Titles as TF-IDF rows, and dense vectors made of them: truncated SVD and PCA."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
import scipy
from numpy.typing import NDArray

from baihuo.core import fold, has_han

Floats: TypeAlias = NDArray[np.float32]


def title_words(text: str) -> list[str]:
    """Return the folded words of a text with repeats; Chinese runs as pairs of characters.

    >>> title_words("USB Hub, 红色手机")
    ['usb', 'hub', '红色', '色手', '手机']
    """
    words: list[str] = []
    for word in "".join(c if c.isalnum() else " " for c in fold(text)).split():
        if has_han(word) and len(word) > 1:
            words.extend(word[i : i + 2] for i in range(len(word) - 1))
        else:
            words.append(word)
    return words


@dataclass(frozen=True, eq=False)
class Tfidf:
    """Words and their weights: ``log((1 + titles) / (1 + titles with it)) + 1``, rows of unit length.

    The smoothed form that scikit-learn's TfidfVectorizer has by default. Source: Salton and Buckley (1988).
    """

    words: tuple[str, ...]
    worth: Floats

    @classmethod
    def fit(cls, titles: Sequence[str], *, min_titles: int = 2, most_words: int = 20_000) -> Tfidf:
        """Fit to the catalogue's titles; of more than ``most_words``, use the most frequent."""
        n_with: Counter[str] = Counter()
        for title in titles:
            n_with.update(set(title_words(title)))
        frequent = [(n, w) for w, n in n_with.items() if n >= min_titles]
        kept = sorted(w for _, w in sorted(frequent, key=lambda x: (-x[0], x[1]))[:most_words])
        shares = (1 + len(titles)) / (1 + np.array([n_with[w] for w in kept], np.float64))
        return cls(tuple(kept), (np.log(shares) + 1).astype(np.float32))

    @cached_property
    def column(self) -> dict[str, int]:
        """The column of each word."""
        return {word: i for i, word in enumerate(self.words)}

    def rows(self, texts: Sequence[str]) -> scipy.sparse.csr_array:
        """Return ``[texts, words]``, rows of length 1; empty without known words."""
        column, ends = self.column, [0]
        columns_of_words: list[int] = []
        weights: list[Floats] = []
        for text in texts:
            counted = Counter(column[w] for w in title_words(text) if w in column)
            row_weights = np.array(list(counted.values()), np.float32) * self.worth[list(counted)]
            columns_of_words.extend(counted)
            weights.append(row_weights / (np.linalg.norm(row_weights) or 1.0))
            ends.append(len(columns_of_words))
        values = np.concatenate(weights) if weights else np.zeros(0)
        return scipy.sparse.csr_array(
            (
                values.astype(np.float32),
                np.array(columns_of_words, np.int32),
                np.array(ends, np.int32),
            ),
            shape=(len(texts), len(self.words)),
        )


def truncated_svd(matrix: Any, dim: int, *, seed: int = 7) -> Floats:
    """``[columns, dim]``: the directions of most variance of a sparse matrix, strongest first. ``matrix @ directions`` is the reduced
    matrix (latent semantic analysis). Signs are fixed: the largest entry of each
    direction is positive. Fewer than ``dim`` if the matrix has fewer.

    Source: Deerwester et al. (1990); ARPACK through scipy.
    """
    dim = min(dim, min(matrix.shape) - 1)
    if dim < 1:
        return np.zeros((matrix.shape[1], 0), np.float32)
    start = np.random.default_rng(seed).normal(size=min(matrix.shape))
    _, strength, directions = scipy.sparse.linalg.svds(matrix.astype(np.float64), k=dim, v0=start)
    strongest = np.argsort(-strength)
    return _signed(directions[strongest].T)


def pca(vectors: NDArray[Any], dim: int) -> tuple[Floats, Floats]:
    """Mean ``[width]`` and directions ``[width, dim]`` of most variance, strongest first, signs fixed."""
    rows = np.asarray(vectors, np.float64)
    mean = rows.mean(axis=0) if len(rows) else np.zeros(rows.shape[1])
    centred = rows - mean
    _, directions = np.linalg.eigh(centred.T @ centred)
    return mean.astype(np.float32), _signed(directions[:, ::-1][:, :dim])


def unit_vectors(vectors: NDArray[Any]) -> Floats:
    """Scale rows to length 1; zero rows stay."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return (vectors / np.where(lengths > 0, lengths, 1.0)).astype(np.float32)


def _signed(directions: NDArray[Any]) -> Floats:
    largest = directions[np.argmax(np.abs(directions), axis=0), np.arange(directions.shape[1])]
    return (directions * np.sign(largest)).astype(np.float32)
