"""P(right) of entries that are found by their questions, brought to a shop's own scale."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.assist.retrieve.small_shop import WordEncoder, entry

from baihuo.assist.knowledge.store import KnowledgeStore
from baihuo.assist.learning.examples import AnsweredQuestion
from baihuo.assist.learning.learn import FEWEST_SCALED
from baihuo.assist.learning.measures import measure_answers
from baihuo.assist.learning.stages import StageTrainer
from baihuo.assist.retrieve.default_match import default_match
from baihuo.assist.retrieve.match_scale import FILE, MatchScale, match_of
from baihuo.assist.understand.understander import Understander
from baihuo.core import BrokenFile

N_ENTRIES = 60
WORDS = [[f"w{n}x{k}" for k in range(6)] for n in range(N_ENTRIES)]


def test_without_questions_nothing_moves_and_few_move_it_little() -> None:
    none = MatchScale.fit(np.empty(0), np.empty(0))
    assert (none.slope, none.bias) == pytest.approx((1.0, 0.0))
    p = np.full(3, 0.4)
    few, many = MatchScale.fit(p, np.ones(3)), MatchScale.fit(np.tile(p, 50), np.ones(150))
    assert 0.4 < of(few, 0.4) < 0.75
    assert of(many, 0.4) > 0.95


@pytest.mark.parametrize("share_otherwise", [0.0, 0.1, 0.3])
def test_it_finds_the_scale_whatever_share_of_people_put_a_right_answer_otherwise(
    share_otherwise: float,
) -> None:
    fitted = []
    for seed in range(5):
        rng = np.random.default_rng(seed)
        p = rng.uniform(0.02, 0.98, 6_000)
        is_right = rng.random(6_000) < 1 / (1 + np.exp(-(0.8 * np.log(p / (1 - p)) + 1.0)))
        said = is_right & (rng.random(6_000) >= share_otherwise)
        scale = MatchScale.fit(p, said.astype(float))
        fitted.append((scale.slope, scale.bias))
    assert np.mean(fitted, axis=0) == pytest.approx([0.8, 1.0], abs=0.15)


def test_it_holds_for_the_encoder_that_it_was_fitted_with_and_a_damaged_file_is_named(
    tmp_path: Path,
) -> None:
    encoder: Any = WordEncoder()
    MatchScale(1.5, 0.5).save(tmp_path, encoder)
    default = default_match(encoder.name)
    assert match_of(tmp_path, encoder).bias == pytest.approx(1.5 * default.bias + 0.5)
    other: Any = WordEncoder()
    other.hash = "words-2"
    assert match_of(tmp_path, other).bias == default.bias
    assert match_of(None, encoder).bias == default.bias
    for broken in ("{", "[]", '{"encoder": "words-1", "slope": "x", "bias": 0}'):
        (tmp_path / FILE).write_text(broken, encoding="utf-8")
        with pytest.raises(BrokenFile, match=r"match\.json"):
            match_of(tmp_path, encoder)


def test_a_shop_whose_shoppers_are_always_answered_learns_that_from_few_questions(
    tmp_path: Path,
) -> None:
    trainer, questions = shop(tmp_path, n=80)
    understander = Understander.untrained()
    trainer.fit_match(questions[:40], understander, tmp_path / "out")
    before = measured(trainer, None, questions[40:])
    after = measured(trainer, tmp_path / "out", questions[40:])
    assert before.is_right.mean() > 0.8  # the first entry is right, and P does not know it
    assert before.p_right.mean() < 0.6
    gap_before, gap_after = (abs(m.p_right.mean() - m.is_right.mean()) for m in (before, after))
    assert gap_after < gap_before / 2
    assert (before.rank == after.rank).all()


def test_fewer_questions_than_it_takes_write_nothing(tmp_path: Path) -> None:
    trainer, questions = shop(tmp_path, n=FEWEST_SCALED - 1)
    trainer.fit_match(questions, Understander.untrained(), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def of(scale: MatchScale, p: float) -> float:
    return float(1 / (1 + np.exp(-(scale.slope * np.log(p / (1 - p)) + scale.bias))))


def measured(trainer: StageTrainer, folder: Path | None, questions: list[AnsweredQuestion]) -> Any:
    understander = Understander.untrained()
    finder = trainer.open_answers(folder, understander, without=frozenset())
    return measure_answers(understander, finder, questions, trainer.knowledge(without=frozenset()))


def shop(folder: Path, *, n: int) -> tuple[StageTrainer, list[AnsweredQuestion]]:
    """A FAQ, and shoppers who share two words of six with it."""
    answers = [f"the answer to matter {' '.join(words[3:])} is here" for words in WORDS]
    entries = [
        entry(f"what about {' '.join(words[:4])} please", said, source_id=f"faq:a/{at}")
        for at, (words, said) in enumerate(zip(WORDS, answers, strict=True))
    ]
    store = KnowledgeStore(folder / "knowledge.sqlite")
    store.replace("faq:a", entries, now_us=1)
    store.close()
    questions, rng = [], np.random.default_rng(4)
    for at in range(n):
        about = int(rng.integers(N_ENTRIES))
        asked = " ".join(rng.choice(WORDS[about][:4], 2, replace=False))
        questions.append(
            AnsweredQuestion(
                question=f"hello i would like to know {asked} thanks a lot friend{at}",
                answer=answers[about],
                conversation=f"c{at}",
            )
        )
    return StageTrainer(folder / "knowledge.sqlite", OneEncoder(), seed=1), questions  # type: ignore[arg-type]


class WideEncoder(WordEncoder):
    """As many numbers as the multilingual encoder has: with 64 two texts of other words are as near as 0.125 by chance, and entries whose
    words are in the question came second to that."""

    dim = 512


class OneEncoder:
    """Encoders of a shop that has one."""

    def for_text(self, _text: str) -> WordEncoder:
        return WideEncoder()
