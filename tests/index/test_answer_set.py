"""The answer set against brute force over the products themselves, on random shops and requests."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tests.index._shop import asked, bags, opened

from baihuo.core import READING_KINDS, Filters, Product, Query, Sort, Variant, has_han
from baihuo.core.tables import CATEGORY_SEPARATOR
from baihuo.index import AnswerSet, Calibration, Generation, Thresholds, answer_set

WORDS = [
    "red",
    "blue",
    "glow",
    "plain",
    "steel",
    "zoom",
]  # their stems are themselves; none is a kind
CHINESE_WORDS = [
    "晨曦",
    "远山",
    "流光",
    "琥珀",
    "极简",
    "沉香",
]  # of no category, and none is part of another
BRANDS = ["Acme", "Bolt", None]
CATEGORIES = [("Home",), ("Home", "Lamps"), ("Tech", "Cables"), ()]
COLOURS, SIZES = ["Red", "Blue"], ["S", "M"]
_AT_06 = Calibration(slope=10, intercept=-6)  # a cosine of 0.6
THRESHOLDS = Thresholds(
    dense_probability=0.5, calibrations={"minilm": _AT_06, "multilingual": _AT_06}
)
WORDS_ONLY = Thresholds(calibrations={})  # no vector is near enough

prices = st.one_of(st.none(), st.integers(0, 9))
stocks = st.one_of(st.none(), st.integers(0, 2))
attributes: st.SearchStrategy[dict[str, str | float | bool]] = st.fixed_dictionaries(
    {}, optional={"Colour": st.sampled_from(COLOURS), "Size": st.sampled_from(SIZES)}
)


@st.composite
def shops(draw: st.DrawFn, *, is_chinese: bool = False) -> list[Product]:
    made = []
    words = CHINESE_WORDS if is_chinese else WORDS
    for i in range(draw(st.integers(1, 9))):
        variants = [
            Variant(
                variant_id=f"{i}-{j}",
                attributes=draw(attributes),
                price_minor=draw(prices),
                stock_units=draw(stocks),
            )
            for j in range(draw(st.integers(0, 2)))
        ]
        title = " ".join(draw(st.lists(st.sampled_from(words), min_size=1, max_size=4)))
        made.append(
            Product(
                product_id=f"p{i}",
                title_en=None if is_chinese else title,
                title_zh=title if is_chinese else None,
                brand=draw(st.sampled_from(BRANDS)),
                category=draw(st.sampled_from(CATEGORIES)),
                price_minor=draw(prices),
                stock_units=draw(stocks),
                released_at_us=draw(st.one_of(st.none(), st.integers(1, 5))),
                attributes=draw(attributes),
                variants=tuple(variants),
            )
        )
    return made


@st.composite
def requests(draw: st.DrawFn, *, is_chinese: bool = False) -> Query:
    words = CHINESE_WORDS if is_chinese else [*WORDS, "qqq"]
    text = " ".join(draw(st.lists(st.sampled_from(words), max_size=4)))
    chosen = draw(
        st.fixed_dictionaries(
            {},
            optional={
                "Colour": st.lists(st.sampled_from(COLOURS), min_size=1, max_size=2, unique=True),
                "Size": st.just(["M"]),
            },
        )
    )
    filters = Filters(
        brands=tuple(
            draw(st.lists(st.sampled_from(["Acme", "Bolt", "None such"]), max_size=2, unique=True))
        ),
        category=draw(st.sampled_from([(), ("Home",), ("Home", "Lamps"), ("Tech",)])),
        price_min_minor=draw(st.one_of(st.none(), st.integers(0, 9))),
        price_max_minor=draw(st.one_of(st.none(), st.integers(0, 9))),
        attributes=tuple((name, tuple(values)) for name, values in chosen.items()),
        in_stock=draw(st.booleans()),
    )
    # The words as words: what is read in them has an oracle of its own, in test_limits.py and its neighbours.
    sort = draw(st.sampled_from(list(Sort)))
    return asked(text, filters=filters, sort=sort, as_typed=READING_KINDS)


def passes(p: Product, f: Filters) -> bool:
    """The filters in plain words: one buyable form must satisfy them all."""
    if f.brands and p.brand not in f.brands:
        return False
    if p.category[: len(f.category)] != f.category:
        return False
    variant_mask = [(v.attributes, v.price_minor, v.stock_units) for v in p.variants] or [
        ({}, None, None)
    ]
    for own, price, stock in variant_mask:
        merged = {**p.attributes, **own}
        price = p.price_minor if price is None else price
        is_ok = all(merged.get(name) in values for name, values in f.attributes)
        if f.price_min_minor is not None or f.price_max_minor is not None:
            is_ok &= price is not None
            is_ok = is_ok and price >= (f.price_min_minor or 0)  # type: ignore[operator]
            if f.price_max_minor is not None:
                is_ok = is_ok and price <= f.price_max_minor  # type: ignore[operator]
        if f.in_stock:
            is_ok = is_ok and stock != 0 and p.stock_units != 0
        if is_ok:
            return True
    return False


def n_words(p: Product, words: list[str]) -> int:
    has = {w.lower() for w in f"{p.title} {p.brand or ''} {' '.join(p.category)}".split()}
    for attributes_ in (p.attributes, *(v.attributes for v in p.variants)):
        has |= {str(v).lower() for v in attributes_.values()}
    has |= {h[:-1] for h in has if h.endswith("s")}
    return sum(w in has for w in words)


def matching(
    products: list[Product], query: Query, ever: list[Product], *, by_meaning: bool = True
) -> set[str]:
    """Ids that answer the words, before filters: enough words, or near enough in meaning."""
    words = list(dict.fromkeys(query.query_text.split()))
    if not words:
        return {p.product_id for p in products}
    if not any(n_words(p, words) for p in ever):
        return set()  # words that no product ever had: the shop does not sell it
    needed = len(words) if len(words) <= 2 else int(np.ceil(0.75 * len(words)))
    core: set[str] = set()
    while needed and not core:
        core = {p.product_id for p in products if n_words(p, words) >= needed}
        needed -= 1
    if query.sort is Sort.RELEVANCE and by_meaning:
        encoder = bags().get("multilingual" if has_han(query.query_text) else "minilm")
        vector = encoder.encode([query.query_text])[0]
        vectors = encoder.encode([f"{p.title}. " for p in products])
        cosines = vectors @ vector
        assume((np.abs(cosines - 0.6) > 0.01).all())  # the index knows them to this precision
        core |= {p.product_id for p, c in zip(products, cosines, strict=True) if c >= 0.6}
    return core


def has_price(p: Product) -> bool:
    return any(price is not None for price in (p.price_minor, *(v.price_minor for v in p.variants)))


def check(
    generation: Generation,
    products: list[Product],
    query: Query,
    ever: list[Product] | None = None,
    thresholds: Thresholds = THRESHOLDS,
) -> None:
    """``ever``: also products that were removed or replaced."""
    by_meaning = thresholds is THRESHOLDS
    truth = matching(products, query, ever or products, by_meaning=by_meaning)
    wanted = {p.product_id for p in products if p.product_id in truth and passes(p, query.filters)}
    answer = answer_set(generation, query, thresholds)
    ids = list(generation.product_ids[answer.rows])
    assert set(ids) == wanted
    assert answer.total == len(ids) == len(wanted)
    assert answer.total_is_exact
    by_id = {p.product_id: p for p in products}
    in_stock = replace(query.filters, in_stock=True)
    is_priced = [has_price(by_id[i]) for i in ids]
    is_last = np.array(
        [
            not passes(by_id[i], in_stock) or (not priced and any(is_priced))
            for i, priced in zip(ids, is_priced, strict=True)
        ],
        np.bool_,
    )
    assert (np.diff(is_last.astype(int)) >= 0).all()  # what nobody can buy comes last
    for part in (is_last, ~is_last):
        assert (np.diff(answer.relevance[part]) <= 0).all()
    check_order(generation, answer.ordered(query.sort), products, query)
    check_facets(answer, products, query, truth)


def check_order(
    generation: Generation, rows: np.ndarray, products: list[Product], query: Query
) -> None:
    by_id = {p.product_id: p for p in products}
    placed = [by_id[i] for i in generation.product_ids[rows]]
    if query.sort is Sort.NEWEST:
        keys = [-(p.released_at_us or -1) for p in placed]
    elif query.sort is Sort.RELEVANCE:
        return
    else:
        keys = []
        for p in placed:
            shown = [] if p.variants else [(True, p.price_minor)]
            for v in p.variants:
                one = Product(
                    product_id="x",
                    title_en="x",
                    brand=p.brand,
                    category=p.category,
                    price_minor=p.price_minor if v.price_minor is None else v.price_minor,
                    stock_units=0 if p.stock_units == 0 else v.stock_units,
                    attributes={**p.attributes, **v.attributes},
                )
                if passes(one, query.filters):
                    shown.append((one.stock_units != 0, one.price_minor))
            priced = [(is_in, price) for is_in, price in shown if price is not None]
            in_stock = [price for is_in, price in priced if is_in]
            known = in_stock or [price for _, price in priced]
            sign = -1 if query.sort is Sort.PRICE_DESC else 1
            keys.append(sign * min(known) if known else 10**9)
    assert keys == sorted(keys)


def check_facets(answer: AnswerSet, products: list[Product], query: Query, truth: set[str]) -> None:
    """Each count is the total that choosing the value alone, under every other filter, would give."""
    f = query.filters
    for facet in answer.facets(query):
        for value in facet.values:
            parts = {
                "brands": f.brands,
                "category": f.category,
                "price_min_minor": f.price_min_minor,
                "price_max_minor": f.price_max_minor,
                "attributes": f.attributes,
                "in_stock": f.in_stock,
            }
            if facet.name == "brand":
                parts["brands"] = (value.value,)
            elif facet.name == "category":
                parts["category"] = tuple(value.value.split(CATEGORY_SEPARATOR))
            elif facet.name == "price":
                low, high = value.value.split("-")
                parts["price_min_minor"] = int(low)
                parts["price_max_minor"] = int(high) if high else None
            else:
                others = tuple((n, v) for n, v in f.attributes if n != facet.name)
                parts["attributes"] = (*others, (facet.name, (value.value,)))
            chosen = Filters(**parts)  # type: ignore[arg-type]
            expected = sum(p.product_id in truth and passes(p, chosen) for p in products)
            assert value.n_products == expected, (facet.name, value)


@settings(max_examples=20, deadline=None)
@given(shops(), st.lists(requests(), min_size=1, max_size=4))
def test_answers_totals_orders_and_facets_are_those_of_brute_force(
    products: list[Product], queries: list[Query]
) -> None:
    with tempfile.TemporaryDirectory() as out:
        generation = opened(products, Path(out))
        for query in queries:
            check(generation, products, query)


@settings(max_examples=12, deadline=None)
@given(shops(is_chinese=True), st.lists(requests(is_chinese=True), min_size=1, max_size=4))
def test_chinese_answers_are_those_of_brute_force(
    products: list[Product], queries: list[Query]
) -> None:
    with tempfile.TemporaryDirectory() as out:
        generation = opened(products, Path(out))
        for query in queries:
            check(generation, products, query)
            check(generation, products, query, thresholds=WORDS_ONLY)


@settings(max_examples=12, deadline=None)
@given(shops(), st.lists(requests(), min_size=1, max_size=4))
def test_without_vectors_the_answers_are_those_of_the_words(
    products: list[Product], queries: list[Query]
) -> None:
    with tempfile.TemporaryDirectory() as out:
        generation = opened(products, Path(out))
        for query in queries:
            check(generation, products, query, thresholds=WORDS_ONLY)


@settings(max_examples=12, deadline=None)
@given(
    shops(),
    shops(),
    st.sets(st.integers(0, 8), max_size=3),
    st.lists(requests(), min_size=1, max_size=3),
)
def test_after_any_changes_the_answers_are_those_of_the_changed_shop(
    before: list[Product], upserted: list[Product], removed: set[int], queries: list[Query]
) -> None:
    with tempfile.TemporaryDirectory() as out:
        generation = opened(before, Path(out))
        rows = dict(generation.row_of)
        generation.upsert(upserted)
        generation.remove(f"p{i}" for i in removed)
        now = {p.product_id: p for p in (*before, *upserted)}
        left = [p for i, p in now.items() if int(i[1:]) not in removed]
        assert set(generation.row_of) == {p.product_id for p in left}
        assert all(generation.row_of[i] == row for i, row in rows.items() if i in generation.row_of)
        assert all(generation.product(generation.row_of[p.product_id]) == p for p in left)
        for query in queries:
            check(generation, left, query, [*before, *upserted])


def test_past_the_cap_the_best_are_kept_and_the_total_says_at_least(tmp_path: Path) -> None:
    products = [
        Product(product_id=str(i), title_en="lamp" if i == 7 else "lamp zoom mouse")
        for i in range(20)
    ]
    generation = opened(products, tmp_path)
    answer = answer_set(generation, asked("lamp"), Thresholds(max_rows=5, calibrations={}))
    assert answer.total == 5
    assert not answer.total_is_exact
    assert generation.product_ids[answer.rows[0]] == "7"


@settings(max_examples=12, deadline=None)
@given(shops(), requests())
def test_a_product_is_shown_as_the_cheapest_variant_that_passes_and_is_in_stock(
    products: list[Product], query: Query
) -> None:
    with tempfile.TemporaryDirectory() as out:
        generation = opened(products, Path(out))
        answer = answer_set(generation, query, THRESHOLDS)
        by_id = {p.product_id: p for p in products}
        for row, shown in zip(answer.rows, answer.shown(answer.rows), strict=True):
            product = by_id[generation.product_ids[row]]
            assert (shown is None) == (not product.variants)
            wanted = shown_by_brute_force(product, query.filters)
            assert shown is None or shown.variant_id == wanted


def shown_by_brute_force(product: Product, filters: Filters) -> str | None:
    """The id of the first of the best variants, each taken as the only one of its product."""
    best: tuple[bool, bool, int] | None = None
    chosen = None
    for v in product.variants:
        if not passes(replace(product, variants=(v,)), filters):
            continue
        price = product.price_minor if v.price_minor is None else v.price_minor
        is_out = 0 in (product.stock_units, v.stock_units)
        key = (price is None, is_out, price or 0)
        if best is None or key < best:
            best, chosen = key, v.variant_id
    return chosen


def test_the_variants_of_an_answer_are_those_that_pass(tmp_path: Path) -> None:
    variants = tuple(
        Variant(
            variant_id=f"{c}{s}", attributes={"Colour": c, "Size": s}, stock_units=int(c == "Red")
        )
        for c in COLOURS
        for s in SIZES
    )
    generation = opened([Product(product_id="p", title_en="shirt", variants=variants)], tmp_path)
    red = Filters(attributes=(("Colour", ("Red",)),))
    answer = answer_set(generation, asked("shirt", filters=red), THRESHOLDS)
    assert [v.variant_id for v in answer.variants(0)] == ["RedS", "RedM"]
    blue = Filters(attributes=(("Colour", ("Blue",)),), in_stock=True)
    assert len(answer_set(generation, asked("shirt", filters=blue), THRESHOLDS)) == 0


def test_fewer_words_than_usual_is_said(tmp_path: Path) -> None:
    generation = opened([Product(product_id="p", title_en="red lamp")], tmp_path)
    assert answer_set(generation, asked("red lamp"), THRESHOLDS).notes == ()
    assert answer_set(generation, asked("red glow"), THRESHOLDS).notes == ("relaxed:1",)
    assert answer_set(generation, asked("glow"), THRESHOLDS).notes == ("not_sold:glow",)
    assert "corrected:lampp:lamp" in answer_set(generation, asked("lampp"), THRESHOLDS).notes
