"""The money of ads, as an operator types it: paid in, spent on clicks, given back, reported."""

from __future__ import annotations

import json
import random
import sqlite3
from pathlib import Path

import pytest
from tests.ads.kettles import MINUTE_US, NOW_US, event_line, kettle_shop, write_held_out
from typer.testing import CliRunner, Result

from baihuo import flow
from baihuo.ads import AuctionLog, CampaignStore, Ledger
from baihuo.ads.auction_log import LoggedAd, LoggedAuction, OutcomeCount
from baihuo.ads.campaign import HOUR_US
from baihuo.ads.ledger import CampaignDay, ClickCharge
from baihuo.cli.app import app
from baihuo.core import BadInput, Conflict, NotFound, ShopPaths
from baihuo.settings import Shop


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return kettle_shop(tmp_path / "shop")


def run(shop: Path, *words: str) -> Result:
    return CliRunner().invoke(app, ["ads", *words, "--shop", str(shop)])


def printed(result: Result) -> str:
    assert result.exception is None, result.output
    return result.stdout.strip()


def test_deposits_are_booked_once_and_stand_in_the_statement(shop: Path) -> None:
    assert "12.50 EUR" in printed(run(shop, "deposit", "acme", "12.50", "--reference", "r1"))
    assert "12.50 EUR" in printed(run(shop, "deposit", "acme", "12.50", "--reference", "r1"))
    statement = json.loads(printed(run(shop, "statement", "acme", "--json")))
    assert (statement["opening_minor"], statement["closing_minor"]) == (0, 1_250)
    assert [line["reference"] for line in statement["lines"]] == ["r1"]
    assert "balance after" in printed(run(shop, "statement", "acme"))
    assert printed(run(shop, "verify")) == "the ledger is right"
    with sqlite3.connect(ShopPaths(shop).ads_ledger_file) as file:  # by somebody, past the triggers
        file.execute("DROP TRIGGER entries_no_UPDATE")
        file.execute("UPDATE entries SET amount_minor = 1251 WHERE amount_minor = 1250")
    assert run(shop, "verify").exit_code == 1


@pytest.mark.parametrize(
    ("words", "error", "what"),
    [
        (("deposit", "acme", "0", "--reference", "r"), BadInput, "0"),
        (("deposit", "acme", "0.001", "--reference", "r"), BadInput, "finer than"),
        (("deposit", "nobody", "5", "--reference", "r"), NotFound, "nobody"),
        (("statement", "acme", "--month", "2026-13"), BadInput, "2026-13"),
        (("report",), NotFound, "no ad was shown"),
        (("verify",), NotFound, "no ledger yet"),
        (("credit",), NotFound, "nothing was checked"),
    ],
)
def test_what_cannot_be_booked_is_refused_with_the_fix(
    shop: Path, words: tuple[str, ...], error: type[Exception], what: str
) -> None:
    result = run(shop, *words)
    assert isinstance(result.exception, error)
    assert what in str(result.exception)
    assert result.exception.fix  # type: ignore[attr-defined]


def test_another_amount_under_a_reference_is_a_conflict(shop: Path) -> None:
    printed(run(shop, "deposit", "acme", "5", "--reference", "r"))
    assert isinstance(run(shop, "deposit", "acme", "6", "--reference", "r").exception, Conflict)


