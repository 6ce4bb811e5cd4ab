"""The catalogue against a dictionary, and its change log against what a follower must know."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.waiting import wait_until

from baihuo.catalog import KEEP, Catalog, Offer
from baihuo.core import BadInput, Conflict, NotFound, Product, Variant
from baihuo.core.tables import table_to_products

PHONE = Product(
    product_id="p1",
    title_en="Phone",
    title_zh="手机",
    description_en="d",
    description_zh="描述",
    brand="B",
    model="M",
    category=("Electronics", "Phones"),
    codes=("4006381333931",),
    price_minor=19900,
    currency="EUR",
    stock_units=3,
    attributes={"Colour": "Red", "GB": 64.0, "5G": True},
    variants=(
        Variant(
            variant_id="v1", attributes={"Size": "L"}, price_minor=1, stock_units=2, codes=("1",)
        ),
    ),
    images=("a.svg",),
    released_at_us=1,
    updated_at_us=2,
)


@pytest.fixture
def catalog(tmp_path: Path):  # type: ignore[no-untyped-def]
    catalog = Catalog(tmp_path / "catalog.sqlite")
    yield catalog
    catalog.close()


def test_a_product_comes_back_whole(catalog: Catalog, tmp_path: Path) -> None:
    plain = Product(product_id="p2", title_zh="茶")
    assert catalog.upsert([PHONE, plain]).n_new == 2
    assert catalog.get("p1") == PHONE
    assert catalog.get_many(["p2", "p1", "p3"]) == {"p1": PHONE, "p2": plain}
    assert list(catalog.products()) == [PHONE, plain]
    assert catalog.to_parquet(tmp_path / "products.parquet") == 2
    assert table_to_products(pq.read_table(tmp_path / "products.parquet")) == [PHONE, plain]


def test_only_price_and_stock_changing_is_an_offer_change(catalog: Catalog) -> None:
    catalog.upsert([PHONE])
    version = catalog.version()
    catalog.upsert([replace(PHONE, stock_units=9)])
    assert [c.kind for c in catalog.changes(version)] == ["offer"]
    catalog.upsert([replace(PHONE, stock_units=9, title_en="Phone 2")])
    assert [c.kind for c in catalog.changes(version)] == ["offer", "product"]
    assert (
        catalog.upsert([replace(PHONE, stock_units=9, title_en="Phone 2", updated_at_us=5)]).n_same
        == 1
    )


def test_none_is_a_price_and_keep_is_no_change(catalog: Catalog) -> None:
    catalog.upsert([PHONE])
    assert catalog.set_offer("p1", stock_units=0) == Offer(19900, 0)
    assert catalog.set_offer("p1", price_minor=None, stock_units=KEEP) == Offer(None, 0)
    assert catalog.get("p1") == replace(PHONE, price_minor=None, stock_units=0)
    version = catalog.version()
    assert catalog.set_offer("p1") == Offer(None, 0)
    assert catalog.version() == version  # nothing changed, so nobody is told


@pytest.mark.parametrize("stock", [-1, 2**63])
def test_a_stock_that_cannot_be_is_refused(catalog: Catalog, stock: int) -> None:
    catalog.upsert([PHONE])
    with pytest.raises(BadInput, match="stock_units"):
        catalog.set_offer("p1", stock_units=stock)
    with pytest.raises(BadInput, match="stock_units"):
        catalog.upsert([replace(PHONE, product_id="p9"), replace(PHONE, stock_units=stock)])
    assert [p.product_id for p in catalog.products()] == ["p1"]  # all of a call or nothing


def test_an_unknown_product_is_said_to_be_so(catalog: Catalog) -> None:
    with pytest.raises(NotFound, match="'p7'"):
        catalog.get("p7")
    with pytest.raises(NotFound, match="'p7'"):
        catalog.set_offer("p7", stock_units=1)
    with pytest.raises(BadInput, match="no title"):
        catalog.upsert([Product(product_id="p7")])


def test_importing_the_same_file_again_does_not_undo_a_price_set_since(catalog: Catalog) -> None:
    assert catalog.upsert([PHONE], is_import=True).n_new == 1
    catalog.set_offer("p1", price_minor=100)
    assert catalog.upsert([PHONE], is_import=True).n_same == 1
    assert catalog.get("p1").price_minor == 100
    newer = replace(PHONE, price_minor=500)
    assert catalog.upsert([newer], is_import=True).n_changed == 1
    assert catalog.get("p1").price_minor == 500


steps = st.lists(
    st.tuples(
        st.sampled_from(["upsert", "offer", "remove", "follow"]),
        st.integers(0, 4),
        st.integers(0, 3),
    ),
    max_size=40,
)


@settings(max_examples=30, deadline=None)
@given(steps=steps)
def test_a_follower_of_the_change_log_ends_with_the_same_catalogue(
    steps: list[tuple[str, int, int]],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        catalog = Catalog(Path(folder) / "c.sqlite")
        model: dict[str, Product] = {}
        followed: dict[str, Product] = {}
        seen = 0
        for step, i, value in [*steps, ("follow", 0, 0)]:
            key = f"p{i}"
            if step == "upsert":
                model[key] = Product(product_id=key, title_en=f"t{value}", stock_units=value)
                catalog.upsert([model[key]])
            elif step == "offer" and key in model:
                model[key] = replace(model[key], price_minor=value)
                catalog.set_offer(key, price_minor=value)
            elif step == "remove":
                assert catalog.remove([key]) == (model.pop(key, None) is not None)
            elif step == "follow":
                changes = catalog.changes(seen)
                assert [c.version for c in changes] == sorted({c.version for c in changes})
                for change in changes:
                    seen = change.version
                    now = catalog.get_many([change.product_id]).get(change.product_id)
                    if now is None:
                        followed.pop(change.product_id, None)
                    elif change.kind == "offer" and change.product_id in followed:
                        old = followed[change.product_id]
                        followed[change.product_id] = replace(
                            old, price_minor=now.price_minor, stock_units=now.stock_units
                        )
                    else:
                        followed[change.product_id] = now
        assert followed == model == {p.product_id: p for p in catalog.products()}
        assert len(catalog.changes(0)) <= 2 * 5  # the log never outgrows the catalogue
        catalog.close()


SETTER = """
import sys
from pathlib import Path
from baihuo.catalog import Catalog
c = Catalog(Path(sys.argv[1]))
for i in range(1, 201):
    c.set_offer("p1", stock_units=i)
