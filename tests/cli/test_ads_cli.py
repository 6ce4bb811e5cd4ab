"""``baihuo ads``, as an operator types it."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner, Result

from baihuo.ads import CampaignStore
from baihuo.catalog import Catalog
from baihuo.cli.app import app
from baihuo.core import (
    BadInput,
    Conflict,
    Event,
    EventType,
    NotFound,
    Product,
    ShopError,
    ShopPaths,
    now_us,
)
from baihuo.core.tables import events_to_table, products_to_table

HEADER = "campaign_id,advertiser_id,name,product_ids,bid,budget_day,starts_at,keywords"
KETTLES = 'kettles,acme,Kettles,p1,0.45,50,2026-12-01,"""red kettle""|-[toy kettle]"'


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "shop.yaml").write_text(
        "currency: EUR\nads:\n  timezone: Europe/Berlin\n  most_keywords: 2\n  largest_bid_minor: 300\n"
    )
    catalog = Catalog(ShopPaths(folder).catalog)
    paths = {"p1": ("Home", "Kettles"), "p2": ("Home",), "knife": ("Home", "Knives")}
    catalog.upsert(
        Product(product_id=i, title_en=i, category=path, price_minor=900, currency="EUR")
        for i, path in paths.items()
    )
    catalog.close()
    printed(run(folder, "advertisers", "add", "acme", "Acme Ltd"))
    return folder


def run(shop: Path, *words: str) -> Result:
    return CliRunner().invoke(app, ["ads", *words, "--shop", str(shop)])


def printed(result: Result) -> str:
    assert result.exception is None, result.output
    return result.stdout.strip()


def csv_of(shop: Path, *rows: str) -> str:
    file = shop.parent / "campaigns.csv"
    file.write_text("\n".join((HEADER, *rows)) + "\n", encoding="utf-8")
    return str(file)


def listed(shop: Path, *words: str) -> list[dict[str, Any]]:
    return [json.loads(x) for x in printed(run(shop, "list", "--json", *words)).splitlines()]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("advertisers", "add", "", "Nobody"), "id of an advertiser"),
        (("advertisers", "add", "a b", "Nobody"), "id of an advertiser"),
        (("advertisers", "add", "nobody", " "), "name of an advertiser"),
        (("advertisers", "add", "nobody", "No\nbody"), "name of an advertiser"),
        (("import", "/nope.csv"), "No such file"),
        (("what-if", "--reserve", "-1"), "below 0"),
    ],
)
def test_what_cannot_be_is_refused_with_the_reason(
    shop: Path, words: tuple[str, ...], says: str
) -> None:
    error = run(shop, *words).exception
    assert isinstance(error, ShopError)
    assert says in error.what
    assert "UTF-8" not in error.fix


def test_audiences_are_counted_and_small_ones_refused(shop: Path) -> None:
    paths = ShopPaths(shop)
    at_us, day_us = now_us(), 86_400_000_000
    products = [
        Product(product_id=f"p{i}", title_en="x", category=category, brand=brand)
        for i, (category, brand) in enumerate(
            [
                (("Home", "Kettles"), "Acme"),
                (("Home", "Kettles and pots"), "ACME"),
                (("Home",), None),
            ]
        )
    ]
    rng = random.Random(7)
    events = [
        Event(
            event_id=f"e{i}",
            event_type=rng.choice([EventType.CLICK, EventType.PURCHASE, EventType.IMPRESSION]),
            visitor_id=rng.choice(["", *(f"v{n}" for n in range(80))]),
            product_id=f"p{rng.randrange(3)}",
            occurred_at_us=at_us - int(rng.uniform(0, 20) * day_us),
            received_at_us=at_us,
        )
        for i in range(300)
    ]
    paths.clean_events.mkdir(parents=True)
    pq.write_table(events_to_table(events), paths.clean_events / "all.parquet")
    pq.write_table(products_to_table(products), paths.clean_products)
    with (shop / "shop.yaml").open("a") as settings:
        settings.write(
            "  k_audience: 40\n  audiences:\n"
            "    kettles: {category: Home > Kettles, days: 10}\n"
            "    acme: {brand: acme, did: [click, purchase]}\n"
            "    bought: {category: Home, brand: Acme, did: [purchase], days: 1}\n"
        )

    def visitors(*products: str, kinds: str, days: int) -> int:
        return len(
            {
                e.visitor_id
                for e in events
                if e.visitor_id
                and e.product_id in products
                and e.event_type in kinds.split()
                and e.occurred_at_us > at_us - days * day_us
            }
        )

    sizes = json.loads(printed(run(shop, "audiences", "--json")))
    assert sizes == {
        "kettles": visitors("p0", kinds="click purchase", days=10),
        "acme": visitors("p0", "p1", kinds="click purchase", days=30),
        "bought": visitors("p0", "p1", kinds="purchase", days=1),
    }
    assert sizes["acme"] >= 40 > sizes["bought"]
    campaigns = [KETTLES + ",acme", KETTLES.replace("kettles,", "few,", 1) + ",bought"]
    file = Path(csv_of(shop, *campaigns))
    file.write_text(file.read_text().replace(HEADER, HEADER + ",audiences"))
    result = run(shop, "import", str(file))
    assert "1 new" in result.output
    assert f"has {sizes['bought']} visitors, fewer than 40" in result.output.replace("\n", " ")