def _advertised(shop: Path) -> None:
    """Forty pages with an ad, each seen; ten visitors click; two buy."""
    paths = ShopPaths(shop)
    ledger, log = Ledger(paths.ads_ledger_file), AuctionLog(paths.auctions_file)
    ledger.deposit("acme", 5_000, reference="r", at_us=NOW_US)
    on = CampaignDay.of(CampaignStore(paths.ads_file).find("kettles").campaign, "2026-12-01")
    lines = []
    for page in range(40):
        at_us = NOW_US - (60 - page) * MINUTE_US
        ad = LoggedAd("kettles", "p1", 50, 0.1, 1, 5, slot=1, price_minor=30, click_id=f"q{page}:1")
        log.append(
            LoggedAuction(
                auction_id=f"q{page}.1",
                at_us=at_us,
                surface="search",
                visitor_id=f"v{page}",
                ads=(ad,),
            )
        )
        lines.append(event_line(3 * page, "ad_impression", f"v{page}", page, at_us + 10**6))
        if page < 10:
            lines.append(event_line(3 * page + 1, "ad_click", f"v{page}", page, at_us + 5 * 10**6))
            ledger.charge_click(
                ClickCharge(
                    click_id=f"q{page}:1",
                    on=on,
                    campaign_version=1,
                    product_id="p1",
                    price_minor=30,
                ),
                at_us=at_us + 5 * 10**6,
            )
        if page < 2:
            bought = {"price_minor": 900, "currency": "EUR", "quantity": 1, "query_id": None}
            lines.append(
                event_line(3 * page + 2, "purchase", f"v{page}", page, at_us + 60 * 10**6, **bought)
            )
    hour = NOW_US // HOUR_US * HOUR_US
    log.count(
        [
            OutcomeCount("kettles", hour, "search", "won", 40),
            OutcomeCount("kettles", hour, "search", "outbid", 60),
        ]
    )
    log.close()
    ledger.close()
    file = shop.parent / "events.jsonl"
    file.write_text("\n".join(lines) + "\n")
    flow.import_files(Shop(shop), [file])
    flow.check(Shop(shop))


def test_the_report_says_what_a_campaign_got_paid_and_lost(shop: Path) -> None:
    _advertised(shop)
    found = json.loads(printed(run(shop, "report", "--days", "1", "--json")))
    [row] = found["campaigns"]
    assert (row["n_auctions"], row["n_won"], row["lost"]) == (100, 40, {"outbid": 60})
    assert (row["n_served"], row["n_viewable"], row["n_clicks"]) == (40, 40, 10)
    assert (row["spent_minor"], row["cost_per_click_minor"]) == (300, 30)
    assert found["revenue_minor"] == 300
    by_model = {
        (r["attribution_model"], r["lookback_window_days"]): r["attributed_conversions_same_sku"]
        for r in row["attribution"]
    }
    assert len(by_model) == 15
    assert set(by_model.values()) == {2.0}
    assert row["attribution"][0]["roas"] == pytest.approx(1_800 / 300)
    text = printed(run(shop, "report", "--days", "1", "--attribution"))
    assert "40 ads on 40 pages, revenue 3.00 EUR" in text
    assert "Kettles" in text
    assert printed(run(shop, "credit")).startswith("0 clicks were credited")


def test_the_effect_is_what_visitors_without_the_ad_bought_less(shop: Path) -> None:
    write_held_out(shop)
    found = json.loads(printed(run(shop, "effect", "kettles", "--json")))
    assert (found["n_shown"], found["n_ghost"]) == (200, 200)
    total = found["purchases"]["total"]
    assert total["mid"] == pytest.approx(40, abs=1)
    assert 0 < total["low"] < 40 < total["high"]
    assert "200 visitors saw it" in printed(run(shop, "effect", "kettles"))
    of_all = json.loads(printed(run(shop, "effect", "--json")))
    assert (of_all["organic_clicks"]["shown"], of_all["organic_clicks"]["ghost"]) == (0.5, 1.0)
    assert (of_all["returned"]["shown"], of_all["returned"]["ghost"]) == (1.0, 0.0)
    assert of_all["organic_clicks"]["per_visitor"]["high"] < 0 < of_all["returned"]["total"]["low"]
    assert of_all["sales_minor"]["total"]["mid"] == pytest.approx(40 * 900, rel=0.01)
    assert "came back" in printed(run(shop, "effect"))
    (shop / "shop.yaml").write_text("currency: EUR\n")
    assert "nobody is held out" in str(run(shop, "effect", "kettles").exception)


