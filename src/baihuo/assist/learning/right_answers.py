"""Which passages say what a person answered: the answer without its greetings, or a part of it."""

from __future__ import annotations

from collections.abc import Sequence

from baihuo.assist.learning.plain_bm25 import terms_of

_LEAST_SHARE = 0.8  # of the terms of the shorter text that the longer one has
_LEAST_TERMS = 5  # of the shorter text: less says nothing of its own


def says_the_same(passage: str, answer: str) -> bool:
    """Whether one of two texts holds the other, but for greetings around it and small changes.

    >>> says_the_same("Shipping is free from 99 CNY.", "Hello! Shipping is free from 99 CNY. Have a nice day!")
    True
    >>> says_the_same("Please wait a moment.", "Shipping is free from 99 CNY.")
    False
    """
    return _shares(set(terms_of(passage)), set(terms_of(answer)))


def right_rows(answers: Sequence[str], passages: Sequence[str]) -> list[frozenset[int]]:
    """For each answer, which passages say the same; none where nothing that may be said does."""
    terms = [set(terms_of(passage)) for passage in passages]
    rows_of: dict[str, list[int]] = {}
    for i, found in enumerate(terms):
        for term in found:
            rows_of.setdefault(term, []).append(i)
    made: dict[str, frozenset[int]] = {}
    for answer in dict.fromkeys(answers):
        wanted = set(terms_of(answer))
        near: dict[int, int] = {}
        for term in wanted:
            for row in rows_of.get(term, ()):
                near[row] = near.get(row, 0) + 1
        made[answer] = frozenset(
            row
            for row, n in near.items()
            if min(len(wanted), len(terms[row])) >= _LEAST_TERMS
            and n >= _LEAST_SHARE * min(len(wanted), len(terms[row]))
        )
    return [made[answer] for answer in answers]


def _shares(one: set[str], other: set[str]) -> bool:
    shorter = min(len(one), len(other))
    return shorter >= _LEAST_TERMS and len(one & other) >= _LEAST_SHARE * shorter
