"""Campaigns, advertisers and bans of a shop, with all their versions: who changed what, and when."""

from __future__ import annotations

import re
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

import orjson

from baihuo.ads.campaign import Bid, BidKind, Campaign, CampaignStatus, Keyword, Match, Targeting
from baihuo.ads.keywords import names_word
from baihuo.core import (
    CATEGORY_SEPARATOR,
    BadInput,
    Conflict,
    NotFound,
    open_sqlite,
    readable_rows,
    transaction,
)
from baihuo.engine import sql_file

ID_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"  # of campaigns and advertisers
_SCHEMA = sql_file(__file__, "store")
_COLUMNS = (
    "seq, version, status, body, approved_version, approved_body, changed_by, changed_at_us, reason"
)
_SUBMITTED, _APPROVED = CampaignStatus.SUBMITTED, CampaignStatus.APPROVED
_REJECTED, _PAUSED = CampaignStatus.REJECTED, CampaignStatus.PAUSED


class Decision(StrEnum):
    """What becomes of a campaign. The shop approves and rejects; its advertiser, too, may pause and resume."""

    APPROVE = "approve"
    REJECT = "reject"
    PAUSE = "pause"
    RESUME = "resume"


_DECIDED_OF = {
    Decision.APPROVE: {_SUBMITTED, _REJECTED},
    Decision.REJECT: set(CampaignStatus),
    Decision.PAUSE: {_SUBMITTED, _APPROVED, _REJECTED},
    Decision.RESUME: {_PAUSED},
}
_AFTER = {Decision.APPROVE: _APPROVED, Decision.REJECT: _REJECTED, Decision.PAUSE: _PAUSED}


@dataclass(frozen=True, slots=True)
class Advertiser:
    """Who pays for campaigns. Its people, addresses and contracts are no business of this software."""

    advertiser_id: str
    name: str
    added_by: str
    added_at_us: int


class BanKind(StrEnum):
    """What a ban is about."""

    CATEGORY = "category"  # products of it and everything below are not advertised
    WORD = "word"  # names and keywords of campaigns may not have it


