"""Fits intents and "our business" on messages, copies with slips among them, and calibrates both on messages held out."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from baihuo.assist.learning.chinese_sounds import alike, in_pinyin, sounds_for
from baihuo.assist.learning.new_values import values_for
from baihuo.assist.learning.other_trades import TradeTalk
from baihuo.assist.learning.softmax import fit_softmax
from baihuo.assist.learning.typos import with_typos
from baihuo.assist.learning.utterance_rows import Utterance
from baihuo.assist.understand.message_model import (
    BusinessOdds,
    MessageModel,
    Vocabulary,
    blocks_of,
    own_parts,
    unknown_share,
)
from baihuo.assist.understand.near_words import NearWords
from baihuo.assist.understand.readable import is_han, readable, words_of
from baihuo.assist.understand.text_features import Sounds, features_of
from baihuo.core import Progress, has_han

Floats = NDArray[np.float64]
_COPY_RATES = (0.1, 0.1, 0.12, 0.06)  # of letters wrong in each copy of a message
_LEAST_SEEN, _LEAST_MESSAGES = 3, 2  # a feature of fewer texts, or of fewer messages, is left out
_STRENGTH, _BUSINESS_STRENGTH = 10.0, 1.0  # C of the logistic regressions; docs/decisions/0035
_FOLDS = 4
_OF_OWN, _OF_ANY = (1, 2, 3), (0, 3)  # signs that tell the shop's own messages, and any shop's
_OWN_SHARE = 2.0  # of own messages, beside 1 of what any shop is asked
_STEPS, _TOLERANCE = 200, 1e-4  # 1e-3 stops after ten steps (docs/decisions/0035)
_NEVER, _MOST_START = (
    -50.0,
    10.0,
)  # the start of an intent that was not seen; the lowest that is begun with


@dataclass(frozen=True, slots=True)
class Example:
    """A text to learn from."""

    text: str
    values: tuple[str, ...]
    intent: str  # empty: none is known
    group: str  # of what fold: own messages by number, other trades by name
    is_ours: bool
    is_copy: bool  # with slips or other values
    source: int  # the message that it is, or is a copy of


@dataclass(frozen=True, slots=True, eq=False)
class HeldOut:
    """What models that did not see them say of examples."""

    odds: Floats  # [examples, intents]
    signs: Floats  # [examples, 4]


def examples_of(
    ours: Sequence[Utterance], talk: Sequence[TradeTalk], sounds: Sounds, seed: int
) -> list[Example]:
    """All texts to learn from: own messages with copies, what any shop is asked, and what other trades are."""
    draw, same = random.Random(seed), alike(sounds)
    values = values_for(ours, draw)
    found: list[Example] = []
    for number, utterance in enumerate(ours):
        group = f"{number % _FOLDS}"
        found.append(_example(utterance, group, number, is_copy=False))
        swapped = values.swapped(utterance) if utterance.marked else utterance
        copies = [
            with_typos(source, rate=rate, random_of=draw, alike=same)
            for rate, source in zip(
                _COPY_RATES, (utterance, utterance, swapped, swapped), strict=True
            )
        ]
        if has_han(utterance.text):
            typed = (in_pinyin(utterance, sounds, spaced=spaced) for spaced in (True, False))
            copies += [t for t in typed if t is not None]
        found += [
            _example(copy, group, number, is_copy=True) for copy in copies if copy.text.strip()
        ]
    for number, said in enumerate(talk, start=len(ours)):
        group = said.trade or f"{number % _FOLDS}"
        plain = Utterance(said.text, "")
        found.append(_example(plain, group, number, is_copy=False, is_ours=not said.trade))
        copy = with_typos(plain, rate=_COPY_RATES[-1], random_of=draw, alike=same)
        found.append(_example(copy, group, number, is_copy=True, is_ours=not said.trade))
    return found


def _example(
    of: Utterance, group: str, source: int, *, is_copy: bool, is_ours: bool = True
) -> Example:
    values = tuple(of.text[m.start : m.end] for m in of.marked)
    return Example(readable(of.text), values, of.intent, group, is_ours, is_copy, source)


def fit_messages(
    ours: Sequence[Utterance],
    talk: Sequence[TradeTalk],
    *,
    seed: int,
    progress: Progress,
) -> tuple[MessageModel, dict[str, Any]]:
    """The model of messages, and how it does on messages held out.

    Args:
        ours: the shop's own, labelled.
        talk: what any shop, and what other trades, are asked.
        seed: of copies and folds.
        progress: of the folds.

    Returns:
        The model, and ``accuracy``, ``macro_f1``, ``accuracy_typos`` and ``auroc_other_trades`` over folds: a message is judged
        by a model that saw neither it nor its copies, another trade's by one that saw nothing of that trade.
    """
    shuffled = list(ours)
    random.Random(seed).shuffle(shuffled)
    sounds = sounds_for([*(u.text for u in ours), *(t.text for t in talk)])
    examples = examples_of(shuffled, talk, sounds, seed)
    spelling = _spelling(examples)
    vocabulary, matrix = _matrix(examples, sounds, spelling)
    intents = tuple(sorted({u.intent for u in ours}))
    groups = _folds(examples, seed)
    held = HeldOut(np.zeros((len(examples), len(intents))), np.zeros((len(examples), 4)))
    folds: list[_Lines] = []
    for fold in range(_FOLDS):
        progress("learn what messages mean", fold, _FOLDS + 1)
        is_kept = groups != fold
        folds.append(_fitted(examples, matrix, is_kept, intents))
        _fill(held, folds[-1], examples, matrix, ~is_kept)
    progress("learn what messages mean", _FOLDS, _FOLDS + 1)
    everything = np.ones(len(examples), np.bool_)
    lines = _fitted(examples, matrix, everything, intents, begin=folds)
    temperature = _temperature(held.odds, _numbers(examples, intents), _is_plain(examples))
    business = _business(held.signs, examples)
    progress("learn what messages mean", _FOLDS + 1, _FOLDS + 1)
    model = MessageModel(
        sounds=sounds,
        spelling=spelling,
        vocabulary=vocabulary,
        intents=intents,
        intent_weights=lines.intent_weights,
        intent_starts=lines.intent_starts,
        temperature=temperature,
        business_weights=lines.business_weights,
        business_start=lines.business_start,
        own_words=lines.own_words,
        business=business,
    )
    return model, _report(held, examples, intents, business)


@dataclass(frozen=True, slots=True, eq=False)
class _Lines:
    intent_weights: NDArray[np.float32]
    intent_starts: Floats
    business_weights: NDArray[np.float32]
    business_start: float
    own_words: NearWords


def _spelling(examples: Sequence[Example]) -> NearWords:
    """The words that are not rare in messages without slips of ours: those that may be meant by a misspelt one."""
    counts = Counter(
        word for e in examples if not e.is_copy for word in words_of(e.text) if word.isalpha()
    )
    return NearWords({w: n for w, n in counts.items() if n >= _LEAST_SEEN and not is_han(w)})


def _matrix(
    examples: Sequence[Example], sounds: Sounds, spelling: NearWords
) -> tuple[Vocabulary, csr_matrix]:
    """The vocabulary, and ``[examples, features]`` as the model weighs them."""
    features = [features_of(e.text, sounds, spelling) for e in examples]
    seen = Counter(f for of in features for f in dict.fromkeys(of))
    sources: Counter[str] = Counter()
    last: dict[str, int] = {}
    for example, of in zip(examples, features, strict=True):
        for feature in dict.fromkeys(of):
            sources[feature] += last.get(feature) != example.source
            last[feature] = example.source
    # A word of one message alone may be a name: it is not kept.
    names = [f for f, n in seen.items() if n >= _LEAST_SEEN and sources[f] >= _LEAST_MESSAGES]
    rarity = np.log((1 + len(examples)) / (1 + np.array([seen[n] for n in names], float))) + 1
    vocabulary = Vocabulary({n: i for i, n in enumerate(names)}, rarity, blocks_of(names))
    rows = [vocabulary.weigh(of) for of in features]
    starts = np.concatenate(([0], np.cumsum([len(numbers) for numbers, _ in rows])))
    shape = (len(rows), len(names))
    numbers = np.concatenate([numbers for numbers, _ in rows])
    return vocabulary, csr_matrix(
        (np.concatenate([w for _, w in rows]), numbers, starts), shape=shape
    )


def _folds(examples: Sequence[Example], seed: int) -> NDArray[np.int64]:
    """Of each example: own messages by number, other trades whole."""
    trades = sorted({e.group for e in examples if not e.is_ours})
    random.Random(seed).shuffle(trades)
    of = {trade: i % _FOLDS for i, trade in enumerate(trades)}
    return np.array([of[e.group] if not e.is_ours else int(e.group) for e in examples], np.int64)


def _fitted(
    examples: Sequence[Example],
    matrix: csr_matrix,
    is_kept: NDArray[np.bool_],
    intents: tuple[str, ...],
    begin: Sequence[_Lines] = (),
) -> _Lines:
    """``begin``: fits to parts of the examples. What they found on average is near what all of them tell."""
    from sklearn.linear_model import LogisticRegression

    number = _numbers(examples, intents)
    labelled = np.flatnonzero(is_kept & (number >= 0))
    weights, starts = _fitted_intents(matrix[labelled], number[labelled], len(intents), begin)
    kept = np.flatnonzero(is_kept).tolist()
    is_ours = np.array([examples[i].is_ours for i in kept])
    business = LogisticRegression(C=_BUSINESS_STRENGTH, max_iter=_STEPS, tol=_TOLERANCE)
    balance = _balanced([examples[i] for i in kept])
    business.fit(matrix[kept], is_ours, sample_weight=balance * len(kept))
    own = Counter(
        part
        for i in kept
        if examples[i].is_ours and not examples[i].is_copy
        for part in dict.fromkeys(_parts(examples[i].text))
    )
    return _Lines(
        weights,
        starts,
        business.coef_[0].astype(np.float32),
        float(business.intercept_[0]),
        NearWords({part: n for part, n in own.items() if n >= _LEAST_MESSAGES}),
    )


def _parts(text: str) -> list[str]:
    return [part for word in words_of(text) if not word.isdigit() for part in own_parts(word)]


def _fitted_intents(
    matrix: csr_matrix, number: NDArray[np.int64], n: int, begin: Sequence[_Lines]
) -> tuple[NDArray[np.float32], Floats]:
    """Weights ``[features, n]`` and starts ``[n]``; an intent that was not seen is never the likeliest."""
    weights, starts = np.zeros((matrix.shape[1], n), np.float32), np.full(n, _NEVER)
    seen, classes = np.unique(number, return_inverse=True)
    first = None
    if begin:
        mean = np.mean([one.intent_weights for one in begin], axis=0)
        mean_starts = np.mean([one.intent_starts.clip(-_MOST_START) for one in begin], axis=0)
        first = mean[:, seen], mean_starts[seen].astype(np.float32)
    weights[:, seen], starts[seen] = fit_softmax(
        matrix, classes, n_classes=len(seen), strength=_STRENGTH, begin=first
    )
    return weights, starts


def _numbers(examples: Sequence[Example], intents: tuple[str, ...]) -> NDArray[np.int64]:
    of = {intent: i for i, intent in enumerate(intents)}
    return np.array([of.get(e.intent, -1) for e in examples], np.int64)


def _is_plain(examples: Sequence[Example]) -> NDArray[np.bool_]:
    return np.array([not e.is_copy for e in examples])


def _balanced(examples: Sequence[Example]) -> Floats:
    """Weights that sum to 1. A language has its share of all; half of it is for other trades, and half for the shop's, there
    twice as much for the shop's own messages as for what any shop is asked."""
    keys = [(has_han(e.text), e.is_ours, bool(e.intent)) for e in examples]
    counts = Counter(keys)
    n_language = Counter(key[0] for key in keys)
    shares = {key: _OWN_SHARE if key[2] else 1.0 for key in counts}
    of_side: dict[tuple[bool, bool], float] = defaultdict(float)
    for key, share in shares.items():
        of_side[key[:2]] += share
    n_sides = Counter(language for language, _ in of_side)
    weight = {
        key: n_language[key[0]]
        / len(keys)
        / n_sides[key[0]]
        * share
        / of_side[key[:2]]
        / counts[key]
        for key, share in shares.items()
    }
    return np.array([weight[key] for key in keys])


