"""Fits the re-ranker of answers on past pairs: features made out of fold, then trees over them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.assist.learning.towers import TowerData, TowerTraining, fit_towers
from baihuo.assist.learning.translation import fit_translation
from baihuo.assist.retrieve.flat_terms import FlatTerms, Floats, Numbers
from baihuo.assist.retrieve.pair_features import Memory, PairEvidence, pair_features
from baihuo.assist.retrieve.pair_tables import AnswerRows, QuestionRow
from baihuo.assist.retrieve.towers import tower_terms
from baihuo.core import Progress, no_progress


@dataclass(frozen=True, slots=True)
class AnswerTraining:
    """How the re-ranker is fitted."""

    folds: int = 5
    towers: int = 1  # of each fit of the evidence
    tower: TowerTraining = TowerTraining()
    negatives: int = 40  # other answers beside each true one
    trees: int = 400
    learning_rate: float = 0.04
    leaves: int = 31
    fewest_characters: int = (
        6  # of an answer that is learned to be put first: shorter ones say nothing
    )


@dataclass(frozen=True, slots=True, eq=False)
class PairRows:
    """Pairs as aligned tables; the first ``n_main`` are the pairs themselves, then earlier ones of their contexts."""

    questions: Sequence[QuestionRow]
    answers: AnswerRows
    same: Numbers  # equal where two answers are the same text
    group: Numbers  # conversation
    lengths: Numbers  # of the answers' bare text
    n_main: int


def fit_evidence(
    rows: PairRows,
    keep: NDArray[np.bool_],
    config: AnswerTraining,
    *,
    seed: int,
    progress: Progress = no_progress,
) -> PairEvidence:
    """What is learned of the pairs in ``keep``."""
    everything = np.flatnonzero(keep)
    main = everything[everything < rows.n_main]
    asked = [rows.questions[at] for at in everything.tolist()]
    said = rows.answers.take(everything)
    answer_parts = np.split(said.terms.buckets, said.terms.starts[1:-1])
    data = TowerData(
        tower_terms([[places for places, _ in q.parts] for q in asked]),
        np.stack([q.vectors.ravel() for q in asked]),
        tower_terms([[part] for part in answer_parts]),
        said.vectors,
        rows.same[everything],
    )
    towers = tuple(
        fit_towers(data, config=config.tower, seed=seed + 100 * n, progress=progress)
        for n in range(config.towers)
    )
    translation = fit_translation(FlatTerms.of([q.parts[0] for q in asked]), said.terms)
    terms = rows.answers.terms.take(main)
    mean_length = float(terms.lengths().mean()) if len(main) else 1.0
    n = len(main)  # the main ones come first
    flat = np.hstack(
        [t.question.vectors(data.question_terms, data.question_vectors)[:n] for t in towers]
    )
    flat_answers = np.hstack(
        [t.answer.vectors(data.answer_terms, said.vectors)[:n] for t in towers]
    )
    memory = Memory(flat, said.vectors[:n], flat_answers)
    return PairEvidence(terms.inverse_frequency(), mean_length, translation, towers, memory)


def random_others(
    question: int, pool: Numbers, same: Numbers, n_others: int, rng: np.random.Generator
) -> Numbers:
    """Others drawn from ``pool`` without return, none of the same text as the true one."""
    drawn = pool[rng.permutation(len(pool))]
    return drawn[same[drawn] != same[question]][:n_others]


def out_of_fold(
    rows: PairRows, config: AnswerTraining, *, seed: int, progress: Progress = no_progress
) -> tuple[list[Floats], list[PairEvidence]]:
    """Features of training lists, the true answer first, each made by evidence that never saw its conversation."""
    rng = np.random.default_rng(seed)
    fold = rng.integers(0, config.folds, int(rows.group.max()) + 1)[rows.group]
    main_fold, same = fold[: rows.n_main], rows.same[: rows.n_main]
    found: list[Floats] = []
    evidences = []
    for number in range(config.folds):
        held = np.flatnonzero(main_fold == number)
        evidence = fit_evidence(rows, fold != number, config, seed=seed + number, progress=progress)
        is_known = np.isin(same[held], same[main_fold != number])
        asked = held[(rows.lengths[held] >= config.fewest_characters) & ~is_known]
        ready = evidence.ready(rows.answers.take(held))
        at_held = np.arange(len(held))
        own = np.searchsorted(held, asked)
        for question, at in zip(asked.tolist(), own.tolist(), strict=True):
            others = random_others(at, at_held, same[held], config.negatives, rng)
            listed = np.concatenate([[at], others])
            found.append(pair_features(evidence, rows.questions[question], ready, listed))
        evidences.append(evidence)
    return found, evidences


def grow(lists: Sequence[Floats], config: AnswerTraining, *, seed: int) -> Any:
    """Trees that put the first row of each list first."""
    import lightgbm

    labels = np.concatenate([np.arange(len(rows)) == 0 for rows in lists]).astype(np.int32)
    sizes = np.array([len(rows) for rows in lists])
    data = lightgbm.Dataset(np.concatenate(lists), labels, group=sizes)
    parameters = {
        "objective": "lambdarank",
        "lambdarank_truncation_level": 20,
        "learning_rate": config.learning_rate,
        "num_leaves": config.leaves,
        "min_data_in_leaf": 40,
        "feature_fraction": 0.5,
        "bagging_fraction": 0.7,
        "bagging_freq": 1,
        "lambda_l2": 5.0,
        "seed": seed,
        "deterministic": True,
        "num_threads": 1,
        "verbosity": -1,
    }
    return lightgbm.train(parameters, data, num_boost_round=config.trees)