def test_what_another_payment_rule_would_have_brought_is_exact(shop: Path) -> None:
    """Two ads on each of 200 pages, sold at 30 and 1 by second price; 20 clicks on the first, 10 on the second."""
    log, lines = AuctionLog(ShopPaths(shop).auctions_file), []
    for page in range(200):
        at_us = NOW_US - 300 * MINUTE_US + page * 10**6
        bids = ((50.0, 30), (30.0, 1))
        ads = tuple(
            LoggedAd(f"c{i}", f"p{i + 1}", bid, 0.1, 1.0, bid * 0.1, i + 1, price)
            for i, (bid, price) in enumerate(bids)
        )
        log.append(
            LoggedAuction(
                auction_id=f"q{page}.1",
                at_us=at_us,
                surface="search",
                visitor_id=f"v{page}",
                ads=ads,
            )
        )
        if page % 20 in (0, 5, 10):
            product = "p2" if page % 20 == 10 else "p1"
            clicked = {"product_id": product}
            lines.append(event_line(page, "ad_click", f"v{page}", page, at_us + 10**6, **clicked))
            shown = event_line(1000 + page, "ad_impression", f"v{page}", page, at_us, **clicked)
            lines.append(shown)
    log.close()
    file = shop.parent / "events.jsonl"
    file.write_text("\n".join(lines) + "\n")
    flow.import_files(Shop(shop), [file])
    flow.check(Shop(shop))
    found = json.loads(printed(run(shop, "what-if", "--pricing", "first_price", "--json")))
    assert (found["n_auctions"], found["n_changed"]) == (200, 0)
    assert found["revenue_minor"] == pytest.approx((20 * 30 + 10 * 1) / 200 * 1000)
    gain = found["revenue_gain_minor"]["mid"]
    assert gain == pytest.approx((20 * 20 + 10 * 29) / 200 * 1000)
    assert "200 auctions" in printed(run(shop, "what-if", "--pricing", "first_price"))
    found = json.loads(printed(run(shop, "what-if", "--reserve", "0.40", "--json")))
    assert (found["n_changed"], found["ads_gain"]) == (200, -1000)  # the second ad never stands


def test_the_report_says_what_predicted_clicks_brought(shop: Path) -> None:
    """The ad with the lower bid is clicked five times as often, stands first but on explored pages, where both are as likely."""
    rng, log, lines = random.Random(5), AuctionLog(ShopPaths(shop).auctions_file), []
    (shop / "shop.yaml").write_text("currency: EUR\nads: {places: {search: 1}}\n")
    loved = LoggedAd("kettles", "p1", 40.0, 0.5, 1.0, 20.0)
    dear = LoggedAd("pots", "p2", 60.0, 0.1, 1.0, 6.0)
    for page in range(1_500):
        at_us = NOW_US - 300 * MINUTE_US + page * 10**6
        shown = dear if rng.random() < 0.25 else loved
        price, propensity = (12, 0.75) if shown is loved else (12, 0.25)
        sold = shown._replace(slot=1, price_minor=price, propensity=propensity)
        ads = (sold, dear if shown is loved else loved)
        log.append(
            LoggedAuction(
                auction_id=f"q{page}.1",
                at_us=at_us,
                surface="search",
                visitor_id=f"v{page}",
                ads=ads,
            )
        )
        of = {"product_id": shown.product_id}
        lines.append(event_line(page, "ad_impression", f"v{page}", page, at_us, **of))
        if rng.random() < shown.p_click:
            click = event_line(5_000 + page, "ad_click", f"v{page}", page, at_us + 10**7, **of)
            lines.append(click)
    log.close()
    file = shop.parent / "events.jsonl"
    file.write_text("\n".join(lines) + "\n")
    flow.import_files(Shop(shop), [file])
    flow.check(Shop(shop))
    found = json.loads(printed(run(shop, "report", "--days", "1", "--json")))["predictions"]
    gains = {gain["instead_of"]: gain for gain in found["search"]}
    bids, at_random = gains["bids"]["clicks_gain"], gains["random"]["clicks_gain"]
    assert bids["low"] < 400 < bids["high"]  # of a thousand pages: 500 clicks, and 100
    assert bids["low"] > 200
    assert at_random["low"] < 200 < at_random["high"]  # 500, and 300
    # 500 clicks at 12 (6 of its score / 0.5), and 100 at 40.
    money = gains["bids"]["revenue_gain_minor"]
    assert money["low"] < 500 * 12 - 100 * 40 < money["high"]
    assert gains["random"]["revenue_gain_minor"] is None
    worth = gains["random"]["value_gain_minor"]  # 500 at 40; half of it, and 50 at 60
    assert worth["low"] < 500 * 40 - (250 * 40 + 50 * 60) < worth["high"]
    assert "beside bids alone: clicks +" in printed(run(shop, "report", "--days", "1"))