def _fill(
    held: HeldOut,
    lines: _Lines,
    examples: Sequence[Example],
    matrix: csr_matrix,
    is_held: NDArray[np.bool_],
) -> None:
    rows = np.flatnonzero(is_held).tolist()
    odds = np.asarray(matrix[rows] @ lines.intent_weights) + lines.intent_starts
    held.odds[rows] = odds
    top = np.sort(odds, axis=1)[:, -2:]
    held.signs[rows, 0] = matrix[rows] @ lines.business_weights + lines.business_start
    held.signs[rows, 1], held.signs[rows, 2] = top[:, 1], top[:, 1] - top[:, 0]
    held.signs[rows, 3] = [
        unknown_share(examples[i].text, lines.own_words, examples[i].values) for i in rows
    ]


def _temperature(odds: Floats, number: NDArray[np.int64], is_plain: NDArray[np.bool_]) -> float:
    """The temperature with the least log-loss on messages held out; source: Guo et al. (2017)."""
    from scipy.optimize import minimize_scalar

    rows = np.flatnonzero(is_plain & (number >= 0))

    def loss(log_temperature: float) -> float:
        scaled = odds[rows] / np.exp(log_temperature)
        top = scaled.max(axis=1)
        log_sum = np.log(np.exp(scaled - top[:, None]).sum(axis=1)) + top
        return float((log_sum - scaled[np.arange(len(rows)), number[rows]]).mean())

    return float(np.exp(minimize_scalar(loss, bounds=(-3, 3), method="bounded").x))


