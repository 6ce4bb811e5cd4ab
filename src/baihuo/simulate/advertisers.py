"""Six brands that advertise in the sample shop: what they ask for, and what only they know, the worth of a purchase to them."""

from __future__ import annotations

import csv
import random
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path

import orjson

from baihuo.simulate.listings import DAY_US, Listing

N_ADVERTISERS = 6
CAMPAIGNS, ADVERTISERS = "campaigns.csv", "advertisers.csv"
_N_PRODUCTS = 12
_KINDS = ("click", "click", "thousand", "cost_per_purchase", "return_on_spend", "click")
_MARGIN = (0.15, 0.35)  # of the price, what a purchase is worth to a brand
_P_PURCHASE = 0.05  # of a click: what a brand expects when it sets its bid
_P_CLICK = 0.04


def write_advertisers(out: Path, listings: list[Listing], *, seed: int, until_us: int) -> None:
    """Write ``ads/advertisers.csv`` and ``ads/campaigns.csv`` as a stranger would send them, and ``truth/advertisers.jsonl``.

    The brands with most products advertise the ones of middling price. They bid a part of what a click is worth to them.
    """
    rng = random.Random(f"ads:{seed}")
    of_brand: defaultdict[str, list[Listing]] = defaultdict(list)
    for listing in listings:
        if listing.product.brand and listing.product.price_minor:
            of_brand[listing.product.brand].append(listing)
    brands = sorted(of_brand, key=lambda brand: (-len(of_brand[brand]), brand))[:N_ADVERTISERS]
    starts_at = datetime.fromtimestamp((until_us - DAY_US) / 1e6, UTC).strftime("%Y-%m-%dT%H:%M")
    advertisers, campaigns, truth = [], [], []
    for brand, kind in zip(brands, _KINDS, strict=False):
        by_price = sorted(of_brand[brand], key=lambda one: one.product.price_minor or 0)
        first = max(0, len(by_price) // 2 - _N_PRODUCTS // 2)
        chosen = [one.product for one in by_price[first : first + _N_PRODUCTS]]
        price = sum(p.price_minor or 0 for p in chosen) / len(chosen)
        worth = price * rng.uniform(*_MARGIN)
        of_click = worth * _P_PURCHASE * rng.uniform(0.5, 0.9)
        bid = {
            "click": of_click,
            "thousand": of_click * _P_CLICK * 1000,
            "cost_per_purchase": worth * 0.8,
        }.get(kind)
        name = brand.lower().replace(" ", "-")
        advertisers.append({"advertiser_id": name, "name": brand, "deposit": "20000.00"})
        campaigns.append(
            {
                "campaign_id": f"{name}-autumn",
                "advertiser_id": name,
                "name": f"{brand} autumn",
                "product_ids": "|".join(p.product_id for p in chosen),
                "bid_kind": kind,
                "bid": f"{max(bid, 2.0) / 100:.2f}" if bid is not None else "5.0",
                "budget_day": f"{max(100, round(of_click * 200 / 100)):d}.00",
                "starts_at": starts_at,
                "frequency_cap": "20",
            }
        )
        truth.append({"advertiser_id": name, "kind": kind, "purchase_worth_minor": round(worth)})
    folder = out / "ads"
    folder.mkdir(exist_ok=True)
    for file, rows in ((ADVERTISERS, advertisers), (CAMPAIGNS, campaigns)):
        with (folder / file).open("w", newline="", encoding="utf-8") as stream:
            writer = csv.DictWriter(stream, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    lines = b"".join(orjson.dumps(row) + b"\n" for row in truth)
    (out / "truth" / "advertisers.jsonl").write_bytes(lines)
