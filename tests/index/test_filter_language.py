"""The filter language: what it says, how it is written, and errors that point at the character."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.index._shop import asked, opened

from baihuo.core import Filters, Product, Variant
from baihuo.index import BadFilter, Generation, Thresholds, answer_set, simple_filters
from baihuo.index.filter_language import MAX_DEPTH, MAX_VALUES, parse_filter, to_text

_DAY_US = 86_400_000_000
_PRODUCTS = [
    Product(
        product_id="nike-red",
        title_en="shoe one",
        brand="Nike",
        category=("Shoes", "Running"),
        price_minor=12_000,
        currency="EUR",
        stock_units=3,
        attributes={"Color": "Red", "颜色": "红色", "Weight": 250.0, "Screen size": "15 inch"},
        released_at_us=20_400 * _DAY_US,  # 2025-11-08
    ),
    Product(
        product_id="nike-blue",
        title_en="shoe two",
        brand="Nike",
        category=("Shoes", "Running"),
        price_minor=60_000,
        currency="EUR",
        stock_units=0,
        attributes={"Color": "Blue", "颜色": "蓝色", "Weight": 300.5},
        released_at_us=20_800 * _DAY_US,  # 2026-12-13
    ),
    Product(
        product_id="balance",
        title_en="shoe three",
        brand="New Balance",
        category=("Shoes", "Walking"),
        price_minor=9_999,
        currency="EUR",
        variants=(
            Variant(variant_id="b-red", attributes={"Color": "Red"}, price_minor=20_000),
            Variant(variant_id="b-green", attributes={"Color": "Green"}, stock_units=0),
        ),
    ),
    Product(product_id="plain", title_en="bag", category=("Bags", "Running"), currency="EUR"),
]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Generation:
    return opened(_PRODUCTS, tmp_path_factory.mktemp("filters"))


def found(shop: Generation, where: str) -> set[str]:
    answer = answer_set(shop, asked(filters=Filters(where=where)), Thresholds(calibrations={}))
    return set(shop.product_ids[answer.rows])


@pytest.mark.parametrize(
    ("where", "ids"),
    [
        ("brand:nike", {"nike-red", "nike-blue"}),
        ("brand:nike AND price:[100 TO 500] AND NOT color:blue", {"nike-red"}),
        ('brand:"new balance" OR color:blue', {"balance", "nike-blue"}),
        ("brand:(nike OR “New Balance”)", {"nike-red", "nike-blue", "balance"}),
        ("颜色：红色", {"nike-red"}),
        ("NOT （颜色:红色 OR 颜色:蓝色）", {"balance", "plain"}),
        ("price:[* TO 99.99]", {"balance"}),
        ("price:[99.991 TO 120]", {"nike-red"}),
        ("price:[600 TO *]", {"nike-blue"}),
        ("price:120", {"nike-red"}),
        ("NOT price:*", {"plain"}),
        ('category:"Shoes > Running"', {"nike-red", "nike-blue"}),
        ("category:running", {"nike-red", "nike-blue", "plain"}),
        ("category:shoes AND in_stock:true", {"nike-red", "balance"}),
        ("in_stock:no", {"nike-blue", "balance"}),
        ("color:green AND price:[150 TO 250]", set()),  # the green one costs 99.99
        ("color:green AND price:[90 TO 100]", {"balance"}),
        ("brand:* AND NOT color:red", {"nike-blue", "balance"}),  # the green one is not red
        ("released:[2026 TO *]", {"nike-blue"}),
        ("released:2025-11-08 OR released:2026-12", {"nike-red", "nike-blue"}),
        ("released:[* TO 2025-11-07]", set()),
        ("weight:[250 TO 300]", {"nike-red"}),
        ("weight:300.5", {"nike-blue"}),
        ('"Screen size":"15 INCH"', {"nike-red"}),
        (
            "brand:nike AND brand:nike AND (color:red OR (weight:* AND price:600))",
            {"nike-red", "nike-blue"},
        ),
        ("", {"nike-red", "nike-blue", "balance", "plain"}),
    ],
)
def test_a_filter_keeps_what_it_says(shop: Generation, where: str, ids: set[str]) -> None:
    assert found(shop, where) == ids


@pytest.mark.parametrize(
    ("where", "at", "problem", "fix"),
    [
        (
            "brand:nike AND colr:red",
            16,
            "no product has an attribute 'colr'",
            "did you mean Color?",
        ),
        ("brand:nike color:red", 12, "beside each other", "AND or OR"),
        ("brand:New Balance", 11, "beside each other", "in quotes"),
        ("brand:nike and color:red", 12, "'and' is no operator", "write it as AND"),
        ("brand:nike AND", 15, "a condition belongs here", "field:value"),
        ("brand:nike AND OR color:red", 16, "a condition belongs here", "field:value"),
        ("nike", 1, "no : follows 'nike'", "field:value"),
        ("brand:", 7, "a value belongs here", "add it"),
        ("brand:OR", 7, "a value belongs here", "quotes"),
        ("(brand:nike OR color:red", 1, "not closed", ")"),
        ("brand:nike)", 11, "nothing here opened ')'", "leave it out"),
        ('brand:"nike', 7, "not closed", 'closing "'),
        ("price:[100 500]", 12, "TO belongs here", "[100 TO 500]"),
        ("price:[500 TO 100]", 7, "500 is above 100", "[100 TO 500]"),
        ("price:[100 TO 500", 7, "not closed", "]"),
        ("price:cheap", 7, "'cheap' is not a number", "digits"),
        ("price:[-5 TO 5]", 8, "below 0", "0 or more"),
        ("price:1e5", 7, "not a number", "digits"),
        ("price:NaN", 7, "not a number", "digits"),
        ("brand:[a TO b]", 7, "no range", "brand:(a OR b)"),
        ("color:[1 TO 2]", 7, "no value of 'color' is a plain number", "name values"),
        ("in_stock:maybe", 10, "neither true nor false", "true or false"),
        ("released:yesterday", 10, "not a date", "2026-11-26"),
        ("released:2026-13", 10, "not a date", "2026-11-26"),
        ("released:9999", 10, "not a date", "2026-11-26"),
        ("brand:ni*", 9, "stands alone", "whole value"),
        ("brand:a\x00b", 8, "U+0000", "leave it out"),
        ("'; DROP TABLE products; --", 1, 'no : follows "\';"', "field:value"),
        ("品牌：耐克", 1, "no product has an attribute '品牌'", "use one of brand"),
    ],
)
def test_an_error_points_at_the_character_and_says_what_to_write(
    shop: Generation, where: str, at: int, problem: str, fix: str
) -> None:
    with pytest.raises(BadFilter) as error:
        found(shop, where)
    assert f"at character {at}:" in error.value.what
    assert problem in error.value.problem
    assert fix in error.value.fix
    _, text, caret = error.value.what.split("\n")
    assert caret.rstrip("^").strip(" \u3000") == ""
    assert len(caret) - 3 == at - 1  # two spaces, then the text
    assert text[2:].startswith(where[:5].replace("\x00", " "))


def test_a_long_filter_is_cut_around_its_error(shop: Generation) -> None:
    where = " OR ".join(f"brand:b{i}" for i in range(90)) + " AND"
    with pytest.raises(BadFilter) as error:
        found(shop, where)
    _, text, caret = error.value.what.split("\n")
    assert len(text) < 130
    assert text.startswith("  …")
    assert len(caret) == len(text) + 1


def test_deep_and_long_filters_are_refused(shop: Generation) -> None:
    deep = "(" * (MAX_DEPTH + 1) + "brand:a" + ")" * (MAX_DEPTH + 1)
    with pytest.raises(BadFilter, match="levels"):
        found(shop, deep)
    with pytest.raises(BadFilter, match="levels"):
        found(shop, "NOT " * 5_000 + "brand:a")
    many = " OR ".join(f"brand:b{i}" for i in range(MAX_VALUES + 1))
    with pytest.raises(BadFilter, match="values"):
        found(shop, many)
    assert found(shop, deep[1:-1]) == set()


def test_a_value_that_no_product_has_finds_nothing_and_is_named_with_what_is_near(
    shop: Generation,
) -> None:
    def notes(where: str) -> tuple[str, ...]:
        asked_for = asked(filters=Filters(where=where))
        return answer_set(shop, asked_for, Thresholds(calibrations={})).notes

    assert notes("brand:nikee") == ("unknown_value_near:brand:nikee:Nike",)
    assert notes("brand:qqqq AND color:red") == ("unknown_value:brand:qqqq",)
    assert notes('color:"a:b"') == ("unknown_value:color:a b",)
    assert notes("brand:nike") == ()
    assert found(shop, "brand:nikee") == set()
    assert found(shop, "NOT brand:nikee") == {p.product_id for p in _PRODUCTS}


@pytest.mark.parametrize(
    ("where", "simple"),
    [
        (
            'brand:nike AND price:[100 TO 500.5] AND NOT color:red AND category:"shoes > running"',
            Filters(
                brands=("Nike",),
                category=("Shoes", "Running"),
                price_min_minor=10_000,
                price_max_minor=50_050,
                where="NOT color:red",
            ),
        ),
        (
            "color:red OR color:blue",
            Filters(attributes=(("Color", ("Red", "Blue")),)),
        ),
        ("category:walking", Filters(category=("Shoes", "Walking"))),
        ("category:running", Filters(where="category:running")),  # of shoes and of bags
        ("brand:nike OR color:red", Filters(where="brand:nike OR color:red")),
        ("in_stock:true AND in_stock:false", Filters(in_stock=True, where="in_stock:false")),
        (
            "brand:nike AND (brand:x OR price:5) AND brand:y",
            Filters(brands=("Nike",), where="(brand:x OR price:5) AND brand:y"),
        ),
        ("brand:none", Filters(brands=("none",))),
    ],
)
def test_what_facets_can_say_becomes_their_selection(
    shop: Generation, where: str, simple: Filters
) -> None:
    assert simple_filters(Filters(where=where), shop.snapshot)[0] == simple


def test_facets_show_a_filter_as_selected_with_its_alternatives(shop: Generation) -> None:
    asked_for = asked(filters=Filters(where="brand:nike AND color:(red OR blue)"))
    facets = {f.name: f for f in answer_set(shop, asked_for, Thresholds()).facets()}
    brands = {v.value: (v.n_products, v.is_selected) for v in facets["brand"].values}
    assert brands == {"Nike": (2, True), "New Balance": (1, False)}
    colours = {v.value: (v.n_products, v.is_selected) for v in facets["Color"].values}
    assert colours == {"Red": (1, True), "Blue": (1, True)}


words = st.text(min_size=0, max_size=6)
exact = words.map(lambda t: '"' + t.replace("\\", "\\\\").replace('"', '\\"') + '"')
bare = st.sampled_from(["nike", "红色", "15寸", "a-b", "x&y", "1.5", "<b>", "a/b", "AND2"])
single = st.one_of(exact, bare)
values = st.one_of(
    single,
    st.just("*"),
    st.tuples(st.one_of(single, st.just("*")), st.one_of(single, st.just("*"))).map(
        lambda ends: f"[{ends[0]} TO {ends[1]}]"
    ),
    st.lists(single, min_size=1, max_size=3).map(lambda vs: f"({' OR '.join(vs)})"),
)
terms = st.tuples(st.one_of(bare, exact), values).map(lambda parts: ":".join(parts))
texts = st.recursive(
    terms,
    lambda inner: st.one_of(
        inner.map(lambda t: f"NOT ({t})"),
        st.lists(inner, min_size=2, max_size=3).map(lambda ts: f"({' AND '.join(ts)})"),
        st.lists(inner, min_size=2, max_size=3).map(lambda ts: f"({' OR '.join(ts)})"),
    ),
    max_leaves=6,
)


@settings(max_examples=80, deadline=None)
@given(texts)
def test_a_filter_written_out_reads_as_the_same_filter(text: str) -> None:
    tree = parse_filter(text)
    assert parse_filter(to_text(tree)) == tree


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.text(max_size=40), st.text(alphabet='abAND OR:()[]"*TO\\ ：“', max_size=40)))
def test_any_text_is_read_or_refused_at_one_of_its_characters(text: str) -> None:
    error = None
    try:
        parse_filter(text)
    except BadFilter as found_wrong:
        error = found_wrong
    assert error is None or (0 <= error.at <= len(text) and error.fix)


def test_the_examples_of_the_documentation_can_be_read() -> None:
    document = Path(__file__).parents[2] / "docs" / "filters.md"
    rows = re.findall(r"^\| `(.+?)` \|", document.read_text("utf-8"), re.M)
    assert len(rows) > 12
    for written in rows:
        assert parse_filter(written)