def _business(signs: Floats, examples: Sequence[Example]) -> BusinessOdds:
    """A line for what is like the shop's own messages, one for what is like any shop's, and the calibration of either; all with
    the least log-loss on messages held out, where half of each language is the shop's.

    The shop's own messages are told by the intents, which say nothing of what has no intent yet: one line for both would
    take the best sign of the former for little (docs/decisions/0035).
    """
    plain = [(row, e) for row, e in zip(signs, examples, strict=True) if not e.is_copy]
    of_own = [(row, e) for row, e in plain if e.intent or not e.is_ours]
    of_any = [(row, e) for row, e in plain if not e.intent]
    lines = np.array([_line(of_own, _OF_OWN), _line(of_any, _OF_ANY)])
    either = BusinessOdds(lines, 1.0, 0.0).either(np.array([row for row, _ in plain]))
    slope, start = _line([(o[None], e) for o, (_, e) in zip(either, plain, strict=True)], (0,))[
        [0, 4]
    ]
    return BusinessOdds(lines, max(float(slope), 0.05), float(start))


def _line(rows: Sequence[tuple[Floats, Example]], signs: Sequence[int]) -> Floats:
    """Weights of four signs, 0 of those that are not used, and a start."""
    from sklearn.linear_model import LogisticRegression

    examples = [e for _, e in rows]
    line = LogisticRegression(C=1.0, max_iter=1000).fit(
        np.array([row for row, _ in rows])[:, list(signs)],
        np.array([e.is_ours for e in examples]),
        sample_weight=_balanced(examples) * len(examples),
    )
    found = np.zeros(5)
    found[list(signs)], found[4] = line.coef_[0], line.intercept_[0]
    return found


