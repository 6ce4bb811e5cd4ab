"""A true answer among a hundred: lists that give nothing away, and measures."""

from __future__ import annotations

import numpy as np
import pytest

from baihuo.assist import PastPair
from suites.assist_retrieval.lists import draw_lists, split, substantive
from suites.assist_retrieval.measures import bleu2, constant_sentence, measures


def pair(answer: str, conversation: str) -> PastPair:
    return PastPair(utterances=(("q", False),), answer=answer, conversation=conversation)


PAIRS = [pair(f"answer number {n % 150}", str(n // 2)) for n in range(300)]


def test_no_other_answer_of_a_list_is_the_true_one_and_a_seed_gives_the_same_lists() -> None:
    lists = draw_lists(PAIRS, [0, 7], seed=3)
    assert lists.answers.shape == (2, 100)
    for at, listed in zip((0, 7), lists.answers, strict=True):
        assert listed[0] == at
        assert len(set(listed.tolist())) == 100
        assert all(PAIRS[i].answer != PAIRS[at].answer for i in listed[1:])
    assert (draw_lists(PAIRS, [0, 7], seed=3).answers == lists.answers).all()


def test_only_answers_that_say_something_new_are_asked_for() -> None:
    judged = [
        pair(t, "1") for t in ("好的[数字x]，", "可以退货的哦亲", "您下单就可以送到", "[金额x]哦")
    ]
    assert substantive(judged, [pair("可以退货的哦，亲~", "2")]) == [2]


def test_a_conversation_is_on_one_side() -> None:
    kept, held = split(PAIRS, share=1 / 3, seed=1)
    assert sorted(kept + held) == list(range(300))
    assert not {PAIRS[i].conversation for i in kept} & {PAIRS[i].conversation for i in held}


def test_ties_share_their_places() -> None:
    scores = np.array([[2.0, 1, 0], [1, 1, 0], [0, 1, 2], [0, 0, 0]])
    found = measures(scores)
    assert found["mrr"] == pytest.approx([1, 1 / 1.5, 1 / 3, 1 / 2])
    assert found["recall1"].tolist()[:3] == [1, 0.5, 0]


def test_bleu_of_the_same_is_one_and_a_constant_is_the_most_like_all() -> None:
    assert bleu2(["abcd"], ["abcd"]) == pytest.approx(1)
    assert bleu2(["ab"], ["cd"]) == 0
    assert bleu2(["ab"], ["abcd"]) == pytest.approx(np.exp(-1))
    assert constant_sentence(["yes it is", "yes it was", "no", "no"]) == "yes it is"
