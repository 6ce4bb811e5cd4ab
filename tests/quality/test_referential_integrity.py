from __future__ import annotations

from typing import Any

import pytest

from baihuo.core import Product, Variant
from baihuo.quality import QualityRules

pytestmark = pytest.mark.checks(
    "no_title",
    "markup",
    "hidden_characters",
    "orphans",
    "cancel_without_purchase",
    "purchase_taken_back",
)

CATALOGUE = [
    Product(
        product_id="p1",
        title_en="Blue  Mug",
        title_zh="蓝色马克杯",
        codes=("4006381333931",),
        model="MG-100",
    ),
    Product(
        product_id="p2",
        title_en="Red Mug",
        model="MG-200",
        variants=(Variant(variant_id="p2-L", codes=("5012345678900",)),),
    ),
    Product(product_id="p3", title_en="Red mug"),
    Product(product_id="Q4", title_en="Pot", model="X1"),
]


RESOLVED = (
    ("4006381333931", "p1", "code"),
    ("04006381333931", "p1", "code"),
    ("400-6381-33393-1", "p1", "code"),
    ("blue mug", "p1", "title"),
    ("ＢＬＵＥ mug", "p1", "title"),
    ("蓝色马克杯", "p1", "title"),
    ("p2-L", "p2", "variant"),
    ("5012345678900", "p2", "code"),
    ("q4", "Q4", "id"),
)
UNKNOWN = ("nothing", "x1", "mug")


@pytest.mark.checks("resolved_product", "unknown_product")
def test_a_name_that_one_product_fits_is_resolved_and_any_other_goes_to_quarantine(
    event: Any, cleaned: Any
) -> None:
    """None fits, several do, or it is too short."""
    lost = {"red mug": "2 products fit"} | dict.fromkeys(UNKNOWN, "unknown")
    names = (*(old for old, *_ in RESOLVED), *lost)
    rows = [event("click", i, visitor_id=f"v{i}", product_id=n) for i, n in enumerate(names)]
    run = cleaned(rows, CATALOGUE)
    assert [r["product_id"] for r in run.rows("events")] == [p for _, p, _ in RESOLVED]
    details = run.details()
    for line, (old, new, by) in enumerate(RESOLVED, 1):
        detail = {"field": "product_id", "old": old, "new": new, "by": by}
        assert details[f"0:{line}", "resolved_product"] == detail
    for line, because in enumerate(lost.values(), len(RESOLVED) + 1):
        assert (f"0:{line}", "unknown_product", "quarantine") in run.found()
        assert details[f"0:{line}", "unknown_product"]["because"] == because


@pytest.mark.checks("schema", "text", "orphans")
def test_a_title_as_it_was_sent_finds_its_product_after_a_repair(event: Any, cleaned: Any) -> None:
    damaged = Product(product_id="p5", title_en="<b>Gr\u200bay Kettle</b>")
    run = cleaned(
        [event(product_id=damaged.title_en), event(product_id="gray kettle")], [*CATALOGUE, damaged]
    )
    assert [row["product_id"] for row in run.rows("events")] == ["p5", "p5"]


def test_events_of_a_quarantined_product_say_so(event: Any, cleaned: Any) -> None:
    run = cleaned(
        [event(product_id="bad"), event(product_id="p1")], [*CATALOGUE, Product(product_id="bad")]
    )
    assert run.details()["0:1", "unknown_product"]["because"] == "its product is in quarantine"
    assert len(run.rows("events")) == 1


@pytest.mark.checks("purchase_taken_back", "resolved_product")
def test_a_resolved_event_is_seen_as_resolved_by_the_next_steps(event: Any, cleaned: Any) -> None:
    bought = event("purchase", 0, product_id="blue mug")
    run = cleaned([bought, event("cancel", 60, product_id="p1")], CATALOGUE)
    # the cancel knows its purchase (no cancel_without_purchase), and the purchase its cancel
    assert {c for _, c, _ in run.found()} == {"resolved_product", "purchase_taken_back"}
    assert run.details()["0:1", "purchase_taken_back"]["after_minutes"] == 1.0


@pytest.mark.checks("unknown_product")
def test_resolving_can_be_switched_off(event: Any, cleaned: Any) -> None:
    rules = QualityRules.model_validate({"orphans": {"resolve": False}})
    run = cleaned([event(product_id="blue mug")], CATALOGUE, rules)
    assert {c for _, c, _ in run.found()} == {"unknown_product"}


def test_without_a_catalogue_no_product_is_unknown_and_the_report_says_so(
    event: Any, cleaned: Any
) -> None:
    run = cleaned([event()], [])
    assert len(run.rows("events")) == 1
    assert "orphans: there is no catalogue to look products up in" in run.report.not_checked
    assert any("min_products" in words for words in run.report.stops)


def test_a_search_without_a_product_refers_to_none(event: Any, cleaned: Any) -> None:
    assert cleaned([event("search", product_id=None, query_text="mug")]).found() == set()


@pytest.mark.checks("unknown_variant")
def test_a_variant_that_its_product_does_not_have_is_noted(event: Any, cleaned: Any) -> None:
    sizes = tuple(Variant(variant_id=f"p1-{size}") for size in "SML")
    catalogue = [
        Product(product_id="p1", title_en="Shirt", variants=sizes),
        Product(product_id="p2", title_en="Mug"),
    ]
    usual = [event("click", 60 * i, variant_id=f"p1-{'SML'[i % 3]}") for i in range(60)]
    strange = event("click", 9000, variant_id="p1-XXL")
    other = event("click", 9100, product_id="p2", variant_id="p1-S")
    own = event("click", 9200, product_id="p2", variant_id="p2-one")
    run = cleaned([*usual, strange, other, own], catalogue)
    found = {(row, action) for row, check, action in run.found() if check == "unknown_variant"}
    assert found == {("0:61", "note"), ("0:62", "note")}
    others = [event("click", 60 * i, variant_id=f"sku{i}") for i in range(60)]
    assert "unknown_variant" not in {c for _, c, _ in cleaned(others, catalogue).found()}
