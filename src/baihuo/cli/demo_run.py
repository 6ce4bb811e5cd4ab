"""The whole pipeline on a demo shop: a simulated one with known ground truth, or real public data."""

from __future__ import annotations

import csv
import shutil
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
from rich.console import Group
from rich.text import Text

from baihuo import connect, flow
from baihuo.ads import CampaignStatus, Decision, minor_units, read_csv
from baihuo.cli.ads import campaign_store
from baihuo.cli.context import stderr
from baihuo.cli.model_tables import models_table
from baihuo.cli.progress import Stages
from baihuo.cli.release import gate_table
from baihuo.cli.tables import imports_table, steps_table
from baihuo.core import BadInput, GateClosed, NotFound, Progress, QualityStop, ShopError
from baihuo.quality import QualityReport
from baihuo.release import GateReport
from baihuo.settings import Settings, Shop
from baihuo.simulate import ADVERTISERS, CAMPAIGNS, UNTIL_US, make_shop

_DAY_US = 86_400_000_000
KINDS = ("sample", "icecat", "online_retail")


# Seconds of each stage, measured on two ordinary cores; Stages scales them to this machine.
_STAGE_SECONDS = {"files": 13.0, "import": 6.0, "check": 17.0, "train": 140.0, "release": 10.0}
_QUICK_STAGE_SECONDS = {"files": 2.0, "import": 4.0, "check": 8.0, "train": 55.0, "release": 6.0}
_QUICK_PRODUCTS, _QUICK_EVENTS, _QUICK_UTTERANCES = 1_000, 80_000, 1_000


@dataclass
class DemoReport:
    """The content of the summary. None: the run ended before that stage."""

    shop_kind: str
    imports: list[connect.ImportRecord] = field(default_factory=list)
    quality: QualityReport | None = None
    report: dict[str, Any] | None = None  # the bundle's, with what serves at the end
    gate: GateReport | None = None
    seconds: dict[str, float] = field(default_factory=dict)  # by stage
    stopped: ShopError | None = None  # why no newer bundle is live
    n_campaigns: int = 0  # that show ads


def run_demo(
    shop: Shop,
    shop_kind: str,
    data: Path | None,
    progress: Progress,
    *,
    is_quick: bool = False,
    print_line: Callable[[str], None] = lambda line: None,
) -> DemoReport:
    """Run files → import → check → train → gate → release; the caller serves. If data quality or the gate stops the run, the report has the
    stages before, and the reason.

    Args:
        is_quick: No click models: search by relevance, purchase models trained; a smaller sample shop.
        print_line: Prints a line when a stage starts.

    Raises:
        BadInput: an unknown kind of shop, or real data without ``--data``.
        NotFound: the data does not exist.
    """
    if shop_kind not in KINDS:
        raise BadInput(f"there is no shop {shop_kind!r}", fix=f"one of {', '.join(KINDS)}")
    stages = Stages(_QUICK_STAGE_SECONDS if is_quick else _STAGE_SECONDS, print_line)
    report = DemoReport(shop_kind, seconds=stages.seconds)
    with stages.stage("files"):
        if shop_kind == "sample":
            files = _sample(shop, data, progress, is_quick=is_quick)
        else:
            files = (_icecat if shop_kind == "icecat" else _online_retail)(shop, data)
    with stages.stage("import"):
        flow.import_files(shop, files, progress=progress)
        if shop_kind == "sample":
            import_sample_service(shop, files[0].parent, progress)
        report.imports = connect.imports(shop.raw)
    bundle_id = None
    try:
        with stages.stage("check"):
            report.quality = flow.check(shop, progress=progress)
        with stages.stage("train"):
            trained = flow.train(shop, with_clicks=not is_quick, progress=progress)
            bundle_id = trained.bundle_id
        with stages.stage("release"):
            report.gate = flow.run_gate(shop, bundle_id, progress=progress)
            flow.release_if_open(shop, report.gate)
    except (QualityStop, GateClosed) as stop:
        report.stopped = stop
    if shop_kind == "sample":
        report.n_campaigns = import_sample_ads(shop, files[0].parent)
    if bundle_id is not None:
        report.report = flow.evaluate(shop, bundle_id)
    return report


def _sample(shop: Shop, data: Path | None, progress: Progress, *, is_quick: bool) -> list[Path]:
    """Make a simulated shop whose history ends today, once, so that later runs continue with it. Times are shifted by whole days, so that
    the shop is the same on every day.
    """
    folder = data or shop.root / "0-sample"
    if not (folder / "events.jsonl").exists():
        n_days = (flow.now_us() - UNTIL_US) // _DAY_US
        size: dict[str, Any] = {}
        if is_quick:
            size = {"n_products": _QUICK_PRODUCTS, "n_events": _QUICK_EVENTS}
            size |= {"n_utterances": _QUICK_UTTERANCES}
        make_shop(folder, until_us=UNTIL_US + n_days * _DAY_US, progress=progress, **size)
    for part, target in (("pictures", shop.pictures), ("words", shop.root / "words")):
        if not target.exists():
            shutil.copytree(folder / part, target)
    shutil.copyfile(folder / "truth" / "relevance.parquet", shop.judged)  # only for the gate
    _write_first_settings(shop, Settings(name="百货 baihuo", is_simulation=True, currency="CNY"))
    return [folder / "products.jsonl", folder / "events.jsonl"]


def _icecat(shop: Shop, data: Path | None) -> list[Path]:
    """Import a real catalogue without a log: only relevance can be learned."""
    folder = _existing(data, "icecat")
    _write_first_settings(shop, Settings(name="Icecat"))
    if (folder / "ratings.csv").exists():
        shutil.copyfile(folder / "ratings.csv", shop.ratings)
    return [folder]


