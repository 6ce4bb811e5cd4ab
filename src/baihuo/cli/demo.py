"""The whole line on a shop one can look at: a sample with a known truth, or real public data."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from baihuo import connect, flow
from baihuo.core import BadInput, NotFound
from baihuo.core.progress import Progress
from baihuo.quality import QualityReport
from baihuo.release import GateReport
from baihuo.settings import Settings, Shop
from baihuo.simulate import UNTIL_US, make_shop

_DAY_US = 86_400_000_000
KINDS = ("sample", "icecat", "online_retail")


@dataclass
class Told:
    """What the closing table tells."""

    shop_kind: str
    imports: list[connect.ImportRecord]
    quality: QualityReport
    report: dict[str, Any]  # the bundle's
    gate: GateReport
    seconds: dict[str, float] = field(default_factory=dict)  # by stage


def run_demo(shop: Shop, shop_kind: str, data: Path | None, progress: Progress) -> Told:
    """Files → import → check → train → gate → release; the caller serves.

    Raises:
        BadInput: no such kind of shop, or real data without ``--data``.
        NotFound: the data is not there.
    """
    if shop_kind not in KINDS:
        raise BadInput(f"there is no shop {shop_kind!r}", fix=f"one of {', '.join(KINDS)}")
    seconds: dict[str, float] = {}

    @contextmanager
    def timed(stage: str) -> Iterator[None]:
        started = time.perf_counter()
        yield
        seconds[stage] = time.perf_counter() - started

    with timed("files"):
        files = {"sample": _sample, "icecat": _icecat, "online_retail": _online_retail}[shop_kind](
            shop, data, progress
        )
    with timed("import"):
        flow.import_files(shop, files, progress=progress)
    with timed("check"):
        checked = flow.check(shop, progress=progress)
    with timed("train"):
        trained = flow.train(shop, progress=progress)
    with timed("release"):
        gate = flow.release(shop, trained.bundle_id, progress=progress)
    return Told(shop_kind, connect.imports(shop.raw), checked, trained.report, gate, seconds)


def _sample(shop: Shop, data: Path | None, progress: Progress) -> list[Path]:
    """A simulated shop whose history ends today; made once, so that a second run goes on with it.

    Moved by whole days, so that whoever runs it on whatever day sees the same shop.
    """
    folder = data or shop.root / "0-sample"
    if not (folder / "events.jsonl").exists():
        n_days = (flow.now_us() - UNTIL_US) // _DAY_US
        make_shop(folder, until_us=UNTIL_US + n_days * _DAY_US, progress=progress)
    for part, place in (("pictures", shop.pictures), ("words", shop.root / "words")):
        if not place.exists():
            shutil.copytree(folder / part, place)
    shop.write_settings(Settings(name="百货 baihuo", is_simulation=True))
    return [folder / "products.jsonl", folder / "events.jsonl"]


def _icecat(shop: Shop, data: Path | None, progress: Progress) -> list[Path]:
    """A real catalogue without a log: relevance is all there is to learn with."""
    folder = _given(data, "icecat")
    shop.write_settings(Settings(name="Icecat"))
    if (folder / "ratings.csv").exists():
        shutil.copyfile(folder / "ratings.csv", shop.ratings)
    return [folder]


def _online_retail(shop: Shop, data: Path | None, progress: Progress) -> list[Path]:
    """A real log of purchases, moved forward by whole weeks so that its last day is this week.

    Serving forgets what is older than a year, so an archive of 2010 would leave everybody a
    stranger. Whole weeks keep every weekday what it was; the move is said in the file's name.
    """
    source = _given(data, "online_retail")
    source = source / "transactions.csv.gz" if source.is_dir() else source
    if not source.exists():
        raise NotFound(f"there is no {source}", fix="docs/data.md says where to get it")
    shop.write_settings(Settings(name="Online Retail", languages=("en",), currency="GBP"))
    folder = shop.root / "0-archive"
    made = sorted(folder.glob("transactions-*.csv"))
    if made:
        return made[:1]
    folder.mkdir(parents=True, exist_ok=True)
    rows = f"read_csv('{str(source).replace(chr(39), chr(39) * 2)}', all_varchar = true)"
    newest = duckdb.execute(f"SELECT max(CAST(InvoiceDate AS TIMESTAMP)) FROM {rows}").fetchone()
    last = newest[0] if newest else None
    if not isinstance(last, datetime):
        raise BadInput(f"{source} has no InvoiceDate", fix="give the transactions file")
    weeks = (datetime.now(UTC).replace(tzinfo=None) - last) // timedelta(weeks=1)
    out = folder / f"transactions-moved-{weeks}-weeks.csv"
    moved = f"strftime(CAST(InvoiceDate AS TIMESTAMP) + INTERVAL {weeks} WEEK, '%Y-%m-%d %H:%M:%S')"
    duckdb.execute(
        f"COPY (SELECT * REPLACE ({moved} AS InvoiceDate) FROM {rows}) TO '{out}' (HEADER)"
    )
    return [out]


def _given(data: Path | None, kind: str) -> Path:
    if data is None:
        raise BadInput(
            f"the {kind} shop needs its data",
            fix=f"make demo SHOP={kind} DATA=folder (docs/data.md says where to get it)",
        )
    if not data.exists():
        raise NotFound(f"there is no {data}", fix="docs/data.md says where to get it")
    return data
