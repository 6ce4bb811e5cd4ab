"""What shoppers type, what they click, and the grades of every product, against the catalogue as written."""

from __future__ import annotations

import json
import re
from typing import Any

import duckdb
import pytest

from baihuo.simulate import SampleShop
from baihuo.simulate.intents import UNSOLD_BRAND, Intent
from baihuo.simulate.searches import P_NOT_SOLD, P_UNSOLD_BRAND
from baihuo.simulate.vocabulary import vocabulary

from .conftest import true_products

SHELVES = {t.shelf.en: t.code for t in vocabulary().types}
COLOURS = {c.name.en.casefold(): c.name for c in vocabulary().colours.values()}
COLOURS |= {c.name.zh: c.name for c in vocabulary().colours.values()}


def limits_met(product: dict[str, Any], intent: dict[str, Any]) -> bool:
    """Price, gender and size, from the line of the products file."""
    limit, gender, size = intent["max_price_minor"], intent["gender"], intent["size"]
    in_stock = {v["attributes"]["Size"].casefold() for v in product["variants"] if v["stock_units"]}
    return (
        (limit is None or product["price_minor"] <= limit)
        and (gender is None or product["attributes"].get("Gender", gender) == gender)
        and (size is None or size in in_stock)
    )


def is_met(product: dict[str, Any], word: str, language: str) -> bool:
    """A word stands among the texts of the listing, or is its colour; a shade is its colour."""
    if word in COLOURS:
        colour = product["attributes"].get("Colour", "").casefold()
        return COLOURS[word].en.casefold() in (colour, colour.rpartition(" ")[2])
    texts = [product.get(f"{name}_{language}") or "" for name in ("title", "description")]
    return any(word in text.casefold() for text in texts)


def expected_grade(product: dict[str, Any], intent: dict[str, Any], language: str) -> int:
    """The rule of the documentation, once more, from the file."""
    if SHELVES[product["category"][1]] not in intent["types"]:
        return 0
    wishes = [is_met(product, w, language) for w in intent["words"]]
    if intent["brand"] is not None:
        wishes.append(intent["is_brand_sold"] and product["brand"] == intent["brand"])
    if not limits_met(product, intent):
        return 1
    missed = wishes.count(False)
    return 3 if missed == 0 else 2 if missed == 1 and len(wishes) > 1 else 1


def test_every_grade_follows_from_the_catalogue_and_what_was_typed(
    shop: SampleShop, tables: duckdb.DuckDBPyConnection
) -> None:
    """Every text that says limits, a brand or a colour, or the kind alone; every product of the shop."""
    products = true_products(shop)
    graded: dict[str, dict[str, int]] = {}
    for text, product_id, grade in tables.sql(
        "select query_text, product_id, grade from relevance"
    ).fetchall():
        graded.setdefault(text, {})[product_id] = grade
    n_equal = n = 0
    kinds: set[str] = set()
    for text, told in tables.sql("select query_text, intent from queries").fetchall():
        intent = json.loads(told)
        if any(w not in COLOURS for w in intent["words"]):
            continue  # other words are looked at below
        expected = {p["product_id"]: g for p in products if (g := expected_grade(p, intent, "en"))}
        n += 1
        n_equal += expected == graded.get(text, {})
        # where people mean several things by a text, the file has the better grade
        assert all(g <= graded[text][i] for i, g in expected.items())
        kinds |= {k for k in ("size", "gender", "max_price_minor", "brand") if intent[k]}
    assert n > 500
    assert n_equal / n > 0.98
    assert kinds == {"size", "gender", "max_price_minor", "brand"}


def test_who_names_a_capacity_or_a_material_finds_it_in_what_has_the_best_grade(
    shop: SampleShop, tables: duckdb.DuckDBPyConnection
) -> None:
    products = {p["product_id"]: p for p in true_products(shop)}
    n = n_said = 0
    for language, told, product_id in tables.sql("""
        select language, intent, product_id from relevance join queries using (query_text, language)
        where grade = 3 and json_array_length(intent->'words') > 0
    """).fetchall():
        product = products[product_id]
        if product.get(f"title_{language}") is None:
            continue
        for word in json.loads(told)["words"]:
            n += 1
            n_said += is_met(product, word, language)
    assert n > 2_000
    assert n_said / n > 0.99


def test_a_broader_word_takes_every_type_below_it(tables: duckdb.DuckDBPyConnection) -> None:
    shoes = {"running_shoes", "sneakers", "boots", "sandals"}
    for words, types in (
        (("shoes", "footwear", "鞋", "鞋子"), shoes),
        (("snacks", "零食", "小吃"), {"nuts"}),
    ):
        found = {
            kind
            for (kind,) in tables.execute(
                "select distinct type from relevance join products using (product_id) "
                "where list_contains(?, query_text) and grade = 3",
                [list(words)],
            ).fetchall()
        }
        assert found == types


