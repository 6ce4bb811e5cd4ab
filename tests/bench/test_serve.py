"""bench/serve.py: the drawn history imports whole, and pages are asked for by who has one."""

from __future__ import annotations

import json
from itertools import islice
from pathlib import Path
from urllib.parse import parse_qs, urlparse

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

import serve
from baihuo import connect, privacy
from baihuo.catalog import Catalog
from baihuo.core import Product, ShopPaths
from baihuo.engine import DuckTables
from suites.serve.history import SPAN_DAYS, write_history
from suites.serve.learned import LEARNED, WITHOUT, ordered
from suites.serve.pages import paths, visitors

DAY_US = 86_400_000_000
UNTIL_US = 1_780_000_000_000_000


@pytest.fixture
def products() -> list[Product]:
    return [
        Product(
            product_id=f"p{i}",
            title_en=f"Norda {kind} {i} of steel",
            category=("Home", kind),
            price_minor=1000 + i,
            currency="EUR",
        )
        for kind in ("kettle", "lamp", "chair")
        for i in range(20 * len(kind), 20 * len(kind) + 20)
    ]


def test_every_event_of_the_drawn_history_is_imported_and_joins_its_page(
    products: list[Product], tmp_path: Path
) -> None:
    path = tmp_path / "events.jsonl"
    write_history(products, path, n_events=3000, until_us=UNTIL_US, seed=1)
    events = [json.loads(line) for line in path.read_text().splitlines()]
    assert len({e["event_id"] for e in events}) == len(events) == 3000
    times = [e["occurred_at_us"] for e in events]
    assert times == sorted(times)
    assert UNTIL_US - SPAN_DAYS * DAY_US <= times[0] < times[-1] < UNTIL_US
    imported = connect.import_files(
        [path],
        raw=tmp_path / "raw",
        tables=DuckTables(threads=1),
        mask=privacy.column_mask(bytes(32)),
    )
    rows = pa.concat_tables(map(pq.read_table, connect.segments(tmp_path / "raw", "events")))
    assert rows.num_rows == 3000, imported
    seen = {(e["query_id"], e["product_id"]) for e in events if e["event_type"] == "impression"}
    clicks = [e for e in events if e["event_type"] == "click"]
    assert len(clicks) > 100
    assert all((e["query_id"], e["product_id"]) in seen for e in clicks)


def test_pages_are_asked_for_by_visitors_who_clicked(
    products: list[Product], tmp_path: Path
) -> None:
    shop = ShopPaths(tmp_path)
    catalog = Catalog(shop.catalog)
    catalog.upsert(products, is_import=True)
    catalog.close()
    assert visitors(tmp_path, seed=1)[:2] == ["v0", "v1"]  # nobody was ever there
    folder = shop.clean / "events"
    folder.mkdir(parents=True)
    kinds, who = ["click", "impression", "click"], ["anna", "ben", "cleo"]
    pq.write_table(pa.table({"event_type": kinds, "visitor_id": who}), folder / "days.parquet")
    known = visitors(tmp_path, seed=1)
    assert sorted(known) == ["anna", "cleo"]
    for surface, names in (("search", {"q"}), ("home", set()), ("similar", {"product_id"})):
        for path in islice(paths(tmp_path, surface, known, seed=1), 4):
            asked = parse_qs(urlparse(path).query)
            assert asked.keys() == {"visitor_id"} | names
            assert asked["visitor_id"][0] in known


def test_a_copy_has_other_orders_and_all_else_as_it_was(tmp_path: Path) -> None:
    shop = tmp_path / "shop"
    (shop / "1-raw").mkdir(parents=True)
    (shop / "6-index").mkdir()
    (shop / "shop.yaml").write_text("name: Kettles\n")
    for name, orders in (("with", LEARNED), ("without", WITHOUT)):
        copy = ordered(shop, tmp_path / name, orders)
        written = yaml.safe_load((copy / "shop.yaml").read_text())
        assert written["name"] == "Kettles"
        assert {s: v["order"] for s, v in written["surfaces"].items()} == orders
        assert sorted(p.name for p in copy.iterdir()) == ["6-index", "shop.yaml"]
    assert (shop / "shop.yaml").read_text() == "name: Kettles\n"


def test_pages_without_a_history_have_no_click_models_to_compare(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = ["serve.py", "--data", "x", "--without-history", "--only-ratio"]
    monkeypatch.setattr("sys.argv", wrong)
    with pytest.raises(SystemExit):
        serve.main()
    assert "leave --without-history out" in capsys.readouterr().err
