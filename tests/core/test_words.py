from hypothesis import given
from hypothesis import strategies as st

from baihuo.core import Event, EventType, Product, Variant
from baihuo.core.tables import (
    EVENTS,
    PRODUCTS,
    events_to_table,
    products_to_table,
    table_to_events,
    table_to_products,
)

_text = st.text(min_size=1, max_size=20).filter(lambda t: t.strip() and " > " not in t)
_maybe = st.none() | _text
_attributes = st.dictionaries(
    _text, _text | st.booleans() | st.floats(allow_nan=False, allow_infinity=False), max_size=3
)

products = st.builds(
    Product,
    product_id=_text,
    title_en=_maybe,
    title_zh=_maybe,
    brand=_maybe,
    category=st.lists(_text, max_size=3).map(tuple),
    codes=st.lists(_text, max_size=2).map(tuple),
    price_minor=st.none() | st.integers(0, 10**9),
    stock_units=st.none() | st.integers(0, 10**6),
    attributes=_attributes,
    variants=st.lists(st.builds(Variant, variant_id=_text, attributes=_attributes), max_size=2).map(
        tuple
    ),
)
events = st.builds(
    Event,
    event_id=_text,
    event_type=st.sampled_from(EventType),
    visitor_id=_text,
    occurred_at_us=st.integers(0, 2**53),
    received_at_us=st.integers(0, 2**53),
    product_id=_maybe,
    position=st.none() | st.integers(1, 1000),
    rating=st.none() | st.floats(1, 5),
)


@given(st.lists(products, max_size=4))
def test_a_product_survives_the_table(shop: list[Product]) -> None:
    table = products_to_table(shop)
    assert table.schema == PRODUCTS
    assert table_to_products(table) == shop


@given(st.lists(events, max_size=4))
def test_an_event_survives_the_table(log: list[Event]) -> None:
    table = events_to_table(log)
    assert table.schema == EVENTS
    assert table_to_events(table) == log
