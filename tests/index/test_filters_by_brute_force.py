"""Random filters against a reading of them on the products themselves, which shares no code with the index."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.index._shop import asked, opened

from baihuo.core import READING_KINDS, Filters, Product, Sort, Variant
from baihuo.core.tables import CATEGORY_SEPARATOR
from baihuo.index import FilterMasks, Thresholds, answer_set, simple_filters

_DAY_US = 86_400_000_000
BRANDS = ["Acme", "New Balance", "小米", None]
CATEGORIES = [("Home",), ("Home", "Lamps"), ("Garden", "Lamps"), ("家居", "台灯"), ()]
COLOURS, CHINESE, WEIGHTS = ["Red", "Dark Blue"], ["红色", "蓝"], [1.0, 2.5, 10.0, -3.0]


@dataclass(frozen=True)
class Form:
    """A product as one of its variants."""

    product: Product
    price: int | None
    is_in_stock: bool
    attributes: dict[str, Any] = field(hash=False)


def forms(p: Product) -> list[Form]:
    variants: list[Variant | None] = list(p.variants) or [None]
    made = []
    for v in variants:
        price = p.price_minor if v is None or v.price_minor is None else v.price_minor
        stocks = [p.stock_units, None if v is None else v.stock_units]
        own = {} if v is None else v.attributes
        made.append(Form(p, price, 0 not in stocks, {**p.attributes, **own}))
    return made


Truth = Callable[[Form], bool]
Written = tuple[str, Truth]  # the text of a condition, and what it means


def quoted(text: str) -> str:
    return f'"{text}"'


def _path_below(path: tuple[str, ...]) -> Truth:
    return lambda form: form.product.category[: len(path)] == path


def _below(name: str) -> Truth:
    return lambda form: name in form.product.category


def _is(name: str, value: Any) -> Truth:
    return lambda form: form.attributes.get(name) == value


def _of(brand: str) -> Truth:
    return lambda form: form.product.brand == brand


def _range(get: Callable[[Form], Any], low: Any, high: Any) -> Truth:
    def holds(form: Form) -> bool:
        value = get(form)
        if not isinstance(value, int | float):
            return False
        return (low is None or value >= low) and (high is None or value <= high)

    return holds


def ends(lowest: int, highest: int) -> st.SearchStrategy[tuple[int | None, int | None]]:
    ordered = st.lists(st.integers(lowest, highest), min_size=2, max_size=2).map(sorted)
    return st.tuples(ordered, st.booleans(), st.booleans()).map(
        lambda e: (e[0][0] if e[1] else None, e[0][1] if e[2] else None)
    )


def _text(end: object) -> str:
    return "*" if end is None else str(end)


def prices(e: tuple[int | None, int | None]) -> Written:
    low, high = (None if end is None else f"{end // 100}.{end % 100:02}" for end in e)
    return f"price:[{_text(low)} TO {_text(high)}]", _range(lambda form: form.price, *e)


def days(e: tuple[int | None, int | None]) -> Written:
    low, high = (None if end is None else f"1970-01-{end + 1:02}" for end in e)
    last = None if e[1] is None else (e[1] + 1) * _DAY_US - 1
    first = None if e[0] is None else e[0] * _DAY_US
    truth = _range(lambda form: form.product.released_at_us, first, last)
    return f"released:[{_text(low)} TO {_text(high)}]", truth


def weights(e: tuple[int | None, int | None]) -> Written:
    text = f"Weight:[{_text(e[0])} TO {_text(e[1])}]"
    return text, _range(lambda form: form.attributes.get("Weight"), *e)


terms: st.SearchStrategy[Written] = st.one_of(
    st.sampled_from(
        [
            ("brand:acme", _of("Acme")),
            ('brand:"new  BALANCE"', _of("New Balance")),
            ("brand:小米", _of("小米")),
            ("brand：nobody", lambda _: False),
            ("brand:*", lambda form: form.product.brand is not None),
            ("brand:(acme OR 小米)", lambda form: form.product.brand in ("Acme", "小米")),
            ("category:lamps", _below("Lamps")),
            ("category:台灯", _below("台灯")),
            ('category:"home > lamps"', _path_below(("Home", "Lamps"))),
            ("category:home", _path_below(("Home",))),
            ("Colour:red", _is("Colour", "Red")),
            ('colour:"dark blue"', _is("Colour", "Dark Blue")),
            ("颜色:红色", _is("颜色", "红色")),
            ('"颜色":(红色 OR 蓝)', lambda form: form.attributes.get("颜色") in ("红色", "蓝")),
            ("颜色:*", lambda form: "颜色" in form.attributes),
            ("weight:2.5", _is("Weight", 2.5)),
            ("price:*", lambda form: form.price is not None),
            ("price:0.03", lambda form: form.price == 3),
            ("in_stock:true", lambda form: form.is_in_stock),
            ("in_stock:false", lambda form: not form.is_in_stock),
        ]
    ),
    ends(0, 9).map(prices),
    ends(0, 5).map(days),
    ends(-4, 11).map(weights),
)


def negated(one: Written) -> Written:
    return f"NOT ({one[0]})", lambda form: not one[1](form)


def joined(word: str, parts: list[Written]) -> Written:
    text = f"({f' {word} '.join(text for text, _ in parts)})"
    how = all if word == "AND" else any
    return text, lambda form: how(truth(form) for _, truth in parts)


expressions = st.recursive(
    terms,
    lambda inner: st.one_of(
        inner.map(negated),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: joined("AND", parts)),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: joined("OR", parts)),
    ),
    max_leaves=5,
)
# Conditions that must all hold are what facets can show as selected.
filters = st.one_of(
    expressions,
    st.lists(expressions, min_size=2, max_size=3).map(
        lambda parts: (joined("AND", parts)[0][1:-1], joined("AND", parts)[1])
    ),
)
money = st.one_of(st.none(), st.integers(0, 9))
stocks = st.one_of(st.none(), st.integers(0, 2))
attributes: st.SearchStrategy[dict[str, str | float | bool]] = st.fixed_dictionaries(
    {},
    optional={
        "Colour": st.sampled_from(COLOURS),
        "颜色": st.sampled_from(CHINESE),
        "Weight": st.sampled_from(WEIGHTS),
    },
)
_EVERY_ATTRIBUTE: dict[str, str | float | bool] = {"Colour": "Red", "颜色": "蓝", "Weight": 1.0}


@st.composite
def shops(draw: st.DrawFn) -> list[Product]:
    # The first product has every attribute: a filter by one that no product has is an error, and not tested here.
    made = [Product(product_id="p", title_en="zoom", currency="EUR", attributes=_EVERY_ATTRIBUTE)]
    for i in range(draw(st.integers(1, 8))):
        variants = tuple(
            Variant(
                variant_id=f"{i}-{j}",
                attributes=draw(attributes),
                price_minor=draw(money),
                stock_units=draw(stocks),
            )
            for j in range(draw(st.integers(0, 2)))
        )
        made.append(
            Product(
                product_id=f"p{i}",
                title_en=draw(st.sampled_from(["zoom", "zoom glow", "plain"])),
                brand=draw(st.sampled_from(BRANDS)),
                category=draw(st.sampled_from(CATEGORIES)),
                price_minor=draw(money),
                currency="EUR",
                stock_units=draw(stocks),
                released_at_us=draw(st.one_of(st.none(), st.integers(0, 5 * _DAY_US))),
                attributes=draw(attributes),
                variants=variants,
            )
        )
    return made


def ids_of(products: list[Product], truth: Truth) -> set[str]:
    return {p.product_id for p in products if any(map(truth, forms(p)))}


@settings(max_examples=15, deadline=None)
@given(shops(), st.lists(filters, min_size=1, max_size=6))
def test_a_filter_keeps_the_products_with_a_variant_that_it_holds_for(
    products: list[Product], written: list[Written]
) -> None:
    with tempfile.TemporaryDirectory() as out:
        generation = opened(products, Path(out))
        for text, truth in written:
            wanted = ids_of(products, truth)
            snapshot = generation.snapshot
            simple, _ = simple_filters(Filters(where=text), snapshot)
            for filters_ in (Filters(where=text), simple):
                rows = FilterMasks(snapshot, filters_).rows()
                assert set(generation.product_ids[rows]) == wanted, (text, filters_)


@settings(max_examples=15, deadline=None)
@given(
    shops(),
    filters,
    st.sampled_from(["", "zoom"]),
    st.sampled_from(list(Sort)),
    st.sampled_from([(), ("Acme",), ("Acme", "小米")]),
)
def test_with_a_filter_a_count_of_a_facet_is_the_total_that_choosing_it_gives(
    products: list[Product],
    written: Written,
    query_text: str,
    sort: Sort,
    brands: tuple[str, ...],
) -> None:
    where, truth = written
    thresholds = Thresholds(calibrations={})
    with tempfile.TemporaryDirectory() as out:
        generation = opened(products, Path(out))

        def total(chosen: Filters) -> int:
            query = asked(query_text, filters=chosen, sort=sort, as_typed=READING_KINDS)
            return answer_set(generation, query, thresholds).total

        given_ = Filters(where=where, brands=brands)
        query = asked(query_text, filters=given_, sort=sort, as_typed=READING_KINDS)
        answer = answer_set(generation, query, thresholds)
        matching = {p.product_id for p in products if query_text in (p.title_en or "")}
        of_brand = {p.product_id for p in products if not brands or p.brand in brands}
        wanted = ids_of(products, truth) & matching & of_brand
        assert set(generation.product_ids[answer.rows]) == wanted
        simple = answer.filters  # what facets show as selected
        for facet in answer.facets():
            for value in facet.values:
                chosen = choose(simple, facet.name, value.value)
                assert value.n_products == total(chosen), (where, facet.name, value)


def choose(simple: Filters, name: str, value: str) -> Filters:
    """The filters with only this value of a facet."""
    if name == "brand":
        return replace(simple, brands=(value,))
    if name == "category":
        return replace(simple, category=tuple(value.split(CATEGORY_SEPARATOR)))
    if name == "price":
        low, _, high = value.partition("-")
        return replace(
            simple, price_min_minor=int(low), price_max_minor=int(high) if high else None
        )
    others = tuple((n, v) for n, v in simple.attributes if n != name)
    return replace(simple, attributes=(*others, (name, (value,))))
