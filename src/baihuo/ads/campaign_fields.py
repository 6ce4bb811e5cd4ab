"""One validation of campaigns for the API, the command line and CSV files: every problem of a row at once, each with its fix."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, StrictInt, ValidationError

from baihuo.ads.campaign import Bid, BidKind, Campaign, Keyword, Targeting
from baihuo.ads.keywords import read_keyword, tokens, written_keyword
from baihuo.ads.settings import AdsSettings
from baihuo.ads.store import ID_PATTERN, BrandSafety, CampaignVersion
from baihuo.core import (
    CATEGORY_SEPARATOR,
    BadInput,
    Surface,
    close_match,
    minor_unit_digits,
)

MOST_PRODUCTS = 1_000
_MOST_RATIO = 1_000.0
_MOST_MINOR = 2**53 - 1  # amounts are exact in JSON and in float64
_CLICKS_OF_THOUSAND = 20  # of impressions, usually: what makes a bid by thousand comparable
_SHOWN = 80  # characters of a value in a message
_AMOUNT = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,9})?")  # Decimal keeps 28 digits
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

Minor = Annotated[StrictInt | None, Field(description="write a whole number of minor units")]
Listed = Annotated[tuple[str, ...], Field(description="write a list of texts")]


class CampaignFields(BaseModel):
    """A campaign as it is sent. Times are ISO 8601, without an offset in the time zone of the shop; an end that is a date alone is the end
    of that day."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    campaign_id: str = Field(
        pattern=ID_PATTERN,
        description="write up to 64 letters, digits, dots, dashes and underscores",
    )
    advertiser_id: str = Field(min_length=1, max_length=64, description="name an advertiser")
    name: str = Field(min_length=1, max_length=120, description="write 1 to 120 characters")
    currency: str | None = Field(default=None, description="write a code such as EUR")
    product_ids: tuple[str, ...] = Field(
        min_length=1, max_length=MOST_PRODUCTS, description=f"name 1 to {MOST_PRODUCTS:,} products"
    )
    bid_kind: BidKind = Field(
        default=BidKind.CLICK, description=f"write one of {', '.join(BidKind)}"
    )
    bid_minor: Minor = None  # of click, thousand, cost_per_purchase
    bid_ratio: float | None = Field(
        default=None, allow_inf_nan=False, description="write a number such as 4.0"
    )  # of return_on_spend
    most_bid_minor: Minor = None  # a click, of the two targets
    budget_day_minor: Minor = None
    budget_total_minor: Minor = None
    starts_at: str = Field(description="write it as in 2026-12-01T08:00")
    ends_at: str | None = Field(default=None, description="write it as in 2026-12-31")
    surfaces: tuple[Surface, ...] = Field(
        default=(), description=f"use any of {', '.join(Surface)}"
    )
    keywords: Listed = ()  # in the notation of keywords.py
    categories: Listed = ()
    audiences: Listed = ()
    hours: tuple[Annotated[int, Field(ge=0, le=23)], ...] = Field(
        default=(), description="write hours from 0 to 23"
    )
    frequency_cap: int | None = Field(default=None, ge=1, description="write 1 or more, or nothing")


@dataclass(frozen=True, kw_only=True)
class CampaignRules:
    """What campaigns of a shop must keep to."""

    currency: str
    zone: ZoneInfo
    products: Callable[[Sequence[str]], Mapping[str, Sequence[str]]]  # those that exist → category
    audience_size: Callable[[str], int | None]  # visitors; None: there is no such audience
    safety: BrandSafety
    most_keywords: int = 1_000
    largest_bid_minor: int = 10_000
    k_audience: int = 50

    @classmethod
    def of(
        cls,
        settings: AdsSettings,
        currency: str | None,
        *,
        products: Callable[[Sequence[str]], Mapping[str, Sequence[str]]],
        audience_size: Callable[[str], int | None],
        safety: BrandSafety,
    ) -> CampaignRules:
        """Those of the settings of a shop.

        Raises:
            BadInput: the shop has no currency.
        """
        if currency is None:
            fix = "set it in shop.yaml, as in currency: EUR"
            raise BadInput("the shop has no currency, so no bid has one", fix=fix)
        return cls(
            currency=currency,
            zone=settings.zone(),
            products=products,
            audience_size=audience_size,
            safety=safety,
            most_keywords=settings.most_keywords,
            largest_bid_minor=settings.largest_bid_minor,
            k_audience=settings.k_audience,
        )


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """What is wrong with a field of a row."""

    field: str  # empty: the whole row
    value: str
    what: str
    fix: str
    row: int | None = None  # 1-based line of a file, or place in a list

    def __str__(self) -> str:
        where = f"row {self.row}" if self.row is not None else ""
        at = ", ".join(part for part in (where, self.field) if part)
        value = f" {self.value!r}" if self.value else ""
        return f"{at}:{value} {self.what}; fix: {self.fix}"


