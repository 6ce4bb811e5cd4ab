"""The re-ranker learns which answers follow which questions, out of words that they do not share."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.assist.retrieve.small_shop import WordEncoder, entry

from baihuo.assist.knowledge.entries import KnowledgeEntry
from baihuo.assist.knowledge.past_pairs import PastPair
from baihuo.assist.learning.answers import AnswerTraining, calibrated, fit_answer_model, grow
from baihuo.assist.learning.onnx_trees import write_onnx_trees
from baihuo.assist.learning.p_right import (
    calibration_error,
    entries_of,
    first_ones,
    matched_in_knowledge,
    risk_coverage,
)
from baihuo.assist.learning.pair_rows import PairRows, pair_rows
from baihuo.assist.learning.towers import TowerTraining
from baihuo.assist.retrieve.answer_model import QUICK_TREES, AnswerModel
from baihuo.assist.retrieve.context import context_of
from baihuo.assist.retrieve.flat_terms import FlatTerms, buckets_of
from baihuo.assist.retrieve.knowledge_index import KnowledgeIndex
from baihuo.assist.retrieve.pair_features import COLUMNS, pair_features, without_question
from baihuo.assist.retrieve.question_match import MATCH_COLUMNS
from baihuo.core import BrokenFile, NotFound

pytest.importorskip("torch")
N_TOPICS = 12
CONFIG = AnswerTraining(
    folds=2, towers=1, tower=TowerTraining(dim=32, epochs=10, batch=64), negatives=15, trees=40
)


def made_pairs(n: int, *, seed: int, is_new: bool = True) -> list[PastPair]:
    """Questions with two words of a topic, answers with two other words of it: none is in both.

    An answer that is not new has the first two of those words, and none of its own: it was given before, letter by letter.
    """
    rng = np.random.default_rng(seed)
    pairs = []
    for at in range(n):
        topic = int(rng.integers(N_TOPICS))
        asked = " ".join(f"ask{topic}x{w}" for w in rng.choice(5, 2, replace=False))
        said = " ".join(f"say{topic}x{w}" for w in rng.choice(5, 2, replace=False))
        extra = f"word{rng.integers(10_000)}"
        if not is_new:
            said, extra = f"say{topic}x0 say{topic}x1", "as"
        pairs.append(
            PastPair(
                utterances=(("hello", False), ("welcome", True), (f"please {asked}", False)),
                answer=f"well {said} {extra} here",
                conversation=f"{seed}-{is_new}-{at}",
            )
        )
    return pairs


@pytest.fixture(scope="module")
def rows() -> PairRows:
    return pair_rows(made_pairs(350, seed=1), WordEncoder().encode)


@pytest.fixture(scope="module")
def fitted(rows: PairRows):  # type: ignore[no-untyped-def]
    return fit_answer_model(rows, "words-1", CONFIG, seed=5)


def first_found(model: AnswerModel, new: PairRows, topics: np.ndarray) -> float:
    """Share of questions whose first answer, of fifteen, is of their topic."""
    ready = model.evidence.ready(new.answers)
    rng, hits = np.random.default_rng(2), []
    for at in range(new.n_main):
        others = rng.choice(np.flatnonzero(topics != topics[at]), 14, replace=False)
        listed = np.concatenate([[at], others])
        scores = model.scores(new.questions[at], ready, listed)
        hits.append(scores[0] >= scores.max())
    return float(np.mean(hits))


def test_it_finds_answers_that_share_no_word_with_the_question(fitted) -> None:  # type: ignore[no-untyped-def]
    pairs = made_pairs(100, seed=9)
    topics = np.array([int(p.answer.split("say")[1].split("x")[0]) for p in pairs])
    new = pair_rows(pairs, WordEncoder().encode)
    assert first_found(fitted.model, new, topics) > 0.8  # by chance 0.07


@pytest.mark.parametrize("n_new", [0, 120])
def test_it_finds_answers_that_were_given_before_among_those_that_were(n_new: int) -> None:
    past = made_pairs(300, seed=3, is_new=False) + made_pairs(n_new, seed=4)
    model = fit_answer_model(pair_rows(past, WordEncoder().encode), "words-1", CONFIG, seed=5).model
    asked = made_pairs(60, seed=9, is_new=False)
    index = KnowledgeIndex(entries_of(past), WordEncoder(), model=model)
    hits = []
    for pair in asked:
        context = context_of(pair.utterances)
        at, columns = index.columns(context.asked, context)
        first = index.entries[int(at[columns[:, len(MATCH_COLUMNS)].argmax()])]
        hits.append(first.answer == pair.answer)
    assert np.mean(hits) > 0.25  # by chance 0.08; ten new answers of the same topic are right, too


def test_without_the_question_it_finds_nothing(fitted) -> None:  # type: ignore[no-untyped-def]
    alone = without_question()
    half = len(fitted.held.lists) // 2
    lists = [rows[:, alone] for rows in fitted.held.lists]
    model = grow(lists[:half], fitted.held.weights[:half], CONFIG, seed=5)
    hits = [model.predict(rows).argmax() == 0 for rows in lists[half:]]
    assert np.mean(hits) < 0.2


def test_what_is_saved_scores_as_before_and_a_damaged_file_is_named(
    fitted: Any, rows: PairRows, tmp_path: Path
) -> None:
    fitted.model.save(tmp_path / "zh")
    again = AnswerModel.load(tmp_path / "zh")
    at = np.arange(40)
    for model in (fitted.model, again):
        assert model.encoder_hash == "words-1"
    here = fitted.model.scores(rows.questions[3], fitted.model.evidence.ready(rows.answers), at)
    there = again.scores(rows.questions[3], again.evidence.ready(rows.answers), at)
    assert np.corrcoef(here, there)[0, 1] > 0.99  # tables are stored at half precision
    with pytest.raises(NotFound):
        AnswerModel.load(tmp_path / "en")
    (tmp_path / "zh" / "answers.npz").write_bytes(b"PK")
    with pytest.raises(BrokenFile, match="cannot be read"):
        AnswerModel.load(tmp_path / "zh")


def test_served_trees_are_those_that_were_grown(
    fitted: Any, rows: PairRows, tmp_path: Path
) -> None:
    fitted.model.save(tmp_path)
    write_onnx_trees(fitted.model.booster, tmp_path / QUICK_TREES)
    served = AnswerModel.load(tmp_path)
    assert served.quick is not None
    ready = served.evidence.ready(rows.answers)
    for number in range(0, 200, 10):
        question, at = rows.questions[number], np.arange(number, number + 30)
        features = pair_features(served.evidence, question, ready, at)
        expected = served.booster.predict(features, raw_score=True)
        np.testing.assert_allclose(served.scores(question, ready, at), expected, atol=1e-5)
    (tmp_path / QUICK_TREES).write_bytes(b"no model")
    with pytest.raises(BrokenFile, match="trees"):
        AnswerModel.load(tmp_path)


def test_log_odds_of_words_are_those_of_the_whole_table(fitted: Any, rows: PairRows) -> None:
    table = fitted.model.evidence.translation
    places, counts = rows.questions[3].parts[0]
    everything = np.arange(len(table.answer_words), dtype=np.int32)
    some = everything[::7]
    odds = table.odds(places, counts, everything)
    np.testing.assert_array_equal(table.odds(places, counts, some), odds[::7])
    at = np.flatnonzero(np.isin(table.question_words, places)).tolist()
    likely = np.zeros(len(everything))  # mean over the known words of the question and no word
    for row in [*at, len(table.question_words)]:
        cells = slice(table.starts[row], table.starts[row + 1])
        likely[table.words[cells]] += table.probabilities[cells] / (len(at) + 1)
    expected = np.log(0.85 * likely / table.background + 0.15)
    np.testing.assert_allclose(odds, expected, rtol=1e-4, atol=1e-5)


def test_words_are_weighted_as_bm25_says() -> None:
    documents = [["a", "a", "b"], ["b", "c"], ["c", "c", "c", "d"]]
    flat = FlatTerms.of([buckets_of(d) for d in documents])
    idf = flat.inverse_frequency()
    weights = flat.bm25_weights(idf, 3.0)
    places, counts = buckets_of(documents[0])
    for at, (place, n) in enumerate(zip(places, counts, strict=True)):
        n_with = sum(place in buckets_of(d)[0] for d in documents)
        rarity = np.log(1 + (3 - n_with + 0.5) / (n_with + 0.5))
        expected = rarity * n * 2.2 / (n + 1.2 * (0.25 + 0.75 * 3 / 3.0))
        assert weights[at] == pytest.approx(expected, rel=1e-5)


def test_features_of_one_answer_are_the_same_among_few_and_among_many(
    fitted: Any, rows: PairRows
) -> None:
    evidence = fitted.model.evidence
    ready = evidence.ready(rows.answers)
    many = pair_features(evidence, rows.questions[7], ready, np.arange(60))
    one = pair_features(evidence, rows.questions[7], ready, np.array([31]))
    assert many.shape == (60, len(COLUMNS))
    np.testing.assert_allclose(many[31], one[0], rtol=1e-4, atol=1e-5)


def test_coverage_is_the_largest_share_that_keeps_its_precision() -> None:
    p = np.array([0.9, 0.8, 0.8, 0.5, 0.2])
    right = np.array([True, True, False, True, False])
    at = risk_coverage(p, right, precision=0.7)
    assert (at.coverage, at.least_p, at.n) == (0.8, 0.5, 5)
    assert risk_coverage(p, right, precision=0.9).coverage == 0.2
    assert risk_coverage(p, ~right, precision=0.9).coverage == 0.0
    assert risk_coverage(np.empty(0), np.empty(0, np.bool_)).coverage == 0.0
    with pytest.raises(ValueError, match="5 probabilities"):
        risk_coverage(p, right[:3])


def test_a_probability_that_holds_has_no_error() -> None:
    p = np.repeat([0.2, 0.8], 500)
    right = np.concatenate([np.arange(500) % 5 == 0, np.arange(500) % 5 != 0])
    assert calibration_error(p, right) < 0.01
    assert calibration_error(1 - p, right) > 0.5


def test_p_right_is_learned_of_the_shops_knowledge_whatever_people_wrote_around_an_answer() -> None:
    rng = np.random.default_rng(6)
    answers = [f"well say{t}x0 say{t}x1 say{t}x2 say{t}x3 as it is" for t in range(N_TOPICS)]
    pairs = []
    for at, pair in enumerate(made_pairs(240, seed=7)):
        topic = int(pair.utterances[-1][0].split("ask")[1].split("x")[0])
        around = f"good day dear customer{rng.integers(9_999)}", f"yours truly desk{at}"
        said = f"{around[0]} {answers[topic]} {around[1]}"  # no two have the same words
        pairs.append(replace(pair, answer=said))
    rows = pair_rows(pairs, WordEncoder().encode)
    fitted = fit_answer_model(rows, "words-1", CONFIG, seed=5)
    faq = [
        entry(f"ask{t}x0 ask{t}x1", said, source_id=f"faq:a/{t}") for t, said in enumerate(answers)
    ]
    of, encode = WordEncoder(), lambda encoder, texts: encoder.encode(texts)

    def learned(knowledge: list[KnowledgeEntry]) -> float:
        """Mean P(right) of the first entry, over questions that are asked afterwards."""
        p_right, _ = calibrated(pairs, fitted, of, encode, CONFIG, 5, knowledge=knowledge)
        model = replace(fitted.model, p_right=p_right)
        asked = matched_in_knowledge(faq, pairs[:60], model, of, encode)
        chances, is_right = first_ones(asked, p_right)
        assert is_right.mean() > 0.7
        return float(chances.mean() - is_right.mean())

    assert learned([]) < -0.5  # by the very words of other answers, nothing is ever right
    assert abs(learned(faq)) < 0.15
