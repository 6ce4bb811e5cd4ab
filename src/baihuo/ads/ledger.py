"""The ledger: what advertisers paid in, and what clicks and impressions of their ads cost. Double entry, append-only, exactly once.

Amounts are minor units of the shop's currency. Debits are positive, credits negative, and the entries of a transaction sum to 0:

==============  ============================  ============================
transaction     debit                         credit
==============  ============================  ============================
deposit         ``shop:cash``                 ``advertiser:A:prepaid``
click           ``advertiser:A:prepaid``      ``shop:ad_revenue``
impressions     ``advertiser:A:prepaid``      ``shop:ad_revenue``
credit          ``shop:credits``              ``advertiser:A:prepaid``
==============  ============================  ============================

``advertiser:A:prepaid`` is a liability of the shop, so its balance is 0 or negative; :meth:`Ledger.balance` turns the sign.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import astuple, dataclass, replace
from datetime import UTC, date, datetime
from enum import StrEnum
from itertools import groupby
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from baihuo.access import private_file
from baihuo.ads.campaign import Campaign
from baihuo.core import BadInput, Conflict, NotFound, ShopError, open_sqlite, transaction
from baihuo.engine import sql_file

CASH, REVENUE, CREDITS = "shop:cash", "shop:ad_revenue", "shop:credits"
MOST_MINOR = 10**15
"""The largest amount of one operation: sums stay far below 64 bits."""
THOUSAND = 1_000

_APPEND_ONLY = "\n".join(
    f"CREATE TRIGGER IF NOT EXISTS {table}_no_{change} BEFORE {change} ON {table} "
    f"BEGIN SELECT raise(ABORT, '{table} of the ledger are never changed'); END;"
    for table in ("transactions", "entries", "spending", "clicks", "impressions", "credits")
    for change in ("UPDATE", "DELETE")
)
_SCHEMA = sql_file(__file__, "ledger").bind(append_only=_APPEND_ONLY)
_CHARGED_CLICKS = sql_file(__file__, "ledger_charged_clicks")
_CHECK = sql_file(__file__, "ledger_check")
_STATEMENT = sql_file(__file__, "ledger_statement")


class Limit(StrEnum):
    """What a charge ran into."""

    BUDGET_DAY = "budget_day"
    BUDGET_TOTAL = "budget_total"
    BALANCE = "balance"


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignDay:
    """A campaign in one day, with the budgets that hold now."""

    campaign_id: str
    advertiser_id: str
    day: str  # of the auction, in the shop's time zone: 2026-12-03
    budget_day_minor: int | None
    budget_total_minor: int | None

    @classmethod
    def of(cls, campaign: Campaign, day: str) -> CampaignDay:
        """The budgets of a version of a campaign."""
        return cls(
            campaign_id=campaign.campaign_id,
            advertiser_id=campaign.advertiser_id,
            day=day,
            budget_day_minor=campaign.budget_day_minor,
            budget_total_minor=campaign.budget_total_minor,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ClickCharge:
    """A click to charge, once by its id."""

    click_id: str
    on: CampaignDay
    campaign_version: int
    product_id: str
    price_minor: int  # the auction's price


@dataclass(frozen=True, slots=True, kw_only=True)
class ImpressionCharge:
    """A viewable impression to charge, once by auction and slot."""

    auction_id: str
    slot: int
    on: CampaignDay
    price_thousandths: int  # of a minor unit, for this impression: a bid by thousand in minor units


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a click was charged. A repeated click gets the receipt of the first, marked as duplicate."""

    click_id: str
    price_minor: int
    charged_minor: int
    limited_by: Limit | None  # why less than the price
    is_duplicate: bool = False

    @property
    def uncharged_minor(self) -> int:
        """The rest of the price, which nobody pays."""
        return self.price_minor - self.charged_minor


@dataclass(frozen=True, slots=True)
class ImpressionReceipt:
    """What an impression added to what its campaign owes, in thousandths of a minor unit."""

    auction_id: str
    slot: int
    price_thousandths: int
    charged_thousandths: int
    limited_by: Limit | None
    is_duplicate: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class InvalidClick:
    """A click that should not have been charged, and the finding that says so."""

    click_id: str
    finding_id: str
    reason: str


