"""What a visitor meets: pages of the three surfaces, with three kinds of bundle."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from tests.rank.conftest import DAY_US, NOW_US, event

from baihuo.bundle import Bundle
from baihuo.core import EventType, Filters, NotFound, Product, Query, Served, Sort
from baihuo.events import StoredPage
from baihuo.features import FeatureState
from baihuo.index import Generation
from baihuo.rank import Exploration, Ranker
from baihuo.rank.reasons import CODES

Ask = Callable[..., Query]
STILL = Exploration(swap_probability=0, slot_probability=0)


def ids(served: Served) -> list[str]:
    return [p.product_id for p in served.page.placed]


def stored(served: Served) -> StoredPage:
    return StoredPage(
        query=served.query,
        page=served.page,
        order=served.order,
        served_at_us=served.served_at_us,
    )


def test_a_search_brings_what_was_typed_with_true_totals(ranker: Ranker, ask: Ask) -> None:
    served = ranker.page(ask("search", query_text="kettle"))
    assert served.page.total == 20
    assert len(ids(served)) == 20
    assert all(i.startswith("kettle-") for i in ids(served))
    assert {p.reason for p in served.page.placed} <= {"matches", "explore"}
    assert any(f.name == "brand" for f in served.page.facets)


def test_a_search_in_chinese_brings_the_same_kind(ranker: Ranker, ask: Ask) -> None:
    served = ranker.page(ask("search", query_text="手机", language="zh"))
    assert served.page.total == 20
    assert all(i.startswith("phone-") for i in ids(served))


def test_a_sorted_search_is_sorted_and_not_explored(ranker: Ranker, ask: Ask) -> None:
    for sort, sign in ((Sort.PRICE_ASC, 1), (Sort.PRICE_DESC, -1)):
        served = ranker.page(ask("search", query_text="mug", sort=sort))
        prices = [
            ranker.generation.product(ranker.generation.row_of[i]).price_minor for i in ids(served)
        ]
        assert (np.diff([sign * (p or 0) for p in prices]) >= 0).all()
        assert {p.propensity for p in served.page.placed} == {1.0}


@pytest.mark.parametrize(
    "filters",
    [
        Filters(brands=("Acme",)),
        Filters(category=("Kitchen",)),
        Filters(price_max_minor=3_000),
        Filters(attributes=(("Colour", ("red",)),)),
        Filters(brands=("Borealis", "Dorado"), attributes=(("Colour", ("blue", "black")),)),
    ],
)
@pytest.mark.parametrize("surface", ["search", "home", "similar"])
@pytest.mark.parametrize("visitor", ["nobody", "v1"])
def test_a_filter_never_leaks_whatever_the_source_or_the_draw(
    ranker: Ranker, ask: Ask, products: list[Product], surface: str, filters: Filters, visitor: str
) -> None:
    by_id = {p.product_id: p for p in products}
    for n in range(12):  # draws of exploration
        served = ranker.page(
            ask(
                surface,
                query_id=f"q{n}",
                visitor_id=visitor,
                filters=filters,
                product_id="kettle-acme-red",
                query_text="red" if surface == "search" else "",
            )
        )
        for product in (by_id[i] for i in served.order):
            assert not filters.brands or product.brand in filters.brands
            assert product.category[: len(filters.category)] == filters.category
            assert filters.price_max_minor is None or (product.price_minor or 0) <= 3_000
            for name, values in filters.attributes:
                assert product.attributes[name] in values


def test_every_placed_product_has_a_reason_and_a_propensity(ranker: Ranker, ask: Ask) -> None:
    for surface in ("search", "home", "similar"):
        for visitor in ("nobody", "v1", "v2"):
            first = ranker.page(
                ask(
                    surface,
                    visitor_id=visitor,
                    product_id="phone-acme-red",
                    query_text="acme" if surface == "search" else "",
                    page_size=12,
                )
            )
            second = ranker.page(
                ask(
                    surface,
                    visitor_id=visitor,
                    product_id="phone-acme-red",
                    page=2,
                    query_text="acme" if surface == "search" else "",
                    page_size=12,
                ),
                continued=stored(first),
            )
            assert first.page.placed
            for placed in (*first.page.placed, *second.page.placed):
                assert placed.reason in CODES
                assert placed.propensity is not None
                assert 0 < placed.propensity <= 1


def test_later_pages_never_repeat_and_together_hold_everything(ranker: Ranker, ask: Ask) -> None:
    for surface, text in (("search", "acme"), ("home", ""), ("similar", "")):
        asked = {"query_text": text, "product_id": "mug-acme-red", "page_size": 7}
        first = ranker.page(ask(surface, **asked))
        seen = ids(first)
        positions = [p.position for p in first.page.placed]
        for number in range(2, first.page.total // 7 + 3):
            # The visitor clicks meanwhile: the frozen order must not care.
            ranker.state.apply(event(EventType.CLICK, "nobody", "teapot-dorado-red", NOW_US))
            page = ranker.page(ask(surface, page=number, **asked), continued=stored(first))
            seen += ids(page)
            positions += [p.position for p in page.page.placed]
        assert len(seen) == len(set(seen)) == first.page.total
        assert positions == list(range(1, first.page.total + 1))


def test_a_product_that_left_between_two_pages_leaves_its_place_empty(
    ranker: Ranker, ask: Ask
) -> None:
    first = ranker.page(ask("search", query_text="acme", page_size=10))
    gone = first.order[12]
    ranker.generation.remove([gone])
    second = ranker.page(
        ask("search", query_text="acme", page_size=10, page=2), continued=stored(first)
    )
    assert gone not in ids(second)
    assert [p.position for p in second.page.placed] == [11, 12, *range(14, 21)]


def test_a_second_page_of_another_size_keeps_the_size_of_the_first(
    ranker: Ranker, ask: Ask
) -> None:
    first = ranker.page(ask("search", query_text="acme", page_size=10))
    second = ranker.page(
        ask("search", query_text="acme", page_size=5, page=2), continued=stored(first)
    )
    assert [p.position for p in second.page.placed] == list(range(11, 21))
    assert not {*ids(first)} & {*ids(second)}


def test_a_failed_filter_leaves_no_back_door_into_a_search(
    ranker: Ranker, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("no")

    monkeypatch.setattr("baihuo.rank.filters.InCatalogue.keep", fail)
    served = ranker.page(ask("search", query_text="acme"))
    assert served.order == ()
    assert "degraded:in_catalogue" in served.page.notes


def test_features_that_fail_are_logged_as_missing_and_the_page_still_comes(
    ranker: Ranker, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("no")

    monkeypatch.setattr(FeatureState, "matrix", fail)
    served = ranker.page(ask("search", query_text="acme"))
    assert len(served.page.placed) == 24
    assert np.isnan(served.features).all()
    assert "degraded:features" in served.page.notes


def test_page_two_has_the_propensities_of_the_draw_that_made_page_one(
    purchases_bundle: Any, generation: Generation, state: FeatureState, ask: Ask
) -> None:
    lively = Exploration(swap_probability=0.3, slot_probability=0.9)
    one = Ranker(purchases_bundle, generation, state, seed=5, exploration=lively)
    # Restarted since with other settings: the draw that made page one is the one that counts.
    other_worker = Ranker(purchases_bundle, generation, state, seed=6, exploration=STILL)
    for n in range(20):
        whole = one.page(ask("search", query_id=f"q{n}", query_text="acme", page_size=8))
        drawn = lively.explore(len(whole.order), page_size=8, seed=5, query_id=f"q{n}")
        second = other_worker.page(
            ask("search", query_id=f"q{n}", query_text="acme", page_size=8, page=2),
            continued=stored(whole),
        )
        got = [p.propensity for p in second.page.placed]
        assert got == pytest.approx(drawn.propensity[8:16])


def test_a_click_changes_the_next_home_similar_and_search_page(ranker: Ranker, ask: Ask) -> None:
    queries = [
        ask("home", page_size=12),
        ask("similar", product_id="mug-acme-red", page_size=12),
        ask("search", query_text="acme", page_size=12),
    ]
    before = [ids(ranker.page(q)) for q in queries]
    others = [ids(ranker.page(ask("home", visitor_id="somebody else", page_size=12)))]
    ranker.state.apply(event(EventType.CLICK, "nobody", "headphones-dorado-green", NOW_US))
    after = [ids(ranker.page(q)) for q in queries]
    for a, b in zip(after, before, strict=True):
        assert a != b
    assert others == [ids(ranker.page(ask("home", visitor_id="somebody else", page_size=12)))]
    like_it = [i for i in after[0] if i.startswith("headphones")]
    assert len(like_it) > sum(i.startswith("headphones") for i in before[0])


def test_home_brings_again_what_was_bought_and_discover_never_does(
    purchases_bundle: Any, generation: Generation, state: FeatureState, ask: Ask
) -> None:
    ranker = Ranker(purchases_bundle, generation, state, exploration=STILL)
    owned = {
        state.product_ids[r] for r in state.history("v1").purchased_rows.tolist()
    }  # v1 buys phones and chargers of one brand and colour
    again = ranker.page(ask("home", visitor_id="v1", page_size=6))
    assert owned <= set(ids(again))
    assert {p.reason for p in again.page.placed if p.product_id in owned} == {"bought_before"}
    new = ranker.page(ask("home", visitor_id="v1", discover=True))
    assert not owned & set(new.order)
    assert len(new.page.placed) == 24


def test_who_bought_a_kettle_is_shown_what_goes_with_it(ranker: Ranker, ask: Ask) -> None:
    ranker.state.apply(event(EventType.PURCHASE, "fresh", "kettle-acme-red", NOW_US - 1))
    served = ranker.page(ask("home", visitor_id="fresh", discover=True, page_size=12))
    together = [p for p in served.page.placed if p.reason == "bought_together"]
    assert any(p.product_id == "teapot-acme-red" for p in together)
    assert {p.reason_detail for p in together} == {"Acme kettle red"}


def test_similar_leaves_out_the_product_itself_and_names_its_brand(
    purchases_bundle: Any, generation: Generation, state: FeatureState, ask: Ask
) -> None:
    ranker = Ranker(purchases_bundle, generation, state, exploration=STILL)
    served = ranker.page(ask("similar", product_id="mug-acme-red", page_size=12))
    assert "mug-acme-red" not in served.order
    assert sum(i.startswith("mug-") for i in ids(served)) >= 8
    for placed in served.page.placed:
        if placed.reason == "same_brand":
            assert placed.reason_detail == "Acme"


def test_similar_to_nothing_says_so(ranker: Ranker, ask: Ask) -> None:
    with pytest.raises(NotFound, match="no-such-thing"):
        ranker.page(ask("similar", product_id="no-such-thing"))


def test_nothing_sold_out_unpriced_or_removed_is_recommended(ranker: Ranker, ask: Ask) -> None:
    generation = ranker.generation
    generation.set_offer(generation.row_of["phone-acme-red"], stock_units=0)
    generation.set_offer(generation.row_of["phone-acme-blue"], price_minor=-1)
    generation.remove(["phone-acme-green"])
    ranker.popularity_index.refresh()
    bad = {"phone-acme-red", "phone-acme-blue", "phone-acme-green"}
    for visitor in ("nobody", "v1", "v5"):
        home = ranker.page(ask("home", visitor_id=visitor))
        beside = ranker.page(ask("similar", visitor_id=visitor, product_id="phone-acme-white"))
        assert not bad & {*home.order, *beside.order}
    found = ranker.page(ask("search", query_text="acme phone"))
    assert "phone-acme-green" not in found.order


def test_a_product_that_came_a_moment_ago_is_found_and_recommended(
    ranker: Ranker, ask: Ask, products: list[Product]
) -> None:
    from dataclasses import replace

    fresh = replace(
        products[0],
        product_id="fresh",
        title_en="Zephyr drone",
        title_zh=None,
        released_at_us=NOW_US,
    )
    ranker.generation.upsert([fresh])
    ranker.state.add_products([fresh])
    assert ids(ranker.page(ask("search", query_text="zephyr drone")))[0] == "fresh"
    ranker.popularity_index.refresh()
    home = ranker.page(ask("home"))
    assert "fresh" in home.order


def test_without_any_bundle_or_event_there_are_still_pages(
    generation: Generation, quiet_state: FeatureState, ask: Ask, products: list[Product]
) -> None:
    ranker = Ranker(None, generation, quiet_state, exploration=STILL)
    found = ranker.page(ask("search", query_text="headphones"))
    assert found.page.total == 20
    home = ranker.page(ask("home"))
    assert len(ids(home)) == 24
    newest = max(products, key=lambda p: p.released_at_us or 0).product_id
    assert ids(home)[0] == newest  # nobody did anything: the newest leads
    assert len(ids(ranker.page(ask("similar", product_id="mug-acme-red")))) == 24
    assert home.page.bundle_id == ""


def test_features_of_every_placed_product_are_logged(ranker: Ranker, ask: Ask) -> None:
    for query in (ask("home", visitor_id="v1"), ask("search", query_text="mug")):
        served = ranker.page(query)
        assert served.features.shape == (len(served.page.placed), len(served.feature_names))
        price = served.features[:, served.feature_names.index("price_log")]
        wanted = [
            np.log1p(ranker.generation.product(ranker.generation.row_of[i]).price_minor or 0)
            for i in ids(served)
        ]
        assert price == pytest.approx(wanted, rel=1e-5)


def test_the_same_query_id_gives_the_same_page(ranker: Ranker, ask: Ask) -> None:
    for query in (ask("home", visitor_id="v3"), ask("search", query_text="phone")):
        assert ids(ranker.page(query)) == ids(ranker.page(query))


def test_an_explained_page_says_what_each_stage_did(ranker: Ranker, ask: Ask) -> None:
    served = ranker.page(ask("home", visitor_id="v1", discover=True, explain=True))
    trace = {step.stage: step for step in served.page.trace}
    assert trace["bought_before"].kind == "source"
    assert trace["bought_before"].n_out == 2
    gone = dict(trace["exclude_purchased"].removed)
    assert len(gone) == 2
    assert set(gone.values()) == {"exclude_purchased"}
    assert trace["page"].n_out == 24
    assert all(step.ms >= 0 for step in served.page.trace)
    assert not ranker.page(ask("home")).page.trace


def test_pages_are_counted_by_the_source_that_found_them(ranker: Ranker, ask: Ask) -> None:
    ranker.page(ask("home", visitor_id="v1"))
    counts = ranker.source_counter.counts()
    assert counts["home", "bought_before"] == 2
    assert counts["home", "popular"] > 0


def test_what_was_bought_long_ago_is_not_popular_now(
    purchases_bundle: Bundle, generation: Generation, state: FeatureState, ask: Ask
) -> None:
    then = Ranker(purchases_bundle, generation, state, seed=1).page(ask("home"))
    assert sum(p.reason == "popular" for p in then.page.placed) > 12
    state.matrix("", state.rows_of(["kettle-acme-red"]), at_us=NOW_US + 730 * DAY_US)
    now = Ranker(purchases_bundle, generation, state, seed=1).page(ask("home"))
    assert "popular" not in {p.reason for p in now.page.placed}
