"""Which values a facet lists, against lists worked out from the products themselves."""

from __future__ import annotations

import tempfile
from collections import Counter, defaultdict
from itertools import pairwise
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.index._shop import asked, opened

from baihuo.core import Facet, Filters, Product
from baihuo.core.tables import CATEGORY_SEPARATOR
from baihuo.index import Thresholds, answer_set

PATHS = [
    ("Home",),
    ("Home", "Lamps"),
    ("Home", "Lamps", "Desk"),
    ("Tech", "Cables"),
    ("家居", "台灯"),
    (),
]
NAMES = ["Colour", "颜色", "Size", "Shape", "Weight", "Rare", "Material", "Fit"]


@st.composite
def shops(draw: st.DrawFn) -> list[Product]:
    n = draw(st.integers(1, 25))
    roots = PATHS[:3] if draw(st.booleans()) else PATHS  # one root, which is expanded
    made = []
    for i in range(n):
        attributes: dict[str, str | float | bool] = {
            name: f"{name[0]}{draw(st.integers(0, 3))}"
            for name in NAMES
            if draw(st.integers(0, 9)) < (1 if name == "Rare" else 7)
        }
        made.append(
            Product(
                product_id=f"p{i}",
                title_en="zoom",
                brand=draw(st.sampled_from([None, *(f"brand{j:02}" for j in range(40))])),
                category=draw(st.sampled_from(roots)),
                price_minor=draw(st.one_of(st.none(), st.integers(0, 99_999))),
                attributes=attributes,
            )
        )
    return made


def facets_of(products: list[Product], filters: Filters) -> dict[str, Facet]:
    with tempfile.TemporaryDirectory() as out:
        generation = opened(products, Path(out))
        answer = answer_set(generation, asked(filters=filters), Thresholds(calibrations={}))
        return {f.name: f for f in answer.facets()}


def listed(facet: Facet | None) -> list[tuple[str, int]]:
    return [] if facet is None else [(v.value, v.n_products) for v in facet.values]


@settings(max_examples=8, deadline=None)
@given(shops())
def test_brands_are_the_most_frequent_then_by_name(products: list[Product]) -> None:
    counts = Counter(p.brand for p in products if p.brand)
    wanted = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:30]
    assert listed(facets_of(products, Filters()).get("brand")) == wanted


@settings(max_examples=8, deadline=None)
@given(shops(), st.sampled_from(PATHS))
def test_the_category_tree_shows_what_is_below_and_beside_the_chosen_path(
    products: list[Product], chosen: tuple[str, ...]
) -> None:
    found = facets_of(products, Filters(category=chosen)).get("category")
    counts: Counter[tuple[str, ...]] = Counter()
    for p in products:
        counts.update(p.category[:depth] for depth in range(1, len(p.category) + 1))
    children = defaultdict(list)
    for path in counts:
        children[path[:-1]].append(path)
    opened_path = chosen
    while len(children[opened_path]) == 1:  # a choice of one is none: open it
        opened_path = children[opened_path][0]
    wanted = {
        CATEGORY_SEPARATOR.join(path): counts[path]
        for depth in range(len(opened_path) + 1)
        for path in children[opened_path[:depth]]
    }
    if chosen:
        wanted.setdefault(CATEGORY_SEPARATOR.join(chosen), 0)
    assert dict(listed(found)) == wanted
    selected = [v.value for v in found.values if v.is_selected] if found else []
    assert selected == ([CATEGORY_SEPARATOR.join(chosen)] if chosen else [])


@settings(max_examples=8, deadline=None)
@given(shops())
def test_price_ranges_follow_the_data_and_cover_every_price_once(products: list[Product]) -> None:
    prices = [p.price_minor for p in products if p.price_minor is not None]
    ranges = listed(facets_of(products, Filters()).get("price"))
    if not ranges:
        return
    assert 2 <= len(ranges) <= 5
    assert sum(n for _, n in ranges) == len(prices)
    ends = [tuple(map(int, filter(None, value.split("-")))) for value, _ in ranges]
    assert all(low < following[0] for (low, *_), following in pairwise(ends))
    assert len(ends[-1]) == 1  # the last one is open
    for low, *_ in ends:
        assert low == 0 or set(str(low)[2:]) <= {"0"}, "no round price"
    for (_, n), (low, *high) in zip(ranges, ends, strict=True):
        assert n == sum(low <= price <= (high[0] if high else price) for price in prices) > 0


@settings(max_examples=8, deadline=None)
@given(shops(), st.sampled_from([(), ("C1",), ("C1", "C9")]))
def test_attributes_are_those_that_split_the_set_best(
    products: list[Product], colours: tuple[str, ...]
) -> None:
    """Best: had by many, and spread over few values. The score is that of its first lines in ``attribute_facets``."""
    chosen = (("Colour", colours),) if colours else ()
    facets = facets_of(products, Filters(attributes=chosen))
    names = [name for name in facets if name in NAMES]
    if colours:
        counts = Counter(p.attributes["Colour"] for p in products if "Colour" in p.attributes)
        wanted = dict.fromkeys(colours, 0) | {str(value): n for value, n in counts.items()}
        assert names[0] == "Colour"
        assert dict(listed(facets["Colour"])) == wanted
        names = names[1:]
    inside = [p for p in products if not colours or p.attributes.get("Colour") in colours]
    scores = {}
    for name in NAMES[1:] if colours else NAMES:
        values = Counter(p.attributes[name] for p in inside if name in p.attributes)
        total = sum(values.values())
        if len(values) < 2 or total < max(0.1 * len(inside), 1):
            continue
        scores[name] = total / len(inside) * (1 - max(values.values()) / total)
    best = sorted(scores, key=lambda name: (-round(scores[name], 9), name))[:6]
    assert [round(scores[name], 9) for name in names] == [round(scores[name], 9) for name in best]
    for name in names:
        values = Counter(p.attributes[name] for p in inside if name in p.attributes)
        assert listed(facets[name]) == sorted(values.items(), key=lambda v: (-v[1], str(v[0])))
