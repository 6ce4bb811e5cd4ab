"""A gift and whom it is for are read as an intent: suitable products come first, none is left out, and the page says so."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.index._shop import asked, bags, opened

from baihuo.core import Product
from baihuo.index import Generation, IndexOptions, Thresholds, answer_set, build


def catalogue() -> list[Product]:
    made = []
    for i in range(4):
        for gender in ("Men", "Women"):
            made.append(
                Product(
                    product_id=f"scarf-{gender.lower()}-{i}",
                    title_en=f"Wool X{i} Scarf",
                    title_zh=f"羊毛X{i} 围巾",
                    category=("Accessories", "Scarves"),
                    attributes={"Gender": gender},
                )
            )
        for age in ("0-2 years", "3-6 years", "10+"):
            made.append(
                Product(
                    product_id=f"toy-{age.split('-')[0].rstrip('+')}-{i}",
                    title_en=f"Build X{i} Blocks",
                    title_zh=f"拼搭X{i} 积木",
                    category=("Toys", "Building blocks"),
                    attributes={"Recommended age": age},
                )
            )
        made.append(
            Product(
                product_id=f"printer-{i}", title_en=f"Laser X{i} Printer", category=("Printers",)
            )
        )
    made.append(
        Product(
            product_id="box-women",
            title_en="Wool Scarf gift box",
            title_zh="羊毛 围巾 礼盒",
            category=("Accessories", "Scarves"),
            attributes={"Gender": "Women"},
        )
    )
    return [replace(p, price_minor=1000 * (n % 4 + 1), currency="EUR") for n, p in enumerate(made)]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Generation:
    return opened(catalogue(), tmp_path_factory.mktemp("gifts"))


def found(shop: Generation, text: str, as_typed: tuple[str, ...] = ()) -> list[str]:
    answer = answer_set(shop, asked(text, as_typed=as_typed), Thresholds(calibrations={}))
    return [str(shop.product_ids[row]) for row in answer.rows]


@pytest.mark.parametrize(
    "text",
    [
        "gift for a 5 year old boy",
        "birthday present for my 5-year-old son",
        "gift for 5 year old",
        "5 year old boy gift",
        "5岁男孩生日礼物",
        "送5岁男孩的礼物",
    ],
)
def test_toys_for_their_age_come_first_for_a_child(shop: Generation, text: str) -> None:
    rows = found(shop, text)
    assert [r.split("-")[:2] for r in rows[:4]] == [["toy", "3"]] * 4
    assert len(rows) == len(catalogue())  # nothing is left out


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("gift for mum", "women"),
        ("送女朋友的礼物", "women"),
        ("送女朋友", "women"),
        ("妈妈生日礼物", "women"),
        ("给老婆买礼物", "women"),
        ("gift for him", "men"),
        ("送爸爸", "men"),
        ("送爸爸的礼物", "men"),
        ("husband birthday gift", "men"),
        ("christmas gift ideas for dad", "men"),
    ],
)
def test_products_for_their_gender_come_first(shop: Generation, text: str, first: str) -> None:
    rows = found(shop, text)
    wanted = [r for r in rows if r.split("-")[1] == first]
    assert rows[: len(wanted)] == wanted
    assert len(wanted) >= 4
    assert rows[0] == "box-women" or first == "men"  # titles say that it is a gift


def test_what_else_was_typed_is_asked_for(shop: Generation) -> None:
    assert {r.split("-")[0] for r in found(shop, "scarf gift for dad")} == {"scarf", "box"}
    assert [r.split("-")[1] for r in found(shop, "scarf gift for dad")[:4]] == ["men"] * 4


def test_a_budget_is_a_limit(shop: Generation) -> None:
    rows = found(shop, "gift for a 5 year old boy under 25")
    prices = {p.product_id: p.price_minor for p in catalogue()}
    cheap = {i for i, price in prices.items() if price is not None and price <= 2500}
    assert set(rows) == cheap
    wanted = [i for i in cheap if i.startswith("toy-3")]
    assert set(rows[: len(wanted)]) == {*wanted}


def test_the_page_says_what_was_read_and_it_can_be_switched_off(shop: Generation) -> None:
    answer = answer_set(shop, asked("gift for a 5 year old boy"), Thresholds(calibrations={}))
    (reading,) = answer.read
    assert (reading.kind, reading.values) == ("gift", ("boys", "5 years", "gift"))
    assert answer.notes == ()
    assert found(shop, "gift for a 5 year old boy", as_typed=("gift",)) != found(
        shop, "gift for a 5 year old boy"
    )


@pytest.mark.parametrize(
    "text", ["gift box", "给爸爸的围巾", "5 year old boy scarf", "gift for 20"]
)
def test_what_names_no_gift_or_nobody_is_words(shop: Generation, text: str) -> None:
    answer = answer_set(shop, asked(text), Thresholds(calibrations={}))
    assert not [r for r in answer.read if r.kind == "gift"]


def test_a_shop_can_leave_a_reading_out_for_all_of_its_searches(tmp_path: Path) -> None:
    options = IndexOptions(as_typed=("gift",))
    folder = build(catalogue(), encoders=bags(), cache=None, out=tmp_path, options=options)
    answer = answer_set(Generation.open(folder, bags()), asked("gift for mum"), Thresholds())
    assert answer.read == ()
