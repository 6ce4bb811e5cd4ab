"""A period is counted from the event of its source, and what holds for most does not hold for all."""

from __future__ import annotations

from pathlib import Path

import pytest

import assist_words
from baihuo.assist.check import check_reply
from baihuo.assist.turns import Language, Passage, PassageKind, Reply, Sentence
from suites.assist.words_exam import TURN, examine

EXAM = Path(assist_words.__file__).parent / "exams" / "words_choosing.yaml"


def is_held(source: str, said: str, language: Language) -> bool:
    passage = Passage(
        source_id="faq:1", kind=PassageKind.FAQ, text=source, language=language, as_of_us=0
    )
    ours, theirs = (
        Reply(language=language, sentences=(Sentence(text=text, source_ids=("faq:1",)),))
        for text in (source, said)
    )
    return check_reply(theirs, (passage,), TURN, ours).is_held


@pytest.mark.parametrize(
    ("source", "honest", "lie", "language"),
    [
        (
            "Repairs are free for 90 days after delivery.",
            "For 90 days after you receive it, repairs are free.",
            "Repairs are free for 90 days after ordering.",
            "en",
        ),
        (
            "You can change the address until the order is packed.",
            "Until it is packed, you can change the address.",
            "You can change the address until the order is delivered.",
            "en",
        ),
        ("付款后2天内可以修改。", "付款之后2天内可修改。", "收货后2天内可以修改。", "zh"),
        (
            "Most lamps have a plug.",
            "Most of the lamps have a plug.",
            "All lamps have a plug.",
            "en",
        ),
        (
            "Returns are free from 80 EUR.",
            "From 80 EUR on, returns are free.",
            "Returns are free up to 80 EUR.",
            "en",
        ),
        ("床垫不包拆旧。", "床垫是不包拆旧的。", "床垫包拆旧。", "zh"),
        ("券在30天后过期。", "30天后，券就过期。", "券在30天后不过期。", "zh"),
        (
            "It can be raised from 50 to 90 cm.",
            "It can be raised from 50 cm to 90 cm.",
            "It can be raised from 50 cm to 95 cm.",
            "en",
        ),
        ("杯子有白色和蓝色。", "杯子有白色和蓝色两种。", "杯子有白色和蓝色三种。", "zh"),
    ],
)
def test_a_lie_is_held_back_and_the_same_in_other_words_is_sent(
    source: str, honest: str, lie: str, language: Language
) -> None:
    assert is_held(source, honest, language)
    assert not is_held(source, lie, language)


def test_the_half_of_an_exam_by_somebody_else_that_may_be_chosen_on() -> None:
    result = examine(EXAM)
    assert result.caught_share >= 0.97, result.missed
    assert result.false_alarm_share <= 0.15, result.false_alarms
