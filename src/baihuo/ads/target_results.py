"""What campaigns with a target spent and got by the last check, from disk: whichever worker reads it, and after any restart, they agree.

A check writes what its purchases say (:func:`target_results`), because a purchase counts once it stayed in the log; a worker adds the clicks since
(:class:`TargetGuard`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from baihuo.ads.auction_log import AuctionLog
from baihuo.ads.bidding import TRUST, Bids, PurchaseDelay, correction
from baihuo.ads.campaign import HOUR_US
from baihuo.ads.ledger import ChargedClick, Ledger
from baihuo.ads.store import CampaignStore
from baihuo.core import ShopPaths
from baihuo.engine import Source, Tables, sql_file, written_whole

Floats = NDArray[np.float64]

DAY_US = 24 * HOUR_US
WINDOW_DAYS = 7
"""After its click, until which a purchase counts."""
PERIOD_DAYS = 28
"""Before a check, of which clicks count."""
_PURCHASES = sql_file(__file__, "report_purchases")
_AFTER_CLICKS = sql_file(__file__, "purchases_after_clicks")
_FEW_PURCHASES = 20  # tell too little of delays: then all are counted as seen at once


@dataclass(slots=True)
class TargetResult:
    """A campaign's charged clicks of four weeks, and what came of them. Purchases after at most a week; money in minor units."""

    clicks: int = 0
    spent_minor: float = 0.0
    expected: float = 0.0  # purchases of these clicks, by P(purchase | click) at their auctions
    expected_sales_minor: float = 0.0
    seen: float = 0.0  # those of the expected that should have come by the check
    seen_sales_minor: float = 0.0
    purchases: int = 0  # that came
    sales_minor: float = 0.0

    def add(self, click: ChargedClick, p_purchase: float, sale_minor: float, seen: float) -> None:
        """Count a click, ``seen``: P(its purchase came by the check | it comes at all)."""
        self.clicks += 1
        self.spent_minor += click.charged_minor
        self.expected += p_purchase
        self.expected_sales_minor += p_purchase * sale_minor
        self.seen += p_purchase * seen
        self.seen_sales_minor += p_purchase * sale_minor * seen


@dataclass(frozen=True, slots=True)
class TargetResults:
    """As of a check."""

    ledger_seq: int  # of the newest transaction that it knows
    campaigns: dict[str, TargetResult]

    def write(self, path: Path) -> None:
        """Replace the file."""
        with written_whole(path) as new:
            new.write_bytes(orjson.dumps(asdict(self)))

    @classmethod
    def read(cls, path: Path) -> TargetResults:
        """Read what :meth:`write` wrote; nothing where no check wrote it."""
        if not path.exists():
            return cls(0, {})
        stored = orjson.loads(path.read_bytes())
        return cls(
            stored["ledger_seq"], {k: TargetResult(**v) for k, v in stored["campaigns"].items()}
        )


def note_target_results(paths: ShopPaths, tables: Tables) -> None:
    """After a check: write what came of the clicks of campaigns with a target; nothing for a shop without one."""
    events = paths.clean_events
    if not paths.ads_ledger_file.exists() or not paths.auctions_file.exists():
        return
    with closing(CampaignStore(paths.ads_file)) as store:
        campaigns = [c for c in store.changes().campaigns.values() if c is not None]
    has_target = Bids.of([c.bid for c in campaigns]).has_target
    ids = [c.campaign_id for c, has in zip(campaigns, has_target, strict=True) if has]
    if not ids or not any(events.glob("*.parquet")):
        return
    newest = tables.sql("SELECT max(received_at_us) AS newest FROM events", events=events)
    until_us = newest["newest"][0].as_py()
    if until_us is None:
        return
    with (
        closing(Ledger(paths.ads_ledger_file)) as ledger,
        closing(AuctionLog(paths.auctions_file)) as log,
    ):
        found = target_results(ids, ledger, log, tables, events, checked_until_us=until_us)
    found.write(paths.ads_targets_file)


