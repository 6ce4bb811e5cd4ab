"""The "add a …" pages, followed to the letter."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import feather
from tests.docs.followed import follow

from baihuo.catalog import Catalog
from baihuo.settings import Shop


def test_a_connector(tmp_path: Path) -> None:
    copy = follow("add_a_connector.md", tmp_path / "copy")
    rows = {
        "user_id": ["v1", "v2", ""],
        "event_type": ["click", "click", "click"],
        "product_id": ["p1", "p2", "p3"],
        "timestamp": ["2026-03-01T10:00:00Z"] * 3,
    }
    feather.write_feather(pa.table(rows), tmp_path / "events.arrow")
    done = copy.baihuo("import", tmp_path / "events.arrow", "--shop", tmp_path / "shop")
    assert done.returncode == 0, done.stderr
    (imported,) = json.loads((tmp_path / "shop/1-raw/imports.json").read_text())
    assert (imported["format"], imported["n_in"], imported["n_kept"]) == ("feather", 3, 2)

    (tmp_path / "cut.arrow").write_bytes((tmp_path / "events.arrow").read_bytes()[:200])
    done = copy.baihuo("import", tmp_path / "cut.arrow", "--shop", tmp_path / "shop")
    assert done.returncode != 0
    assert "it is not a whole Arrow file" in done.stderr


@pytest.mark.slow(reason="a released shop is made first")
def test_a_stage(released_shop: Shop, tmp_path: Path) -> None:
    copy = follow("add_a_stage.md", tmp_path / "copy")
    page = ("explain", "--surface", "home", "--shop", released_shop.root)
    done = copy.baihuo(*page, "--json")
    assert done.returncode == 0, done.stderr
    explained = json.loads(done.stdout)
    (stage,) = [s for s in explained["trace"] if s["stage"] == "enough_stock"]
    assert stage["kind"] == "filter"

    first = explained["results"][0]["product_id"]
    with closing(Catalog(released_shop.catalog)) as catalog:
        catalog.set_offer(first, stock_units=2)
    done = copy.baihuo(*page, "--why-not", first)
    assert "enough_stock" in done.stdout
