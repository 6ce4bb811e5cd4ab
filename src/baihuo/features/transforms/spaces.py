"""Spaces in which every product has a vector: TF-IDF, its SVD, word2vec, reduced encoder vectors."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol, TypeAlias

import numpy as np
import scipy
from numpy.typing import NDArray

from baihuo.core import fold, has_han
from baihuo.features.spec.file import SpaceSpec

Floats: TypeAlias = NDArray[np.float32]
Arrays: TypeAlias = dict[str, NDArray[Any]]
TASTE_HALF_LIFE_DAYS = 7.0  # as the taste in the encoder's space


class Vectors(Protocol):
    """Vectors of products and, in some spaces, of texts; of length 1, or zeros if unknown."""

    def product_vectors(self, ids: Sequence[str], titles: Sequence[str], vectors: Floats) -> Any:
        """``[products, width]``, dense or a sparse ``csr_array``.

        Args:
            vectors: ``[products, encoder's width]``, for spaces made of them.
        """
        ...

    def text_vector(self, text: str) -> Floats | None:
        """``[width]``; None in a space without words."""
        ...

    def stored(self) -> tuple[dict[str, Any], Arrays]:
        """Return the JSON object and arrays that :func:`read_vectors` reads."""
        ...


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


@dataclass(frozen=True, eq=False)
class TitleVectors:
    """TF-IDF rows of titles, reduced by ``directions`` if any."""

    tfidf: Tfidf
    directions: Floats | None = None  # [words, dim]

    def product_vectors(self, ids: Sequence[str], titles: Sequence[str], vectors: Floats) -> Any:
        rows = self.tfidf.rows(titles)
        return rows if self.directions is None else unit_vectors(rows @ self.directions)

    def text_vector(self, text: str) -> Floats | None:
        rows = self.tfidf.rows([text])
        dense = rows.toarray() if self.directions is None else unit_vectors(rows @ self.directions)
        return np.asarray(dense[0], np.float32)

    def stored(self) -> tuple[dict[str, Any], Arrays]:
        arrays: Arrays = {"worth": self.tfidf.worth}
        if self.directions is not None:
            arrays["directions"] = self.directions
        return {"space": "titles", "words": list(self.tfidf.words)}, arrays


@dataclass(frozen=True, eq=False)
class WordMeans:
    """A title or query is the mean of its words' vectors."""

    words: tuple[str, ...]
    vectors: Floats  # [words, dim]

    @cached_property
    def _column(self) -> dict[str, int]:
        return {word: i for i, word in enumerate(self.words)}

    def product_vectors(self, ids: Sequence[str], titles: Sequence[str], vectors: Floats) -> Floats:
        return unit_vectors(
            np.stack([self._mean(t) for t in titles]) if len(titles) else self.vectors[:0]
        )

    def text_vector(self, text: str) -> Floats | None:
        return unit_vectors(self._mean(text)[None])[0]

    def _mean(self, text: str) -> Floats:
        column = self._column
        at = [column[w] for w in title_words(text) if w in column]
        width = self.vectors.shape[1]
        return self.vectors[at].mean(axis=0) if at else np.zeros(width, np.float32)

    def stored(self) -> tuple[dict[str, Any], Arrays]:
        return {"space": "words", "words": list(self.words)}, {"vectors": self.vectors}


@dataclass(frozen=True, eq=False)
class ProductVectors:
    """Vectors learned for product ids; others are unknown."""

    ids: tuple[str, ...]
    vectors: Floats  # [ids, dim], of length 1

    @cached_property
    def _row(self) -> dict[str, int]:
        return {one: i for i, one in enumerate(self.ids)}

    def product_vectors(self, ids: Sequence[str], titles: Sequence[str], vectors: Floats) -> Floats:
        rows = np.array([self._row.get(one, -1) for one in ids], np.intp)
        matrix = np.zeros((len(ids), self.vectors.shape[1]), np.float32)
        matrix[rows >= 0] = self.vectors[rows[rows >= 0]]
        return matrix

    def text_vector(self, text: str) -> Floats | None:
        return None

    def stored(self) -> tuple[dict[str, Any], Arrays]:
        return {"space": "products", "ids": list(self.ids)}, {"vectors": self.vectors}


@dataclass(frozen=True, eq=False)
class ReducedVectors:
    """The encoder's vectors along their directions of most variance."""

    mean: Floats
    directions: Floats  # [width, dim]

    def product_vectors(self, ids: Sequence[str], titles: Sequence[str], vectors: Floats) -> Floats:
        return unit_vectors((vectors - self.mean) @ self.directions)

    def text_vector(self, text: str) -> Floats | None:
        return None

    def stored(self) -> tuple[dict[str, Any], Arrays]:
        return {"space": "reduced"}, {"mean": self.mean, "directions": self.directions}


def read_vectors(stored: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> Vectors:
    """The inverse of ``stored``."""
    if stored["space"] == "titles":
        return TitleVectors(
            Tfidf(tuple(stored["words"]), arrays["worth"]), arrays.get("directions")
        )
    if stored["space"] == "words":
        return WordMeans(tuple(stored["words"]), arrays["vectors"])
    if stored["space"] == "products":
        return ProductVectors(tuple(stored["ids"]), arrays["vectors"])
    return ReducedVectors(arrays["mean"], arrays["directions"])


@dataclass(frozen=True, slots=True, eq=False)
class CandidateComparison:
    """One request in one space: candidates and vectors to compare them with."""

    candidates: Any  # [n, width], dense or sparse
    query: Floats | None = None
    touched: Any = None  # [m, width] of the visitor's clicks, newest first
    ages_days: Floats | None = None  # [m]
    anchor: Any = None  # [1, width]


def space_columns(spec: SpaceSpec, comparison: CandidateComparison, n: int) -> Floats:
    """``[n, len(line.columns())]``; NaN if either vector is unknown."""
    blocks: list[Floats] = []
    for output in spec.gives:
        if output == "components":
            dense = np.full((n, spec.dim), np.nan, np.float32)
            is_known = _is_known(comparison.candidates)
            width = min(spec.dim, comparison.candidates.shape[1])
            dense[is_known, :width] = comparison.candidates[is_known][:, :width]
            blocks.append(dense)
            continue
        other = _comparison_vector(output, comparison)
        cosines = np.full(n, np.nan, np.float32)
        if other is not None and (length := float(np.linalg.norm(other))) > 0:
            is_known = _is_known(comparison.candidates)
            cosines[is_known] = (comparison.candidates @ (other / length))[is_known]
        blocks.append(cosines[:, None])
    return np.concatenate(blocks, axis=1)


def _comparison_vector(output: str, comparison: CandidateComparison) -> Floats | None:
    if output == "query":
        return comparison.query
    if output == "anchor":
        return None if comparison.anchor is None else _row(comparison.anchor, 0)
    touched = comparison.touched
    if touched is None or not touched.shape[0] or comparison.ages_days is None:
        return None
    if output == "last":
        return _row(touched, 0)
    weights = np.exp2(-comparison.ages_days / np.float32(TASTE_HALF_LIFE_DAYS))
    return np.asarray(weights @ touched, np.float32)


def _row(rows: Any, i: int) -> Floats:
    one = rows[[i]]
    return np.asarray(one if isinstance(one, np.ndarray) else one.toarray(), np.float32)[0]


def _is_known(rows: Any) -> NDArray[np.bool_]:
    if isinstance(rows, np.ndarray):
        return np.asarray(rows.any(axis=1))
    return np.asarray(np.diff(rows.indptr) > 0)


# Titles as TF-IDF rows, and dense vectors made of them: truncated SVD and PCA.


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
