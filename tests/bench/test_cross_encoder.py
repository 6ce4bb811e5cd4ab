"""Parts of ``bench/cross_encoder.py`` and ``bench/synthetic_weights.py``: gains by terms, hard negatives, blended pages."""

from __future__ import annotations

import numpy as np
import pytest

from baihuo.core import Product
from baihuo.encode import MINILM
from baihuo.train.encoders.pairs import PairWriter, texts_of
from cross_encoder import blended
from suites.cross_encoder.lists import SIZE, training_lists
from suites.synthetic.queries import Synthetic, gains_by_terms, write_synthetic

COLOURS = ("red", "blue", "green", "black")


@pytest.fixture(scope="module")
def writer() -> PairWriter:
    products = [
        Product(
            product_id=f"{kind}{i}",
            title_en=f"Norda {kind} number{i}",
            category=(f"{kind}s",),
            price_minor=100,
            currency="EUR",
            attributes={"color": COLOURS[i % 4]},
        )
        for kind in ("mug", "lamp")
        for i in range(12)
    ]
    return PairWriter(texts_of(products, MINILM), MINILM)


def test_right_is_what_has_every_term_and_nearly_right_what_lacks_one(writer: PairWriter) -> None:
    gains = gains_by_terms(writer, frozenset({"red", "mug"}))
    assert {p for p, g in gains.items() if g == 7} == {"mug0", "mug4", "mug8"}
    others = {f"mug{i}" for i in range(12) if i % 4} | {"lamp0", "lamp4", "lamp8"}
    assert {p for p, g in gains.items() if g == 1} == others
    assert set(gains_by_terms(writer, frozenset({"red"})).values()) == {7.0}


def test_a_written_query_has_its_own_product_among_the_right_ones(writer: PairWriter) -> None:
    written = write_synthetic(writer, range(24), n=10, seed=3)
    assert len({s.query for s in written}) == len(written) == 10
    for one in written:
        assert one.gains[writer.texts[one.row].product_id] == 7


def test_wrong_texts_of_a_list_lack_a_term_and_some_are_what_the_search_places_high(
    writer: PairWriter,
) -> None:
    row = next(i for i, t in enumerate(writer.texts) if t.product_id == "mug0")
    terms = frozenset({"red", "mug"})
    asked = Synthetic("red mug", row, terms, gains_by_terms(writer, terms))
    found = ["mug0", "mug4", "mug1", "lamp0", "mug2"]  # the first two are right
    [one] = training_lists(writer, [asked], lambda _: found, seed=1)
    text_of = {t.text: t for t in writer.texts}
    assert len(one.texts) == len(set(one.texts)) == SIZE
    assert text_of[one.texts[0]].product_id == "mug0"
    assert not any(terms <= text_of[t].terms for t in one.texts[1:])
    assert {text_of[t].product_id for t in one.texts[1:4]} == {"mug1", "lamp0", "mug2"}


def test_a_page_is_ours_at_weight_0_and_the_scores_at_1_and_the_rest_stays_behind() -> None:
    order, scores = ["a", "b", "c", "d"], np.array([0.0, 5.0, 1.0], np.float32)
    assert blended(order, scores, 0.0) == order
    assert blended(order, scores, 1.0) == ["b", "c", "a", "d"]
    # places 1, 2/3, 1/3 and scores 0, 1, 0.2, half each
    assert blended(order, scores, 0.5) == ["b", "a", "c", "d"]
    assert blended([], np.zeros(0, np.float32), 0.5) == []
