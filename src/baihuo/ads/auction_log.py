"""The log of auctions: written in the background, followed by every worker, read by training, reports and what-if."""

from __future__ import annotations

import sqlite3
import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from baihuo.ads.campaign import HOUR_US
from baihuo.core import open_sqlite, readable_rows, transaction
from baihuo.engine import sql_file
from baihuo.events import FailureCallback, GroupCommit, wipe

_SCHEMA = sql_file(__file__, "auction_log")
_VERSION = 1
SLOTS = 100
"""More than a page has ads: slots of page 2 of a query go on at 101."""


class LoggedAd(NamedTuple):
    """An ad that took part in an auction. ``slot`` 0: it was not shown."""

    campaign_id: str
    product_id: str
    bid: float  # minor units a click, after pacing
    p_click: float  # at the first slot
    relevance: float
    score: float
    slot: int = 0
    price_minor: int = 0  # of a click; 0: not shown, or its impressions are paid
    propensity: float = 1.0  # P(this ad at this slot)
    click_id: str = ""
    p_purchase: float = 0.0  # P(purchase | click), not corrected; 0: its campaign has no target
    sale_minor: float = 0.0  # of a purchase


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedAuction:
    """The auction of one page. Times are UTC, microseconds."""

    auction_id: str
    at_us: int
    surface: str
    visitor_id: str
    is_holdout: bool = False  # nothing was shown or charged: the sold places are ghosts
    ads: tuple[LoggedAd, ...] = ()  # shown ones first, then the best that lost


@dataclass(frozen=True, slots=True)
class OutcomeCount:
    """How many auctions of an hour ended so for a campaign."""

    campaign_id: str
    hour_at_us: int
    surface: str
    outcome: str
    n: int


class AuctionLog:
    """Auctions by number, in the order in which they were committed. Safe to use from any thread.

    A killed process loses the auctions of the last moment.
    """

    def __init__(
        self,
        path: Path,
        *,
        reserve_bytes: int = 0,
        when_failed: FailureCallback = lambda n, error: None,
    ) -> None:
        """
        Args:
            reserve_bytes: Free disk space below which auctions are not written.
            when_failed: Called with the number of auctions that were not written, and why.
        """
        self._path = path
        self._reader = _open(path)
        self._reading = threading.Lock()
        self._commits: GroupCommit[LoggedAuction | tuple[OutcomeCount, ...], None] = GroupCommit(
            path, _open(path), _write, reserve_bytes=reserve_bytes, when_failed=when_failed
        )
        self._last: Future[None] | None = None

    def append(self, auction: LoggedAuction) -> None:
        """Write an auction in the background; one that is known changes nothing."""
        self._last = self._commits.submit(auction)

    def count(self, outcomes: Sequence[OutcomeCount]) -> None:
        """Add counts of outcomes in the background."""
        self._last = self._commits.submit(tuple(outcomes))

    def flush(self) -> None:
        """Wait until everything appended by this process is committed."""
        if self._last is not None:
            self._last.result()

    def since(self, after_seq: int, limit: int = 1_000) -> list[tuple[int, LoggedAuction]]:
        """Auctions with a number above ``after_seq``, in order. Their outcomes are in :meth:`outcomes`.

        Raises:
            BrokenFile: a row is damaged.
        """
        with self._reading, readable_rows(self._path):
            rows = self._reader.execute(
                "SELECT seq, auction_id, at_us, visitor_id, body FROM auctions WHERE seq > ? ORDER BY seq LIMIT ?",
                (after_seq, limit),
            ).fetchall()
            return [(row[0], _auction(*row[1:])) for row in rows]

    def ad_of(self, click_id: str) -> LoggedAd | None:
        """The ad of a click; None: its auction was not logged."""
        query_id, _, slot = click_id.rpartition(":")
        with self._reading, readable_rows(self._path):
            row = self._reader.execute(
                "SELECT auction_id, at_us, visitor_id, body FROM auctions WHERE auction_id = ?",
                (f"{query_id}.{int(slot) // SLOTS + 1}",),
            ).fetchone()
        return (
            next((ad for ad in _auction(*row).ads if ad.click_id == click_id), None)
            if row
            else None
        )

    def last_seq_before(self, at_us: int) -> int:
        """The number of the newest auction before that time; 0: none."""
        with self._reading:
            found = self._reader.execute(
                "SELECT max(seq) FROM auctions WHERE at_us < ?", (at_us,)
            ).fetchone()
        return int(found[0] or 0)

    def outcomes(self, *, from_us: int = 0) -> list[OutcomeCount]:
        """Counts of outcomes, from that hour on."""
        with self._reading:
            rows = self._reader.execute(
                "SELECT campaign_id, hour_at_us, surface, outcome, n FROM outcomes WHERE hour_at_us >= ?",
                (from_us,),
            ).fetchall()
        return [OutcomeCount(*row) for row in rows]

    def by_hour(self, *, from_us: int) -> dict[int, int]:
        """Auctions by hour (its start), from that time on."""
        with self._reading:
            rows = self._reader.execute(
                "SELECT at_us / ? * ?, count(*) FROM auctions WHERE at_us >= ? GROUP BY 1",
                (HOUR_US, HOUR_US, from_us),
            ).fetchall()
        return dict(rows)

    def close(self) -> None:
        """Commit what waits, and close."""
        self._commits.close()
        with self._reading:
            self._reader.close()


