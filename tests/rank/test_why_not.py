"""Why a product is not there, for each way of not being there."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from baihuo.core import Filters, Query
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