class BadCampaign(BadInput):
    """A campaign that cannot be used, with all its problems."""

    def __init__(self, problems: Sequence[FieldProblem]) -> None:
        super().__init__(
            "; ".join(f"{p.field}: {p.value!r} {p.what}" for p in problems),
            fix="; ".join(dict.fromkeys(f"{p.field}: {p.fix}" for p in problems)),
        )
        self.problems = tuple(problems)


def read_campaign(values: Mapping[str, Any], rules: CampaignRules) -> Campaign:
    """Make a campaign of the values of :class:`CampaignFields`, version 1 and submitted.

    Raises:
        BadCampaign: with every problem.
    """
    try:
        given = CampaignFields.model_validate(values)
    except ValidationError as error:
        raise BadCampaign([_of_pydantic(e) for e in error.errors()]) from error
    reader = _Reader(given, rules)
    campaign = reader.campaign()
    if reader.problems:
        raise BadCampaign(reader.problems)
    return campaign


def fields_of(campaign: Campaign, zone: ZoneInfo) -> dict[str, Any]:
    """The inverse of :func:`read_campaign`: values for JSON, without those that are not set."""
    bid, targeting = campaign.bid, campaign.targeting
    is_ratio = bid.kind is BidKind.RETURN_ON_SPEND
    values = {
        "campaign_id": campaign.campaign_id,
        "advertiser_id": campaign.advertiser_id,
        "name": campaign.name,
        "currency": campaign.currency,
        "product_ids": list(campaign.product_ids),
        "bid_kind": str(bid.kind),
        "bid_minor": None if is_ratio else int(bid.amount),
        "bid_ratio": bid.amount if is_ratio else None,
        "most_bid_minor": bid.most_minor,
        "budget_day_minor": campaign.budget_day_minor,
        "budget_total_minor": campaign.budget_total_minor,
        "starts_at": _written_time(campaign.starts_at_us, zone),
        "ends_at": _written_time(campaign.ends_at_us, zone),
        "surfaces": list(targeting.surfaces),
        "keywords": [written_keyword(k) for k in targeting.keywords],
        "categories": list(targeting.categories),
        "audiences": list(targeting.audiences),
        "hours": list(targeting.hours),
        "frequency_cap": campaign.frequency_cap,
    }
    return {name: value for name, value in values.items() if value not in (None, [])}


