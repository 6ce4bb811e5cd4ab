"""A small shop with a file of every kind, to be damaged."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from baihuo import bundle
from baihuo.access import AuditLog, KeyStore, Scope
from baihuo.ads import BanKind, Bid, BidKind, Campaign, CampaignStore, Decision, Keyword, Targeting
from baihuo.assist import DutyFile, JudgedPair, JudgedPairs
from baihuo.core import ShopPaths
from baihuo.encode import VectorCache
from baihuo.events import Judgement, JudgementLog
from baihuo.features import DEFAULT_TEXT
from baihuo.tag import train_tagger, write_tagger

_OLD = Path(__file__).parents[1] / "upgrade" / "old_shop.tar.xz"


@pytest.fixture(scope="session")
def whole(made_once: Callable[..., Path]) -> Path:
    """Not to be written to."""

    def make(folder: Path) -> None:
        from tests.tag.made_titles import titles

        with tarfile.open(_OLD) as archive:
            archive.extractall(folder, filter="data")
        shop = ShopPaths(folder / "shop")
        keys = KeyStore(shop.keys_file)
        keys.create("erp", [Scope.CATALOGUE], at_us=1)
        keys.close()
        audit = AuditLog(shop.audit_file)
        for i in range(20):
            audit.append("test", actor="user a", at_us=i)
        audit.close()
        judged = JudgementLog(shop.judgements)
        judged.append([Judgement("lamp", f"A{i}", f"r{i % 2}", i % 4, at_us=i) for i in range(20)])
        judged.close()
        _desk(shop)
        _campaigns(shop)
        cache = VectorCache(shop.vectors)
        cache.close()
        write_tagger(shop.tagger, train_tagger(titles(60, ["Norda", "Kumo"], seed=3)))
        shop.ratings.write_text("query,docid,rating\nlamp,A101,3\nkettle,A102,0\n")
        shop.synonyms.write_text("sofa, couch\ntv => television\n")
        shop.settings_file.write_text("name: Lamps\nserve: {port: 8001, workers: 1}\n")
        shop.rules_file.write_text("orphans: {stop_above: 0.3}\n")
        shop.features_file.write_text(DEFAULT_TEXT)
        shop.typed_queries.write_text(json.dumps([["lamp", 9], ["kettle", 7]]))
        stored = {"searches": [["lamp", "lamp", 4, ["A101"]]], "related": {"lamp": [0]}}
        shop.related_queries.write_text(json.dumps(stored))
        shop.backups_file.write_text(
            json.dumps([{"path": "/b", "at_us": 1, "expires_at_us": 2, "has_keys": True}])
        )
        assert bundle.read_live(shop.bundles) is not None

    return made_once("fuzzed", make) / "shop"


def _campaigns(shop: ShopPaths) -> None:
    store = CampaignStore(shop.ads_file)
    store.add_advertiser("acme", "Acme", by="ann", at_us=1)
    store.ban(BanKind.WORD, "casino", by="ann", at_us=1)
    for i in range(20):
        campaign = Campaign(
            campaign_id=f"c{i}",
            advertiser_id="acme",
            name="Lamps",
            currency="EUR",
            product_ids=("A101",),
            bid=Bid(BidKind.CLICK, 10),
            starts_at_us=i,
            targeting=Targeting(keywords=(Keyword("lamp"),)),
        )
        store.submit(campaign, by="ann", at_us=1)
        store.decide(f"c{i}", Decision.APPROVE, by="ann", at_us=1)
    store.close()


def _desk(shop: ShopPaths) -> None:
    duty, pairs = DutyFile(shop.desk_file), JudgedPairs(shop.judged_pairs_file)
    for i in range(20):
        duty.seen(f"person {i}", at_us=i, away_us=1)
        pairs.add(
            JudgedPair(
                pair_id=f"m{i}",
                conversation_id=f"c{i}",
                visitor_id="v",
                kind="sent",
                language="en",
                question="Where is my parcel?",
                answer="On its way.",
                by="ann",
                at_us=i,
            )
        )
    duty.close()
    pairs.close()
