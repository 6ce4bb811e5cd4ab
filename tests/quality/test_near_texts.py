"""Short texts that say nearly the same."""

from __future__ import annotations

import pytest

from baihuo.quality import near_texts


@pytest.mark.parametrize("texts", [[], [""], ["", "  ", "?"], ["one text alone"]])
def test_nothing_to_compare_has_no_pairs(texts: list[str]) -> None:
    assert near_texts(texts).shape == (0, 2)


def test_order_and_punctuation_do_not_count_and_a_number_does() -> None:
    texts = (
        "Ships in 2 days, by post.|By post: ships in 2 days|"
        "Ships in 3 days, by post.|亲爱的，马上为您核实订单的情况，请稍等|亲，马上为您核实订单的情况，请稍等哈|"
        "Something else entirely about shoes"
    ).split("|")
    assert near_texts(texts, min_similarity=0.6).tolist() == [[0, 1], [3, 4]]