@dataclass(frozen=True, slots=True)
class BrandSafety:
    """What the shop never advertises."""

    categories: tuple[str, ...] = ()  # paths from the root
    words: tuple[str, ...] = ()

    def banned_category(self, path: Sequence[str]) -> str | None:
        """The banned category that a product of this path is in."""
        whole = CATEGORY_SEPARATOR.join(path) + CATEGORY_SEPARATOR
        return next((c for c in self.categories if whole.startswith(c + CATEGORY_SEPARATOR)), None)

    def banned_word(self, text: str) -> str | None:
        """The first banned word in a text."""
        return next((word for word in self.words if names_word(text, word)), None)

    def banned_in(self, campaign: Campaign) -> str | None:
        """The first banned word in the name or a keyword. A negative keyword may name it."""
        asked = (k.text for k in campaign.targeting.keywords if not k.is_negative)
        found = (self.banned_word(text) for text in (campaign.name, *asked))
        return next((word for word in found if word), None) if self.words else None


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignVersion:
    """One version of a campaign."""

    seq: int  # of the change, over all campaigns
    campaign: Campaign  # as its advertiser wants it
    approved: Campaign | None  # the version whose name, products and keywords were approved last
    changed_by: str
    changed_at_us: int
    reason: str  # of a rejection

    @property
    def running(self) -> Campaign | None:
        """The campaign as auctions see it; None: not at all."""
        if self.approved is None or self.campaign.status is _PAUSED:
            return None
        return replace(
            self.campaign,
            status=_APPROVED,
            name=self.approved.name,
            product_ids=self.approved.product_ids,
            targeting=replace(self.campaign.targeting, keywords=self.approved.targeting.keywords),
        )


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed since a number."""

    seq: int  # ask again with this one
    campaigns: dict[str, Campaign | None]  # by id, as auctions see them; None: no longer
    safety: BrandSafety


class CampaignStore:
    """An append-only file of versions, which several threads and processes may use. Changes are on disk when a call returns.

    What a shop reviews (name, products, keywords) runs as it was last approved; everything else (bid, budget, dates, other targeting)
    runs as it was last submitted. So an advertiser who lowers a budget need not wait, and one who changes a product does.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._db = open_sqlite(path, _SCHEMA(), version=1, durability="FULL")
        self._lock = threading.Lock()

    def add_advertiser(self, advertiser_id: str, name: str, *, by: str, at_us: int) -> Advertiser:
        """Add an advertiser.

        Raises:
            BadInput: such an id or name cannot be.
            Conflict: there is one of this id.
        """
        if not re.fullmatch(ID_PATTERN, advertiser_id):
            fix = "write up to 64 letters, digits, dots, dashes and underscores"
            raise BadInput(f"{advertiser_id[:80]!r} is no id of an advertiser", fix=fix)
        if not name.strip() or len(name) > 120 or not name.isprintable():
            fix = "write 1 to 120 characters, without line breaks"
            raise BadInput(f"{name[:80]!r} is no name of an advertiser", fix=fix)
        with self._write() as db:
            if _newest(db, "advertiser", advertiser_id) is not None:
                raise Conflict(
                    f"there is an advertiser {advertiser_id!r} already",
                    fix="choose another id; baihuo ads advertisers list shows all",
                )
            _append(db, "advertiser", advertiser_id, "active", {"name": name}, by, at_us)
        return Advertiser(advertiser_id, name, by, at_us)

    def advertisers(self) -> list[Advertiser]:
        """All advertisers, by id."""
        rows = self._rows(
            "SELECT id, body, changed_by, changed_at_us FROM latest WHERE kind = 'advertiser' ORDER BY id"
        )
        with readable_rows(self._path):
            return [Advertiser(row[0], orjson.loads(row[1])["name"], *row[2:]) for row in rows]

    def submit(
        self, campaign: Campaign, *, by: str, at_us: int, expected: int | None = None
    ) -> CampaignVersion:
        """Add a campaign, or change it. Its status and version are not read.

        A change of name, products or keywords waits for approval while the approved ones go on. The same campaign again changes nothing.

        Args:
            expected: The version that the change was made of; None: whichever is the latest.

        Raises:
            NotFound: there is no such advertiser, or no campaign that has the version ``expected``.
            Conflict: another advertiser has a campaign of this id, or the latest version is not ``expected``.
        """
        with self._write() as db:
            if _newest(db, "advertiser", campaign.advertiser_id) is None:
                raise NotFound(
                    f"there is no advertiser {campaign.advertiser_id!r}",
                    fix="add it first: baihuo ads advertisers add ID NAME",
                )
            before = self._find(db, campaign.campaign_id)
            if before is None:
                if expected is not None:
                    raise unknown_campaign(campaign.campaign_id)
                return self._change(db, campaign, _SUBMITTED, None, by, at_us)
            old = before.campaign
            if old.advertiser_id != campaign.advertiser_id:
                raise Conflict(
                    f"the campaign id {campaign.campaign_id!r} is taken", fix="choose another id"
                )
            _require_version(before, expected)
            if replace(campaign, status=old.status, version=old.version) == old:
                return before
            status = _PAUSED if old.status is _PAUSED else _status(campaign, before.approved)
            return self._change(db, campaign, status, before.approved, by, at_us)

    def decide(
        self,
        campaign_id: str,
        decision: Decision,
        *,
        by: str,
        at_us: int,
        reason: str = "",
        expected: int | None = None,
    ) -> CampaignVersion:
        """Approve, reject, pause or resume a campaign.

        Of a running campaign with a change that waits, a rejection refuses the change only; rejected once more, or without such a change,
        it no longer runs. What was changed during a pause waits for approval after it.

        Args:
            reason: Of a rejection; the advertiser reads it.
            expected: The version that was looked at; None: whichever is the latest.

        Raises:
            NotFound: there is no such campaign.
            Conflict: the decision is not for one of this status, or it changed since version ``expected``.
            BadInput: a rejection without a reason; an approval of a banned word.
        """
        if decision is Decision.REJECT and not reason.strip():
            raise BadInput(
                "a rejection needs a reason, for the advertiser", fix="say why: --reason"
            )
        with self._write() as db:
            before = self._find(db, campaign_id)
            if before is None:
                raise unknown_campaign(campaign_id)
            _require_version(before, expected)
            campaign, approved, was = before.campaign, before.approved, before.campaign.status
            is_over = was is _REJECTED and approved is None and decision is not Decision.APPROVE
            if is_over or was not in _DECIDED_OF[decision]:
                raise Conflict(
                    f"campaign {campaign_id!r} is {was}: there is nothing to {decision}",
                    fix=f"{decision} one that is {' or '.join(sorted(_DECIDED_OF[decision]))}",
                )
            status = _AFTER.get(decision) or _status(campaign, approved)
            if decision is Decision.APPROVE:
                _require_no_banned_word(campaign, self._safety(db))
                approved = replace(campaign, version=campaign.version + 1)
            elif decision is Decision.REJECT and was is not _SUBMITTED:
                approved = None
            return self._change(db, campaign, status, approved, by, at_us, reason)

    def find(self, campaign_id: str) -> CampaignVersion:
        """The latest version of a campaign.

        Raises:
            NotFound: there is no such campaign.
        """
        with self._lock:
            found = self._find(self._db, campaign_id)
        if found is None:
            raise unknown_campaign(campaign_id)
        return found

    def history(self, campaign_id: str) -> list[CampaignVersion]:
        """All versions of a campaign, oldest first.

        Raises:
            NotFound: there is no such campaign.
        """
        sql = f"SELECT {_COLUMNS} FROM with_approved WHERE kind = 'campaign' AND id = ? ORDER BY version"
        rows = self._rows(sql, (campaign_id,))
        if not rows:
            raise unknown_campaign(campaign_id)
        return [self._version(row) for row in rows]

    def campaigns(self, advertiser_id: str | None = None) -> list[CampaignVersion]:
        """The latest version of each campaign, or of each of one advertiser, by id."""
        of = "" if advertiser_id is None else "AND advertiser_id = ?"
        sql = f"SELECT {_COLUMNS} FROM latest WHERE kind = 'campaign' {of} ORDER BY id"
        rows = self._rows(sql, () if advertiser_id is None else (advertiser_id,))
        return [self._version(row) for row in rows]

    def ban(self, kind: BanKind, value: str, *, by: str, at_us: int, lift: bool = False) -> None:
        """Ban a category with everything below it, or a word; or lift the ban.

        What runs stops at once where auctions follow :meth:`changes`.

        Raises:
            BadInput: an empty value.
            NotFound: ``lift``, and there is no such ban.
        """
        is_path = kind is BanKind.CATEGORY
        parts = [
            p.strip() for p in (value.split(CATEGORY_SEPARATOR.strip()) if is_path else [value])
        ]
        value = CATEGORY_SEPARATOR.join(parts)
        if not all(parts) or not (is_path or names_word(value, value)):
            raise BadInput(f"{value!r} is no {kind}", fix="write Home > Knives, or a word")
        with self._write() as db:
            before = _newest(db, "ban", f"{kind}:{value}")
            is_banned = before is not None and before[1] == "banned"
            if lift and not is_banned:
                raise NotFound(f"the {kind} {value!r} is not banned", fix="nothing to do")
            if is_banned is lift:
                status = "lifted" if lift else "banned"
                body = {"kind": kind, "value": value}
                _append(db, "ban", f"{kind}:{value}", status, body, by, at_us)

    def safety(self) -> BrandSafety:
        """All bans."""
        with self._lock:
            return self._safety(self._db)

    def changes(self, after: int = 0) -> Changes:
        """What auctions must know, of changes above the number ``after``; 0: everything."""
        with self._lock:
            seq = self._db.execute("SELECT coalesce(max(seq), 0) FROM versions").fetchone()[0]
            rows = self._db.execute(
                f"SELECT {_COLUMNS} FROM latest WHERE kind = 'campaign' AND seq > ? AND seq <= ?",
                (after, seq),
            ).fetchall()
            safety = self._safety(self._db)
        found = [self._version(row) for row in rows]
        return Changes(seq, {v.campaign.campaign_id: v.running for v in found}, safety)

    def stamp(self) -> int:
        """A number that changes with every write of another process; cheaper than :meth:`changes`."""
        with self._lock:
            return int(self._db.execute("PRAGMA data_version").fetchone()[0])

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    @contextmanager
    def _write(self) -> Iterator[sqlite3.Connection]:
        with self._lock, transaction(self._db, self._path) as connection:
            yield connection

    def _rows(self, sql: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._db.execute(sql, values).fetchall()

    def _find(self, db: sqlite3.Connection, campaign_id: str) -> CampaignVersion | None:
        row = db.execute(
            f"SELECT {_COLUMNS} FROM latest WHERE kind = 'campaign' AND id = ?", (campaign_id,)
        ).fetchone()
        return None if row is None else self._version(row)

    def _change(
        self,
        db: sqlite3.Connection,
        campaign: Campaign,
        status: CampaignStatus,
        approved: Campaign | None,
        by: str,
        at_us: int,
        reason: str = "",
    ) -> CampaignVersion:
        body = asdict(campaign)
        del body["status"], body["version"]
        _append(
            *(db, "campaign", campaign.campaign_id, status, body, by, at_us),
            advertiser_id=campaign.advertiser_id,
            approved_version=None if approved is None else approved.version,
            reason=reason,
        )
        made = self._find(db, campaign.campaign_id)
        assert made is not None
        return made

    def _version(self, row: tuple[Any, ...]) -> CampaignVersion:
        seq, version, status, body, approved_version, approved_body, by, at_us, reason = row
        with readable_rows(self._path):
            approved = approved_body and _campaign(approved_body, _APPROVED, approved_version)
            return CampaignVersion(
                seq=seq,
                campaign=_campaign(body, CampaignStatus(status), version),
                approved=approved or None,
                changed_by=by,
                changed_at_us=at_us,
                reason=reason,
            )

    def _safety(self, db: sqlite3.Connection) -> BrandSafety:
        rows = db.execute(
            "SELECT body FROM latest WHERE kind = 'ban' AND status = 'banned' ORDER BY id"
        ).fetchall()
        with readable_rows(self._path):
            bans = [orjson.loads(row[0]) for row in rows]
            values = {
                kind: tuple(b["value"] for b in bans if BanKind(b["kind"]) is kind)
                for kind in BanKind
            }
        return BrandSafety(values[BanKind.CATEGORY], values[BanKind.WORD])


def _append(
    db: sqlite3.Connection,
    kind: str,
    subject: str,
    status: str,
    body: dict[str, Any],
    by: str,
    at_us: int,
    *,
    advertiser_id: str = "",
    approved_version: int | None = None,
    reason: str = "",
) -> None:
    before = _newest(db, kind, subject)
    version = 1 if before is None else before[0] + 1
    db.execute(
        "INSERT INTO versions (kind, id, version, advertiser_id, status, approved_version, body,"
        " changed_by, changed_at_us, reason) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(kind, subject, version, advertiser_id, status),
            *(approved_version, orjson.dumps(body), by, at_us, reason),
        ),
    )


