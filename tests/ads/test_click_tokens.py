"""Tokens of ads: what was signed comes back, everything else is refused with its reason."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baihuo.ads.campaign import Bid, BidKind, Campaign
from baihuo.ads.click_tokens import ClickRefused, ClickTokens, Refusal, ServedAd
from baihuo.ads.ledger import Ledger
from baihuo.core import BadInput

NOW = 1_796_256_000_000_000
HOUR_US = 3_600_000_000
TOKENS = ClickTokens(b"k" * 32)
AD = ServedAd(
    query_id="0f" * 16,
    slot=2,
    campaign_id="spring-sale",
    campaign_version=3,
    advertiser_id="acme",
    product_id="P100038",
    price_minor=45,
    auction_at_us=NOW,
    day="2026-12-03",
)


def refusal(token: str, at_us: int = NOW) -> Refusal:
    with pytest.raises(ClickRefused) as caught:
        TOKENS.verify(token, at_us=at_us)
    return caught.value.reason


IDS = st.text(min_size=1, max_size=12).filter(lambda x: x.isprintable())


@given(IDS, IDS, st.integers(1, 10**12), st.integers(1, 200))
def test_what_was_signed_comes_back(query_id: str, product: str, price: int, slot: int) -> None:
    ad = replace(AD, query_id=query_id, product_id=product, price_minor=price, slot=slot)
    token = TOKENS.sign(ad)
    assert TOKENS.verify(token, at_us=NOW) == ad
    assert len(token) < 400
    assert all(letter.isascii() and (letter.isalnum() or letter in "-_.") for letter in token)


@given(st.data())
def test_a_token_with_any_letter_changed_is_forged(data: st.DataObject) -> None:
    token = TOKENS.sign(AD)
    at = data.draw(st.integers(0, len(token) - 1))
    letter = data.draw(st.sampled_from("Ab0-_.é\ud800").filter(lambda x: x != token[at]))
    assert refusal(token[:at] + letter + token[at + 1 :]) is Refusal.FORGED


@pytest.mark.parametrize(
    "token", ["", ".", "x", "x.y", "é.y", pytest.param("a" * 100_000, id="long")]
)
def test_what_is_no_token_is_forged(token: str) -> None:
    assert refusal(token) is Refusal.FORGED


def test_a_token_of_another_shop_is_forged() -> None:
    assert refusal(ClickTokens(b"other" * 8).sign(AD)) is Refusal.FORGED


def test_a_click_is_charged_for_a_day() -> None:
    token = TOKENS.sign(AD)
    assert TOKENS.verify(token, at_us=NOW + 24 * HOUR_US) == AD
    assert refusal(token, NOW + 24 * HOUR_US + 1) is Refusal.TOO_OLD


def test_a_click_for_a_page_never_served_is_refused() -> None:
    token = TOKENS.sign(AD)
    assert TOKENS.verify(token, at_us=NOW, was_served={AD.query_id}.__contains__) == AD
    with pytest.raises(ClickRefused, match="never served") as caught:
        TOKENS.verify(token, at_us=NOW, was_served=set[str]().__contains__)
    assert caught.value.reason is Refusal.NOT_SERVED


def test_a_price_that_rounds_to_0_is_not_signed() -> None:
    with pytest.raises(BadInput, match="0 minor units"):
        TOKENS.sign(replace(AD, price_minor=0))
    with pytest.raises(BadInput, match="bytes"):
        TOKENS.sign(replace(AD, campaign_id="c" * 300))


def test_a_token_replayed_a_thousand_times_is_charged_once(tmp_path: Path) -> None:
    ledger, token = Ledger(tmp_path / "ledger.sqlite"), TOKENS.sign(AD)
    ledger.deposit("acme", 1_000, reference="r", at_us=NOW)
    campaign = Campaign(
        campaign_id="spring-sale",
        advertiser_id="acme",
        name="Spring",
        currency="EUR",
        product_ids=("P100038",),
        bid=Bid(BidKind.CLICK, 50),
        starts_at_us=NOW,
        budget_day_minor=500,
    )
    charges = [TOKENS.verify(token, at_us=NOW).charge(campaign) for _ in range(1_000)]
    receipts = ledger.charge_clicks(charges, at_us=NOW)
    assert {(r.click_id, r.charged_minor) for r in receipts} == {(AD.click_id, 45)}
    assert sum(not r.is_duplicate for r in receipts) == 1
    assert ledger.balance("acme") == 955
    ledger.close()
