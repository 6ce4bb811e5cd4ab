"""A page's last look at stock, with nobody following the catalogue in the background."""

from __future__ import annotations

from pathlib import Path

import pytest

from baihuo import flow
from baihuo.bundle import read_live
from baihuo.catalog import Catalog
from baihuo.core import BadInput, Filters, Product, Query, Served, ShopPaths, Surface, Variant
from baihuo.events import EventLog
from baihuo.serve.worker.serving_state import open_serving_state
from baihuo.settings import Shop


def test_what_was_sold_out_a_moment_ago_is_not_on_a_page_for_who_wants_stock(shop: Path) -> None:
    catalog = Catalog(ShopPaths(shop).catalog)
    elsewhere = Catalog(ShopPaths(shop).catalog)
    log = EventLog(ShopPaths(shop).log)
    live = read_live(ShopPaths(shop).bundles)
    assert live is not None
    serving = open_serving_state(shop, live.now, catalog, log, seed=1)

    def page_of(i: int) -> Served:
        query = Query(
            query_id=f"q{i}",
            surface=Surface.SEARCH,
            visitor_id="v",
            at_us=serving.feature_state.at_us,
            query_text="kettle",
            filters=Filters(in_stock=True),
            page_size=50,
        )
        return serving.page(query, None, catalog)

    def ids(served: Served) -> set[str]:
        return {p.product_id for p in served.page.placed}

    serving.follow_catalog(catalog)
    assert "p1" in ids(page_of(1))
    elsewhere.set_offer("p1", stock_units=0)
    late = page_of(2)  # the index knows nothing of it yet
    assert "p1" not in ids(late)
    assert "changed:1" in late.page.notes
    serving.follow_catalog(catalog)
    after = page_of(3)  # now it does, so nothing had to be taken back
    assert "p1" not in ids(after)
    assert not any(n.startswith("changed") for n in after.page.notes)
    for one in (catalog, elsewhere, log):
        one.close()


def test_a_last_look_keeps_a_product_whose_variant_passes_and_drops_what_the_words_leave_out(
    shop: Path,
) -> None:
    catalog = Catalog(ShopPaths(shop).catalog)
    elsewhere = Catalog(ShopPaths(shop).catalog)
    live = read_live(ShopPaths(shop).bundles)
    assert live is not None
    small = Variant(variant_id="s", price_minor=5_000)
    catalog.upsert(
        [
            Product(
                product_id=i,
                title_en="Zeppelin kettle",
                category=("Home", "Kitchen"),
                price_minor=price,
                currency="EUR",
                variants=variants,
            )
            for i, price, variants in (("v", 9_000, (small,)), ("w", 5_900, ()))
        ]
    )
    serving = open_serving_state(shop, live.now, catalog, None, seed=1)
    serving.follow_catalog(catalog)

    def ids(text: str, filters: Filters) -> set[str]:
        query = Query(
            query_id=text,
            surface=Surface.SEARCH,
            visitor_id="v",
            at_us=serving.feature_state.at_us,
            query_text=text,
            filters=filters,
        )
        return {p.product_id for p in serving.page(query, None, catalog).page.placed}

    up_to_60 = Filters(price_max_minor=6_000)
    assert {"v", "w"} <= ids("zeppelin", up_to_60)
    elsewhere.set_offer("w", price_minor=7_000)  # the index knows nothing of it yet
    by_filter, by_words = ids("zeppelin", up_to_60), ids("zeppelin under 60", Filters())
    by_text = ids("zeppelin", Filters(where="price:[* TO 60] OR brand:nobody"))
    for found in (by_filter, by_words, by_text):
        assert "v" in found
        assert "w" not in found
    catalog.close()
    elsewhere.close()


def test_explaining_a_page_of_a_shop_that_never_served_makes_no_log(shop: Path) -> None:
    folder = Shop(shop)
    folder.log.unlink(missing_ok=True)
    query = Query(
        query_id="q", surface=Surface.SEARCH, visitor_id="v", at_us=1, query_text="kettle"
    )
    assert flow.explain(folder, query).served.page.placed
    assert not folder.log.exists()


@pytest.mark.parametrize("artefact", ["index", "features", "bundle"])
def test_a_release_with_a_changed_byte_is_not_opened_and_the_error_names_the_file(
    shop: Path, artefact: str
) -> None:
    paths, live = ShopPaths(shop), read_live(ShopPaths(shop).bundles)
    assert live is not None
    folder, name = {
        "index": (paths.index / live.index_id, "names.json"),
        "features": (next(paths.features.glob("state/*")), "products.parquet"),
        "bundle": (paths.bundles / live.bundle_id, "features.json"),
    }[artefact]
    whole = (folder / name).read_bytes()
    (folder / name).unlink()  # it may be a link to that of another test's shop
    (folder / name).write_bytes(whole[:40] + bytes([whole[40] ^ 1]) + whole[41:])
    catalog = Catalog(paths.catalog)
    with pytest.raises(BadInput, match=f"{name} was changed") as found:
        open_serving_state(shop, live.now, catalog, None, seed=1)
    assert "baihuo" in found.value.fix
    catalog.close()
