"""Clicks that the checks found invalid are credited back; honest ones are not."""

from __future__ import annotations

import random
from pathlib import Path

import pyarrow.parquet as pq
from tests.quality.chosen import only

from baihuo.ads.credits import invalid_clicks
from baihuo.ads.ledger import CampaignDay, ClickCharge, Ledger, click_id
from baihuo.core import EVENTS, Event, EventType, Product, events_to_table, products_to_table
from baihuo.engine import DuckTables
from baihuo.quality import CleanOptions, clean

NOON_US = 1_796_256_000_000_000 + 43_200_000_000
DAY = "2026-12-03"


def event(n: int, kind: str, page: str, visitor: str, product: str, second: float) -> Event:
    at_us = NOON_US + int(second * 1e6)
    return Event(
        event_id=f"e{n}",
        event_type=EventType(kind),
        visitor_id=visitor,
        occurred_at_us=at_us,
        received_at_us=at_us,
        query_id=page,
        product_id=product,
        position=2,
    )


def test_invalid_clicks_are_credited_with_their_finding(tmp_path: Path) -> None:
    """By hand: a second click without a new page, a click on an ad never shown, a copy of an honest click."""
    log: list[tuple[str, str, str, str, float]] = []  # kind, page, visitor, product, second
    dice = random.Random(4)
    for n in range(300):
        seen = (f"page{n}", f"v{n}", f"p{n % 40}")
        log.append(("ad_impression", *seen, 60.0 * n))
        if dice.random() < 0.2:
            log.append(("ad_click", *seen, 60.0 * n + dice.uniform(2, 30)))
    honest = {(page, product) for kind, page, _, product, _ in log if kind == "ad_click"}
    log += [
        ("ad_impression", "twice", "x", "p1", 5),
        ("ad_click", "twice", "x", "p1", 9),
        ("ad_click", "unseen_again", "x", "p1", 30),
        ("ad_click", "never_shown", "y", "p2", 40),
        ("ad_click", "twice", "x", "p1", 9),  # the same click, sent again under another id
    ]
    events = [event(n, *row) for n, row in enumerate(log)]
    products = [Product(product_id=f"p{n}", title_en=f"Thing {n}") for n in range(40)]
    raw, catalogue, out = (tmp_path / n for n in ("events.parquet", "products.parquet", "2-clean"))
    pq.write_table(events_to_table(events).cast(EVENTS), raw)
    pq.write_table(products_to_table(products), catalogue)
    tables = DuckTables(threads=1)
    clean(
        tables,
        events=[raw],
        products=[catalogue],
        out=out,
        rules=only("traffic", "duplicates"),
        now_us=NOON_US + 86_400_000_000,
        options=CleanOptions(),
    )
    ledger = Ledger(tmp_path / "ledger.sqlite")
    ledger.deposit("A", 100_000, reference="r", at_us=NOON_US)
    on = CampaignDay(
        campaign_id="C",
        advertiser_id="A",
        day=DAY,
        budget_day_minor=None,
        budget_total_minor=100_000,
    )
    clicked = {(e.query_id, e.product_id) for e in events if e.event_type == EventType.AD_CLICK}
    ledger.charge_clicks(
        [
            ClickCharge(
                click_id=click_id(str(page), 2),
                on=on,
                campaign_version=1,
                product_id=str(product),
                price_minor=10,
            )
            for page, product in sorted(clicked)
        ],
        at_us=NOON_US,
    )
    found = invalid_clicks(
        tables, ledger, findings=out / "findings.parquet", raw=raw, clean=out / "events"
    )
    n = len(log)
    assert {(c.click_id, c.finding_id) for c in found} == {
        ("unseen_again:2", f"ad_click_again 0:{n - 2}"),
        ("never_shown:2", f"ad_click_not_shown 0:{n - 1}"),
    }
    assert all(c.reason for c in found)
    ledger.credit(found, today=DAY, at_us=NOON_US)
    assert all(c.is_duplicate for c in ledger.credit(found, today=DAY, at_us=NOON_US))
    assert ledger.spent_total("C") == 10 * (len(honest) + 1)
    assert ledger.check() == []
    ledger.close()
