"""What the re-ranker learns from: a question of a past conversation with its answer and others, by evidence that saw neither.

Two kinds of lists. An answer that nobody gave before stands among other answers at random: such answers have to be found by what they
say. An answer that the knowledge holds already stands among what the search of the knowledge finds for the question: these are the hard
ones, and it is what a served re-ranker is given. Without the second kind it would learn that what was said before is never right.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from baihuo.assist.learning.pair_rows import PairRows
from baihuo.assist.retrieve.candidates import CandidateSearch
from baihuo.assist.retrieve.flat_terms import Buckets, FlatTerms, Floats, Numbers
from baihuo.assist.retrieve.pair_features import PairEvidence, pair_features


@dataclass(frozen=True, slots=True, eq=False)
class TrainingLists:
    """Lists of one fold, the true answer first in each."""

    new: Sequence[Floats]  # the answer is of this fold alone
    known: Sequence[Floats]  # the other pairs have it, too


def training_lists(
    rows: PairRows,
    is_held: NDArray[np.bool_],
    evidence: PairEvidence,
    *,
    n_others: int,
    fewest_characters: int,
    rng: np.random.Generator,
) -> TrainingLists:
    """Lists of the held pairs whose answer says something.

    Args:
        is_held: ``[n_main]``, which pairs the evidence never saw.
        n_others: at random beside a new answer.
        fewest_characters: of an answer that says something.
    """
    held, same = np.flatnonzero(is_held), rows.same[: rows.n_main]
    says = rows.lengths[held] >= fewest_characters
    is_known = np.isin(same[held], same[~is_held])
    return TrainingLists(
        _new_lists(rows, held, says & ~is_known, evidence, n_others, rng),
        _known_lists(rows, held[says & is_known], np.flatnonzero(~is_held), evidence),
    )


def random_others(
    question: int, pool: Numbers, same: Numbers, n_others: int, rng: np.random.Generator
) -> Numbers:
    """Others drawn from ``pool`` without return, none of the same text as the true one."""
    drawn = pool[rng.permutation(len(pool))]
    return drawn[same[drawn] != same[question]][:n_others]


def _new_lists(
    rows: PairRows,
    held: Numbers,
    wanted: NDArray[np.bool_],
    evidence: PairEvidence,
    n_others: int,
    rng: np.random.Generator,
) -> list[Floats]:
    ready, same = evidence.ready(rows.answers.take(held)), rows.same[held]
    everything = np.arange(len(held))
    found = []
    for at in np.flatnonzero(wanted).tolist():
        listed = np.append([at], random_others(at, everything, same, n_others, rng))
        found.append(pair_features(evidence, rows.questions[int(held[at])], ready, listed))
    return found


def _known_lists(
    rows: PairRows, wanted: Numbers, known: Numbers, evidence: PairEvidence
) -> list[Floats]:
    """Each text once in a list: what the re-ranker says of an answer does not depend on where it was given."""
    if not len(wanted):
        return []
    texts, first, text_of = np.unique(rows.same[known], return_index=True, return_inverse=True)
    ready = evidence.ready(rows.answers.take(known[first]))
    search = CandidateSearch(
        _entry_terms(rows, known),
        np.stack([rows.questions[at].vector for at in known.tolist()]),
        rows.answers.vectors[known],
    )
    found = []
    for at in wanted.tolist():
        question = rows.questions[at]
        true = int(np.searchsorted(texts, rows.same[at]))
        listed = np.unique(text_of[search.best(question.parts[0][0], question.vector)])
        listed = np.append([true], listed[listed != true])
        if len(listed) > 1:
            found.append(pair_features(evidence, question, ready, listed))
    return found


def _entry_terms(rows: PairRows, at: Numbers) -> FlatTerms:
    """As the index of the knowledge has them: those of the question twice, and those of the answer."""
    answers = rows.answers.terms
    made: list[tuple[Buckets, Floats]] = []
    for row in at.tolist():
        asked, n_asked = rows.questions[row].parts[0]
        run = slice(answers.starts[row], answers.starts[row + 1])
        places, inverse = np.unique(
            np.concatenate([asked, answers.buckets[run]]), return_inverse=True
        )
        counts = np.concatenate([2 * n_asked, answers.counts[run]])
        made.append((places, np.bincount(inverse, counts).astype(np.float32)))
    return FlatTerms.of(made)