class ChargedClick(NamedTuple):
    """A click that an advertiser paid for."""

    seq: int  # of its transaction
    at_us: int
    campaign_id: str
    click_id: str
    charged_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Credit:
    """What a click gave back."""

    click_id: str
    credited_minor: int
    finding_id: str  # of the first credit
    is_duplicate: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """The part of a campaign's money that one worker may promise until it expires."""

    granted_minor: int
    left_minor: int  # of the campaign, before anybody's lease
    spent_day_minor: int
    spent_total_minor: int


@dataclass(frozen=True, slots=True)
class Entry:
    """An amount in one account."""

    seq: int  # of the transaction, from 1 without gaps
    kind: str  # deposit, click, impressions, credit
    key: str  # the reference, click id, first auction and slot, or credited click id
    at_us: int
    account: str
    amount_minor: int  # debit > 0, credit < 0
    balance_minor: int  # of the account, with this entry


@dataclass(frozen=True, slots=True)
class StatementLine:
    """A deposit or credit, or the charges of one kind of a campaign."""

    kind: str  # deposit, click, impressions, credit
    campaign_id: str | None
    reference: str | None  # of a deposit; of a credit the click id
    finding_id: str | None  # of a credit
    n_events: int  # clicks, impressions
    amount_minor: int  # what it adds to the balance; charges are negative


@dataclass(frozen=True, slots=True)
class Statement:
    """The month of an advertiser: opening balance and lines sum to the closing balance."""

    advertiser_id: str
    month: str
    opening_minor: int
    lines: tuple[StatementLine, ...]
    closing_minor: int


@dataclass(frozen=True, slots=True)
class _Funds:
    """What is left to a campaign in a day, and its last running sums."""

    day_minor: int
    total_minor: int
    carry_thousandths: int
    left: tuple[tuple[int, Limit], ...]  # each limit that there is

    @property
    def tightest(self) -> tuple[int, Limit]:
        """The least that is left, and which limit that is."""
        return min(self.left, key=lambda pair: pair[0])


