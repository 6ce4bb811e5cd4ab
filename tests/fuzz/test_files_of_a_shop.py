"""Any file of a shop may be damaged: what reads it answers, or says which file it is. Never a traceback, never a hang."""

from __future__ import annotations

import random
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from zlib import crc32

import pytest
from tests.fuzz.damage import damaged

from baihuo import bundle, connect, flow, index, labels, monitor, quality, tag
from baihuo.access import AuditLog, KeyRing, KeyStore, verify
from baihuo.ads import CampaignStore
from baihuo.assist import DutyFile, read_judged_pairs
from baihuo.backup import known_backups
from baihuo.catalog import Catalog
from baihuo.core import ShopError
from baihuo.encode import VectorCache
from baihuo.events import EventLog, JudgementLog, ServedLog
from baihuo.settings import Shop

_MOST_S = 20.0  # of one read; they take milliseconds


def _events(shop: Shop) -> None:
    log = EventLog(shop.log)
    try:
        log.tail(0)
        log.segments()
        log.last_seq()
        log.seal(shop.raw / "events")
    finally:
        log.close()


def _served(shop: Shop) -> None:
    log = ServedLog(shop.served_log)
    try:
        log.to_parquet(shop.root / "pages.parquet")
        log.since(0)
    finally:
        log.close()


def _catalogue(shop: Shop) -> None:
    catalogue = Catalog(shop.catalog)
    try:
        found = list(catalogue.products())
        catalogue.changes(0)
        catalogue.offers([p.product_id for p in found])
    finally:
        catalogue.close()


def _keys(shop: Shop) -> None:
    store = KeyStore(shop.keys_file)
    try:
        store.all_keys()
        ring = KeyRing(shop.keys_file)
        ring.find("bh_0000000000_nothing")
        ring.close()
    finally:
        store.close()


def _audit(shop: Shop) -> None:
    verify(shop.audit_file)
    flow.audit_entries(shop)
    log = AuditLog(shop.audit_file)
    try:
        log.append("x", actor="user a", at_us=1)
    finally:
        log.close()


def _judgements(shop: Shop) -> None:
    log = JudgementLog(shop.judgements)
    try:
        labels.find_consensus(log.table())
    finally:
        log.close()


def _tagger(shop: Shop) -> None:
    if (found := tag.read_tagger(shop.tagger)) is not None:
        found.tag("Norda 新款 X15 双肩包")


def _live(shop: Shop) -> None:
    bundle.previous(bundle.read_live(shop.bundles))


def _campaigns(shop: Shop) -> None:
    store = CampaignStore(shop.ads_file)
    try:
        store.changes()
        store.advertisers()
        store.history("c0")
    finally:
        store.close()


def _desk(shop: Shop) -> None:
    duty = DutyFile(shop.desk_file)
    try:
        duty.seen("ann", at_us=1, away_us=1)
        duty.on_duty(at_us=1, away_us=1)
    finally:
        duty.close()


READERS: dict[str, Callable[[Shop], object]] = {
    "1-raw/log.sqlite": _events,
    "7-served/served.sqlite": _served,
    "2-clean/catalog.sqlite": _catalogue,
    "keys.sqlite": _keys,
    "8-assist/desk.sqlite": _desk,
    "9-ads/campaigns.sqlite": _campaigns,
    "8-assist/examples/desk.sqlite": lambda shop: read_judged_pairs(shop.judged_pairs_file),
    "audit.sqlite": _audit,
    "1-raw/judgements.sqlite": _judgements,
    "4-train/vectors.sqlite": lambda shop: VectorCache(shop.vectors).close(),
    "tagger.npz": _tagger,
    "5-bundles/live.json": _live,
    "1-raw/imports.json": lambda shop: connect.imports(shop.raw),
    "2-clean/report.json": lambda shop: quality.QualityReport.load(shop.quality_report),
    "6-index/typed_queries.json": lambda shop: index.read_typed_queries(shop.typed_queries),
    "6-index/related_queries.json": lambda shop: index.read_related(shop.related_queries),
    "ratings.csv": lambda shop: labels.find_consensus(None, shop.ratings),
    "synonyms.txt": lambda shop: index.read_synonyms(shop.synonyms),
    "shop.yaml": lambda shop: shop.settings(),
    "quality.yaml": lambda shop: quality.load_rules(shop.rules_file),
    "features.yaml": flow.declared_features,
    "backups.json": known_backups,
}


# Seeds that once ended in a traceback, beyond those that always run.
FOUND = {"tagger.npz": (255,), "2-clean/report.json": (45,), "audit.sqlite": (14,)}


def _require_named(error: ShopError, file: Path) -> None:
    text = f"{error.what} {error.fix}"
    assert error.fix
    # What parses texts is told where they are from; the audit log has one file.
    assert any(name in text for name in (file.name, "audit log", "segment", "live-")), text


@pytest.fixture
def shop(whole: Path, tmp_path: Path) -> Shop:
    return Shop(Path(shutil.copytree(whole, tmp_path / "shop")))


@pytest.mark.parametrize("name", READERS)
def test_a_damaged_file_is_read_or_named(shop: Shop, name: str) -> None:
    file = shop.root / name
    good = file.read_bytes()
    READERS[name](shop)
    good = file.read_bytes() if name != "1-raw/log.sqlite" else good  # sealing changes it
    for seed in (*FOUND.get(name, ()), *range(25)):
        rng = random.Random(crc32(name.encode()) + seed)
        for companion in ("-wal", "-shm"):
            file.with_name(file.name + companion).unlink(missing_ok=True)
        for segment in shop.raw.glob("events/live-*"):
            segment.unlink()
        file.write_bytes(damaged(good, rng))
        began = time.monotonic()
        try:
            READERS[name](shop)
        except ShopError as error:
            _require_named(error, file)
        except Exception as error:
            raise AssertionError(f"{name}, seed {seed}: {type(error).__name__}: {error}") from error
        assert time.monotonic() - began < _MOST_S


def test_status_and_upgrade_answer_whatever_is_damaged(whole: Path, tmp_path: Path) -> None:
    names = sorted(p.relative_to(whole).as_posix() for p in whole.rglob("*") if p.is_file())
    for seed in range(15):
        rng = random.Random(seed)
        shop = Shop(Path(shutil.copytree(whole, tmp_path / f"shop{seed}")))
        for name in rng.sample(names, 4):
            file = shop.root / name
            file.write_bytes(damaged(file.read_bytes(), rng))
        assert flow.status(shop).next_step
        assert flow.upgrade_plan(shop)
        monitor.status(shop, at_us=1)
        shutil.rmtree(shop.root)
