from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baihuo.core import Product
from baihuo.quality.checks.units.measures import Measure, numbers_in, parse, readings, written
from baihuo.quality.checks.units.unit_definitions import DIMENSIONS, UNITS

pytestmark = pytest.mark.checks("units")

MEASURES = st.builds(
    Measure,
    st.fractions(min_value=0, max_value=10**9, max_denominator=10**4),
    st.sampled_from(list(UNITS.values())),
).filter(lambda m: m.unit.name != "B" or m.number.denominator == 1)  # a byte has no parts


@given(MEASURES)
def test_a_measure_written_and_read_is_the_same(measure: Measure) -> None:
    assert parse(str(measure), dimension=measure.unit.dimension) == measure


@given(MEASURES, st.data())
def test_a_conversion_there_and_back_loses_nothing(measure: Measure, data: Any) -> None:
    other = data.draw(st.sampled_from(DIMENSIONS[measure.unit.dimension]))
    assert measure.to(other).to(measure.unit) == measure


@given(st.fractions(max_denominator=10**6))
def test_a_number_written_is_that_number(number: Fraction) -> None:
    assert Fraction(written(number)) == number


@pytest.mark.parametrize(
    ("one", "other", "factor"),
    [
        ("斤", "g", "500"),
        ("两", "g", "50"),
        ("kg", "斤", "2"),
        ("inch", "mm", "25.4"),
        ("lb", "g", "453.59237"),
        ("lb", "oz", "16"),
        ("ft", "inch", "12"),
        ("fl oz", "ml", "29.5735295625"),
        ("L", "ml", "1000"),
        ("gal", "fl oz", "128"),
        ("TB", "GB", "1000"),
        ("GHz", "MHz", "1000"),
        ("Ah", "mAh", "1000"),
        ("yd", "ft", "3"),
        ("h", "min", "60"),
    ],
)
def test_factors_are_the_legal_ones(one: str, other: str, factor: str) -> None:
    assert Measure(Fraction(1), UNITS[one]).to(UNITS[other]).number == Fraction(factor)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("500ml", "500 ml"),
        ("０．５Ｌ", "0.5 L"),
        ("1,5 kg", "1.5 kg"),
        ("15.6″", "15.6 inch"),
        ('27"', "27 inch"),
        ("2.5英寸", "2.5 inch"),
        ("3公斤", "3 kg"),
        ("1½ inch", "1.5 inch"),
        ("16 fl. oz", "16 fl oz"),
        ("1.234,5 g", "1234.5 g"),
        ("5000毫安时", "5000 mAh"),
        ("6件装", "6 pcs"),
        ("10 MHZ", "10 MHz"),
        ("250 mW", "250 mW"),
        ("8㎏", "8 kg"),
        ("490 公克", "490 g"),
    ],
)
def test_shops_write_measures_in_many_ways(text: str, meant: str) -> None:
    assert str(parse(text)) == meant


@pytest.mark.parametrize(
    "text",
    [
        "100 - 240 V",
        "3.5 mm stereo",
        "",
        "kg",
        "10/100/1000 Mbps",
        "1U",
        "5 x 3 cm",
        "1/0 kg",
        "x" * 99,
    ],
)
def test_what_is_not_one_measure_is_none(text: str) -> None:
    assert parse(text) is None


def test_two_readings_are_both_returned() -> None:
    assert [str(m) for m in readings("1,500 g")] == ["1500 g", "1.5 g"]
    assert [str(m) for m in readings("256G")] == ["256 GB", "256 g"]
    assert numbers_in("12,34,5") == ()
    with pytest.raises(ValueError, match="different things"):
        Measure(Fraction(1), UNITS["kg"]).to(UNITS["ml"])


# --- the step -----------------------------------------------------------------------------------


def category_of(
    key: str, usual: list[Any], odd: list[Any], title: str = "Thing {}"
) -> list[Product]:
    """Fifty products of the usual values by turns, then one for each odd value."""
    values = [usual[i % len(usual)] for i in range(50)] + odd
    return [
        Product(
            product_id=f"p{i:03}",
            title_en=f"No. {chr(65 + i % 26)}{chr(65 + i // 26)} "
            + title.format(usual[i % len(usual)]),
            category=("Shelf",),
            attributes={key: value},
        )
        for i, value in enumerate(values)
    ]


