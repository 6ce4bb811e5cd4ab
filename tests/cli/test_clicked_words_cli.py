"""A word that no product has finds what the shop's own log says, by its commands."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from tests.index.test_clicked_kinds import SHOP, Log, likes, old_shop
from tests.quality.chosen import few_checks
from typer.testing import CliRunner

from baihuo.cli.app import app
from baihuo.core import Event, Product, ShopPaths

AT_US = 1_750_000_000_000_000
_APART_US = 600_000_000  # pages of ten minutes: what is typed within one hour is not suggested


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def line(record: Event | Product) -> str:
    return json.dumps({k: v for k, v in asdict(record).items() if v not in (None, (), {})})


def at_usual_times(event: Event) -> Event:
    at_us = AT_US + event.occurred_at_us * _APART_US
    return replace(event, occurred_at_us=at_us, received_at_us=at_us)


@pytest.fixture
def shop(tmp_path: Path, linked_encoders: Callable[[Path], Path]) -> Path:
    """Imported and checked: a catalogue, and a log in which shoppers type *zorbs* and click sneakers."""
    log = Log()
    log.usual_searches()
    old_shop(log, "zorbs", likes("Sneakers"))
    old_shop(log, "wuffles", lambda _: 0.3)
    products, events = tmp_path / "products.jsonl", tmp_path / "events.jsonl"
    products.write_text("\n".join(line(replace(p, price_minor=999, currency="EUR")) for p in SHOP))
    events.write_text("\n".join(line(at_usual_times(e)) for e in log.events))
    shop = tmp_path / "shop"
    linked_encoders(ShopPaths(shop).encoders)
    run("import", str(products), str(events), "--shop", str(shop))
    few_checks(ShopPaths(shop).rules_file, "schema", "duplicates", "orphans")
    run("check", "--shop", str(shop))
    return shop


@pytest.mark.slow(reason="a shop from its files to a released bundle")
def test_slang_of_the_shops_own_shoppers_is_read_after_the_index_and_explained(shop: Path) -> None:
    folder = Path(run("index", "--shop", str(shop)).strip())
    assert (folder / "generation.json").exists()
    assert run("index", "--shop", str(shop)).strip() == str(folder)
    run("train", "--shop", str(shop))
    run("release", "--force", "--reason", "few events", "--shop", str(shop))
    page = json.loads(run("explain", "zorbs", "--json", "--shop", str(shop)))
    categories = {r["product"]["title"].split()[3] for r in page["results"]}
    assert categories == {"Sneakers,"}
    assert page["kind"]["source"] == "clicks"
    assert "visitors" in page["kind"]["evidence"]
    shown = run("explain", "zorbs", "--shop", str(shop))
    assert "'zorbs' by its clicks (" in shown
    unlearned = json.loads(run("explain", "wuffles", "--json", "--shop", str(shop)))
    assert unlearned["kind"] is None
    assert "not_sold:wuffles" in unlearned["notes"]
    suggested = json.loads(run("suggest", "zor", "--json", "--shop", str(shop)))
    assert suggested["queries"] == []  # no product has the word: a suggestion must find something
    suggested = json.loads(run("suggest", "sneak", "--json", "--shop", str(shop)))
    assert any("sneakers" in text.lower() for text in suggested["queries"])
    assert any(path.endswith("Sneakers") for path in suggested["categories"])
    assert suggested["products"]
    assert "queries " in run("suggest", "sneak", "-n", "1", "--shop", str(shop))
    related = json.loads(run("related", "sneakers", "--json", "--shop", str(shop)))
    assert related
    assert all(
        json.loads(run("explain", t, "--json", "--shop", str(shop)))["total"] for t in related[:2]
    )
    assert run("related", "sneakers", "-n", "1", "--shop", str(shop)).split("\n")[0] == related[0]
