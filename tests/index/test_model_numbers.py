"""Model and part numbers are found first however they are typed: together, apart, with other separators."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.index._shop import asked, bags, opened

from baihuo.core import Product
from baihuo.index import Generation, IndexOptions, Thresholds, answer_set, build
from baihuo.index.model_runs import joined_form

PHONES = {
    "ip15": ("Apple iPhone 15 Pro 128GB", None),
    "ip15max": ("Apple iPhone 15 Pro Max 256GB", None),
    "s23u": ("Samsung Galaxy S23 Ultra", None),
    "s23": ("Samsung Galaxy S23", None),
    "rtx": ("MSI GeForce RTX 4070 Ti Gaming X", None),
    "xerox": ("Xerox black toner cartridge", "006R90321"),
    "xerox2": ("Xerox cyan toner cartridge", "006R90322"),
    "shaver": ("Philips shaver series 6000", "HX6730/02"),
    "brother": ("Brother TN-2110 toner", "TN-2110"),
    "cable": ("Cable for TN-2110 and 15 printers", "C-9"),
    "usb": ("Kingston USB stick 16 GB", "DT101G2"),
}


def catalogue() -> list[Product]:
    return [
        Product(product_id=key, title_en=title, model=model)
        for key, (title, model) in PHONES.items()
    ]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Generation:
    return opened(catalogue(), tmp_path_factory.mktemp("models"))


def found(shop: Generation, text: str, as_typed: tuple[str, ...] = ()) -> list[str]:
    answer = answer_set(shop, asked(text, as_typed=as_typed), Thresholds(calibrations={}))
    return [str(shop.product_ids[row]) for row in answer.rows]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("iphone15pro", {"ip15", "ip15max"}),
        ("iphone 15pro", {"ip15", "ip15max"}),
        ("iphone15 pro max", {"ip15max"}),
        ("iphone15promax", {"ip15max"}),
        ("galaxys23ultra", {"s23u"}),
        ("galaxy s 23 ultra", {"s23u"}),
        ("samsung s23ultra", {"s23u"}),
        ("rtx4070ti", {"rtx"}),
        ("RTX-4070TI", {"rtx"}),
        ("006 r 90321", {"xerox"}),
        ("006r-90321", {"xerox"}),
        ("xerox 006 R90322", {"xerox2"}),
        ("hx 6730 02", {"shaver"}),
        ("hx673002 shaver", {"shaver"}),
        ("tn2110", {"brother"}),
        ("tn 2110", {"brother"}),
        ("brother TN 2110", {"brother"}),
        ("dt 101 g2", {"usb"}),
    ],
)
def test_a_number_is_found_first_however_it_is_typed(
    shop: Generation, text: str, first: set[str]
) -> None:
    assert set(found(shop, text)[: len(first)]) == first


def test_what_was_read_is_said_and_can_be_switched_off(shop: Generation) -> None:
    answer = answer_set(shop, asked("006 r 90321"), Thresholds(calibrations={}))
    assert [(r.kind, r.text, r.values) for r in answer.read] == [
        ("model", "006 r 90321", ("006r90321",))
    ]
    assert found(shop, "006 r 90321", as_typed=("model",)) == []


@pytest.mark.parametrize("text", ["006r90323", "tn2111", "rtx4080ti", "hx673"])
def test_a_number_that_is_not_there_is_never_taken_for_another(shop: Generation, text: str) -> None:
    answer = answer_set(shop, asked(text), Thresholds(calibrations={}))
    assert not any(note.startswith("corrected:") for note in answer.notes)
    assert not [r for r in answer.read if r.kind == "model"]


def test_a_measure_is_no_model_number(shop: Generation) -> None:
    answer = answer_set(shop, asked("usb stick 16gb"), Thresholds(calibrations={}))
    assert [r.kind for r in answer.read] == ["measure"]


def test_products_added_later_are_found_too(shop: Generation) -> None:
    shop.upsert([Product(product_id="new", title_en="Canon battery", model="NB-6LH")])
    assert found(shop, "nb6lh")[0] == "new"
    shop.upsert([Product(product_id="new", title_en="Canon battery", model="NB-7LH")])
    assert "new" not in found(shop, "nb6lh")
    assert found(shop, "nb 7 lh")[0] == "new"
    shop.remove(["new"])


def test_it_can_be_switched_off_for_a_shop(tmp_path: Path) -> None:
    options = IndexOptions(reads_model_numbers=False)
    folder = build(catalogue(), encoders=bags(), cache=None, out=tmp_path, options=options)
    assert found(Generation.open(folder, bags()), "006 r 90321") == []


# Any model number of a catalogue, with its separators taken out and others put in, finds its product first.

_WORDS = ("toner", "cartridge", "black", "for", "printer", "office", "pack of", "series", "pro")


def _number(draw: random.Random) -> str:
    parts = []
    for _ in range(draw.randint(1, 4)):
        letters = "".join(draw.choices("ABCDEFGHKLMRSTX", k=draw.randint(1, 4)))
        digits = "".join(draw.choices("0123456789", k=draw.randint(1, 5)))
        parts.append(draw.choice([letters, digits, letters + digits, digits + letters]))
    return "".join(p + draw.choice(["", "-", "/", " ", "."]) for p in parts).strip("-/ .")


def _joined(number: str) -> str:
    return "".join(c for c in number.lower() if c.isalnum())


@pytest.fixture(scope="module")
def numbered(tmp_path_factory: pytest.TempPathFactory) -> tuple[Generation, dict[str, str]]:
    draw = random.Random(7)
    numbers: dict[str, str] = {}
    while len(numbers) < 120:
        number = _number(draw)
        if joined_form(number) and _joined(number) not in map(_joined, numbers.values()):
            numbers[f"p{len(numbers)}"] = number
    products = []
    for key, number in numbers.items():
        other = draw.choice(list(numbers.values()))  # its title names another one's number
        words = " ".join(draw.choices(_WORDS, k=3))
        title = draw.choice([f"Acme {number} {words}", f"Acme {words} for {other}"])
        products.append(Product(product_id=key, title_en=title, model=number))
    return opened(products, tmp_path_factory.mktemp("numbered")), numbers


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_any_number_of_the_catalogue_is_found_first(
    numbered: tuple[Generation, dict[str, str]], data: st.DataObject
) -> None:
    shop, numbers = numbered
    key = data.draw(st.sampled_from(sorted(numbers)))
    joined = _joined(numbers[key])
    cuts = (
        data.draw(st.sets(st.integers(1, len(joined) - 1), max_size=4)) if len(joined) > 1 else {}
    )
    typed = ""
    for at, character in enumerate(joined):
        typed += data.draw(st.sampled_from([" ", "-", "/", " - "])) if at in cuts else ""
        typed += character.upper() if data.draw(st.booleans()) else character
    assert found(shop, typed)[:1] == [key], typed