def _report(
    held: HeldOut, examples: Sequence[Example], intents: tuple[str, ...], business: BusinessOdds
) -> dict[str, Any]:
    from sklearn.metrics import f1_score, roc_auc_score

    number, is_plain = _numbers(examples, intents), _is_plain(examples)
    rows, found = np.flatnonzero(is_plain & (number >= 0)), held.odds.argmax(axis=1)
    slips = np.flatnonzero(~is_plain & (number >= 0))
    is_ours = np.array([e.is_ours for e in examples])
    score = business.either(held.signs)
    auroc: Mapping[str, float] = {
        language: float(roc_auc_score(is_ours[mask], score[mask]))
        for language, mask in _by_language(examples, is_plain).items()
        if 0 < is_ours[mask].sum() < mask.sum()
    }
    return {
        "accuracy": float((found[rows] == number[rows]).mean()),
        "macro_f1": float(f1_score(number[rows], found[rows], average="macro")),
        "accuracy_typos": float((found[slips] == number[slips]).mean()),
        "auroc_other_trades": auroc,
    }


def _by_language(
    examples: Sequence[Example], is_plain: NDArray[np.bool_]
) -> dict[str, NDArray[np.bool_]]:
    is_chinese = np.array([has_han(e.text) for e in examples])
    return {"en": is_plain & ~is_chinese, "zh": is_plain & is_chinese}