def test_nothing_of_a_kind_that_is_not_sold_is_relevant_and_an_unsold_brand_leaves_the_kind(
    tables: duckdb.DuckDBPyConnection,
) -> None:
    n_unsold, n_graded = tables.sql("""
        select count(distinct query_text), count(product_id)
        from queries left join relevance using (query_text) where not is_sold
    """).fetchall()[0]
    assert n_unsold >= 8
    assert n_graded == 0
    best, least, n = tables.sql("""
        select max(grade), min(grade), count(distinct query_text)
        from queries join relevance using (query_text) where not (intent->>'is_brand_sold')::bool
    """).fetchall()[0]
    assert (best, least) == (1, 1)
    assert n >= 5


def test_few_search_for_what_is_not_sold_and_half_name_the_kind_only(intents: list[Intent]) -> None:
    n = len(intents)
    unsold = sum(not i.typed.types for i in intents) / n
    brand = sum(i.typed.brand_index == UNSOLD_BRAND for i in intents) / n
    plain = sum(i.text.replace(" ", "-") == i.typed.word.replace(" ", "-") for i in intents) / n
    assert unsold == pytest.approx(P_NOT_SOLD, abs=4 * (P_NOT_SOLD / n) ** 0.5)
    assert brand == pytest.approx(P_UNSOLD_BRAND, abs=4 * (P_UNSOLD_BRAND / n) ** 0.5)
    assert 0.45 < plain < 0.65


FORMS = (
    r"under ¥?\d+$",
    r"(below|less than) \d+",
    r"^\d+[元块]?以[内下]",
    r"\d+元以[内下]$",
    r"\d+ ?码",
    r"(?:^|\s)(?:size|eu) \w+$",
    r"\bmen$",
    r"women'?s? ",
    r"女[士款]?",
    r"男[士款]?",
    r"\d+ kg",
    r"\d+(毫安|毫升|克|千克|寸)",
    r"^(black|white|red) ",
    r"(黑|白|红)色?",
)


@pytest.mark.parametrize("form", FORMS)
def test_limits_sizes_genders_and_measures_are_typed_in_many_forms(
    intents: list[Intent], form: str
) -> None:
    assert sum(re.search(form, intent.text) is not None for intent in intents) >= 5


def test_the_better_the_grade_the_more_is_clicked(tables: duckdb.DuckDBPyConnection) -> None:
    rates = [
        rate
        for (rate,) in tables.sql(
            "select avg(is_clicked::int) from asked where position <= 10 group by grade order by grade"
        ).fetchall()
    ]
    assert len(rates) == 4
    assert rates[0] < 0.25 * rates[1]
    assert rates[1] < 0.5 * rates[3]
    ((some, n),) = tables.sql(
        "select avg(is_clicked::int), count(*) from asked where position <= 10 and grade in (1, 2)"
    ).fetchall()
    assert n > 500
    assert some < 0.7 * rates[3]


def test_what_costs_more_than_the_limit_is_hardly_clicked_and_hardly_bought(
    tables: duckdb.DuckDBPyConnection,
) -> None:
    within, over, bought = tables.sql("""
        select avg(is_clicked::int) filter (price_minor <= most),
            avg(is_clicked::int) filter (price_minor > most),
            coalesce(sum(is_bought::int) filter (price_minor > most), 0) / greatest(1, sum(is_bought::int))
        from (select *, (intent->>'max_price_minor')::bigint as most from asked)
        where is_type and most is not null
    """).fetchall()[0]
    assert over < 0.15 * within
    assert bought < 0.1


def test_people_buy_their_size_and_what_is_there(
    shop: SampleShop, tables: duckdb.DuckDBPyConnection
) -> None:
    """Of what is made for their gender or for anybody; what they buy for others has any size."""
    worn = {
        visitor_id: {shoes, clothes}
        for visitor_id, shoes, clothes in tables.sql(
            "select visitor_id, shoe_size, clothes_size from visitors"
        ).fetchall()
    }
    gender = dict(tables.sql("select visitor_id, gender from visitors").fetchall())
    sold = {v["variant_id"]: (p, v) for p in true_products(shop) for v in p["variants"]}
    n = n_theirs = n_there = 0
    for visitor_id, variant_id in tables.sql(
        "select visitor_id, variant_id from clean where event_type = 'purchase' and variant_id is not null"
    ).fetchall():
        product, variant = sold[variant_id]
        if product["attributes"].get("Gender", gender[visitor_id]) == gender[visitor_id]:
            n += 1
            n_theirs += variant["attributes"]["Size"].casefold() in worn[visitor_id]
            n_there += variant["stock_units"] > 0
    assert n > 10
    assert n_theirs / n > 0.85
    assert n_there / n > 0.85


def test_no_word_is_both_sold_and_not_sold_and_shelves_name_one_type() -> None:
    words = vocabulary()
    for language in ("en", "zh"):
        assert not set(words.not_sold[language]) & set(words.named)
        for entry in words.unsold_brands:
            assert not set(entry.typed[language]) & set(words.named)
            assert entry.types
        for broader in words.broader:
            assert broader.types
            assert broader.typed[language]
    assert len(SHELVES) == len(words.types)
