"""Fits the re-ranker of answers on past pairs: evidence out of fold, then trees over it, then P(right)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.assist.knowledge.entries import KnowledgeEntry, language_of
from baihuo.assist.knowledge.past_pairs import PastPair
from baihuo.assist.learning.onnx_trees import write_onnx_trees
from baihuo.assist.learning.p_right import (
    RiskCoverage,
    calibration_error,
    first_ones,
    fit_logistic,
    fit_p_of_people,
    matched,
    matched_in_knowledge,
    risk_coverage,
)
from baihuo.assist.learning.pair_rows import PairRows, pair_rows
from baihuo.assist.learning.towers import TowerData, TowerTraining, fit_towers
from baihuo.assist.learning.training_lists import training_lists
from baihuo.assist.learning.translation import fit_translation
from baihuo.assist.retrieve.answer_model import QUICK_TREES, AnswerModel
from baihuo.assist.retrieve.flat_terms import FlatTerms, Floats, Numbers
from baihuo.assist.retrieve.pair_features import Memory, PairEvidence
from baihuo.assist.retrieve.question_match import Logistic
from baihuo.assist.retrieve.towers import tower_terms
from baihuo.assist.turns import Language
from baihuo.core import Progress, no_progress
from baihuo.encode import Encoder, Encoders, VectorCache, Vectors

FEWEST_PAIRS = 300
"""Past pairs of a language below which nothing is learned of them: entries are found by their questions."""

LANGUAGES: tuple[Language, ...] = ("en", "zh")


@dataclass(frozen=True, slots=True)
class AnswerTraining:
    """How the re-ranker is fitted."""

    folds: int = 4
    towers: int = 3  # of the evidence that is served; one is enough out of fold, and its mistakes are noise to the trees
    tower: TowerTraining = field(default_factory=TowerTraining)
    negatives: int = 40  # other answers beside each true one
    trees: int = 200  # small ones: twice as many of twice the size cost three times as much a turn, and found no more
    learning_rate: float = 0.08
    leaves: int = 16
    known_weight: float = 0.5  # of a list whose answer the knowledge holds; as much as the others, and new answers are found less often
    fewest_characters: int = (
        6  # of an answer that is learned to be put first: shorter ones say nothing
    )


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
        np.stack([q.vector for q in asked]),
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


@dataclass(frozen=True, slots=True, eq=False)
class OutOfFold:
    """Training lists, the true answer first, each made by evidence that never saw its conversation."""

    lists: Sequence[Floats]
    weights: Floats  # [lists]
    fold_of_list: Numbers
    fold: Numbers  # of the pairs themselves
    first: PairEvidence  # that never saw fold 0


def out_of_fold(
    rows: PairRows, config: AnswerTraining, *, seed: int, progress: Progress = no_progress
) -> OutOfFold:
    """Features of training lists by evidence of the other folds; conversations are in one fold."""
    rng = np.random.default_rng(seed)
    fold = rng.integers(0, config.folds, int(rows.group.max()) + 1)[rows.group]
    found: list[Floats] = []
    weights: list[float] = []
    numbers: list[int] = []
    first = None
    for number in range(config.folds):
        evidence = fit_evidence(
            rows, fold != number, replace(config, towers=1), seed=seed + number, progress=progress
        )
        lists = training_lists(
            rows,
            fold[: rows.n_main] == number,
            evidence,
            n_others=config.negatives,
            fewest_characters=config.fewest_characters,
            rng=rng,
        )
        found += [*lists.new, *lists.known]
        weights += [1.0] * len(lists.new) + [config.known_weight] * len(lists.known)
        numbers += [number] * (len(found) - len(numbers))
        first = first or evidence
    assert first is not None
    return OutOfFold(
        found, np.array(weights, np.float32), np.array(numbers), fold[: rows.n_main], first
    )


def grow(lists: Sequence[Floats], weights: Floats, config: AnswerTraining, *, seed: int) -> Any:
    """Trees that put the first row of each list first.

    Args:
        lists: ``[rows, columns]`` each.
        weights: ``[lists]``, how much each counts.
    """
    import lightgbm

    labels = np.concatenate([np.arange(len(rows)) == 0 for rows in lists]).astype(np.int32)
    sizes = np.array([len(rows) for rows in lists])
    of_rows = np.repeat(weights, sizes)
    data = lightgbm.Dataset(np.concatenate(lists), labels, group=sizes, weight=of_rows)
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


@dataclass(frozen=True, slots=True, eq=False)
class FittedAnswers:
    """A model without P(right), and what it was grown on."""

    model: AnswerModel
    held: OutOfFold


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswersReport:
    """What was fitted for a language."""

    n_pairs: int
    n_lists: int
    n_calibrated: int  # held-out questions that P(right) was fitted on; as many measure it
    calibration_error: (
        float  # mean difference of P and the share that is right, by tenths of questions
    )
    coverage: RiskCoverage


def fit_answer_model(
    rows: PairRows,
    encoder_hash: str,
    config: AnswerTraining,
    *,
    seed: int,
    progress: Progress = no_progress,
) -> FittedAnswers:
    """Fit one language's re-ranker; its evidence is of all pairs, its trees of evidence out of fold.

    Args:
        rows: made with the encoder of ``encoder_hash``.
    """
    held = out_of_fold(rows, config, seed=seed, progress=progress)
    everything = np.ones(len(rows.group), np.bool_)
    evidence = fit_evidence(rows, everything, config, seed=seed + 1_000, progress=progress)
    booster = grow(held.lists, held.weights, config, seed=seed)
    return FittedAnswers(AnswerModel(encoder_hash, evidence, booster), held)


def fit_answers(
    pairs: Sequence[PastPair],
    out: Path,
    *,
    seed: int,
    encoders: Encoders,
    cache: VectorCache | None = None,
    config: AnswerTraining | None = None,
    knowledge: Sequence[KnowledgeEntry] = (),
    progress: Progress = no_progress,
) -> dict[Language, AnswersReport]:
    """Fit a re-ranker for each language that has enough past pairs, and write it to ``out/<language>``.

    Args:
        pairs: of all languages.
        out: a folder of the bundle; a language without enough pairs gets none there.
        seed: of the folds, the negatives and the training.
        encoders: of the bundle. A model works with the encoder that it was fitted with alone.
        cache: of their vectors.
        config: None: the defaults.
        knowledge: all that the shop may say: P(right) is learned on it. None: on the answers of other pairs.
        progress: called as it is fitted.

    Returns:
        What was fitted, by language; empty where no language has :data:`FEWEST_PAIRS`.
    """
    config = config or AnswerTraining()
    reports: dict[Language, AnswersReport] = {}
    for language in LANGUAGES:
        chosen = [p for p in pairs if language_of(p.answer) == language]
        if len(chosen) < FEWEST_PAIRS:
            continue
        encoder = encoders.for_text("中" if language == "zh" else "a")

        def encode(of: Encoder, texts: Sequence[str]) -> Vectors:
            return of.encode(texts) if cache is None else cache.vectors(of, texts)

        rows = pair_rows(chosen, partial(encode, encoder))
        fitted = fit_answer_model(rows, encoder.hash, config, seed=seed, progress=progress)
        of_it = [e for e in knowledge if e.language == language]
        p_right, report = calibrated(chosen, fitted, encoder, encode, config, seed, knowledge=of_it)
        replace(fitted.model, p_right=p_right).save(out / language)
        write_onnx_trees(fitted.model.booster, out / language / QUICK_TREES)
        reports[language] = report
    return reports


def calibrated(
    pairs: Sequence[PastPair],
    fitted: FittedAnswers,
    encoder: Encoder,
    encode: Callable[[Encoder, Sequence[str]], Vectors],
    config: AnswerTraining,
    seed: int,
    *,
    knowledge: Sequence[KnowledgeEntry] = (),
) -> tuple[Logistic, AnswersReport]:
    """P(right) of ``fitted`` from the first fold, by evidence and trees that never saw it; measured on the half that it was not fitted on.

    Args:
        knowledge: asked as a turn will ask it; empty: the answers of the other folds are, and right is the same text again.
    """
    held = fitted.held
    others = np.flatnonzero(held.fold_of_list)
    lists = [held.lists[at] for at in others.tolist()]
    trees = grow(lists, held.weights[others], config, seed=seed)
    model = AnswerModel(encoder.hash, held.first, trees)
    if knowledge:
        asked = [p for p, fold in zip(pairs, held.fold.tolist(), strict=True) if fold == 0]
        found, fit = matched_in_knowledge(knowledge, asked, model, encoder, encode), fit_p_of_people
    else:
        found, fit = matched(pairs, held.fold == 0, model, encoder, encode), fit_logistic
    fit_on, measured_on = found.halves()
    chances, right = first_ones(measured_on, fit(fit_on))
    report = AnswersReport(
        n_pairs=len(pairs),
        n_lists=len(held.lists),
        n_calibrated=len(fit_on.columns),
        calibration_error=calibration_error(chances, right),
        coverage=risk_coverage(chances, right),
    )
    return fit(found), report