def target_results(
    campaign_ids: Sequence[str],
    ledger: Ledger,
    log: AuctionLog,
    tables: Tables,
    events: Source,
    *,
    checked_until_us: int,
) -> TargetResults:
    """Count what came of the clicks of campaigns until a check.

    Args:
        campaign_ids: Of campaigns with a target.
        events: That stayed after the check.
        checked_until_us: When the newest of them was received.
    """
    from_us = checked_until_us - PERIOD_DAYS * DAY_US
    purchases = tables.sql(_PURCHASES(from_us=from_us), events=events)
    window_us = WINDOW_DAYS * DAY_US
    rows = tables.sql(
        _AFTER_CLICKS(from_us=from_us, window_us=window_us), purchases=purchases, events=events
    ).to_pylist()
    delay = _delay([row for row in rows if not row["of_ads"]], checked_until_us)
    clicks = [c for c in ledger.charged_clicks(campaign_ids) if c.at_us <= checked_until_us]
    results: dict[str, TargetResult] = defaultdict(TargetResult)
    counted: dict[str, str] = {}
    for click, p_purchase, sale_minor in predicted(log, (c for c in clicks if c.at_us >= from_us)):
        age_hours = (checked_until_us - click.at_us) / HOUR_US
        seen = 1.0 if delay is None else float(delay.share(age_hours))
        results[click.campaign_id].add(click, p_purchase, sale_minor, seen)
        counted[click.click_id] = click.campaign_id
    of_ads = [row for row in rows if row["of_ads"] and row["query_id"]]
    charged = ledger.clicks_of_pages(sorted({row["query_id"] for row in of_ads}))
    for row in of_ads:
        click_id = charged.get((row["query_id"], row["product_id"]), "")
        if (campaign_id := counted.get(click_id)) is not None:
            results[campaign_id].purchases += 1
            results[campaign_id].sales_minor += float(row["value_minor"])
    return TargetResults(max((c.seq for c in clicks), default=0), dict(results))


def predicted(
    log: AuctionLog, clicks: Iterable[ChargedClick]
) -> Iterable[tuple[ChargedClick, float, float]]:
    """Yield clicks with P(purchase | click) and the product's price at their auctions; one whose auction is not known is left out."""
    for click in clicks:
        ad = log.ad_of(click.click_id)
        if ad is not None and ad.p_purchase:
            yield click, ad.p_purchase, ad.sale_minor


def _delay(rows: list[dict[str, Any]], now_us: int) -> PurchaseDelay | None:
    """Learn from all clicks, not from those on ads alone, which may be few."""
    if len(rows) < _FEW_PURCHASES:
        return None
    clicked, bought = (np.array([row[n] for row in rows]) for n in ("clicked_at_us", "at_us"))
    return PurchaseDelay.learn(
        (bought - clicked) / HOUR_US, (now_us - clicked) / HOUR_US, window_hours=24 * WINDOW_DAYS
    )


@dataclass(slots=True, eq=False)
class TargetGuard:
    """What a worker knows of targets: the last check, and the clicks since. One thread follows."""

    path: Path
    ledger: Ledger
    log: AuctionLog
    _stamp: int = -1
    _after_seq: int = 0
    _results: TargetResults = field(default_factory=lambda: TargetResults(0, {}))
    _asked: tuple[str, ...] = ()

    def follow(self, campaign_ids: Sequence[str]) -> None:
        """Take over what a check wrote, and count the clicks since; ``campaign_ids``: of campaigns with a target."""
        stamp = self.path.stat().st_mtime_ns if self.path.exists() else 0
        if stamp != self._stamp or self._asked != tuple(campaign_ids):
            self._stamp, self._asked = stamp, tuple(campaign_ids)
            self._results = TargetResults.read(self.path)
            self._after_seq = self._results.ledger_seq
        clicks = self.ledger.charged_clicks(campaign_ids, after_seq=self._after_seq)
        for click, p_purchase, sale_minor in predicted(self.log, clicks):
            result = self._results.campaigns.setdefault(click.campaign_id, TargetResult())
            result.add(click, p_purchase, sale_minor, 0.0)
        self._after_seq = max((c.seq for c in clicks), default=self._after_seq)

    def of(self, campaign_ids: Sequence[str], bids: Bids) -> tuple[Floats, Floats, Floats]:
        """Return of each campaign what P(purchase | click) is to be multiplied by, the surplus (infinity: no target), and the largest multiplier.

        No bid is above the expected worth of a click before a campaign's own purchases weigh as much as the model.
        """
        n = len(campaign_ids)
        corrections, surplus, most = np.ones(n), np.full(n, np.inf), np.ones(n)
        for row in np.flatnonzero(bids.has_target).tolist():
            of = self._results.campaigns.get(campaign_ids[row], TargetResult())
            if bids.per_purchase[row]:
                corrections[row] = correction(of.purchases, of.seen, of.seen)
            else:
                corrections[row] = correction(of.sales_minor, of.seen_sales_minor, of.seen)
            expected = np.array([of.expected]), np.array([of.expected_sales_minor])
            worth = bids.worth(np.array([row]), *expected)[0]
            surplus[row] = worth * corrections[row] - of.spent_minor
            if of.purchases >= TRUST:
                most[row] = bids.most[row]
        return corrections, surplus, most
