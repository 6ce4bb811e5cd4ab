"""A shop that advertises one kettle, and a log of visitors who were held out of its ad."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from baihuo import flow
from baihuo.ads import AuctionLog, CampaignStore, Decision
from baihuo.ads.auction_log import LoggedAd, LoggedAuction
from baihuo.ads.campaign import HOUR_US, Bid, BidKind, Campaign
from baihuo.catalog import Catalog
from baihuo.core import Product, ShopPaths
from baihuo.settings import Shop

NOW_US = flow.now_us()
MINUTE_US = 60_000_000


def kettle_shop(folder: Path) -> Path:
    """Write a shop with four kettles and the approved campaign ``kettles`` of ``acme``, which has paid nothing in."""
    folder.mkdir()
    (folder / "shop.yaml").write_text("currency: EUR\n")
    paths = ShopPaths(folder)
    catalog = Catalog(paths.catalog)
    catalog.upsert(
        Product(product_id=f"p{i}", title_en=f"Kettle {i}", price_minor=900, currency="EUR")
        for i in range(4)
    )
    catalog.close()
    store = CampaignStore(paths.ads_file)
    store.add_advertiser("acme", "Acme", by="t", at_us=NOW_US)
    campaign = Campaign(
        campaign_id="kettles",
        advertiser_id="acme",
        name="Kettles",
        currency="EUR",
        product_ids=("p1",),
        bid=Bid(BidKind.CLICK, 50),
        starts_at_us=NOW_US - HOUR_US,
        budget_day_minor=10_000,
    )
    store.submit(campaign, by="t", at_us=NOW_US)
    store.decide("kettles", Decision.APPROVE, by="t", at_us=NOW_US)
    store.close()
    return folder


def event_line(number: int, kind: str, visitor: str, page: int, at_us: int, **more: Any) -> str:
    """A line of an import: an event about the kettle that is advertised."""
    row = {
        "event_id": f"e{number}",
        "event_type": kind,
        "visitor_id": visitor,
        "occurred_at_us": at_us,
        "received_at_us": at_us,
        "query_id": f"q{page}",
        "product_id": "p1",
        **more,
    }
    return json.dumps(row)


def write_held_out(shop: Path) -> None:
    """Import and check two days in which half of 400 visitors were held out.

    Of 200 visitors who saw the ad 60 bought; of 200 who would have seen it, 20. Of these all clicked a product that nobody paid for, of the
    others half; and all of the former came back the next day, if they saw the ad early enough.
    """
    (shop / "shop.yaml").write_text("currency: EUR\nads: {holdout_share: 0.5}\n")
    log, lines = AuctionLog(ShopPaths(shop).auctions_file), []
    for visitor in range(400):
        is_ghost = visitor >= 200
        at_us = NOW_US - 30 * HOUR_US + visitor * 10**6
        ad = LoggedAd("kettles", "p1", 50, 0.1, 1, 5, slot=1, price_minor=30)
        acts = [("click", 1000, -HOUR_US)]  # before the ad: not counted
        acts += [("click", 2000, MINUTE_US)] if is_ghost or visitor % 2 else []
        acts += [] if is_ghost else [("add_to_cart", 3000, 25 * HOUR_US)]
        lines += [
            event_line(n + visitor, kind, f"v{visitor}", visitor, at_us + after_us, query_id=None)
            for kind, n, after_us in acts
        ]
        log.append(
            LoggedAuction(
                auction_id=f"q{visitor}.1",
                at_us=at_us,
                surface="search",
                visitor_id=f"v{visitor}",
                is_holdout=is_ghost,
                ads=(ad,),
            )
        )
        if visitor % 200 < (20 if is_ghost else 60):
            bought = {"price_minor": 900, "currency": "EUR", "quantity": 1, "query_id": None}
            after_us = at_us + 30 * MINUTE_US
            lines.append(
                event_line(visitor, "purchase", f"v{visitor}", visitor, after_us, **bought)
            )
    log.close()
    file = shop.parent / "events.jsonl"
    file.write_text("\n".join(lines) + "\n")
    flow.import_files(Shop(shop), [file])
    flow.check(Shop(shop))