def test_a_campaign_is_imported_approved_changed_and_stopped(shop: Path) -> None:
    assert "1 new" in printed(run(shop, "import", csv_of(shop, KETTLES)))
    assert "1 as before" in printed(run(shop, "import", csv_of(shop, KETTLES)))
    [row] = listed(shop, "--status", "submitted")
    assert (row["bid_minor"], row["starts_at"]) == (45, "2026-12-01T00:00:00+01:00")
    assert row["keywords"] == ['"red kettle"', "-[toy kettle]"]
    assert "running" not in row
    printed(run(shop, "approve", "kettles", "--version", "1"))
    printed(run(shop, "import", csv_of(shop, KETTLES.replace("p1,0.45", "p1|p2,0.60"))))
    [row] = listed(shop)
    assert (row["status"], row["running"]["bid_minor"]) == ("submitted", 60)
    assert row["running"]["product_ids"] == ["p1"]
    shown = printed(run(shop, "show", "kettles"))
    assert "product_ids: p1 | p2\n  runs with: p1" in shown
    printed(run(shop, "reject", "kettles", "--reason", "p2 is another's"))
    printed(run(shop, "pause", "kettles"))
    assert listed(shop)[0]["status"] == "paused"
    printed(run(shop, "resume", "kettles"))
    table = printed(run(shop, "list"))
    assert "kettles" in table
    assert "0.60" in table
    versions = printed(run(shop, "show", "kettles", "--json")).splitlines()
    assert [json.loads(v)["version"] for v in versions] == [1, 2, 3, 4, 5, 6]
    audit = CliRunner().invoke(app, ["audit", "--json", "--shop", str(shop)]).stdout
    actions = [json.loads(line)["action"] for line in audit.splitlines()]
    assert actions[0] == "advertiser.add"
    assert actions[-3:] == ["campaign.reject", "campaign.pause", "campaign.resume"]


def test_bad_rows_are_refused_with_line_field_value_and_fix_and_good_ones_kept(shop: Path) -> None:
    file = csv_of(
        shop,
        KETTLES,
        "a,acme,A,gone,0.45,50,2026-12-01,",
        "b,acme,B,p1,0.001,50,2026-12-01,",
        "c,acme,C,p1,3.01,50,2026-12-01,",
        "d,acme,D,p1,0.45,50,2026-12-01,k1|k2|k3",
        "e,nobody,E,p1,0.45,50,2026-12-01,",
    )
    dry = run(shop, "import", file, "--dry-run")
    assert (dry.exit_code, listed(shop)) == (2, [])
    result = run(shop, "import", file)
    assert result.exit_code == 2
    assert result.stdout.strip() == "6 rows: 1 kept (1 new, 0 changed, 0 as before), 5 refused"
    lines = result.stderr.strip().splitlines()
    expected = (
        "row 3, product_ids: 'gone' is not in the catalogue; fix: leave it out, or import it",
        "row 4, bid: '0.001' is finer than the smallest amount of EUR, 0.01",
        "row 5, bid: '3.01' is above the shop's limit of 3.00 EUR",
        "row 6, keywords: '3' are more than 2 keywords",
        "row 7: there is no advertiser 'nobody'; fix: add it first",
    )
    assert all(line.startswith(e) for line, e in zip(lines, expected, strict=True)), lines
    assert [row["campaign_id"] for row in listed(shop)] == ["kettles"]


def test_a_banned_category_is_not_advertised_until_the_ban_is_lifted(shop: Path) -> None:
    knives = csv_of(shop, "knives,acme,Knives,knife,0.45,50,2026-12-01,")
    printed(run(shop, "ban-category", "Home>Knives"))
    assert printed(run(shop, "ban-category")) == "Home > Knives"
    refused = run(shop, "import", knives)
    assert "Home > Knives" in refused.stderr
    printed(run(shop, "ban-category", "Home > Knives", "--lift"))
    printed(run(shop, "import", knives))
    printed(run(shop, "ban-word", "knife"))
    store = CampaignStore(ShopPaths(shop).ads_file)
    assert store.safety().words == ("knife",)
    store.close()


@pytest.mark.parametrize(
    ("words", "error", "match"),
    [
        (("approve", "nothing"), NotFound, "ads list"),
        (("resume", "kettles"), Conflict, "nothing to resume"),
        (("approve", "kettles", "--version", "7"), Conflict, "changed meanwhile"),
        (("reject", "kettles", "--reason", " "), BadInput, "reason"),
        (("list", "--status", "live"), BadInput, "submitted"),
        (("advertisers", "add", "acme", "Acme"), Conflict, "already"),
        (("ban-category", "Home > "), BadInput, "Knives"),
        (("ban-word", "casino", "--lift"), NotFound, "not banned"),
        (("import", "missing.csv"), BadInput, "cannot be read"),
    ],
)
def test_bad_words_get_an_error_with_a_fix(
    shop: Path, words: tuple[str, ...], error: type[Exception], match: str
) -> None:
    printed(run(shop, "import", csv_of(shop, KETTLES)))
    result = run(shop, *words)
    assert isinstance(result.exception, error)
    assert match in str(result.exception)


def test_a_shop_without_a_currency_says_so(tmp_path: Path) -> None:
    result = run(tmp_path, "import", "campaigns.csv")
    assert isinstance(result.exception, BadInput)
    assert "currency: EUR" in result.exception.fix


def test_advertisers_are_listed(shop: Path) -> None:
    assert "Acme Ltd" in printed(run(shop, "advertisers", "list"))
    [row] = printed(run(shop, "advertisers", "list", "--json")).splitlines()
    assert json.loads(row)["advertiser_id"] == "acme"
