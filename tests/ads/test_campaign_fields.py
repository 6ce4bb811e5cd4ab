"""Campaigns that cannot be used are refused with field, value and fix; good rows beside them are kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baihuo.ads import (
    BadCampaign,
    BidKind,
    BrandSafety,
    CampaignRules,
    fields_of,
    minor_units,
    read_campaign,
    read_csv,
    read_keyword,
    whole_units,
    written_keyword,
)
from baihuo.core import BadInput, BrokenFile
from baihuo.settings import Shop

CATEGORIES = {"p1": ("Home", "Kettles"), "p2": ("Home",), "knife": ("Home", "Knives", "Bread")}
RULES = CampaignRules(
    currency="EUR",
    zone=ZoneInfo("Asia/Shanghai"),
    products=lambda ids: {i: CATEGORIES[i] for i in ids if i in CATEGORIES},
    audience_size={"parents": 400, "few": 49}.get,
    safety=BrandSafety(("Home > Knives",), ("casino",)),
)
GOOD: dict[str, Any] = {
    "campaign_id": "kettles-1",
    "advertiser_id": "acme",
    "name": "Kettles",
    "product_ids": ["p1", "p2"],
    "bid_minor": 45,
    "budget_day_minor": 5_000,
    "starts_at": "2026-12-01",
}
HOUR_US = 3_600_000_000


def problems_of(**changes: Any) -> list[tuple[str, str, str]]:
    with pytest.raises(BadCampaign) as refused:
        read_campaign({**GOOD, **changes}, RULES)
    assert all(p.fix for p in refused.value.problems)
    return [(p.field, p.value, p.what) for p in refused.value.problems]


@pytest.mark.parametrize(
    ("changes", "field", "value", "what"),
    [
        ({"bid_minor": -1}, "bid_minor", "-1", "is negative"),
        ({"bid_minor": 0}, "bid_minor", "0", "is 0"),
        ({"bid_minor": 0.4}, "bid_minor", "0.4", "valid integer"),
        ({"bid_minor": True}, "bid_minor", "True", "valid integer"),
        ({"bid_minor": 10_001, "budget_day_minor": 99_999}, "bid_minor", "10001", "100.00 EUR"),
        ({"bid_minor": 5_001}, "bid_minor", "5001", "above the budget of 50.00 EUR"),
        ({"bid_minor": None}, "bid_minor", "", "is missing"),
        ({"bid_ratio": 4.0}, "bid_ratio", "4.0", "not for a bid of click"),
        ({"bid_kind": "return_on_spend", "bid_minor": None}, "bid_ratio", "", "is missing"),
        ({"bid_kind": "visits"}, "bid_kind", "visits", "click"),
        ({"most_bid_minor": 10}, "most_bid_minor", "10", "limit itself"),
        ({"budget_day_minor": 0}, "budget_day_minor", "0", "is 0"),
        ({"budget_day_minor": 2**60}, "budget_day_minor", str(2**60), "too large"),
        ({"budget_day_minor": None}, "budget_day_minor", "", "missing"),
        ({"ends_at": "2026-11-30"}, "ends_at", "2026-11-30", "not after the begin"),
        ({"ends_at": "2026-12-01T00:00"}, "ends_at", "2026-12-01T00:00", "not after the begin"),
        ({"starts_at": "tomorrow"}, "starts_at", "tomorrow", "no time"),
        ({"product_ids": ["p1", "gone"]}, "product_ids", "gone", "not in the catalogue"),
        ({"product_ids": ["knife"]}, "product_ids", "knife", "Home > Knives"),
        ({"product_ids": []}, "product_ids", "[]", "at least 1"),
        ({"product_ids": ["p1", "p1"]}, "product_ids", "p1", "2 times"),
        ({"currency": "USD"}, "currency", "USD", "not the shop's, EUR"),
        ({"hours": [24]}, "hours", "24", "less than or equal to 23"),
        ({"surfaces": ["cart"]}, "surfaces", "cart", "search"),
        ({"audiences": ["few"]}, "audiences", "few", "has 49 visitors, fewer than 50"),
        ({"audiences": ["none"]}, "audiences", "none", "no audience"),
        ({"keywords": ["[a"]}, "keywords", "[a", "opens or closes"),
        ({"keywords": ["?!"]}, "keywords", "?!", "no word"),
        ({"keywords": ["a b c d e f g h i j k"]}, "keywords", "a b c d e f g h i j k", "too long"),
        ({"keywords": ["kettles", "-Kettle"]}, "keywords", "-Kettle", "same searches as 'kettles'"),
        ({"keywords": ["casino kettle"]}, "keywords", "casino kettle", "banned word 'casino'"),
        ({"keywords": ["kettle"], "surfaces": ["home"]}, "surfaces", "home", "searches"),
        ({"keywords": [f"w{i}" for i in range(10_000)]}, "keywords", "10,000", "1,000"),
        ({"name": "The Casino"}, "name", "The Casino", "banned word"),
        ({"categories": ["Home > "]}, "categories", "Home > ", "empty part"),
        ({"campaign_id": "a b"}, "campaign_id", "a b", "pattern"),
        ({"frequency_cap": 0}, "frequency_cap", "0", "greater than or equal to 1"),
        ({"budget": 5}, "budget", "5", "no field"),
    ],
)
def test_a_campaign_that_cannot_be_used_says_which_field_and_why(
    changes: dict[str, Any], field: str, value: str, what: str
) -> None:
    [(found_field, found_value, found_what)] = problems_of(**changes)
    assert (found_field, found_value) == (field, value)
    assert what in found_what


def test_all_problems_are_named_at_once() -> None:
    found = problems_of(bid_minor=-1, product_ids=["gone"], hours=[3, 3], currency="USD")
    assert [field for field, *_ in found] == ["hours", "currency", "product_ids", "bid_minor"]


def test_an_impression_by_thousand_is_what_a_budget_must_pay_for() -> None:
    bid = {"bid_kind": "thousand", "bid_minor": 9_000, "budget_day_minor": 100}
    assert read_campaign({**GOOD, **bid}, RULES).bid.kind is BidKind.THOUSAND
    assert [p[0] for p in problems_of(**{**bid, "budget_day_minor": 8})] == ["bid_minor"]


def test_a_bid_by_thousand_may_be_twenty_times_that_for_a_click() -> None:
    largest = RULES.largest_bid_minor
    for kind, limit in (("click", largest), ("thousand", 20 * largest)):
        bid = {"bid_kind": kind, "budget_day_minor": 10 * limit}
        assert read_campaign({**GOOD, **bid, "bid_minor": limit}, RULES).bid.amount == limit
        assert [p[0] for p in problems_of(**bid, bid_minor=limit + 1)] == ["bid_minor"]


def test_times_without_an_offset_are_the_shop_s_and_a_last_day_is_whole() -> None:
    made = read_campaign({**GOOD, "ends_at": "2026-12-01"}, RULES)
    assert made.ends_at_us is not None
    assert made.ends_at_us - made.starts_at_us == 24 * HOUR_US
    utc = read_campaign({**GOOD, "starts_at": "2026-11-30T16:00Z"}, RULES)
    assert utc.starts_at_us == made.starts_at_us


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"bid_kind": "return_on_spend", "bid_minor": None, "bid_ratio": 4.5, "most_bid_minor": 90},
        {"keywords": ['-"for dogs"', "[kettle]", "red kettle"], "hours": [8, 9]},
        {"ends_at": "2026-12-24T18:30", "categories": ["Home>Kettles"], "audiences": ["parents"]},
    ],
)
def test_a_campaign_is_written_as_it_is_read(changes: dict[str, Any]) -> None:
    made = read_campaign({**GOOD, **changes}, RULES)
    assert read_campaign(fields_of(made, RULES.zone), RULES) == made


@given(st.integers(-(10**14), 10**14), st.sampled_from(("EUR", "JPY", "KWD")))
def test_an_amount_is_read_exactly(minor: int, currency: str) -> None:
    assert minor_units(whole_units(minor, currency), currency) == minor


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("0.001", "it would be rounded to 0.00"),
        ("12.505", "finer"),
        *((text, "no amount") for text in ("1,50", "1e5", "€5", "", "NaN", "１２", "1 000", "+5")),
    ],
)
def test_an_amount_that_would_be_rounded_or_guessed_is_refused(text: str, what: str) -> None:
    with pytest.raises(BadInput, match=what):
        minor_units(text, "EUR")


@pytest.mark.parametrize("written", ["kettle", '"red kettle"', "[kettle]", "-[a b]", '-"手机 壳"'])
def test_keywords_have_the_notation_of_other_ad_systems(written: str) -> None:
    assert written_keyword(read_keyword(written)) == written


# CSV files.

HEADER = "campaign_id,advertiser_id,name,product_ids,bid,budget_day,starts_at,keywords,bid_kind"


def csv_of(folder: Path, *rows: str, header: str = HEADER) -> Path:
    file = folder / "campaigns.csv"
    file.write_text("\n".join((header, *rows)) + "\n", encoding="utf-8-sig")
    return file


def test_good_rows_beside_bad_ones_are_kept(tmp_path: Path) -> None:
    file = csv_of(
        tmp_path,
        'k1,acme,Kettles,p1 | p2,0.45,50,2026-12-01,"""red kettle""|-[toy]|kettle",',
        "k2,acme,Pans,gone,0.001,x,2026-12-01,,",
        "",
        '"k3",acme,"two\nlines",p1,4.5,20,2026-12-01,,return_on_spend',
        "k1,acme,Again,p1,0.45,50,2026-12-01,,",
        "k4,acme,Short",
        "k5,acme,Bid,p1,60.00,50,2026-12-01,,",
    )
    found = read_csv(file, RULES)
    assert found.n_rows == 6
    assert list(found.campaigns) == [2, 5]
    first, third = found.campaigns.values()
    assert (first.bid.amount, first.budget_day_minor) == (45, 5_000)
    assert [written_keyword(k) for k in first.targeting.keywords] == [
        '"red kettle"',
        "-[toy]",
        "kettle",
    ]
    assert (third.bid.amount, third.bid.kind) == (4.5, BidKind.RETURN_ON_SPEND)
    assert [(p.row, p.field, p.value) for p in found.problems] == [
        (3, "bid", "0.001"),
        (3, "budget_day", "x"),
        (3, "product_ids", "gone"),
        (7, "campaign_id", "k1"),
        (8, "", ""),
        (9, "bid", "60.00"),
    ]
    assert str(found.problems[0]).startswith("row 3, bid: '0.001' is finer")


