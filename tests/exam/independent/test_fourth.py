"""The fourth hand's kinds: all of them are planted, and each is wrong by the rows beside it."""

from __future__ import annotations

from collections import Counter

import pytest

from baihuo.exam.independent.kinds import ALL, CASES, Bed
from baihuo.exam.independent.rounds import plant_all
from baihuo.exam.independent.rows import Case, Row
from baihuo.exam.independent.run import load_kinds
from baihuo.exam.independent.shop import clean_shop


@pytest.fixture(scope="module")
def beds() -> list[Bed]:
    load_kinds()
    kinds = [k.name for k in ALL.values() if k.hand == "fourth"]
    return plant_all(clean_shop(5, events=6000, products=1500), 5, only=kinds)


def planted(beds: list[Bed], kind: str) -> list[tuple[Case, list[Row], list[Row]]]:
    """Each case of a kind, its rows, and the rows beside them."""
    found = []
    for bed in beds:
        rows = {r.key: r for r in bed.shop.events}
        for case in bed.cases:
            if case.kind == kind:
                beside = [rows[k] for k in case.related if k in rows and k not in case.rows]
                found.append((case, [rows[k] for k in case.rows], beside))
    return found


def test_each_kind_is_planted_in_about_thirty_rows_or_more(beds: list[Bed]) -> None:
    n_of = Counter(case.kind for bed in beds for case in bed.cases)
    assert set(n_of) == {k.name for k in ALL.values() if k.hand == "fourth"}
    assert len(n_of) == 88
    # few visits of so small a shop have two searches
    assert {k for k, n in n_of.items() if n < CASES - 3} <= {"click_has_previous_search_text"}


def test_no_row_has_two_kinds(beds: list[Bed]) -> None:
    for bed in beds:
        kinds: dict[object, set[str]] = {}
        for case in bed.cases:
            for key in case.rows:
                kinds.setdefault(key, set()).add(case.kind)
        assert max(len(names) for names in kinds.values()) == 1


@pytest.mark.parametrize(
    ("kind", "column"),
    [
        ("country_of_the_cdn_node", "country"),
        ("click_has_previous_search_text", "query_text"),
        ("visitor_with_prefix", "visitor_id"),
        ("session_of_another_visitor", "session_id"),
        ("surface_renamed", "surface"),
    ],
)
def test_the_page_says_what_the_row_should(beds: list[Bed], kind: str, column: str) -> None:
    for case, rows, beside in planted(beds, kind):
        page, dirty = rows[0].values["query_id"], rows[0].values[column]
        of_page = {r.values.get(column) for r in beside if r.values.get("query_id") == page}
        assert of_page - {None} == {case.clean} != {dirty}


def test_a_click_tells_another_propensity_than_its_impression(beds: list[Bed]) -> None:
    for kind in ("propensity_a_hundredth", "propensity_of_next_row"):
        for case, (click,), beside in planted(beds, kind):
            of_product = {
                r.values["propensity"]
                for r in beside
                if r.values.get("product_id") == click.values["product_id"]
            }
            assert of_product == {case.clean}
            assert abs(click.values["propensity"] - case.clean) > 0.05


def test_a_cut_order_id_begins_one_order_of_the_visitor(beds: list[Bed]) -> None:
    for case, (review,), _ in planted(beds, "review_order_id_cut"):
        assert case.clean.startswith(review.values["order_id"])
        assert case.clean != review.values["order_id"]
