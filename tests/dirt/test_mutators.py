"""What a change of a row of data does to a cell."""

from __future__ import annotations

import random
from typing import Any

import pytest

from baihuo.dirt import EVENTS, Dataset, Row, Shop, Unfit, kind_of
from baihuo.dirt.mutators import CHECK_DIGITS, make
from baihuo.dirt.rows import read, write
from baihuo.dirt.scene import Scene


def changed(change: Any, value: Any, row: dict[str, Any] | None = None) -> Any:
    """The change of a cell of a row that holds ``row``, by the seed 1."""
    rows = [Row((EVENTS, 1), row or {})]
    dataset = Dataset(Shop(rows, []), "test")
    kind = kind_of("kind", {"words": "words", "actions": "note"})
    snapshot = {r.key: r.values for r in rows}
    return make(Scene(dataset, kind, rows[0], rows, snapshot, random.Random(1)), change, value)


@pytest.mark.parametrize(
    ("change", "value", "new"),
    [
        ("{}, new", "pan", "pan, new"),
        ("{brand} {{a}} {price:.1f}", "", "Acme {a} 12.5"),
        ("{stock}", "", 7),  # a place alone keeps its type
        (5, "pan", 5),
        (None, "pan", None),
        ({"of": "price", "times": 100}, "", "1250.00"),  # an amount of money keeps two decimals
        ({"times": 1000}, "1.7 l", "1700 l"),
        ({"divide": 1000}, 35_999, 35),
        ({"add": 0.5}, 2, 2.5),
        ({"later": "-30 min"}, 3_600_000_000, 1_800_000_000),
        ({"floor": "1 d"}, 90_000_000_000, 86_400_000_000),
        ({"time": "%Y-%m"}, 1_740_960_000_000_000, "2025-03"),
        ({"swap_day_and_month": "us"}, 1_741_132_800_000_000, 1_746_230_400_000_000),
        ({"unit": {"g": "kg"}, "divide": 2}, "500 g", "250 kg"),
        ({"misread": "latin-1"}, "é", "Ã©"),
        ({"misread": ["gbk", "latin-1"]}, "云", "ÔÆ"),
        ({"case": "upper", "sub": {"[AEIOU]": "*"}}, "pan", "P*N"),
        ({"letters": ["ab", "xy"]}, "abc", "xyc"),
        ({"splice": [1, 3, "-"]}, "abcd", "a-d"),
        ({"keep": 0.5}, "abcd", "ab"),
        ({"keep_bytes": -1}, "米色", "米�"),
        ({"words": {"reverse": 1}}, "a b c", "a c b"),
        ({"encode": "quoted-printable"}, "é", "=C3=A9"),
        ({"rename": {"Colour": "Color"}}, {"Colour": "red"}, {"Color": "red"}),
        ({"with": {"Size": "M"}}, {"Colour": "red"}, {"Colour": "red", "Size": "M"}),
        ({"each": {"n": {"times": 2}}}, [{"n": 1}, {"n": 2}], [{"n": 2}, {"n": 4}]),
        ({"table": {"a": 1, "*": 2}}, "b", 2),
        ({"else": 0.5, "add": 1}, None, 1.5),
        ({"count_on": 3}, "v0099", "v0102"),
    ],
)
def test_a_change_makes_a_new_value(change: Any, value: Any, new: Any) -> None:
    made = changed(change, value, {"brand": "Acme", "price": "12.50", "stock": 7})
    assert (made, type(made)) == (new, type(new))


@pytest.mark.parametrize(
    ("change", "value"),
    [
        ("{brand}", "pan"),  # the row has none
        ({"replace": {"pot": "pan"}}, "a kettle"),
        ({"unit": {"g": "kg"}}, "5 cm"),
        ({"times": 2}, "many"),
        ({"typo": True}, "aaaa"),
        ({"table": {"a": 1}}, "b"),
        ({"swap_day_and_month": "us"}, 1_742_515_200_000_000),  # the 21st is no month
    ],
)
def test_a_change_that_finds_nothing_does_not_fit(change: Any, value: Any) -> None:
    with pytest.raises(Unfit):
        changed(change, value)


@pytest.mark.parametrize(
    ("rule", "body", "number"),
    [
        ("luhn", "7992739871", "79927398713"),
        ("ean", "400638133393", "4006381333931"),
        ("resident_id", "11010519491231002", "11010519491231002X"),
        ("hong_kong_id", "G123456", "G123456(A)"),
        ("iban", "DE370400440532013000", "DE89370400440532013000"),
    ],
)
def test_numbers_have_the_check_digits_of_their_standards(
    rule: str, body: str, number: str
) -> None:
    assert CHECK_DIGITS[rule](body) == number


def test_a_cell_within_lists_and_objects_is_written_into_a_copy_of_them() -> None:
    shared = [{"attributes": {"Size": "M"}, "codes": ["1"]}]
    values = {"variants": shared, "attributes": {"a.b": 1}}
    write(values, "variants.0.attributes.Size", "L")
    write(values, "attributes.a.b", 2)
    assert read(values, "variants.0.attributes.Size") == "L"
    assert read(values, "variants.-1.codes.0") == "1"
    assert read(values, "attributes.a.b") == 2
    assert read(values, "variants.5.codes") is None
    assert shared == [{"attributes": {"Size": "M"}, "codes": ["1"]}]
