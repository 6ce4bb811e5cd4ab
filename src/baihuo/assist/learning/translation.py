"""Learns which words of answers follow which words of questions: IBM model 1 by expectation maximisation."""

from __future__ import annotations

import numpy as np

from baihuo.assist.retrieve.flat_terms import N_BUCKETS, Buckets, FlatTerms, Numbers, found_at
from baihuo.assist.retrieve.translation import TranslationTable

_FEWEST = 4  # texts that a word stands in, to be learned
_MOST_WORDS = 6_000
_ROUNDS = 5
_MOST_PAIRS = 12_000_000  # word pairs in memory: 8 bytes each, four times
_LEAST = 1e-4  # probability: smaller ones are left out


def fit_translation(questions: FlatTerms, answers: FlatTerms) -> TranslationTable:
    """Fit on aligned texts: words of questions, and of their answers."""
    question_words, answer_words = _frequent(questions), _frequent(answers)
    n_q, n_a = len(question_words), max(len(answer_words), 1)
    source, word, target = _word_pairs(questions, answers, question_words, answer_words)
    pairs, cell = np.unique(source * n_a + word, return_inverse=True)
    source_of, word_of = pairs // n_a, pairs % n_a
    background = np.ones(n_a)
    is_known = np.flatnonzero(found_at(answer_words, answers.buckets)[1])
    at = found_at(answer_words, answers.buckets[is_known])[0]
    np.add.at(background, at, answers.counts[is_known])
    background /= background.sum()
    p = background[word_of]
    for _ in range(_ROUNDS):
        share = p[cell]
        share /= np.bincount(target, share)[target]
        expected = np.bincount(cell, share, minlength=len(pairs))
        p = expected / np.bincount(source_of, expected, minlength=n_q + 1)[source_of]
    kept = p >= _LEAST
    starts = np.searchsorted(source_of[kept], np.arange(n_q + 2))
    return TranslationTable(
        question_words,
        answer_words,
        starts.astype(np.int64),
        word_of[kept].astype(np.int32),
        p[kept].astype(np.float32),
        background.astype(np.float32),
    )


def _word_pairs(
    questions: FlatTerms, answers: FlatTerms, question_words: Buckets, answer_words: Buckets
) -> tuple[Numbers, Numbers, Numbers]:
    """Each word of a question, and no word, with each of its answer; and which answer's word a pair explains."""
    none = len(question_words)
    sources, words, targets = (
        [np.empty(0, np.int64)],
        [np.empty(0, np.int64)],
        [np.empty(0, np.int64)],
    )
    n_pairs = n_targets = 0
    for row in range(len(questions)):
        at, is_known = found_at(
            question_words, questions.buckets[questions.starts[row] : questions.starts[row + 1]]
        )
        left = np.append(at[is_known], none)
        at, is_known = found_at(
            answer_words, answers.buckets[answers.starts[row] : answers.starts[row + 1]]
        )
        right = at[is_known]
        n_pairs += len(left) * len(right)
        if n_pairs > _MOST_PAIRS:
            break
        sources.append(np.repeat(left, len(right)))
        words.append(np.tile(right, len(left)))
        targets.append(np.tile(np.arange(len(right)) + n_targets, len(left)))
        n_targets += len(right)
    return np.concatenate(sources), np.concatenate(words), np.concatenate(targets)


def _frequent(texts: FlatTerms) -> Buckets:
    n_with = np.bincount(texts.buckets, minlength=N_BUCKETS)
    order = np.argsort(-n_with, kind="stable")[:_MOST_WORDS]
    return np.sort(order[n_with[order] >= _FEWEST]).astype(np.int32)
