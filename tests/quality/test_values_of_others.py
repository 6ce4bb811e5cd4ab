"""Attributes and variants that nearly all other listings of the shop contradict: noted, and their like are left."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from baihuo.core import Product, Variant

pytestmark = pytest.mark.checks(
    "listing_price_outlier",
    "listing_price_against_events",
    "mixed_units",
    "title_contradicts_attribute",
    "missing_attribute",
    "attribute_against_title",
    "variant_against_product",
)

DAY_US = 86_400_000_000


def lanterns(n: int = 300, **first: Any) -> list[Product]:
    """Lanterns with measures, a yes or no, an age and sizes; the first is changed."""
    made = []
    for i in range(n):
        is_solar, age = i % 3 > 0, (4, 8, 12)[i % 3]
        ram, disk = ((4, 64), (8, 128), (16, 256))[i % 3]
        title = f"Norvik Lantern L{1000 + i}"
        made.append(
            Product(
                product_id=f"l{i:03d}",
                title_en=f"{title}{' Solar' if is_solar else ''}, {age}+, {ram}GB + {disk}GB",
                category=("Outdoor", "Lanterns"),
                attributes={
                    "Solar": is_solar,
                    "Age": f"{age}+",
                    "Cache": ram,
                    "Space": disk,
                    "Running time": 1.5 + i % 7,
                    "Mount": ("hook", "foot", "rail")[i % 3],
                },
                variants=tuple(
                    Variant(variant_id=f"l{i:03d}-{s.lower()}", attributes={"Size": s})
                    for s in ("S", "M", "XL")
                ),
            )
        )
    return [replace(made[0], **first), *made[1:]]


def with_values(number: int, **values: Any) -> list[Product]:
    """One listing with other attributes; ``_`` is a space of a name."""
    made = lanterns()
    changed = {**made[number].attributes, **{k.replace("_", " "): v for k, v in values.items()}}
    made[number] = replace(made[number], attributes=changed)
    return made


def test_what_the_title_or_all_others_contradict_is_noted_and_nothing_else(cleaned: Any) -> None:
    cases: list[tuple[int, dict[str, Any], str | None]] = [
        (1, {"Solar": False}, "attribute_against_title"),
        (0, {"Solar": False}, None),  # nor does its title say so
        (0, {"Age": "48+"}, "attribute_against_title"),  # months
        (1, {"Cache": 128, "Space": 8}, "title_contradicts_attribute"),
        (2, {"Running_time": "2026-06-01"}, "mixed_units"),  # 6.1
        (2, {"Running_time": "6月1日"}, "mixed_units"),
        (2, {"Mount": "挂钩"}, "missing_attribute"),
    ]
    places = [number + 30 * n for n, (number, *_) in enumerate(cases)]
    made = lanterns()
    for place, (_, values, _) in zip(places, cases, strict=True):
        made[place] = with_values(place, **values)[place]
    # nor does a title contradict a no that says no, or have measures that changed places where it alone has them
    for n, words in enumerate((", non-solar", " without solar", " solar ready")):
        title = f"Lantern L9{n}{words}, 4+, 4GB + 64GB"
        made[240 + 3 * n] = replace(made[240 + 3 * n], title_en=title)
    made[270] = replace(made[270], title_en="Norvik Lantern L1270, 4+, 64GB + 4GB")
    assert cleaned([], made).found() == {
        (f"0:{place + 1}", check, "note")
        for place, (*_, check) in zip(places, cases, strict=True)
        if check
    }


@pytest.mark.checks("missing_attribute")
def test_a_name_that_nearly_all_others_write_in_another_way_is_noted(cleaned: Any) -> None:
    """Both names fold to one key, so nothing was missing, and a filter shows two."""

    def named(*names: str) -> set[tuple[str, str, str]]:
        made = [
            replace(p, attributes={**p.attributes, name: "Black"})
            for p, name in zip(lanterns(), (*names, *["Colour"] * 300), strict=False)
        ]
        found: set[tuple[str, str, str]] = cleaned([], made).found()
        return found

    assert named("Color") == {("0:1", "missing_attribute", "note")}
    assert named(*["Color"] * 150) == set()


def sized(*ids_and_sizes: tuple[str, str], stock: int = 3) -> tuple[Variant, ...]:
    return tuple(
        Variant(variant_id=i, attributes={"Size": s}, stock_units=stock) for i, s in ids_and_sizes
    )


@pytest.mark.checks("variant_against_product")
def test_variants_that_are_not_what_their_ids_say_or_less_than_none_are_noted(cleaned: Any) -> None:
    made = lanterns()
    changed = (
        sized(("l000-s", "S"), ("l000-m", "Black"), ("l000-xl", "XL")),
        sized(("l030-42", "8"), ("l030-43", "9")),
        sized(("l060-s", "S"), ("l060-m", "M"), stock=-2),
        sized(("l090-xs", "XS"), ("l090-xxl", "XXL"), stock=0),  # nothing odd
    )
    for n, variants in enumerate(changed):
        made[30 * n] = replace(made[30 * n], variants=variants)
    noted = {(f"0:{line}", "variant_against_product", "note") for line in (1, 31, 61)}
    assert cleaned([], made).found() == noted


@pytest.mark.checks("variant_against_product")
def test_ids_of_variants_that_are_only_numbers_say_no_size(cleaned: Any) -> None:
    made = [
        replace(p, variants=sized((f"{i}-1", "S"), (f"{i}-2", "M")))
        for i, p in enumerate(lanterns())
    ]
    made[0] = replace(made[0], variants=sized(("0-s", "M"), ("0-m", "S")))
    assert cleaned([], made).found() == set()


@pytest.mark.checks("listing_price_against_events", "listing_price_outlier")
def test_a_price_whose_digits_changed_places_is_noted_where_it_is_older_than_its_events(
    event: Any, at: Any, cleaned: Any
) -> None:
    """Ten times is where two rules met, and neither took it, as the logarithm was rounded."""
    cases = [  # price, price of its events, day of the change
        (52_00, 25_00, 1),  # 2500: two digits changed places
        (25_00, 250_00, 1),  # exactly ten times
        (52_00, 26_00, 1),  # half price is a sale
        (52_00, 25_00, 9),  # changed after they were asked
    ]
    made = [replace(p, price_minor=50_00, currency="CNY") for p in lanterns()]
    log = []
    for n, (price, asked, updated) in enumerate(cases):
        updated_us = at(0) + (updated - 5) * DAY_US
        made[n] = replace(made[n], price_minor=price, updated_at_us=updated_us)
        log += asked_for(event, f"l{n:03d}", asked, "CNY")
    found = {(row, c) for row, c, _ in cleaned(log, made).found() if c.startswith("listing_price")}
    assert found == {(f"0:{line}", "listing_price_against_events") for line in (1, 2)}


def asked_for(event: Any, product_id: str, price_minor: int, currency: str) -> list[Any]:
    """Clicks of six visitors."""
    paid = {"product_id": product_id, "price_minor": price_minor, "currency": currency}
    return [event("click", 9 * i, visitor_id=v, **paid) for i, v in enumerate("abcdef")]


@pytest.mark.checks("listing_price_outlier")
def test_a_currency_that_none_of_its_own_events_has_is_noted(event: Any, cleaned: Any) -> None:
    """5000 yen are no usual price in yuan, where nothing costs 5000: only the events say what is meant."""
    made = [
        replace(p, price_minor=50_00 + 10 * i, currency="CNY") for i, p in enumerate(lanterns())
    ]
    made[:2] = [replace(p, price_minor=50_00, currency="JPY") for p in made[:2]]
    log = asked_for(event, "l000", 50_00, "CNY") + asked_for(event, "l001", 50_00, "JPY")
    found = {f for f in cleaned(log, made).found() if f[1] == "listing_price_outlier"}
    assert found == {("0:1", "listing_price_outlier", "note")}


def naps(n: int = 60) -> list[Product]:
    """Another department, whose things have an attribute of their own."""
    return [
        Product(
            product_id=f"d{i:02d}",
            title_en=f"Baobei Diapers D{2000 + i} 80pcs",
            category=("Baby", "Diapers"),
            attributes={"Diaper size": "SML"[i % 3], "Scent": "none"},
        )
        for i in range(n)
    ]


@pytest.mark.checks("missing_attribute")
def test_an_attribute_that_only_another_kind_of_thing_has_is_noted(cleaned: Any) -> None:
    made = with_values(0, Diaper_size="M") + naps()
    assert cleaned([], made).found() == {("0:1", "missing_attribute", "note")}


@pytest.mark.checks("missing_attribute")
def test_an_attribute_of_few_or_of_a_misplaced_listing_is_no_slip(cleaned: Any) -> None:
    """One that some of a category have may be of any other, too; one with all of another's is in the wrong place."""
    some = [replace(p, attributes={"Scent": "none"}) if i % 2 else p for i, p in enumerate(naps())]
    assert cleaned([], with_values(0, Diaper_size="M") + some).found() == set()
    moved = lanterns(attributes=naps()[0].attributes) + naps()
    whys = [
        d.get("why", "") for (_, c), d in cleaned([], moved).details().items() if c.startswith("mi")
    ]
    assert not any("another kind" in why for why in whys)
