"""A page's last look at stock, with nobody following the catalogue in the background."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from baihuo import flow
from baihuo.bundle import read_live
from baihuo.catalog import Catalog
from baihuo.core import BadInput, Filters, Product, Query, Served, ShopPaths, Surface, Variant
from baihuo.engine import seal_folder
from baihuo.events import EventLog
from baihuo.serve.worker.serving_state import open_serving_state
from baihuo.settings import Shop


def test_a_shop_without_chinese_answers_chinese_and_never_loads_its_encoder(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("baihuo.encode.encoders._LOADED", loaded := dict[str, object]())
    live = read_live(ShopPaths(shop).bundles)
    assert live is not None
    catalog = Catalog(ShopPaths(shop).catalog)
    serving = open_serving_state(shop, live.now, catalog, None, seed=1)
    serving.warm()
    match = serving.generation.match("电水壶 kettle")
    assert match is not None
    assert match.evidence.bm25.any()
    assert not match.evidence.near.any()
    assert serving.generation.encoders.get("multilingual").hash not in loaded
    catalog.close()


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


def test_a_release_takes_in_what_changed_since_its_index_was_built_with_hashes_and_without(
    shop: Path,
) -> None:
    """Content, price and stock, a new product, a removed one, and what is the same but for the time of its last change."""
    paths = ShopPaths(shop)
    live = read_live(paths.bundles)
    assert live is not None
    catalog = Catalog(paths.catalog)
    p2, p3 = catalog.get("p2"), catalog.get("p3")
    catalog.upsert([replace(p2, title_en="Zorbatron"), Product(product_id="n", title_en="Quxly")])
    catalog.upsert([replace(p3, updated_at_us=7)])
    catalog.set_offer("p4", price_minor=7, stock_units=0)
    catalog.remove(["p5"])
    found = []
    for has_hashes in (True, False):
        if not has_hashes:  # an index of an older version
            folder = paths.index / live.index_id
            (folder / "products.hashes").unlink()
            seal_folder(folder)
        generation = open_serving_state(shop, live.now, catalog, None, seed=1).generation
        served = {i: generation.product(row) for i, row in generation.row_of.items()}
        stored = {p.product_id: replace(p, updated_at_us=None) for p in catalog.products()}
        assert served == stored
        found.append((generation.snapshot.content_version, generation.snapshot.version))
    assert found[0] == found[1] == (2, 3)  # one batch of two products, one removal, and an offer
    catalog.close()


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