def _online_retail(shop: Shop, data: Path | None) -> list[Path]:
    """Import a real log of purchases, shifted by whole weeks so that its last day is this week.

    Serving ignores history older than a year, so every visitor of 2010 would be new. Whole weeks preserve the weekdays; the file name has
    the shift.
    """
    source = _existing(data, "online_retail")
    source = source / "transactions.csv.gz" if source.is_dir() else source
    if not source.exists():
        raise NotFound(f"there is no {source}", fix="docs/data.md says where to get it")
    _write_first_settings(shop, Settings(name="Online Retail", languages=("en",), currency="GBP"))
    folder = shop.root / "0-archive"
    existing = sorted(folder.glob("transactions-*.csv"))
    if existing:
        return existing[:1]
    folder.mkdir(parents=True, exist_ok=True)
    rows = f"read_csv('{str(source).replace(chr(39), chr(39) * 2)}', all_varchar = true)"
    newest = duckdb.execute(f"SELECT max(CAST(InvoiceDate AS TIMESTAMP)) FROM {rows}").fetchone()
    last = newest[0] if newest else None
    if not isinstance(last, datetime):
        raise BadInput(
            f"{source} has no InvoiceDate", fix="give the transactions file of the data set"
        )
    weeks = (datetime.now(UTC).replace(tzinfo=None) - last) // timedelta(weeks=1)
    out = folder / f"transactions-moved-{weeks}-weeks.csv"
    moved = f"strftime(CAST(InvoiceDate AS TIMESTAMP) + INTERVAL {weeks} WEEK, '%Y-%m-%d %H:%M:%S')"
    duckdb.execute(
        f"COPY (SELECT * REPLACE ({moved} AS InvoiceDate) FROM {rows}) TO '{out}' (HEADER)"
    )
    return [out]


def _write_first_settings(shop: Shop, settings: Settings) -> None:
    """Write the shop's first settings; later runs do not replace them."""
    if not shop.settings_file.exists():
        shop.write_settings(settings)


def _existing(data: Path | None, kind: str) -> Path:
    if data is None:
        raise BadInput(
            f"the {kind} shop needs its data",
            fix=f"make demo SHOP={kind} DATA=folder (docs/data.md says where to get it)",
        )
    if not data.exists():
        raise NotFound(f"there is no {data}", fix="docs/data.md says where to get it")
    return data


def free_port(first: int) -> int:
    """``first``, or the next free port of the twenty after it; 0 stays 0."""
    for port in range(first, min(first + 20, 65536)):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    return first  # serve reports the error


# The summary of ``baihuo demo``: the tables of all stages.


def demo_tables(report: DemoReport) -> Group:
    """Build the tables of all stages run."""
    total = sum(report.seconds.values())
    stages = " · ".join(f"{name} {seconds:.0f} s" for name, seconds in report.seconds.items())
    return Group(
        imports_table(report.imports),
        *([steps_table(report.quality)] if report.quality else []),
        *([models_table(report.report)] if report.report else []),
        *([gate_table(report.gate)] if report.gate else []),
        *(
            [
                Text(
                    f"{report.n_campaigns} campaigns of simulated advertisers show ads: baihuo ads list"
                )
            ]
            if report.n_campaigns
            else []
        ),
        Text(f"{stages} · in all {total:.0f} s"),
    )


# Import the demo's customer service: FAQ, policy, orders and past conversations of the sample shop.


UTTERANCES = "utterances.csv"


def import_sample_ads(shop: Shop, sample: Path) -> int:
    """Import ``ads/`` of a sample shop and approve its campaigns; returns how many there are. What is known stays as it is."""
    folder = sample / "ads"
    if not folder.is_dir() or shop.settings().currency is None:
        return 0
    at_us = flow.now_us()
    with campaign_store(shop) as store:
        known = {advertiser.advertiser_id for advertiser in store.advertisers()}
        with (folder / ADVERTISERS).open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        for row in rows:
            if row["advertiser_id"] not in known:
                store.add_advertiser(row["advertiser_id"], row["name"], by="demo", at_us=at_us)
        with flow.ads_office(shop) as office:
            rules = office.rules(store)
            found = read_csv(folder / CAMPAIGNS, rules)
        for problem in found.problems:
            stderr.print(f"{CAMPAIGNS}: {problem}", markup=False, highlight=False, soft_wrap=True)
        for campaign in found.campaigns.values():
            made = store.submit(campaign, by="demo", at_us=at_us)
            if made.campaign.status is CampaignStatus.SUBMITTED:
                store.decide(campaign.campaign_id, Decision.APPROVE, by="demo", at_us=at_us)
    for row in rows:
        amount = minor_units(row["deposit"], rules.currency)
        flow.deposit_for_ads(shop, row["advertiser_id"], amount, f"demo:{row['advertiser_id']}")
    return len(found.campaigns)


def import_sample_service(shop: Shop, sample: Path, progress: Progress) -> bool:
    """Import ``service/`` of a sample shop; returns whether there is one.

    An existing policy stays, as its owner may have changed it.
    """
    service = sample / "service"
    if not service.is_dir():
        return False
    progress("customer service", 0, 3)
    if not shop.policy_file.exists():
        shutil.copyfile(service / "policy.yaml", shop.policy_file)
    pages = [service / "faq.en.md", service / "faq.zh.md"]
    flow.import_knowledge(shop, [*pages, service / "conversations.csv"])
    progress("customer service", 1, 3)
    flow.import_orders(shop, [service], replace=True)
    progress("customer service", 2, 3)
    shop.conversation_examples.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(service / UTTERANCES, shop.conversation_examples / UTTERANCES)
    shutil.copyfile(sample / "truth" / "service.jsonl", shop.conversation_truth)
    progress("customer service", 3, 3)
    return True