@pytest.mark.parametrize(
    ("text", "error", "match"),
    [
        ("", BrokenFile, "empty"),
        (HEADER.replace("bid,", "bit,"), BadInput, "did you mean 'bid'"),
        (HEADER.replace("bid,", ""), BadInput, "lacks the columns bid"),
        (HEADER + ",bid", BadInput, "twice"),
        (HEADER + '\nk1,"acme', BrokenFile, "line 2"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(
    tmp_path: Path, text: str, error: type[Exception], match: str
) -> None:
    file = tmp_path / "campaigns.csv"
    file.write_text(text)
    with pytest.raises(error, match=match):
        read_csv(file, RULES)
    file.write_bytes("name,é".encode("latin-1"))
    with pytest.raises(BrokenFile, match="UTF-8"):
        read_csv(file, RULES)


@pytest.mark.parametrize(
    ("ads", "match"),
    [
        ("{places: {cart: 1}}", "'cart' is no surface; use any of search, home, similar"),
        ("{timezone: Mars/Olympus}", "there is no time zone 'Mars/Olympus'"),
        ("{share: 1.0}", "less than 1"),
        ("{pricing: third_price}", "gsp"),
    ],
)
def test_a_setting_of_ads_that_cannot_be_is_refused(tmp_path: Path, ads: str, match: str) -> None:
    (tmp_path / "shop.yaml").write_text(f"ads: {ads}\n")
    with pytest.raises(BadInput, match=match):
        Shop(tmp_path).settings()
