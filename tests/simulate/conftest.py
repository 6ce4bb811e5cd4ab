"""One sample shop of 1,500 products and 60,000 events, with its log and its truth as tables."""

from __future__ import annotations

import json
import random
from typing import Any

import duckdb
import pytest

from baihuo.simulate import SPAN_DAYS, UNTIL_US, SampleShop, make_shop
from baihuo.simulate.intents import Intent
from baihuo.simulate.listings import DAY_US, listings
from baihuo.simulate.searches import intent_of
from baihuo.simulate.shelf import Shelf
from baihuo.simulate.shoppers import Shoppers
from baihuo.simulate.vocabulary import vocabulary


def true_products(shop: SampleShop) -> list[dict[str, Any]]:
    """The true lines of the products file."""
    dirty = {
        line
        for (line,) in duckdb.execute(
            f"select line from '{shop.truth}/dirt.parquet' where file = 'products.jsonl'"
        ).fetchall()
    }
    lines = shop.products.read_bytes().splitlines()
    return [json.loads(x) for i, x in enumerate(lines, start=1) if i not in dirty]


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> SampleShop:
    return make_shop(
        tmp_path_factory.mktemp("shop"), seed=3, n_products=1_500, n_events=60_000, dirt=0.03
    )


@pytest.fixture(scope="session")
def tables(shop: SampleShop) -> duckdb.DuckDBPyConnection:
    """``lines`` (number, raw text), ``clean`` events and the truth, as a stranger's tool reads them."""
    connection = duckdb.connect()
    dirty = {
        line
        for (line,) in connection.sql(
            f"select line from '{shop.truth}/dirt.parquet' where file = 'events.jsonl'"
        ).fetchall()
    }
    clean = shop.folder / "clean.jsonl"
    with clean.open("wb") as out:
        for number, line in enumerate(shop.events.read_bytes().splitlines(keepends=True), start=1):
            if number not in dirty:
                out.write(line)
    connection.sql(
        f"create table clean as select * from read_json('{clean}', format='newline_delimited', sample_size=-1)"
    )
    for name in ("clicks", "dirt", "relevance", "queries", "products", "visitors"):
        connection.sql(f"create table {name} as from '{shop.truth}/{name}.parquet'")
    _ask(connection, shop)
    return connection


def _ask(connection: duckdb.DuckDBPyConnection, shop: SampleShop) -> None:
    """``asked``: places of search pages with the intent of the text, the grade, and what came of it."""
    known = [
        (
            p["product_id"],
            p["price_minor"],
            [v["attributes"]["Size"].casefold() for v in p["variants"] if v["stock_units"]],
        )
        for p in true_products(shop)
    ]
    connection.sql(
        "create table catalogue (product_id varchar, price_minor bigint, sizes varchar[])"
    )
    connection.executemany("insert into catalogue values (?, ?, ?)", known)
    connection.sql("""
        create table asked as
        with done as (select distinct query_id, product_id, event_type from clean
            where event_type in ('click', 'purchase'))
        select e.query_id, e.position, e.propensity, q.language, q.intent, c.price_minor, c.sizes,
            coalesce(r.grade, 0) as grade, k.query_id is not null as is_clicked, b.query_id is not null as is_bought,
            list_contains(cast(q.intent->'types' as varchar[]), p.type) as is_type
        from clean e join queries q using (query_text) join products p using (product_id)
        join catalogue c using (product_id)
        left join relevance r using (query_text, product_id)
        left join done k on k.query_id = e.query_id and k.product_id = e.product_id and k.event_type = 'click'
        left join done b on b.query_id = e.query_id and b.product_id = e.product_id and b.event_type = 'purchase'
        where e.event_type = 'impression' and e.surface = 'search'
    """)


@pytest.fixture(scope="session")
def shelf() -> Shelf:
    """Another catalogue, of 3,000 products, as the simulator sees it."""
    words = vocabulary()
    made = list(listings(words, seed=4, n_products=3_000, until_us=UNTIL_US))
    return Shelf.of(words, made, seed=4, counted_us=UNTIL_US - SPAN_DAYS * DAY_US)


@pytest.fixture(scope="session")
def intents(shelf: Shelf) -> list[Intent]:
    """What 8,000 searches in it are for, of 2,000 people who have nothing to replace."""
    rng, people = random.Random(4), Shoppers.of(shelf, seed=4, n_people=2_000)
    return [intent_of(shelf, people, people.draw(rng), [], rng) for _ in range(8_000)]