def _newest(db: sqlite3.Connection, kind: str, subject: str) -> tuple[int, str] | None:
    """Version and status of the latest row."""
    row: tuple[int, str] | None = db.execute(
        "SELECT version, status FROM versions WHERE kind = ? AND id = ? ORDER BY version DESC LIMIT 1",
        (kind, subject),
    ).fetchone()
    return row


def _reviewed(campaign: Campaign) -> tuple[object, ...]:
    return campaign.name, campaign.product_ids, campaign.targeting.keywords


def _status(campaign: Campaign, approved: Campaign | None) -> CampaignStatus:
    is_same = approved is not None and _reviewed(campaign) == _reviewed(approved)
    return _APPROVED if is_same else _SUBMITTED


def _campaign(body: bytes, status: CampaignStatus, version: int) -> Campaign:
    values: dict[str, Any] = orjson.loads(body)
    bid, targeting = values.pop("bid"), values.pop("targeting")
    keywords = targeting.pop("keywords")
    return Campaign(
        **{**values, "product_ids": tuple(values["product_ids"])},
        bid=Bid(**{**bid, "kind": BidKind(bid["kind"])}),
        targeting=Targeting(
            **{name: tuple(listed) for name, listed in targeting.items()},
            keywords=tuple(Keyword(**{**k, "match": Match(k["match"])}) for k in keywords),
        ),
        status=status,
        version=version,
    )


def _require_no_banned_word(campaign: Campaign, safety: BrandSafety) -> None:
    if word := safety.banned_in(campaign):
        raise BadInput(
            f"campaign {campaign.campaign_id!r} has the banned word {word!r} in its name or keywords",
            fix=f"reject it, or allow the word: baihuo ads ban-word {word!r} --lift",
        )


def _require_version(found: CampaignVersion, expected: int | None) -> None:
    if expected is not None and found.campaign.version != expected:
        raise Conflict(
            f"campaign {found.campaign.campaign_id!r} was changed meanwhile: it has version {found.campaign.version}, not {expected}",
            fix="look at it again: baihuo ads show",
        )


def unknown_campaign(campaign_id: str) -> NotFound:
    """The error about a campaign that there is not."""
    return NotFound(
        f"there is no campaign {campaign_id[:80]!r}", fix="baihuo ads list shows all campaigns"
    )