class Ledger:
    """The ledger of a shop in one SQLite file, for several threads and processes. What a method returned is on disk.

    Every method that writes runs in one transaction that holds the file: two workers cannot spend the same money. It is all or none: if
    one of several rows is refused, nothing is written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        private_file(path)
        self._db = open_sqlite(path, _SCHEMA(), version=1, durability="FULL")
        self._db.execute("PRAGMA foreign_keys = ON")  # an entry without its transaction is refused
        self._lock = threading.RLock()

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    # Writing

    def deposit(self, advertiser_id: str, amount_minor: int, *, reference: str, at_us: int) -> bool:
        """Add money that an advertiser paid; returns False if this reference was booked before.

        Raises:
            BadInput: the amount is not a whole number from 1 to :data:`MOST_MINOR`, or an id is empty.
            Conflict: the reference was booked with another amount or advertiser.
        """
        _require_amount("amount_minor", amount_minor)
        _require_ids(advertiser_id=advertiser_id, reference=reference)
        prepaid = _prepaid(advertiser_id)
        with self._writing():
            seq = self._seq_of("deposit", reference)
            if seq is not None:
                done = self._db.execute(
                    "SELECT account, -amount_minor FROM entries WHERE seq = ? AND account <> ?",
                    (seq, CASH),
                ).fetchone()
                if done != (prepaid, amount_minor):
                    raise Conflict(
                        f"reference {reference!r} is a deposit of {done[1]} to {done[0]}",
                        fix="give each deposit its own reference",
                    )
                return False
            self._post("deposit", reference, at_us, {CASH: amount_minor, prepaid: -amount_minor})
        return True

    def charge_click(self, charge: ClickCharge, *, at_us: int) -> Receipt:
        """Charge a click: its price, or what is left of the day's budget, the total budget and the balance.

        The day's budget is that of the day of the auction, however late the click comes. A click that finds nothing left is recorded and
        charged 0.

        Raises:
            BadInput: the price is not a whole number from 1 to :data:`MOST_MINOR`, a day is no date, or an id is empty.
            Conflict: the click id was charged for another campaign, product or price.
        """
        return self.charge_clicks([charge], at_us=at_us)[0]

    def charge_clicks(self, charges: Sequence[ClickCharge], *, at_us: int) -> list[Receipt]:
        """Charge several clicks with one commit, in order; see :meth:`charge_click`."""
        for charge in charges:
            _require_amount("price_minor", charge.price_minor)
            _require_ids(click_id=charge.click_id, product_id=charge.product_id)
            _require_day(charge.on)
        with self._writing():
            return [self._charge_click(charge, at_us) for charge in charges]

    def charge_impressions(
        self, charges: Sequence[ImpressionCharge], *, at_us: int
    ) -> list[ImpressionReceipt]:
        """Charge impressions of campaigns that bid by thousand.

        Whole minor units are settled at once, and what is left over is carried to the campaign's next impression: nothing rounds away, and
        nothing is settled beyond the budgets and the balance.

        Raises:
            BadInput: a price is not a whole number from 1 to :data:`MOST_MINOR`, a day is no date, or an id is empty.
        """
        for charge in charges:
            _require_amount("price_thousandths", charge.price_thousandths)
            _require_ids(auction_id=charge.auction_id)
            _require_day(charge.on)
        with self._writing():
            return [
                receipt
                for on, group in groupby(charges, key=lambda charge: charge.on)
                for receipt in self._charge_impressions(on, list(group), at_us)
            ]

    def credit(self, clicks: Sequence[InvalidClick], *, today: str, at_us: int) -> list[Credit]:
        """Give the full charge of clicks back to the balances of their advertisers, once by click id.

        The budgets: the total counts what was paid in the end, so it gets the amount back. The budget of the click's day gets it back
        only while that day lasts.

        Args:
            today: The day in the shop's time zone: 2026-12-03.

        Raises:
            NotFound: a click was never charged.
        """
        with self._writing():
            return [self._credit(click, today, at_us) for click in clicks]

    def lease(
        self,
        wanted: Sequence[tuple[CampaignDay, int]],
        *,
        worker_id: str,
        at_us: int,
        expires_at_us: int,
    ) -> list[Lease]:
        """Give a worker a share of what campaigns have left, in place of its lease before.

        A lease is a promise between workers: all leases of a campaign sum to what it had left when the last was given. It does not
        limit :meth:`charge_click`, which looks at the money itself. A lease that was not renewed expires.

        Args:
            wanted: The campaigns, and the most that the worker asks for in minor units.
        """
        with self._writing():
            return [
                self._lease(on, amount, worker_id, at_us, expires_at_us) for on, amount in wanted
            ]

    def release(self, worker_id: str) -> None:
        """Give the leases of a worker back."""
        with self._writing():
            self._db.execute("DELETE FROM leases WHERE worker_id = ?", (worker_id,))

    # Reading

    def spent(self, campaign_id: str, day: str) -> int:
        """What a campaign spent of a day's budget, in minor units."""
        with self._lock:
            return self._spent_in(campaign_id, day)

    def spent_total(self, campaign_id: str) -> int:
        """What a campaign spent in all, less credits, in minor units."""
        with self._lock:
            return self._last_spending(campaign_id)[2]

    def spent_since(self, from_us: int) -> dict[str, tuple[int, int]]:
        """By campaign, what it spent from a time on, less credits; and these credits. Minor units."""
        with self._lock:
            rows = self._db.execute(
                "SELECT campaign_id, sum(amount_minor), -sum(min(amount_minor, 0)) "
                "FROM spending JOIN transactions USING (seq) WHERE at_us >= ? GROUP BY campaign_id",
                (from_us,),
            ).fetchall()
        return {campaign_id: (spent, credited) for campaign_id, spent, credited in rows}

    def spent_by_day(self, from_us: int, campaign_ids: Sequence[str]) -> dict[str, int]:
        """By day of their budgets, what campaigns spent from a time on, less credits of the day; days without spend are left out. Minor units."""
        with self._lock:
            rows = self._db.execute(
                "SELECT day, sum(amount_minor) FROM spending JOIN transactions USING (seq) "
                "WHERE at_us >= ? AND day IS NOT NULL AND campaign_id IN (SELECT value FROM json_each(?)) "
                "GROUP BY day ORDER BY day",
                (from_us, json.dumps(list(campaign_ids))),
            ).fetchall()
        return dict(rows)

    def balance(self, advertiser_id: str) -> int:
        """What an advertiser has left, in minor units."""
        with self._lock:
            return -self._balance(_prepaid(advertiser_id))

    def entries(self, *, since: int = 0, most: int = 10_000) -> list[Entry]:
        """Entries of the next ``most`` transactions after number ``since``, in order; clicks charged 0 have none."""
        with self._lock:
            rows = self._db.execute(
                "SELECT seq, kind, key, at_us, account, amount_minor, balance_minor FROM entries "
                "JOIN transactions USING (seq) WHERE seq IN "
                "(SELECT DISTINCT seq FROM entries WHERE seq > ? ORDER BY seq LIMIT ?) ORDER BY seq, account",
                (since, most),
            ).fetchall()
        return [Entry(*row) for row in rows]

    def charged_clicks(
        self, campaign_ids: Sequence[str], *, after_seq: int = 0
    ) -> list[ChargedClick]:
        """Clicks of campaigns after transaction ``after_seq`` in order, without those that were credited."""
        with self._lock:
            rows = self._db.execute(
                _CHARGED_CLICKS(),
                {"after_seq": after_seq, "campaign_ids": json.dumps(list(campaign_ids))},
            ).fetchall()
        return [ChargedClick(*row) for row in rows]

    def clicks_of_pages(self, query_ids: Sequence[str]) -> dict[tuple[str, str], str]:
        """Ids of the clicks on ads of pages, by page (``query_id``) and product; see :func:`click_id`."""
        found: dict[tuple[str, str], str] = {}
        with self._lock:
            for query_id in query_ids:
                rows = self._db.execute(
                    "SELECT product_id, key FROM transactions JOIN clicks USING (seq) "
                    "WHERE kind = 'click' AND key >= ? || ':' AND key < ? || ';'",
                    (query_id, query_id),
                ).fetchall()
                found |= {
                    (query_id, product_id): key
                    for product_id, key in rows
                    if key.rpartition(":")[0] == query_id
                }
        return found

    def statement(self, advertiser_id: str, month: str, *, zone: str = "UTC") -> Statement:
        """The statement of a month, by the time of booking.

        Args:
            month: 2026-12.
            zone: The shop's time zone: Europe/Berlin.

        Raises:
            BadInput: the month is not one.
        """
        begin, end = _month(month, zone)
        values = {
            "account": _prepaid(advertiser_id),
            "advertiser": advertiser_id,
            "begin": begin,
            "end": end,
        }
        with self._lock:
            rows = self._db.execute(_STATEMENT(), values).fetchall()
        opening, *lines, closing = (StatementLine(*row) for row in rows)
        return Statement(
            advertiser_id, month, opening.amount_minor, tuple(lines), closing.amount_minor
        )

    def check(self) -> list[str]:
        """What is wrong in the ledger, a sentence for each kind of error; empty if all is right.

        Reads everything: entries that do not sum to 0, charges that are not those of the clicks, broken running sums, gaps,
        credits of another amount than their click. A balance below nothing or a charge beyond its budget cannot be stored.
        """
        with self._lock:
            rows = self._db.execute(_CHECK()).fetchall()
        return [f"{what} (transaction {seq}, {n} in all)" for what, seq, n in rows]

    # Inside a transaction

    @contextmanager
    def _writing(self) -> Iterator[None]:
        with self._lock, transaction(self._db, self._path):
            yield

    def _post(self, kind: str, key: str, at_us: int, amounts: Mapping[str, int]) -> int:
        """Append a transaction with its entries; amounts of 0 have none. Returns its number."""
        if sum(amounts.values()):
            raise ShopError(
                f"the entries of {kind} {key} sum to {sum(amounts.values())}",
                fix="this is an error of baihuo: report it",
            )
        seq = self._next_seq()
        for account, amount in amounts.items():
            if amount:
                balance = self._balance(account) + amount
                self._db.execute(
                    "INSERT INTO entries (seq, account, amount_minor, balance_minor) VALUES (?, ?, ?, ?)",
                    (seq, account, amount, balance),
                )
        self._db.execute(
            "INSERT INTO transactions (seq, kind, key, at_us) VALUES (?, ?, ?, ?)",
            (seq, kind, key, at_us),
        )
        return seq

    def _next_seq(self) -> int:
        return 1 + (self._db.execute("SELECT max(seq) FROM transactions").fetchone()[0] or 0)

    def _seq_of(self, kind: str, key: str) -> int | None:
        row = self._db.execute(
            "SELECT seq FROM transactions WHERE kind = ? AND key = ?", (kind, key)
        ).fetchone()
        return None if row is None else row[0]

    def _balance(self, account: str) -> int:
        row = self._db.execute(
            "SELECT balance_minor FROM entries WHERE account = ? ORDER BY seq DESC LIMIT 1",
            (account,),
        ).fetchone()
        return 0 if row is None else row[0]

    def _last_spending(self, campaign_id: str) -> tuple[str | None, int, int, int]:
        """Day, spent in that day, spent in all, and carry, after the last charge or credit."""
        row = self._db.execute(
            "SELECT day, day_minor, total_minor, carry_thousandths FROM spending "
            "WHERE campaign_id = ? ORDER BY seq DESC LIMIT 1",
            (campaign_id,),
        ).fetchone()
        return row or (None, 0, 0, 0)

    def _spent_in(self, campaign_id: str, day: str) -> int:
        row = self._db.execute(
            "SELECT day_minor FROM spending WHERE campaign_id = ? AND day = ? ORDER BY seq DESC LIMIT 1",
            (campaign_id, day),
        ).fetchone()
        return 0 if row is None else row[0]

    def _funds(self, on: CampaignDay) -> _Funds:
        day, day_minor, total, carry = self._last_spending(on.campaign_id)
        if day != on.day:
            day_minor = self._spent_in(on.campaign_id, on.day)
        limits = [
            (on.budget_day_minor, day_minor, Limit.BUDGET_DAY),
            (on.budget_total_minor, total, Limit.BUDGET_TOTAL),
            (-self._balance(_prepaid(on.advertiser_id)), 0, Limit.BALANCE),
        ]
        left = tuple(
            (max(most - spent, 0), limit) for most, spent, limit in limits if most is not None
        )
        return _Funds(day_minor, total, carry, left)

    def _charge_click(self, charge: ClickCharge, at_us: int) -> Receipt:
        seq = self._seq_of("click", charge.click_id)
        if seq is not None:
            return self._repeated(charge, seq)
        funds = self._funds(charge.on)
        left, limit = funds.tightest
        price, charged = charge.price_minor, min(charge.price_minor, left)
        limited_by = limit if charged < price else None
        seq = self._spend("click", charge.click_id, at_us, charge.on, funds, charged)
        self._db.execute(
            "INSERT INTO clicks (seq, campaign_version, product_id, price_minor, charged_minor, limited_by) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            (seq, charge.campaign_version, charge.product_id, price, charged, limited_by),
        )
        return Receipt(charge.click_id, price, charged, limited_by)

    def _repeated(self, charge: ClickCharge, seq: int) -> Receipt:
        campaign_id, product_id, price, charged, limited_by = self._db.execute(
            "SELECT campaign_id, product_id, price_minor, charged_minor, limited_by "
            "FROM clicks JOIN spending USING (seq) WHERE seq = ?",
            (seq,),
        ).fetchone()
        before = (campaign_id, product_id, price)
        if before != (charge.on.campaign_id, charge.product_id, charge.price_minor):
            raise Conflict(
                f"click {charge.click_id} was charged for product {product_id} of campaign {campaign_id} at {price}",
                fix="give each click its own id: the page's query_id and the slot",
            )
        return Receipt(charge.click_id, price, charged, _limit(limited_by), is_duplicate=True)

    def _charge_impressions(
        self, on: CampaignDay, charges: list[ImpressionCharge], at_us: int
    ) -> list[ImpressionReceipt]:
        funds = self._funds(on)
        least, limit = funds.tightest
        left = max(least * THOUSAND - funds.carry_thousandths, 0)
        new: dict[tuple[str, int], ImpressionReceipt] = {}
        answers = []
        for charge in charges:
            key = (charge.auction_id, charge.slot)
            before = new.get(key) or self._impression(*key)
            if before is not None:
                answers.append(replace(before, is_duplicate=True))
                continue
            price, charged = charge.price_thousandths, min(charge.price_thousandths, left)
            new[key] = ImpressionReceipt(*key, price, charged, limit if charged < price else None)
            answers.append(new[key])
            left -= charged
        if not new:
            return answers
        accrued = funds.carry_thousandths + sum(r.charged_thousandths for r in new.values())
        settled, carry = divmod(accrued, THOUSAND)
        auction_id, slot = next(iter(new))
        seq = self._spend(
            *("impressions", f"{auction_id}:{slot}", at_us, on, funds, settled),
            n_events=len(new),
            carry=carry,
        )
        self._db.executemany(
            "INSERT INTO impressions (seq, auction_id, slot, price_thousandths, charged_thousandths, limited_by) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            [(seq, *astuple(receipt)[:-1]) for receipt in new.values()],
        )
        return answers

    def _impression(self, auction_id: str, slot: int) -> ImpressionReceipt | None:
        row = self._db.execute(
            "SELECT price_thousandths, charged_thousandths, limited_by FROM impressions "
            "WHERE auction_id = ? AND slot = ?",
            (auction_id, slot),
        ).fetchone()
        return row and ImpressionReceipt(auction_id, slot, row[0], row[1], _limit(row[2]))

    def _spend(
        self,
        kind: str,
        key: str,
        at_us: int,
        on: CampaignDay,
        funds: _Funds,
        amount: int,
        *,
        n_events: int = 1,
        carry: int | None = None,
    ) -> int:
        """Move an amount from the advertiser to the shop, and into the campaign's running sums. Returns the transaction's number."""
        self._insert_spending(
            *(on.advertiser_id, on.campaign_id, on.day, n_events, amount),
            *(funds.day_minor + amount, funds.total_minor + amount),
            funds.carry_thousandths if carry is None else carry,
            *(on.budget_day_minor, on.budget_total_minor),
        )
        return self._post(kind, key, at_us, {_prepaid(on.advertiser_id): amount, REVENUE: -amount})

    def _insert_spending(self, *values: object) -> None:
        self._db.execute(
            "INSERT INTO spending (seq, advertiser_id, campaign_id, day, n_events, amount_minor, day_minor, "
            "total_minor, carry_thousandths, budget_day_minor, budget_total_minor) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (self._next_seq(), *values),
        )

    def _credit(self, click: InvalidClick, today: str, at_us: int) -> Credit:
        seq = self._seq_of("click", click.click_id)
        if seq is None:
            raise NotFound(
                f"click {click.click_id} was never charged",
                fix="credit clicks by the id of their receipt: query_id and slot",
            )
        advertiser_id, campaign_id, day, charged = self._db.execute(
            "SELECT advertiser_id, campaign_id, day, amount_minor FROM spending WHERE seq = ?",
            (seq,),
        ).fetchone()
        credited = self._seq_of("credit", click.click_id)
        if credited is not None:
            finding_id = self._db.execute(
                "SELECT finding_id FROM credits WHERE seq = ?", (credited,)
            ).fetchone()[0]
            return Credit(
                click_id=click.click_id,
                credited_minor=charged,
                finding_id=finding_id,
                is_duplicate=True,
            )
        _, _, total, carry = self._last_spending(campaign_id)
        lasts = day >= today
        day_minor = self._spent_in(campaign_id, day) - charged
        self._insert_spending(
            *(advertiser_id, campaign_id, day if lasts else None, 1, -charged),
            *(day_minor if lasts else None, total - charged, carry, None, None),
        )
        seq = self._post(
            *("credit", click.click_id, at_us),
            {CREDITS: charged, _prepaid(advertiser_id): -charged},
        )
        self._db.execute(
            "INSERT INTO credits (seq, finding_id, reason) VALUES (?, ?, ?)",
            (seq, click.finding_id, click.reason),
        )
        return Credit(click_id=click.click_id, credited_minor=charged, finding_id=click.finding_id)

    def _lease(
        self, on: CampaignDay, amount: int, worker_id: str, at_us: int, expires_at_us: int
    ) -> Lease:
        self._db.execute(
            "DELETE FROM leases WHERE advertiser_id = ? AND (expires_at_us <= ? "
            "OR (campaign_id = ? AND day = ? AND worker_id = ?))",
            (on.advertiser_id, at_us, on.campaign_id, on.day, worker_id),
        )
        funds = self._funds(on)
        of_day, of_campaign, of_advertiser = self._db.execute(
            "SELECT total(amount_minor) FILTER (WHERE campaign_id = ?1 AND day = ?2), "
            "total(amount_minor) FILTER (WHERE campaign_id = ?1), total(amount_minor) "
            "FROM leases WHERE advertiser_id = ?3",
            (on.campaign_id, on.day, on.advertiser_id),
        ).fetchone()
        leased = {
            Limit.BUDGET_DAY: of_day,
            Limit.BUDGET_TOTAL: of_campaign,
            Limit.BALANCE: of_advertiser,
        }
        free = min(left - int(leased[limit]) for left, limit in funds.left)
        granted = max(min(amount, free), 0)
        if granted:
            self._db.execute(
                "INSERT INTO leases (campaign_id, day, worker_id, advertiser_id, amount_minor, expires_at_us) "
                "VALUES (?, ?, ?, ?, ?, ?)",
                (on.campaign_id, on.day, worker_id, on.advertiser_id, granted, expires_at_us),
            )
        return Lease(
            granted_minor=granted,
            left_minor=funds.tightest[0],
            spent_day_minor=funds.day_minor,
            spent_total_minor=funds.total_minor,
        )