def odd_ones(run: Any, key: str) -> list[Any]:
    rows = sorted(run.rows("products"), key=lambda r: r["product_id"])
    return [json.loads(r["attributes"])[key] for r in rows[50:]]


def rules_found(run: Any) -> dict[str, str]:
    checks = ("unit_form", "number_form", "unit_slip", "title_contradicts_attribute")
    return {i: c for i, c, _ in run.found() if c in checks}


def test_measures_are_written_as_usual_in_their_category(cleaned: Any) -> None:
    odd = ["0.5 L", "500ML", "５００ ml", "1,000 ml", "16.9 fl oz", "5 kg", 500]
    run = cleaned([], category_of("Volume", ["500 ml", "750 ml", "1000 ml"], odd))
    assert odd_ones(run, "Volume")[:4] == ["500 ml", "500 ml", "500 ml", "1000 ml"]
    assert odd_ones(run, "Volume")[4:] == ["499.7926 ml", "5 kg", "500 ml"]
    assert rules_found(run) == {
        "0:51": "unit_form",
        "0:52": "unit_form",
        "0:53": "number_form",
        "0:54": "number_form",
        "0:55": "unit_form",
        "0:57": "unit_form",
    }
    assert run.details()["0:51", "unit_form"] | {"why": ""} == {
        "field": "attributes",
        "attribute": "Volume",
        "old": "0.5 L",
        "new": "500 ml",
        "why": "",
    }


def test_bare_numbers_learn_their_unit_from_titles(cleaned: Any) -> None:
    products = category_of("Content", [250, 500, 750], [0.25, "0.75 L", 500], title="{} ml")
    run = cleaned([], products)
    assert odd_ones(run, "Content") == [0.25, 750, 500]
    assert rules_found(run)["0:52"] == "unit_form"


@pytest.mark.parametrize("key", ["HDMI version", "HDMI"])
def test_versions_without_their_letter_get_none(key: str, cleaned: Any) -> None:
    """The b of 1.4b was taken for bytes, the usual unit, and written behind every bare 1.4."""
    run = cleaned([], category_of(key, ["1.4b", "2.0b"], ["1.4", 1.4, "2.0"]))
    assert odd_ones(run, key) == ["1.4", 1.4, "2.0"]
    assert rules_found(run) == {}


def test_the_letter_of_a_version_is_no_unit(cleaned: Any) -> None:
    run = cleaned([], category_of("HDMI version", ["1.3", "1.4", "2.0"], ["1.4b", "2.0b"]))
    assert odd_ones(run, "HDMI version") == ["1.4b", "2.0b"]
    assert rules_found(run) == {}


@pytest.mark.checks("unit_slip")
def test_a_number_off_by_a_thousand_is_converted_where_its_own_title_says_so(cleaned: Any) -> None:
    """That its siblings lie elsewhere is one witness: an odd one is noted, and stays."""
    weights = category_of("Weight", [200, 250, 300], [0.25, 0.3, 90000], title="{} g")
    titles = ["Thing 250 g", "Another thing", "A third"]
    weights[50:] = [replace(p, title_en=t) for p, t in zip(weights[50:], titles, strict=True)]
    run = cleaned([], weights)
    assert odd_ones(run, "Weight") == [250, 0.3, 90000]
    assert run.found() == {("0:51", "unit_slip", "repair"), ("0:52", "unit_slip", "note")}


def test_a_title_that_says_another_size_is_noted(cleaned: Any) -> None:
    products = [
        Product(
            product_id=f"p{i:03}",
            title_en=f"Kettle {chr(65 + i % 26)} 2 L",
            category=("Kettles",),
            attributes={"Capacity": "2 L" if i else "5 L"},
        )
        for i in range(60)
    ]
    run = cleaned([], products)
    assert rules_found(run) == {"0:1": "title_contradicts_attribute"}
    assert "2 L" in run.details()["0:1", "title_contradicts_attribute"]["why"]


def test_a_rounded_number_does_not_contradict_the_title(cleaned: Any) -> None:
    measures = {0: ("0.31 m", 0.3), 1: ("0.36 m", 0.3), 2: ("2.4 m", 2.0)}
    cables = [
        Product(
            product_id=f"p{i:03}",
            title_en=f"Cable {chr(65 + i % 26)} {title}",
            category=("Cables",),
            attributes={"Cable length": length},
        )
        for i, (title, length) in enumerate(measures.get(i, ("1.5 m", 1.5)) for i in range(60))
    ]
    found = rules_found(cleaned([], cables))
    assert found == dict.fromkeys(("0:2", "0:3"), "title_contradicts_attribute")


