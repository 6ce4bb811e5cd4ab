"""Auctions of ads are exported with the visitor whose pages they were for, without what others bid, and forget who it was."""

from __future__ import annotations

import json
from pathlib import Path

from tests.privacy_scan import files_with
from tests.small_events_shop import LEAVES, NOW_US, STAYS, made

from baihuo import flow
from baihuo.ads import AuctionLog, shown_ads
from baihuo.ads.auction_log import LoggedAd, LoggedAuction


def test_auctions_are_exported_and_then_forget_the_visitor(tmp_path: Path) -> None:
    shop = made(tmp_path / "shop")
    log = AuctionLog(shop.auctions_file)
    ads = (
        LoggedAd("lamps", "p1", 50, 0.1, 1, 5, slot=1, price_minor=30),
        LoggedAd("rival", "p2", 20, 0.1, 1, 2),
    )
    for visitor in (LEAVES, STAYS):
        log.append(
            LoggedAuction(
                auction_id=f"q{visitor == STAYS:d}.1",
                at_us=NOW_US,
                surface="search",
                visitor_id=visitor,
                ads=ads,
            )
        )
    log.close()
    exported = json.loads(b"".join(flow.export_visitor(shop, LEAVES)))
    (auction,) = exported["auctions"]
    assert auction == {
        "auction_id": "q0.1",
        "at_us": NOW_US,
        "surface": "search",
        "is_holdout": False,
        "ads": [{"campaign_id": "lamps", "product_id": "p1", "slot": 1}],
    }
    lines = b"".join(flow.export_visitor(shop, LEAVES, is_lines=True)).splitlines()
    assert [json.loads(line)["kind"] for line in lines].count("auction") == 1
    (receipt,) = flow.forget(shop, [LEAVES])
    assert receipt.removed["9-ads/auctions.sqlite"] == 1
    assert list(shown_ads(shop.auctions_file, LEAVES)) == []
    assert len(list(shown_ads(shop.auctions_file, STAYS))) == 1
    assert files_with(shop.auctions_file.parent, [LEAVES]) == {}
