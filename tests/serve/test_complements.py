"""What is bought with a product, as a shopper's page and the API have it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient
from tests.serve.small_shop import DAY_US, NOW_US, copied, products
from tests.waiting import wait_until_ready

from baihuo import bundle
from baihuo.core import Event, EventType, ShopPaths
from baihuo.core.tables import events_to_table, products_to_table
from baihuo.engine import DuckTables
from baihuo.features import default_features
from baihuo.serve import ServeConfig, create_app
from baihuo.train import train_purchases


def orders() -> list[Event]:
    """Every second order has lamp p3, whatever else; phone p0 goes with backpack p2 in a third of its orders."""
    rng = np.random.default_rng(6)
    made = []
    for n in range(400):
        cart = [("p0", "p1", "p5", "p6")[n % 4]]
        cart += ["p3"] if rng.random() < 0.5 else []
        cart += ["p2"] if cart[0] == "p0" and rng.random() < 0.35 else []
        made += [
            Event(
                event_id=f"bought-{n}-{product}",
                event_type=EventType.PURCHASE,
                visitor_id=f"buyer-{n}",
                occurred_at_us=NOW_US - DAY_US - n * 1_000_000,
                received_at_us=NOW_US - DAY_US - n * 1_000_000,
                product_id=product,
                price_minor=1_000,
                currency="EUR",
                quantity=1,
                order_id=f"order-{n}",
            )
            for product in cart
        ]
    return made


@pytest.fixture(scope="module")
def bought(
    built: Path, exported_encoders: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TestClient]:
    shop = copied(built, tmp_path_factory.mktemp("complements"))
    bundles = ShopPaths(shop).bundles
    trained = train_purchases(
        DuckTables(), events=events_to_table(orders()), products=products_to_table(products())
    )
    named = bundle.write(
        bundles,
        {
            "encoders": exported_encoders,
            "features.json": default_features().to_json(),
            **trained.parts,
        },
    )
    live = bundle.read_live(bundles)
    assert live is not None
    bundle.set_live(bundles, named, live.index_id)
    with TestClient(create_app(shop, ServeConfig(seed=1)), raise_server_exceptions=False) as client:
        wait_until_ready(client)
        yield client


def test_a_product_page_has_a_row_of_what_is_bought_with_it_and_not_of_what_everybody_buys(
    bought: TestClient,
) -> None:
    page = bought.get("/p/p0?language=en").text
    assert 'id="complements"' in page
    row = page.split('id="complements"')[1].split("</section>")[0]
    assert 'data-product="p2"' in row
    assert 'data-product="p3"' not in row
    assert 'data-reason="bought_together"' in row
    assert 'id="complements"' not in bought.get("/p/p1?language=en").text  # nothing goes with it


def test_the_api_gives_complements_alone_and_a_later_page_keeps_to_them(bought: TestClient) -> None:
    asked = "/v1/recommend/similar?product_id=p0&complements=true&page_size=3"
    page = bought.get(asked).json()
    assert [item["product_id"] for item in page["results"]] == ["p2"]
    again = bought.get(
        f"/v1/recommend/similar?product_id=p0&page_size=3&page=2&query_id={page['query_id']}"
    )
    assert again.status_code == 409
    assert "complements" in again.text
