"""word2vec over sessions (products are the words) and over titles: skip-gram with negative sampling, in numpy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import scipy
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float32]
Sentences: TypeAlias = Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SkipGramConfig:
    """Settings of word2vec training."""

    dim: int = 32
    window: int = 4  # context words on each side
    negatives: int = 5  # negatives for each context word
    epochs: int = 5
    min_count: int = 3  # rarer words are left out
    learning_rate: float = 0.1  # of Adagrad
    batch_pairs: int = 4_096
    frequent_share: float = 1e-3  # words above this share are subsampled
    max_pairs: int = 3_000_000  # of one epoch; of more, a random sample
    seed: int = 7


@dataclass(frozen=True, slots=True, eq=False)
class WordVectors:
    """Words and their vectors; ``context`` is the output side of the model, to continue training."""

    words: tuple[str, ...]
    vectors: Floats  # [words, dim]
    context: Floats  # [words, dim]


def skip_gram(
    sentences: Sentences, config: SkipGramConfig, *, before: WordVectors | None = None
) -> WordVectors:
    """Train vectors in which words of similar contexts are similar.

    Args:
        sentences: Words in order.
        before: Continue from these, so that columns keep their meaning.

    Source: Mikolov et al. (2013); for products Barkan and Koenigstein (2016). Words are drawn as negatives by
    their frequency to the power of 3/4; Adagrad, row by row, instead of a falling rate.
    """
    counted = Counter(word for sentence in sentences for word in sentence)
    words = sorted(word for word, n in counted.items() if n >= config.min_count)
    known = list(before.words) if before is not None else []
    words = known + sorted(set(words) - set(known))
    rng = np.random.default_rng(config.seed)
    vectors = ((rng.random((len(words), config.dim)) - 0.5) / config.dim).astype(np.float32)
    context = np.zeros((len(words), config.dim), np.float32)
    if before is not None:
        vectors[: len(known)], context[: len(known)] = before.vectors, before.context
    column = {word: i for i, word in enumerate(words)}
    coded = [[column[w] for w in s if w in column] for s in sentences]
    n = np.bincount([i for s in coded for i in s], minlength=len(words)).astype(np.float64)
    if len(words) < 2 or n.sum() == 0:
        return WordVectors(tuple(words), vectors, context)
    near = _Pairs(coded, n, config)
    drawn = np.cumsum(n**0.75) / (n**0.75).sum()
    squares = (np.full(len(words), 1e-8, np.float32), np.full(len(words), 1e-8, np.float32))
    for _ in range(config.epochs):
        pairs = near.draw(rng)
        for start in range(0, len(pairs), config.batch_pairs):
            centre, other = pairs[start : start + config.batch_pairs].T
            shape = (len(centre), config.negatives)
            negative = np.searchsorted(drawn, rng.random(shape)).clip(max=len(words) - 1)
            _step(vectors, context, squares, centre, np.column_stack([other, negative]), config)
    return WordVectors(tuple(words), vectors, context)


def _step(
    vectors: Floats,
    context: Floats,
    squares: tuple[Floats, Floats],
    centre: NDArray[np.int64],
    other: NDArray[np.int64],
    config: SkipGramConfig,
) -> None:
    """Train on a batch: the first column of ``other`` is the context word, the rest are negatives."""
    centre_vectors, context_vectors = vectors[centre], context[other]
    labels = np.zeros(other.shape, np.float32)
    labels[:, 0] = 1.0
    # A negative equal to the context word is masked.
    is_counted = np.concatenate([labels[:, :1] == 1, other[:, 1:] != other[:, :1]], axis=1)
    logits = np.einsum("bd,bkd->bk", centre_vectors, context_vectors)
    gradient = ((1 / (1 + np.exp(-logits)) - labels) * is_counted).astype(np.float32)
    centre_gradient = np.einsum("bk,bkd->bd", gradient, context_vectors)
    context_gradient = (gradient[:, :, None] * centre_vectors[:, None, :]).reshape(-1, config.dim)
    _adagrad_step(vectors, squares[0], centre, centre_gradient, config.learning_rate)
    _adagrad_step(context, squares[1], other.reshape(-1), context_gradient, config.learning_rate)


def _adagrad_step(
    table: Floats, squares: Floats, rows: NDArray[np.int64], gradients: Floats, rate: float
) -> None:
    """Adagrad with one step size a row; gradients of the same row are summed first."""
    distinct, position = np.unique(rows, return_inverse=True)
    ones = np.ones(len(rows), np.float32)
    summed = scipy.sparse.csr_array((ones, (position, np.arange(len(rows))))) @ gradients
    squares[distinct] += (summed**2).mean(axis=1)
    table[distinct] -= rate * summed / np.sqrt(squares[distinct])[:, None]


class _Pairs:
    """All pairs of words and contexts, sampled again each epoch, frequent words subsampled."""

    def __init__(
        self, coded: list[list[int]], n: NDArray[np.float64], config: SkipGramConfig
    ) -> None:
        flat = np.array([i for s in coded for i in s], np.int64)
        sentence = np.repeat(np.arange(len(coded)), [len(s) for s in coded])
        pairs = []
        for gap in range(1, config.window + 1):
            same_sentence = sentence[gap:] == sentence[:-gap]
            a, b = flat[:-gap][same_sentence], flat[gap:][same_sentence]
            different = a != b  # repeats of a product carry no information
            pairs += [np.stack([a[different], b[different]], 1)]
            pairs += [np.stack([b[different], a[different]], 1)]
        self._all, self._max_pairs = np.concatenate(pairs), config.max_pairs
        share = n / n.sum()
        self._kept = np.minimum(1.0, np.sqrt(config.frequent_share / np.maximum(share, 1e-12)))
        # With few words all are "frequent": subsampling is for long tails only.
        if len(n) * config.frequent_share < 1:
            self._kept[:] = 1.0

    def draw(self, rng: np.random.Generator) -> NDArray[np.int64]:
        """Return ``[pairs, 2]``, in random order."""
        chance = self._kept[self._all[:, 0]] * self._kept[self._all[:, 1]]
        chosen = np.flatnonzero(rng.random(len(self._all)) < chance)
        rng.shuffle(chosen)
        return self._all[chosen[: self._max_pairs]]


def split_sessions(
    visitors: Sequence[str],
    sessions: Sequence[str | None],
    products: Iterable[str],
    at_us: NDArray[np.int64],
    *,
    gap_us: int = 30 * 60 * 1_000_000,
) -> list[list[str]]:
    """Return the products of each session in order, without immediate repeats.

    Args:
        visitors, sessions, products, at_us: One for each event, sorted by visitor and time. Without session ids, a session ends after
        ``gap_us`` of silence.
    """
    sessions_found: list[list[str]] = []
    last: tuple[str, str | None, int] | None = None
    for visitor, session, product, at in zip(
        visitors, sessions, products, at_us.tolist(), strict=True
    ):
        continues = (
            last is not None
            and last[0] == visitor
            and (last[1] == session if session else at - last[2] <= gap_us)
        )
        if not continues:
            sessions_found.append([])
        if not sessions_found[-1] or sessions_found[-1][-1] != product:
            sessions_found[-1].append(product)
        last = (visitor, session, at)
    return [one for one in sessions_found if len(one) > 1]