def version_row(version: CampaignVersion, zone: ZoneInfo) -> dict[str, Any]:
    """A version of a campaign as JSON; ``running`` only where something of it runs."""
    running = version.running
    changed = datetime.fromtimestamp(version.changed_at_us // 1_000_000, UTC)
    return {
        **fields_of(version.campaign, zone),
        "status": str(version.campaign.status),
        "version": version.campaign.version,
        "changed_by": version.changed_by,
        "changed_at": f"{changed:%Y-%m-%dT%H:%MZ}",
        "reason": version.reason,
        **({} if running is None else {"running": fields_of(running, zone)}),
    }


class _Reader:
    """Reads one campaign and collects what is wrong with it."""

    def __init__(self, given: CampaignFields, rules: CampaignRules) -> None:
        self._given, self._rules = given, rules
        self.problems: list[FieldProblem] = []

    def campaign(self) -> Campaign:
        given = self._given
        for name in ("product_ids", "surfaces", "categories", "audiences", "hours"):
            self._no_duplicates(name, getattr(given, name))
        self._currency()
        self._products()
        self._audiences()
        if word := self._rules.safety.banned_word(given.name):
            self._add("name", given.name, f"has the banned word {word!r}", "leave it out")
        bid = self._bid()
        starts_at_us, ends_at_us = self._times()
        return Campaign(
            campaign_id=given.campaign_id,
            advertiser_id=given.advertiser_id,
            name=given.name,
            currency=self._rules.currency,
            product_ids=given.product_ids,
            bid=bid,
            starts_at_us=starts_at_us,
            ends_at_us=ends_at_us,
            budget_day_minor=given.budget_day_minor,
            budget_total_minor=given.budget_total_minor,
            targeting=Targeting(
                surfaces=tuple(map(str, given.surfaces)),
                keywords=self._keywords(),
                categories=tuple(self._categories()),
                audiences=given.audiences,
                hours=given.hours,
            ),
            frequency_cap=given.frequency_cap,
        )

    def _add(self, field: str, value: object, what: str, fix: str) -> None:
        self.problems.append(FieldProblem(field, str(value)[:_SHOWN], what, fix))

    def _no_duplicates(self, field: str, values: Iterable[object]) -> None:
        for value, n in Counter(values).items():
            if n > 1:
                self._add(field, value, f"is there {n} times", "name it once")

    def _money(self, minor: int) -> str:
        return f"{whole_units(minor, self._rules.currency)} {self._rules.currency}"

    def _currency(self) -> None:
        ours = self._rules.currency
        if self._given.currency not in (None, ours):
            fix = f"convert the amounts to {ours}, or leave the currency out"
            self._add("currency", self._given.currency, f"is not the shop's, {ours}", fix)

    def _products(self) -> None:
        found = self._rules.products(self._given.product_ids)
        for product_id in dict.fromkeys(self._given.product_ids):
            if product_id not in found:
                fix = "leave it out, or import it"
                self._add("product_ids", product_id, "is not in the catalogue", fix)
            elif banned := self._rules.safety.banned_category(found[product_id]):
                what = f"is in {banned!r}, which the shop does not advertise"
                self._add("product_ids", product_id, what, "leave it out")

    def _audiences(self) -> None:
        least = self._rules.k_audience
        for name in dict.fromkeys(self._given.audiences):
            size = self._rules.audience_size(name)
            if size is None:
                self._add("audiences", name, "is no audience of the shop", "leave it out")
            elif size < least:
                what = f"has {size} visitors, fewer than {least}"
                self._add("audiences", name, what, "use a larger one")

    def _bid(self) -> Bid:
        given, largest = self._given, self._rules.largest_bid_minor
        if given.bid_kind is BidKind.THOUSAND:
            largest *= _CLICKS_OF_THOUSAND
        is_ratio = given.bid_kind is BidKind.RETURN_ON_SPEND
        is_target = is_ratio or given.bid_kind is BidKind.COST_PER_PURCHASE
        own, other = ("bid_ratio", "bid_minor") if is_ratio else ("bid_minor", "bid_ratio")
        amount, unused = getattr(given, own), getattr(given, other)
        if amount is None:
            fix = "write sales per spend, as in 4.0" if is_ratio else "write an amount"
            self._add(own, "", f"is missing: a bid of {given.bid_kind} needs it", fix)
        if unused is not None:
            self._add(other, unused, f"is not for a bid of {given.bid_kind}", f"use {own}")
        if is_ratio and amount is not None and not 0 < amount <= _MOST_RATIO:
            fix = f"write a number above 0, up to {_MOST_RATIO:g}"
            self._add(own, amount, "is not a return that can be aimed at", fix)
        if given.most_bid_minor is not None and not is_target:
            what = f"is not for a bid of {given.bid_kind}, which is a limit itself"
            self._add("most_bid_minor", given.most_bid_minor, what, "leave it out")
        if given.budget_day_minor is None and given.budget_total_minor is None:
            fix = "set budget_day or budget_total"
            self._add("budget_day_minor", "", "and the total budget are missing", fix)
        amounts = ("bid_minor", "most_bid_minor", "budget_day_minor", "budget_total_minor")
        are_fine = [self._amount(name) for name in amounts]
        for name in ("bid_minor", "most_bid_minor"):
            minor: int | None = getattr(given, name)
            if minor is None or not all(are_fine):
                continue
            is_limited = not (is_target and name == "bid_minor")
            if is_limited and minor > largest:
                what = f"is above the shop's limit of {self._money(largest)}"
                self._add(name, minor, what, f"bid at most {self._money(largest)}")
            # One impression is the least that a bid by thousand buys.
            least = minor / 1000 if given.bid_kind is BidKind.THOUSAND else minor
            for budget in ("budget_day_minor", "budget_total_minor"):
                limit: int | None = getattr(given, budget)
                if limit is not None and least > limit:
                    what = f"is above the budget of {self._money(limit)} ({budget})"
                    self._add(name, minor, what, "bid less, or raise the budget")
        return Bid(given.bid_kind, amount or 0, given.most_bid_minor)

    def _amount(self, field: str) -> bool:
        minor: int | None = getattr(self._given, field)
        if minor is None or 0 < minor <= _MOST_MINOR:
            return True
        what = "is negative" if minor < 0 else "is 0" if minor == 0 else "is too large"
        fix = f"write at least {self._money(1)}"
        if field.startswith("budget") and minor == 0:
            fix += ", leave it out for no limit of this kind, or pause the campaign"
        self._add(field, minor, what, fix)
        return False

    def _times(self) -> tuple[int, int | None]:
        starts = self._time("starts_at", self._given.starts_at)
        ends = None
        if self._given.ends_at is not None:
            ends = self._time("ends_at", self._given.ends_at)
            if starts is not None and ends is not None and ends <= starts:
                what = f"is not after the begin, {self._given.starts_at}"
                self._add("ends_at", self._given.ends_at, what, "end it later, or begin earlier")
        return starts or 0, ends

    def _time(self, field: str, text: str) -> int | None:
        try:
            at = datetime.fromisoformat(text.strip())
            at = at if at.tzinfo else at.replace(tzinfo=self._rules.zone)
            if field == "ends_at" and _DATE.fullmatch(text.strip()):
                at += timedelta(days=1)
            return (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
        except (ValueError, OverflowError):
            fix = "write it as in 2026-12-01, 2026-12-01T08:00 or 2026-12-01T08:00+08:00"
            self._add(field, text, "is no time", fix)
            return None

    def _categories(self) -> Iterator[str]:
        for path in self._given.categories:
            parts = [part.strip() for part in path.split(CATEGORY_SEPARATOR.strip())]
            if not all(parts):
                self._add("categories", path, "has an empty part", "write Home > Kitchen")
            yield CATEGORY_SEPARATOR.join(parts)

    def _keywords(self) -> tuple[Keyword, ...]:
        given, most = self._given, self._rules.most_keywords
        if len(given.keywords) > most:
            what = f"are more than {most:,} keywords"
            fix = f"keep the {most:,} that matter, or make several campaigns"
            self._add("keywords", f"{len(given.keywords):,}", what, fix)
            return ()
        read: dict[tuple[object, ...], Keyword] = {}
        for text in given.keywords:
            try:
                keyword = read_keyword(text)
            except BadInput as error:
                self._add("keywords", text, error.what, error.fix)
                continue
            key = (tokens(keyword.text), keyword.match)
            if key in read:
                what = f"asks for the same searches as {written_keyword(read[key])!r}"
                self._add("keywords", text, what, "keep one of them")
            word = None if keyword.is_negative else self._rules.safety.banned_word(keyword.text)
            if word:
                self._add("keywords", text, f"has the banned word {word!r}", "leave it out")
            read[key] = keyword
        if given.surfaces and Surface.SEARCH not in given.surfaces and read:
            self._add(
                *("surfaces", ", ".join(given.surfaces), "leave out searches, where keywords are"),
                "add search, or leave the keywords out",
            )
        return tuple(read.values())


def _of_pydantic(error: Any) -> FieldProblem:
    field = str(error["loc"][0]) if error["loc"] else ""
    known = CampaignFields.model_fields
    description = known[field].description if field in known else None
    value = "" if error["type"] == "missing" else str(error["input"])[:_SHOWN]
    if error["type"] == "extra_forbidden":
        fix = close_match(field, known) or "leave it out"
        return FieldProblem(field, value, "is no field of a campaign", fix)
    what = "is missing" if error["type"] == "missing" else f"is refused: {error['msg'].lower()}"
    return FieldProblem(field, value, what, description or "correct it")


def _written_time(at_us: int | None, zone: ZoneInfo) -> str | None:
    if at_us is None:
        return None
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at_us)
    return at.astimezone(zone).isoformat()


# Amounts of money as people write them, exactly.


def minor_units(text: str, currency: str) -> int:
    """Read an amount in whole units, exactly.

    >>> minor_units("12.50", "EUR"), minor_units("1200", "JPY")
    (1250, 1200)

    Raises:
        BadInput: no plain number, or finer than the smallest unit of the currency.
    """
    digits = minor_unit_digits(currency)
    match = _AMOUNT.fullmatch(text.strip())
    example = whole_units(1250 * 10**digits // 100, currency)
    if match is None:
        raise BadInput(
            "is no amount", fix=f"write digits and a point, without signs of money, as in {example}"
        )
    amount = Decimal(text.strip()).scaleb(digits)
    if amount != amount.to_integral_value():
        smallest = whole_units(1, currency)
        rounded = whole_units(int(amount.to_integral_value()), currency)
        raise BadInput(
            f"is finer than the smallest amount of {currency}, {smallest}: it would be rounded to {rounded}",
            fix=f"write it with {digits} decimals, at least {smallest}",
        )
    return int(amount)


def whole_units(minor: int, currency: str) -> str:
    """The inverse of :func:`minor_units`.

    >>> whole_units(1250, "EUR"), whole_units(-5, "EUR"), whole_units(1200, "JPY")
    ('12.50', '-0.05', '1200')
    """
    return str(Decimal(minor).scaleb(-minor_unit_digits(currency)))