def shown_ads(path: Path, visitor_id: str) -> Iterator[dict[str, Any]]:
    """Yield the auctions of a visitor's pages: what was shown, or would have been (``is_holdout``). What others bid is not theirs."""
    if not path.exists():
        return
    connection = _open(path)
    try:
        with readable_rows(path):
            for row in connection.execute(
                "SELECT auction_id, at_us, visitor_id, body FROM auctions WHERE visitor_id = ? ORDER BY seq",
                (visitor_id,),
            ):
                auction = _auction(*row)
                yield {
                    "auction_id": auction.auction_id,
                    "at_us": auction.at_us,
                    "surface": auction.surface,
                    "is_holdout": auction.is_holdout,
                    "ads": [
                        {"campaign_id": a.campaign_id, "product_id": a.product_id, "slot": a.slot}
                        for a in auction.ads
                        if a.slot
                    ],
                }
    finally:
        connection.close()


def forget_auctions(
    path: Path, visitor_ids: Collection[str], note: Callable[[dict[str, Counter[str]]], None]
) -> None:
    """Remove visitors from the auctions of their pages; what was sold stays. Nothing of them is left in the file.

    Args:
        note: Called with the number of auctions by visitor before they are changed.
    """
    if not path.exists():
        return
    connection = _open(path)
    try:
        counts: Counter[str] = Counter()
        for visitor_id in sorted(visitor_ids):
            found = connection.execute(
                "SELECT count(*) FROM auctions WHERE visitor_id = ?", (visitor_id,)
            ).fetchone()[0]
            counts[visitor_id] += found
        if not counts.total():
            return
        note({f"9-ads/{path.name}": +counts})
        with transaction(connection, path):
            connection.executemany(
                "UPDATE auctions SET visitor_id = '' WHERE visitor_id = ?",
                [(visitor_id,) for visitor_id in counts],
            )
        wipe(connection)
    finally:
        connection.close()


def _open(path: Path) -> sqlite3.Connection:
    return open_sqlite(path, _SCHEMA(), version=_VERSION, durability="NORMAL")


def _write(
    connection: sqlite3.Connection, jobs: Sequence[LoggedAuction | tuple[OutcomeCount, ...]]
) -> list[None]:
    for job in jobs:
        if isinstance(job, LoggedAuction):
            connection.execute(
                "INSERT OR IGNORE INTO auctions (auction_id, at_us, visitor_id, body) VALUES (?, ?, ?, ?)",
                (job.auction_id, job.at_us, job.visitor_id, _body(job)),
            )
        else:
            connection.executemany(
                "INSERT INTO outcomes VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET n = n + excluded.n",
                [(o.campaign_id, o.hour_at_us, o.surface, o.outcome, o.n) for o in job],
            )
    return [None] * len(jobs)


def _body(auction: LoggedAuction) -> bytes:
    return orjson.dumps(
        {
            "surface": auction.surface,
            "is_holdout": auction.is_holdout,
            "ads": [tuple(ad) for ad in auction.ads],  # orjson takes no named ones
        }
    )


def _auction(auction_id: str, at_us: int, visitor_id: str, body: bytes) -> LoggedAuction:
    stored = orjson.loads(body)
    return LoggedAuction(
        auction_id=auction_id,
        at_us=at_us,
        surface=stored["surface"],
        visitor_id=visitor_id,
        is_holdout=stored["is_holdout"],
        ads=tuple(LoggedAd(*ad) for ad in stored["ads"]),
    )
