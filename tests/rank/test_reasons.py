"""Reasons why a product is on a page: given only where they are true."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.rank.test_pages import STILL, stored

from baihuo.core import Candidates, Filters, Query, Sort
from baihuo.features import FeatureState
from baihuo.index import Generation
from baihuo.rank import Ranker, surfaces
from baihuo.rank.reasons import CODES, REASON_MEANINGS, code_at, encode_reasons, reasons
from baihuo.rank.request_context import RequestContext
from baihuo.rank.stages import Source, Stage

Ask = Callable[..., Query]


@dataclass(frozen=True)
class Seasonal(Source):
    """A source that somebody adds without a reason."""

    def find(self, asked: RequestContext) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
        return np.array([0], np.int32), np.array([1.0])


def test_a_source_without_a_reason_fails_when_the_server_starts(
    generation: Generation, state: FeatureState, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = surfaces.home

    def with_seasonal(shop: surfaces.RankingParts) -> list[Stage]:
        return [Seasonal(), *home(shop)]

    monkeypatch.setattr(surfaces, "home", with_seasonal)
    with pytest.raises(ValueError, match="home: source seasonal has no reason"):
        Ranker(None, generation, state)


@pytest.mark.parametrize(
    "columns",
    [
        {},
        {"from_seasonal": np.array([1.0, 2.0])},
        {"from_bought_before": np.full(2, np.nan), "from_popular": np.full(2, np.nan)},
    ],
)
def test_bought_before_is_never_the_reason_of_a_product_that_no_source_found(
    ranker: Ranker, ask: Ask, columns: dict[str, NDArray[np.float64]]
) -> None:
    candidates = Candidates(np.array([0, 1], np.int32), columns)
    found = reasons(ranker.context(ask("home")), candidates, ranker.generation)
    assert found == ["in_catalogue", "in_catalogue"]


def test_matches_is_the_reason_only_where_words_match(
    generation: Generation, state: FeatureState, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("baihuo.index.Thresholds.cosine", lambda *_: 0.2)  # meaning reaches far
    ranker = Ranker(None, generation, state, exploration=STILL)
    query = ask("search", query_text="acme kettle", page_size=100)
    served = ranker.page(query)
    by_id = {p.product_id: p.reason for p in served.page.placed}
    by_words = {i for i, reason in by_id.items() if reason == "matches"}
    assert by_words == {i for i in by_id if i.startswith("kettle-acme")}
    assert len(by_words) == 5
    assert {by_id[i] for i in by_id if i not in by_words} == {"near_in_meaning"}


def test_a_search_without_words_does_not_speak_of_words(ranker: Ranker, ask: Ask) -> None:
    for filters, reason in (
        (Filters(category=("Kitchen",)), "fits_filters"),
        (Filters(), "in_catalogue"),
    ):
        for sort in (Sort.RELEVANCE, Sort.PRICE_ASC):
            first = ranker.page(
                ask("search", query_text=" ", filters=filters, sort=sort, page_size=20)
            )
            second = ranker.page(
                ask("search", query_text=" ", filters=filters, sort=sort, page_size=20, page=2),
                continued=stored(first),
            )
            said = {p.reason for p in (*first.page.placed, *second.page.placed)}
            assert said - {"explore"} == {reason}


def test_products_behind_the_ranked_ones_say_why_too(
    generation: Generation, state: FeatureState, ask: Ask
) -> None:
    ranker = Ranker(None, generation, state, exploration=STILL)
    first = ranker.page(ask("search", query_text="acme", page_size=10))
    cut = stored(first)
    cut.page.extra["reasons"] = ""  # as if nothing of this order had been ranked
    second = ranker.page(ask("search", query_text="acme", page_size=10, page=2), continued=cut)
    assert {p.reason for p in second.page.placed} == {"matches"}


def test_letters_of_pages_served_before_are_still_read() -> None:
    before = {
        "m": "matches",
        "b": "bought_before",
        "t": "bought_together",
        "v": "like_what_you_viewed",
        "p": "popular",
        "s": "same_brand",
        "e": "explore",
    }
    for letter, code in before.items():
        assert code_at(letter, 0) == code
    assert len(set(CODES.values())) == len(CODES)
    assert CODES.keys() == REASON_MEANINGS.keys()
    assert code_at(encode_reasons(list(CODES)), len(CODES)) is None
    assert code_at("?", 0) == "in_catalogue"  # written by a later version