def test_feet_and_pairs_of_numbers_do_not_contradict(cleaned: Any) -> None:
    """6 ft are sold as 2 m, and 1200 x 600 points are none."""
    said = {0: ("6 ft", 2.0), 1: ("6 ft", 2.5), 2: ("15 m, extends the old one of 10", 10.0)}
    cables = [
        Product(
            product_id=f"p{i:03}",
            title_en=f"Cable {chr(65 + i % 26)} {title}, 1200 x {600 if i % 2 else 300} points",
            category=("Cables",),
            attributes={"Cable length": length, "Points": 600},
        )
        for i, (title, length) in enumerate(
            said.get(i, ("5 ft" if i % 3 else "1.5 m", 1.5)) for i in range(90)
        )
    ]
    found = rules_found(cleaned([], cables))
    assert found == {"0:2": "title_contradicts_attribute"}


def test_a_network_is_no_capacity(cleaned: Any) -> None:
    made = category_of("Capacity", [64], [90, 90], title="{} GB")
    titles = ["Player for iPhone 3G", "Player 64 GB"]
    made[50:] = [replace(p, title_en=t) for p, t in zip(made[50:], titles, strict=True)]
    assert rules_found(cleaned([], made)) == {"0:52": "title_contradicts_attribute"}


def test_packs_and_terabytes_do_not_contradict(cleaned: Any) -> None:
    packs = [
        Product(
            product_id=f"p{i:03}",
            title_en=f"Water {chr(65 + i % 26)} 6 x 500 ml",
            category=("Water",),
            attributes={"Volume": "3 L" if i % 2 else "500 ml", "Storage": 1024},
        )
        for i in range(60)
    ]
    assert rules_found(cleaned([], packs)) == {}


@pytest.mark.checks("title_contradicts_attribute", "unit_slip")
@pytest.mark.parametrize(
    ("usual", "repaired"), [([512, 1024], 1024), ([500, 1000], 1000), ([512, 512, 1000, 1024], 1)]
)
def test_a_terabyte_is_as_many_gigabytes_as_the_shop_writes_for_it(
    usual: list[int], repaired: int, cleaned: Any
) -> None:
    """1 TB became 1000 GB, among 1024 in all its sisters: where they do not say, nobody knows."""
    products = [
        replace(p, title_en=f"{p.product_id} 1TB" if sized >= 1000 else f"{p.product_id} {sized}GB")
        for p in category_of("Storage", usual, [1])
        for sized in (int(p.attributes["Storage"]) if p.attributes["Storage"] != 1 else 1024,)
    ]
    run = cleaned([], products)
    assert odd_ones(run, "Storage") == [repaired]
    assert rules_found(run) == {
        "0:51": "unit_slip" if repaired > 1 else "title_contradicts_attribute"
    }


@pytest.mark.checks("unit_slip")
@pytest.mark.parametrize(
    ("key", "usual", "unit", "written", "in_title"),
    [
        ("Screen size", [10.9, 12.7, 13.3], " inch", 33.8, 13.3),  # cm
        ("Volume", [250, 330, 473], "ml", 16.0, 473),  # fl oz
        ("Weight", [400, 454, 907], "g", 2.0, 907),  # lb
    ],
)
def test_a_repaired_size_is_the_one_that_the_title_says(
    key: str, usual: list[float], unit: str, written: float, in_title: float, cleaned: Any
) -> None:
    """A number rounded in another unit, converted, was 8.7008 where all others and the title say 8.7."""
    products = category_of(key, usual, [written], "Thing {}" + unit)
    products[-1] = replace(products[-1], title_en=f"Thing {in_title:g}{unit}")
    run = cleaned([], products)
    assert odd_ones(run, key) == [in_title]
    assert rules_found(run) == {"0:51": "unit_slip"}


def test_few_values_decide_nothing(cleaned: Any) -> None:
    products = [
        Product(product_id=f"p{i}", title_en=f"T{i}", category=("S",), attributes={"W": v})
        for i, v in enumerate(["1 kg", "500 g", "2", "1,5 kg"])
    ]
    assert rules_found(cleaned([], products)) == {}