c.close()
"""


def test_another_process_changes_stock_and_it_is_seen_within_a_second(catalog: Catalog) -> None:
    catalog.upsert([PHONE])
    catalog.set_offer("p1", stock_units=0)  # then it only grows
    done = subprocess.Popen([sys.executable, "-c", SETTER, str(catalog.path)])
    seen: list[int] = []

    def looked_at_until_it_ended() -> bool:
        seen.append(catalog.offers(["p1"])["p1"].stock_units or 0)
        return done.poll() is not None

    wait_until(looked_at_until_it_ended, every_s=0.002)
    assert done.returncode == 0
    assert catalog.offers(["p1"])["p1"].stock_units == 200
    assert seen == sorted(seen)
    assert len(set(seen)) > 2  # seen while it happened, not only after


def test_two_processes_writing_lose_no_change(tmp_path: Path) -> None:
    path = tmp_path / "c.sqlite"
    script = """
import sys
from pathlib import Path
from baihuo.catalog import Catalog
from baihuo.core import Product
c = Catalog(Path(sys.argv[1]))
for i in range(60):
    c.upsert([Product(product_id=f"{sys.argv[2]}{i}", title_en="t")])
c.close()
"""
    both = [subprocess.Popen([sys.executable, "-c", script, str(path), n]) for n in "ab"]
    assert [p.wait(timeout=60) for p in both] == [0, 0]
    catalog = Catalog(path)
    assert len(list(catalog.products())) == catalog.version() == 120
    catalog.close()


def test_a_catalogue_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    Catalog(tmp_path / "c.sqlite").close()
    connection = sqlite3.connect(tmp_path / "c.sqlite")
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(Conflict, match="upgrade baihuo"):
        Catalog(tmp_path / "c.sqlite")


def test_the_stamp_is_another_one_after_any_write_and_only_then(catalog: Catalog) -> None:
    catalog.upsert([PHONE])
    seen = [catalog.stamp()]
    assert catalog.stamp() == catalog.stamp()
    catalog.get("p1")
    assert catalog.stamp() == seen[-1]
    catalog.set_offer("p1", stock_units=9)
    seen.append(catalog.stamp())
    elsewhere = Catalog(catalog.path)
    elsewhere.set_offer("p1", stock_units=8)
    elsewhere.close()
    seen.append(catalog.stamp())
    assert len(set(seen)) == 3
