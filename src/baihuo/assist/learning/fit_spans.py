"""Fits the tagger of entities on messages, with other values at them and slips around them."""

from __future__ import annotations

import random
from array import array
from collections import Counter
from collections.abc import Sequence

import numpy as np
from scipy.sparse import csr_matrix

from baihuo.assist.learning.new_values import values_for
from baihuo.assist.learning.typos import with_typos
from baihuo.assist.learning.utterance_rows import Marked, Utterance
from baihuo.assist.understand.spans import SpanModel, Token, token_features, tokens_of
from baihuo.core import Progress, no_progress
from baihuo.tag import Crf, train_crf

_COPIES = (
    0.0,
    0.03,
    0.1,
)  # of messages with entities, each with other values: share of letters wrong
_PLAIN_COPIES = (0.08,)  # of messages without
_LEAST_SEEN, _LEAST_MESSAGES = (
    2,
    2,
)  # a feature of fewer tokens, or of one message and its copies, is left out
_LEAST_KNOWN = 3  # times that a word must stand outside entities to be known
_L2, _STEPS, _SMALL = 0.5, 70, 0.02


def fit_spans(
    utterances: Sequence[Utterance],
    *,
    seed: int,
    steps: int = _STEPS,
    progress: Progress = no_progress,
) -> SpanModel | None:
    """The tagger; None where no message has an entity.

    Args:
        utterances: those without entities are learned from too.
        seed: of values and slips.
        steps: of the optimiser. Half of them find what is near the best, which is enough to judge by.
        progress: of the steps.
    """
    if not any(u.marked for u in utterances):
        return None
    texts = _copies(utterances, seed)
    tokens = [tokens_of(u.text) for u, _ in texts]
    tags = [tags_of(of, u.marked) for of, (u, _) in zip(tokens, texts, strict=True)]
    known = _known(tokens[: len(utterances)], tags[: len(utterances)])
    pairs = [(t, g) for t, g in zip(tokens, tags, strict=True) if t]
    sources = [source for t, (_, source) in zip(tokens, texts, strict=True) if t]
    number_of, features = _features([t for t, _ in pairs], sources, known)
    tag_names = tuple(sorted({tag for _, of in pairs for tag in of} | {"O"}))
    tag_number = {tag: i for i, tag in enumerate(tag_names)}
    crf = train_crf(
        features,
        np.array([tag_number[tag] for _, of in pairs for tag in of], np.int64),
        [len(t) for t, _ in pairs],
        n_tags=len(tag_names),
        l2=_L2,
        most_steps=steps,
        progress=lambda done: progress("learn entities", done, steps),
    )
    return _pruned(SpanModel(tag_names, number_of, known, crf))


def _copies(utterances: Sequence[Utterance], seed: int) -> list[tuple[Utterance, int]]:
    """The messages and their copies, each with the number of the message that it is of."""
    draw = random.Random(seed)
    values = values_for(utterances, draw)
    found = [(u, number) for number, u in enumerate(utterances)]
    for number, utterance in enumerate(utterances):
        for rate in _COPIES if utterance.marked else _PLAIN_COPIES:
            swapped = values.swapped(utterance) if utterance.marked else utterance
            found.append((with_typos(swapped, rate=rate, random_of=draw), number))
    return found


def tags_of(tokens: Sequence[Token], marked: Sequence[Marked]) -> list[str]:
    """``O``, or ``B-`` and ``I-`` with a kind, of each token; one that is partly in an entity is in it."""
    tags = ["O"] * len(tokens)
    for mark in marked:
        inside = [i for i, t in enumerate(tokens) if t.start < mark.end and mark.start < t.end]
        for i in inside:
            tags[i] = f"{'B' if i == inside[0] else 'I'}-{mark.kind}"
    return tags


def _known(tokens: Sequence[Sequence[Token]], tags: Sequence[Sequence[str]]) -> frozenset[str]:
    outside = Counter(
        t.word
        for of, marks in zip(tokens, tags, strict=True)
        for t, tag in zip(of, marks, strict=True)
        if tag == "O" and t.word[0].isalpha()
    )
    return frozenset(word for word, n in outside.items() if n >= _LEAST_KNOWN)


def _features(
    texts: Sequence[list[Token]], sources: Sequence[int], known: frozenset[str]
) -> tuple[dict[str, int], csr_matrix]:
    """The features that are not rare, and ``[tokens, features]``; names are numbered as they come, as a list of all would not fit."""
    first: dict[str, int] = {}
    n_sources, last = array("i"), array("i")
    columns, lengths = array("i"), array("i")
    for tokens, source in zip(texts, sources, strict=True):
        for names in token_features(tokens, known):
            numbers = [first.setdefault(name, len(first)) for name in names]
            for number in numbers:
                if number == len(last):
                    n_sources.append(1)
                    last.append(source)
                elif last[number] != source:
                    n_sources[number] += 1
                    last[number] = source
            columns.extend(numbers)
            lengths.append(len(names))
    all_columns = np.frombuffer(columns, np.int32)
    counts = np.bincount(all_columns, minlength=len(first))
    is_common = np.frombuffer(n_sources, np.int32) >= _LEAST_MESSAGES
    kept = np.flatnonzero((counts >= _LEAST_SEEN) & is_common)
    new = np.full(len(first), -1, np.int32)
    new[kept] = np.arange(len(kept), dtype=np.int32)
    names_of = list(first)
    starts = np.concatenate(([0], np.cumsum(np.frombuffer(lengths, np.int32))))
    is_kept = new[all_columns] >= 0
    shape = (len(lengths), len(kept))
    kept_starts = np.concatenate(([0], np.cumsum(is_kept)))[starts]
    matrix = csr_matrix(
        (np.ones(int(is_kept.sum())), new[all_columns][is_kept], kept_starts), shape=shape
    )
    return {names_of[old]: at for at, old in enumerate(kept.tolist())}, matrix


def _pruned(model: SpanModel) -> SpanModel:
    """Without features whose weights are all near 0."""
    emission = model.crf.emission
    kept = np.flatnonzero(np.abs(emission).max(axis=1) >= _SMALL)
    names = list(model.number_of)
    number_of = {names[old]: new for new, old in enumerate(kept)}
    stored = emission[kept].astype(np.float16).astype(np.float64)
    crf = Crf(stored, model.crf.transition, model.crf.start)
    return SpanModel(model.tags, number_of, model.known_words, crf)
