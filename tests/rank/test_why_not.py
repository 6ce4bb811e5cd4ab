"""Why a product is not there, for each way of not being there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from baihuo.core import Filters, Product, Query
from baihuo.encode import Encoders
from baihuo.features import FeatureState, default_features
from baihuo.index import Generation, build
from baihuo.rank import Ranker, why_not

Ask = Callable[..., Query]


def test_a_product_on_the_page_says_where(ranker: Ranker, ask: Ask) -> None:
    query = ask("search", query_text="kettle")
    wanted = ranker.page(query).page.placed[4]
    answer = why_not(ranker, query, wanted.product_id)
    assert (answer.position, answer.page, answer.stage) == (5, 1, "page")


def test_a_product_on_a_later_page_says_which(ranker: Ranker, ask: Ask) -> None:
    query = ask("search", query_text="acme", page_size=10)
    served = ranker.page(query)
    answer = why_not(ranker, query, served.order[23])
    assert (answer.position, answer.page) == (24, 3)
    assert "page 3" in answer.why


@pytest.mark.parametrize(
    ("surface", "more", "product_id", "stage"),
    [
        ("search", {"query_text": "kettle"}, "phone-acme-red", "matches"),
        (
            "search",
            {"query_text": "kettle", "filters": Filters(brands=("Acme",))},
            "kettle-dorado-red",
            "filter brand",
        ),
        (
            "search",
            {"query_text": "kettle", "filters": Filters(price_max_minor=10)},
            "kettle-dorado-red",
            "filter price",
        ),
        (
            "search",
            {"query_text": "kettle", "filters": Filters(brands=("Acme",), price_max_minor=10)},
            "kettle-dorado-red",
            "filters",
        ),
        ("home", {"visitor_id": "v1", "discover": True}, None, "exclude_purchased"),
        ("home", {"filters": Filters(brands=("Acme",))}, "kettle-dorado-red", "query_filters"),
        ("similar", {"product_id": "mug-acme-red"}, "mug-acme-red", "exclude_anchor"),
        ("home", {}, "no-such-thing", "catalogue"),
    ],
)
def test_each_way_of_not_being_there_has_a_name(
    ranker: Ranker,
    ask: Ask,
    surface: str,
    more: dict[str, object],
    product_id: str | None,
    stage: str,
) -> None:
    if product_id is None:
        owned = ranker.state.history("v1").purchased_rows
        product_id = ranker.state.product_ids[int(owned[0])]
    answer = why_not(ranker, ask(surface, **more), product_id)
    assert answer.stage == stage
    assert answer.position == 0
    assert answer.why


def test_a_sold_out_product_says_so_on_home(ranker: Ranker, ask: Ask) -> None:
    generation = ranker.generation
    generation.set_offer(generation.row_of["phone-acme-red"], stock_units=0)
    answer = why_not(ranker, ask("home"), "phone-acme-red")
    assert answer.stage == "for_sale"


def test_a_product_of_another_colour_is_left_out_for_it(
    encoders: Encoders, tmp_path: Path, ask: Ask
) -> None:
    colours = ["red"] * 30 + ["blue"]
    products = [
        Product(product_id=f"mug-{i}", title_en=f"mug {i}", attributes={"Colour": colour})
        for i, colour in enumerate(colours)
    ]
    folder = build(products, encoders=encoders, cache=None, out=tmp_path)
    state = FeatureState(default_features(), products)
    ranker = Ranker(None, Generation.open(folder, encoders), state)
    answer = why_not(ranker, ask("search", query_text="red mug"), "mug-30")
    assert answer.stage == "matches"
    assert "'red'" in answer.why
    limited = why_not(ranker, ask("search", query_text="mug 30"), "mug-30")
    assert limited.stage == "page"


@pytest.mark.parametrize(
    ("more", "product_id", "changes"),
    [
        (
            {"query_text": "kettle", "filters": Filters(brands=("Acme",))},
            "kettle-dorado-red",
            ["without the filter brand Acme: it is of Dorado"],
        ),
        (
            {
                "query_text": "kettle",
                "filters": Filters(where="NOT colour:red AND price:[* TO 90]"),
            },
            "kettle-dorado-red",
            ["without the filter NOT colour:red: it does not hold for any variant"],
        ),
        (
            {"query_text": "kettle", "filters": Filters(brands=("Acme",), price_max_minor=10)},
            "kettle-dorado-red",
            ["without all of the filters"],
        ),
        (
            {"query_text": "kettle under 10"},
            "kettle-dorado-red",
            [
                "without reading 'under 10' as price: as_typed=price",
            ],
        ),
        (
            {"query_text": "kettle", "filters": Filters(brands=("Acme",))},
            "phone-dorado-red",
            ["with other words: it has too few of these, and its text is not similar in meaning"],
        ),
    ],
)
def test_what_would_bring_a_product_back_was_tried(
    generation: Generation,
    quiet_state: FeatureState,
    ask: Ask,
    more: dict[str, object],
    product_id: str,
    changes: list[str],
) -> None:
    answer = why_not(Ranker(None, generation, quiet_state), ask("search", **more), product_id)
    assert answer.position == 0
    assert list(answer.bring_back)[: len(changes)] == changes


def test_a_change_that_brings_a_product_back_does(
    generation: Generation, quiet_state: FeatureState, ask: Ask
) -> None:
    ranker = Ranker(None, generation, quiet_state)
    text = "red kettle mug"
    answer = why_not(ranker, ask("search", query_text=text), "mug-acme-blue")
    for change in answer.bring_back:
        assert change.startswith("without ")
        if change.startswith("without the word "):
            left = " ".join(w for w in text.split() if repr(w) not in change)
            assert "mug-acme-blue" in ranker.page(ask("search", query_text=left)).order
    on_page = why_not(ranker, ask("search", query_text="mug"), "mug-acme-blue")
    assert on_page.bring_back == ()


def test_recommendations_say_what_is_missing(
    generation: Generation, quiet_state: FeatureState, ask: Ask
) -> None:
    ranker = Ranker(None, generation, quiet_state)
    generation.set_offer(generation.row_of["phone-acme-red"], stock_units=0)
    sold_out = why_not(ranker, ask("home"), "phone-acme-red")
    assert sold_out.bring_back == ("with stock: PATCH /v1/products/phone-acme-red",)
    unknown = why_not(ranker, ask("home"), "no-such-thing")
    assert "POST it to /v1/products" in unknown.bring_back[0]
