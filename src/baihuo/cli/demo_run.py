"""The whole line on a shop one can look at: a sample with a known truth, or real public data."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from baihuo import connect, flow
from baihuo.cli.progress import Stages
from baihuo.core import BadInput, GateClosed, NotFound, QualityStop, ShopError
from baihuo.core.progress import Progress
from baihuo.quality import QualityReport
from baihuo.release import GateReport
from baihuo.settings import Settings, Shop
from baihuo.simulate import UNTIL_US, make_shop

_DAY_US = 86_400_000_000
KINDS = ("sample", "icecat", "online_retail")


# Shares of a run's time, measured on two ordinary cores; Stages scales them to this machine.
_SHARES = {"files": 13.0, "import": 6.0, "check": 17.0, "train": 120.0, "release": 10.0}
_QUICK_SHARES = {"files": 3.0, "import": 2.0, "check": 9.0, "train": 25.0, "release": 5.0}
_QUICK_PRODUCTS, _QUICK_EVENTS = 2_000, 100_000


@dataclass
class DemoReport:
    """What the closing table shows; None: the run ended before it."""

    shop_kind: str
    imports: list[connect.ImportRecord] = field(default_factory=list)
    quality: QualityReport | None = None
    report: dict[str, Any] | None = None  # the bundle's
    gate: GateReport | None = None
    seconds: dict[str, float] = field(default_factory=dict)  # by stage
    stopped: ShopError | None = None  # why there is no newer bundle in service


def run_demo(
    shop: Shop,
    shop_kind: str,
    data: Path | None,
    progress: Progress,
    *,
    is_quick: bool = False,
    say: Callable[[str], None] = lambda line: None,
) -> DemoReport:
    """Files → import → check → train → gate → release; the caller serves.

    A run that data quality or the gate stops is told as far as it got, with the reason.

    Args:
        is_quick: Without click models: searches by relevance, purchases learned; a smaller sample shop.
        say: Is told every stage as it begins.

    Raises:
        BadInput: no such kind of shop, or real data without ``--data``.
        NotFound: the data is not there.
    """
    if shop_kind not in KINDS:
        raise BadInput(f"there is no shop {shop_kind!r}", fix=f"one of {', '.join(KINDS)}")
    stages = Stages(_QUICK_SHARES if is_quick else _SHARES, say)
    done = DemoReport(shop_kind, seconds=stages.seconds)
    with stages.stage("files"):
        if shop_kind == "sample":
            files = _sample(shop, data, progress, is_quick=is_quick)
        else:
            files = (_icecat if shop_kind == "icecat" else _online_retail)(shop, data)
    with stages.stage("import"):
        flow.import_files(shop, files, progress=progress)
        done.imports = connect.imports(shop.raw)
    try:
        with stages.stage("check"):
            done.quality = flow.check(shop, progress=progress)
        with stages.stage("train"):
            trained = flow.train(shop, with_clicks=not is_quick, progress=progress)
            done.report = trained.report
        with stages.stage("release"):
            done.gate = flow.run_gate(shop, trained.bundle_id, progress=progress)
            flow.release_if_open(shop, done.gate)
    except (QualityStop, GateClosed) as why:
        done.stopped = why
    return done


def _sample(shop: Shop, data: Path | None, progress: Progress, *, is_quick: bool) -> list[Path]:
    """A simulated shop whose history ends today; made once, so that a second run goes on with it.

    Moved by whole days, so that whoever runs it on whatever day sees the same shop.
    """
    folder = data or shop.root / "0-sample"
    if not (folder / "events.jsonl").exists():
        n_days = (flow.now_us() - UNTIL_US) // _DAY_US
        size = {"n_products": _QUICK_PRODUCTS, "n_events": _QUICK_EVENTS} if is_quick else {}
        make_shop(folder, until_us=UNTIL_US + n_days * _DAY_US, progress=progress, **size)
    for part, place in (("pictures", shop.pictures), ("words", shop.root / "words")):
        if not place.exists():
            shutil.copytree(folder / part, place)
    _begin(shop, Settings(name="百货 baihuo", is_simulation=True))
    return [folder / "products.jsonl", folder / "events.jsonl"]


def _icecat(shop: Shop, data: Path | None) -> list[Path]:
    """A real catalogue without a log: relevance is all there is to learn with."""
    folder = _given(data, "icecat")
    _begin(shop, Settings(name="Icecat"))
    if (folder / "ratings.csv").exists():
        shutil.copyfile(folder / "ratings.csv", shop.ratings)
    return [folder]


def _online_retail(shop: Shop, data: Path | None) -> list[Path]:
    """A real log of purchases, moved forward by whole weeks so that its last day is this week.

    Serving forgets what is older than a year, so an archive of 2010 would leave everybody a
    stranger. Whole weeks keep every weekday what it was; the move is said in the file's name.
    """
    source = _given(data, "online_retail")
    source = source / "transactions.csv.gz" if source.is_dir() else source
    if not source.exists():
        raise NotFound(f"there is no {source}", fix="docs/data.md says where to get it")
    _begin(shop, Settings(name="Online Retail", languages=("en",), currency="GBP"))
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


def _begin(shop: Shop, settings: Settings) -> None:
    """The shop's first settings; a second run goes on with what its owner wrote since."""
    if not shop.settings_file.exists():
        shop.write_settings(settings)


def _given(data: Path | None, kind: str) -> Path:
    if data is None:
        raise BadInput(
            f"the {kind} shop needs its data",
            fix=f"make demo SHOP={kind} DATA=folder (docs/data.md says where to get it)",
        )
    if not data.exists():
        raise NotFound(f"there is no {data}", fix="docs/data.md says where to get it")
    return data


def free_port(first: int) -> int:
    """``first``, or the next port of the twenty behind it that nobody listens on; 0 stays 0."""
    for port in range(first, min(first + 20, 65536)):
        with socket.socket() as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                tried.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    return first  # let serve say what is wrong
