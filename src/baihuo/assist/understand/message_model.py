"""Intents of messages and whether they are the shop's business: linear models over text features, read with numpy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from baihuo.assist.understand.near_words import NearWords
from baihuo.assist.understand.readable import is_han, words_of
from baihuo.assist.understand.text_features import WORD, Sounds, features_of

Floats = NDArray[np.float64]
_MOST_ODDS = 30.0


@dataclass(frozen=True, slots=True, eq=False)
class BusinessOdds:
    """From the signs of a message to P(the shop's business): it is like the shop's own messages, or like what any shop is asked.

    ``lines`` ``[2, 5]``: a weight of each of the four signs and a start, of the one and of the other; ``slope`` and ``start``
    calibrate the log-odds of either.
    """

    lines: Floats
    slope: float
    start: float

    def of(self, signs: Floats) -> Floats:
        """``[messages, 4]`` to probabilities ``[messages]``."""
        return np.asarray(1 / (1 + np.exp(-_clipped(self.slope * self.either(signs) + self.start))))

    def either(self, signs: Floats) -> Floats:
        """``[messages, 4]`` to log-odds ``[messages]`` of one or the other, the two taken as independent."""
        odds = _clipped(signs @ self.lines[:, :4].T + self.lines[:, 4])
        neither = -np.logaddexp(0, odds).sum(axis=1)  # log P
        return np.asarray(np.log(-np.expm1(neither)) - neither)


def _clipped(odds: Floats) -> Floats:
    return np.clip(odds, -_MOST_ODDS, _MOST_ODDS)


@dataclass(frozen=True, slots=True, eq=False)
class Vocabulary:
    """Known features. ``rarity`` ``[features]`` is the idf, ``is_word`` ``[features]`` says of which block each is."""

    number_of: Mapping[str, int]
    rarity: Floats
    is_word: NDArray[np.bool_]

    def weigh(self, features: Sequence[str]) -> tuple[NDArray[np.int64], Floats]:
        """The numbers of the known features of a text, and their weights: log count times rarity, each block of length 1."""
        get = self.number_of.get
        counts = Counter([n for f in features if (n := get(f)) is not None])
        numbers = np.fromiter(counts.keys(), np.int64, len(counts))
        weights = (1 + np.log(np.fromiter(counts.values(), np.float64, len(counts)))) * self.rarity[
            numbers
        ]
        is_word = self.is_word[numbers]
        for block in (is_word, ~is_word):
            length = float(np.sqrt(np.square(weights[block]).sum()))
            if length:
                weights[block] /= length
        return numbers, weights


@dataclass(frozen=True, slots=True, eq=False)
class MessageModel:
    """What is learned of messages. Immutable; threads may share it.

    ``intent_weights`` ``[features, intents]`` and ``business_weights`` ``[features]`` are of one vocabulary.
    """

    sounds: Sounds
    spelling: NearWords  # common words of all messages that were learned from
    vocabulary: Vocabulary
    intents: tuple[str, ...]
    intent_weights: NDArray[np.float32]
    intent_starts: Floats  # [intents]
    temperature: float  # log-odds of intents are divided by it
    business_weights: NDArray[np.float32]
    business_start: float
    own_words: NearWords  # words and pairs of Chinese characters of the shop's own messages
    business: BusinessOdds

    def read(self, plain: str, values: Sequence[str] = ()) -> tuple[Floats, float]:
        """Calibrated probabilities of the intents ``[intents]``, and of the shop's business.

        Args:
            plain: the readable text.
            values: entities in it, which need not be known words.
        """
        odds, signs = self.log_odds(plain, values)
        if len(odds):
            scaled = np.exp((odds - odds.max()) / self.temperature)
            odds = scaled / scaled.sum()
        return odds, float(self.business.of(signs[None, :])[0])

    def log_odds(self, plain: str, values: Sequence[str] = ()) -> tuple[Floats, Floats]:
        """Scores of the intents ``[intents]``, and the signs of business ``[4]``: the linear model's, the best intent's score,
        how far it is ahead, and the share of words that the shop's own messages lack."""
        numbers, weights = self.vocabulary.weigh(features_of(plain, self.sounds, self.spelling))
        odds = weights @ self.intent_weights[numbers] + self.intent_starts
        business = float(weights @ self.business_weights[numbers]) + self.business_start
        best = second = 0.0
        if len(odds) > 1:
            second, best = np.partition(odds, -2)[-2:]
        unknown = unknown_share(plain, self.own_words, values)
        return odds, np.array([business, best, best - second, unknown])


def unknown_share(plain: str, own: NearWords, values: Sequence[str] = ()) -> float:
    """Share of the words of a text, and of its pairs of Chinese characters, that are not among ``own``, nor a slip away; 1 where it has none.

    Numbers, and words of ``values``, are not counted.
    """
    given = {word for value in values for word in words_of(value.lower())}
    n = n_unknown = 0
    for word in words_of(plain):
        if word.isdigit() or word in given:
            continue
        for part in own_parts(word):
            n += 1
            n_unknown += own.meant(part) is None
    return n_unknown / n if n else 1.0


def own_parts(word: str) -> list[str]:
    """What of a word is counted as known: itself, or the pairs of Chinese characters in it."""
    if is_han(word) and len(word) > 1:
        return [word[at : at + 2] for at in range(len(word) - 1)]
    return [word]


def blocks_of(names: Sequence[str]) -> NDArray[np.bool_]:
    """Which features are words."""
    return np.fromiter((n[0] == WORD for n in names), np.bool_, len(names))