def click_id(query_id: str, slot: int) -> str:
    """The id of the click on an ad: a page has one ad in a slot, and is charged for one click on it.

    >>> click_id("q7", 2)
    'q7:2'
    """
    return f"{query_id}:{slot}"


def _limit(text: str | None) -> Limit | None:
    return Limit(text) if text else None


def _prepaid(advertiser_id: str) -> str:
    return f"advertiser:{advertiser_id}:prepaid"


def _month(month: str, zone: str) -> tuple[int, int]:
    """Begin and end of a month, microseconds since 1970."""
    try:
        first = datetime.strptime(month, "%Y-%m").replace(tzinfo=ZoneInfo(zone))
    except ValueError as error:
        raise BadInput(f"{month!r} is not a month", fix="write it as 2026-12") from error
    is_last = first.month == 12
    after = first.replace(
        year=first.year + is_last, month=1 if is_last else first.month + 1
    )  # midnight there, also where clocks change
    begin, end = (int(one.astimezone(UTC).timestamp()) * 1_000_000 for one in (first, after))
    return begin, end


def _require_amount(field: str, value: int) -> None:
    if type(value) is not int or not 1 <= value <= MOST_MINOR:
        raise BadInput(
            f"{field} is {value!r}",
            fix=f"use a whole number from 1 to {MOST_MINOR:,}; what rounds to 0 is not charged",
        )


def _require_ids(**ids: str) -> None:
    for field, value in ids.items():
        if not value:
            raise BadInput(f"{field} is empty", fix=f"give each its {field}")


def _require_day(on: CampaignDay) -> None:
    _require_ids(campaign_id=on.campaign_id, advertiser_id=on.advertiser_id)
    try:
        is_day = date.fromisoformat(on.day).isoformat() == on.day
    except ValueError:
        is_day = False
    if not is_day:
        raise BadInput(f"the day is {on.day!r}", fix="write it as 2026-12-03")
