"""The ledger: charged once, never over a budget, nothing rounds away, and every cent has two entries."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from baihuo.ads.ledger import (
    CampaignDay,
    ClickCharge,
    ImpressionCharge,
    InvalidClick,
    Ledger,
    Limit,
)
from baihuo.core import BadInput, Conflict, NotFound

NOW = 1_796_256_000_000_000  # 2026-12-03 00:00 UTC
DAY, NEXT_DAY = "2026-12-03", "2026-12-04"


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = Ledger(tmp_path / "ledger.sqlite")
    yield opened
    opened.close()


def on(campaign_id: str = "C", day: str = DAY, **budgets: Any) -> CampaignDay:
    given = {"budget_day_minor": None, "budget_total_minor": None} | budgets
    return CampaignDay(campaign_id=campaign_id, advertiser_id="A", day=day, **given)


def click(click_id: str, price_minor: int, campaign: CampaignDay) -> ClickCharge:
    return ClickCharge(
        click_id=click_id,
        on=campaign,
        campaign_version=1,
        product_id="P",
        price_minor=price_minor,
    )


def impression(auction_id: str, price: int, campaign: CampaignDay) -> ImpressionCharge:
    return ImpressionCharge(auction_id=auction_id, slot=1, on=campaign, price_thousandths=price)


def test_a_deposit_is_booked_once_by_its_reference(ledger: Ledger) -> None:
    assert ledger.deposit("A", 500, reference="bank 1", at_us=NOW)
    assert not ledger.deposit("A", 500, reference="bank 1", at_us=NOW + 1)
    assert ledger.balance("A") == 500
    with pytest.raises(Conflict, match="bank 1"):
        ledger.deposit("B", 500, reference="bank 1", at_us=NOW)


@pytest.mark.parametrize("amount", [0, -5, 10**16, 2.5, True])
def test_money_that_is_no_positive_whole_number_is_refused(ledger: Ledger, amount: Any) -> None:
    with pytest.raises(BadInput, match="amount_minor"):
        ledger.deposit("A", amount, reference="r", at_us=NOW)
    ledger.deposit("A", 500, reference="r", at_us=NOW)
    with pytest.raises(BadInput, match="price_minor"):
        ledger.charge_click(click("q:1", amount, on()), at_us=NOW)
    with pytest.raises(BadInput, match="3 December"):
        ledger.charge_click(click("q:1", 5, on(day="3 December")), at_us=NOW)
    assert ledger.balance("A") == 500


def test_a_click_replayed_a_thousand_times_is_charged_once(ledger: Ledger) -> None:
    ledger.deposit("A", 100_000, reference="r", at_us=NOW)
    first = ledger.charge_click(click("q:1", 30, on()), at_us=NOW)
    again = ledger.charge_clicks([click("q:1", 30, on())] * 1_000, at_us=NOW + 5)
    assert {(r.charged_minor, r.is_duplicate) for r in again} == {(30, True)}
    assert (first.charged_minor, first.is_duplicate) == (30, False)
    assert ledger.balance("A") == 99_970
    with pytest.raises(Conflict, match="q:1"):
        ledger.charge_click(click("q:1", 31, on()), at_us=NOW)


@pytest.mark.parametrize(
    ("campaign", "limit"),
    [
        (on(budget_day_minor=50), Limit.BUDGET_DAY),
        (on(budget_total_minor=50, budget_day_minor=60), Limit.BUDGET_TOTAL),
        (on(budget_total_minor=500), Limit.BALANCE),
    ],
)
def test_a_click_costs_what_is_left_and_then_nothing(
    ledger: Ledger, campaign: CampaignDay, limit: Limit
) -> None:
    ledger.deposit("A", 50 if limit is Limit.BALANCE else 400, reference="r", at_us=NOW)
    receipts = ledger.charge_clicks([click(f"q{n}:1", 30, campaign) for n in range(3)], at_us=NOW)
    assert [(r.charged_minor, r.uncharged_minor, r.limited_by) for r in receipts] == [
        (30, 0, None),
        (20, 10, limit),
        (0, 30, limit),
    ]
    assert ledger.spent_total("C") == 50
    assert ledger.check() == []


def test_a_late_click_counts_in_the_day_of_its_auction(ledger: Ledger) -> None:
    ledger.deposit("A", 1_000, reference="r", at_us=NOW)
    ledger.charge_click(click("q1:1", 80, on(budget_day_minor=100)), at_us=NOW)
    ledger.charge_click(click("q2:1", 90, on(day=NEXT_DAY, budget_day_minor=100)), at_us=NOW)
    late = ledger.charge_click(click("q3:1", 80, on(budget_day_minor=100)), at_us=NOW)
    assert (late.charged_minor, late.limited_by) == (20, Limit.BUDGET_DAY)
    assert (ledger.spent("C", DAY), ledger.spent("C", NEXT_DAY)) == (100, 90)


def test_a_budget_lowered_at_noon_charges_nothing_more(ledger: Ledger) -> None:
    ledger.deposit("A", 1_000, reference="r", at_us=NOW)
    ledger.charge_click(click("q1:1", 80, on(budget_day_minor=100)), at_us=NOW)
    after = ledger.charge_click(click("q2:1", 80, on(budget_day_minor=50)), at_us=NOW)
    assert (after.charged_minor, ledger.check()) == (0, [])


def test_thousandths_of_impressions_add_up_to_whole_units(ledger: Ledger) -> None:
    ledger.deposit("A", 1_000, reference="r", at_us=NOW)
    charges = [impression(f"a{n}", 333, on()) for n in range(10)]
    for charge in charges:
        ledger.charge_impressions([charge], at_us=NOW)
    assert ledger.spent_total("C") == 3  # 3.330
    ledger.charge_impressions([impression("b", 670, on(day=NEXT_DAY))], at_us=NOW)
    assert ledger.spent_total("C") == 4
    again = ledger.charge_impressions(charges, at_us=NOW)
    assert all(r.is_duplicate and r.charged_thousandths == 333 for r in again)
    assert (ledger.balance("A"), ledger.check()) == (996, [])


def test_impressions_stop_at_the_budget(ledger: Ledger) -> None:
    ledger.deposit("A", 1_000, reference="r", at_us=NOW)
    charges = [impression(f"a{n}", 700, on(budget_day_minor=2)) for n in range(5)]
    receipts = ledger.charge_impressions([*charges, charges[0]], at_us=NOW)
    assert [r.charged_thousandths for r in receipts] == [700, 700, 600, 0, 0, 700]
    assert receipts[2].limited_by is Limit.BUDGET_DAY
    assert (ledger.spent("C", DAY), ledger.check()) == (2, [])


def test_a_credit_gives_back_the_balance_and_a_day_that_lasts(ledger: Ledger) -> None:
    ledger.deposit("A", 1_000, reference="r", at_us=NOW)
    ledger.charge_clicks(
        [click("q1:1", 40, on()), click("q2:1", 40, on()), click("q3:1", 50, on())], at_us=NOW
    )
    bad = [InvalidClick(click_id=f"q{n}:1", finding_id=f"bot 0:{n}", reason="bot") for n in (1, 2)]
    first = ledger.credit(bad[:1], today=DAY, at_us=NOW)
    assert (first[0].credited_minor, ledger.balance("A"), ledger.spent("C", DAY)) == (40, 910, 90)
    both = ledger.credit(bad, today=NEXT_DAY, at_us=NOW)
    assert [(c.credited_minor, c.is_duplicate) for c in both] == [(40, True), (40, False)]
    assert (ledger.balance("A"), ledger.spent("C", DAY), ledger.spent_total("C")) == (950, 90, 50)
    assert ledger.check() == []


def test_a_credit_for_a_click_that_was_never_charged_is_refused_whole(ledger: Ledger) -> None:
    ledger.deposit("A", 1_000, reference="r", at_us=NOW)
    ledger.charge_click(click("q1:1", 40, on()), at_us=NOW)
    bad = [InvalidClick(click_id=one, finding_id="f", reason="bot") for one in ("q1:1", "q9:1")]
    with pytest.raises(NotFound, match="q9:1"):
        ledger.credit(bad, today=DAY, at_us=NOW)
    assert ledger.balance("A") == 960


def test_a_statement_opens_and_closes_with_the_balances(ledger: Ledger) -> None:
    month_us = 31 * 86_400_000_000
    ledger.deposit("A", 1_000, reference="november", at_us=NOW - month_us)
    ledger.deposit("A", 500, reference="december", at_us=NOW)
    ledger.charge_clicks([click(f"q{n}:1", 40, on()) for n in range(3)], at_us=NOW)
    ledger.charge_impressions([impression("a", 2_500, on("M"))], at_us=NOW)
    bad = InvalidClick(click_id="q1:1", finding_id="bot 0:1", reason="bot")
    ledger.credit([bad], today=NEXT_DAY, at_us=NOW)
    ledger.charge_click(click("q7:1", 40, on()), at_us=NOW + month_us)  # in January
    statement = ledger.statement("A", "2026-12")
    assert (statement.opening_minor, statement.closing_minor) == (1_000, 1_418)
    assert statement.opening_minor + sum(x.amount_minor for x in statement.lines) == 1_418
    assert [(x.kind, x.campaign_id, x.n_events, x.amount_minor) for x in statement.lines] == [
        ("deposit", None, 1, 500),
        ("click", "C", 3, -120),
        ("impressions", "M", 1, -2),
        ("credit", "C", 1, 40),
    ]
    assert (statement.lines[-1].reference, statement.lines[-1].finding_id) == ("q1:1", "bot 0:1")
    with pytest.raises(BadInput, match="2026-13"):
        ledger.statement("A", "2026-13")


def test_a_month_begins_at_midnight_of_the_shop(ledger: Ledger) -> None:
    ledger.deposit("A", 70, reference="r", at_us=1_796_054_400_000_000)  # 30 November, 16:00 UTC
    assert ledger.statement("A", "2026-12", zone="Asia/Shanghai").closing_minor == 70
    assert ledger.statement("A", "2026-12", zone="Asia/Shanghai").opening_minor == 0
    assert ledger.statement("A", "2026-12", zone="UTC").opening_minor == 70


def test_followers_read_every_entry_once(ledger: Ledger) -> None:
    for n in range(5):
        ledger.deposit("A", 10 + n, reference=str(n), at_us=NOW)
        free = [click(f"q{n}-{k}:1", 5, on(budget_day_minor=0)) for k in range(3)]
        ledger.charge_clicks(free, at_us=NOW)  # nothing is left: no entries
    seen, since = [], 0
    while page := ledger.entries(since=since, most=2):
        seen += page
        since = page[-1].seq
    assert [e.amount_minor for e in seen if e.account == "shop:cash"] == [10, 11, 12, 13, 14]
    assert sum(e.amount_minor for e in seen) == 0
    assert seen[-1].balance_minor == 60  # of shop:cash


def test_clicks_are_found_by_page_and_product(ledger: Ledger) -> None:
    ledger.deposit("A", 1_000, reference="r", at_us=NOW)
    ledger.charge_clicks([click(f"{q}:2", 5, on()) for q in ("q1", "q12", "q1:x")], at_us=NOW)
    assert ledger.clicks_of_pages(["q1", "q3"]) == {("q1", "P"): "q1:2"}


CHANGES = {
    "UPDATE entries SET amount_minor = 1": "never changed",
    "DELETE FROM clicks": "never changed",
    "UPDATE spending SET day_minor = 0": "never changed",
    "DELETE FROM transactions": "never changed",
    "INSERT INTO entries VALUES (1, 'shop:x', 5, 5)": "sealed",
    "INSERT INTO entries VALUES (3, 'shop:cash', 5, 5)": "balance",
    "INSERT INTO transactions VALUES (7, 'deposit', 'x', 0)": "without gaps",
}


@pytest.mark.parametrize("statement", CHANGES)
def test_the_file_itself_refuses_changes(ledger: Ledger, tmp_path: Path, statement: str) -> None:
    ledger.deposit("A", 100, reference="r", at_us=NOW)
    ledger.charge_click(click("q:1", 30, on()), at_us=NOW)
    with (
        sqlite3.connect(tmp_path / "ledger.sqlite") as file,
        pytest.raises(sqlite3.IntegrityError, match=CHANGES[statement]),
    ):
        file.execute(statement)
    assert ledger.check() == []


def test_entries_that_do_not_sum_to_0_are_never_sealed(ledger: Ledger, tmp_path: Path) -> None:
    ledger.deposit("A", 100, reference="r", at_us=NOW)
    with sqlite3.connect(tmp_path / "ledger.sqlite") as file:
        file.execute("INSERT INTO entries VALUES (2, 'shop:cash', 5, 105)")
        with pytest.raises(sqlite3.IntegrityError, match="sum to 0"):
            file.execute("INSERT INTO transactions VALUES (2, 'deposit', 'x', 0)")
        file.rollback()
    overdraft = "INSERT INTO entries VALUES (2, 'advertiser:A:prepaid', 101, 1)"
    with (
        sqlite3.connect(tmp_path / "ledger.sqlite") as file,
        pytest.raises(sqlite3.IntegrityError, match="CHECK"),
    ):
        file.execute(overdraft)


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE entries SET amount_minor = 31 WHERE amount_minor = 30", "do not sum to 0"),
        ("UPDATE entries SET balance_minor = -1 WHERE balance_minor = -70", "sum of its entries"),
        ("UPDATE clicks SET charged_minor = 29", "what its entries say"),
        ("UPDATE spending SET day_minor = 29", "sum of its spending"),
        ("DELETE FROM clicks", "lacks its click"),
        ("DELETE FROM transactions WHERE seq = 1", "is missing"),
        ("DELETE FROM impressions", "settled and carried"),
        ("UPDATE spending SET advertiser_id = 'B'", "spending is not what the entries say"),
    ],
)
def test_check_finds_what_was_done_behind_the_triggers(
    ledger: Ledger, tmp_path: Path, statement: str, found: str
) -> None:
    ledger.deposit("A", 100, reference="r", at_us=NOW)
    ledger.charge_click(click("q:1", 30, on()), at_us=NOW)
    ledger.charge_impressions([impression("a", 500, on())], at_us=NOW)
    assert ledger.check() == []
    with sqlite3.connect(tmp_path / "ledger.sqlite") as file:
        for (name,) in file.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'"):
            file.execute(f"DROP TRIGGER {name}")
        file.execute(statement)
    assert any(found in problem for problem in ledger.check())


BUDGETS = {"C": (120, 200), "D": (90, None), "E": (None, 150)}
CAMPAIGNS, DAYS = st.sampled_from(sorted(BUDGETS)), st.sampled_from([DAY, NEXT_DAY])
OPERATIONS = st.lists(
    st.one_of(
        st.tuples(st.just("deposit"), st.integers(1, 150), st.integers(0, 4)),
        st.tuples(st.just("click"), CAMPAIGNS, DAYS, st.integers(0, 30), st.integers(1, 60)),
        st.tuples(st.just("view"), CAMPAIGNS, DAYS, st.integers(0, 30), st.integers(1, 9_000)),
        st.tuples(st.just("credit"), st.integers(0, 30), DAYS),
    ),
    max_size=40,
)


@given(OPERATIONS)
@settings(max_examples=40, deadline=None)
def test_any_operations_leave_a_ledger_that_a_plain_count_confirms(operations: list[Any]) -> None:
    """Beside the ledger the test counts money by itself, in fractions."""
    deposits: dict[str, int] = {}
    charged: dict[str, tuple[str, int]] = {}  # click → campaign, amount
    credited: set[str] = set()
    accrued: Counter[str] = Counter()
    with TemporaryDirectory() as folder:
        ledger = Ledger(Path(folder) / "ledger.sqlite")
        for operation in operations:
            match operation:
                case ("deposit", amount, n):
                    if deposits.setdefault(str(n), amount) == amount:
                        ledger.deposit("A", amount, reference=str(n), at_us=NOW)
                case ("click", campaign, day, n, price):
                    one = click(f"{campaign}{day}{n}:{price}", price, budgeted(campaign, day))
                    receipt = ledger.charge_click(one, at_us=NOW)
                    assert receipt.is_duplicate == (one.click_id in charged)
                    before = charged.setdefault(one.click_id, (campaign, receipt.charged_minor))
                    assert before[1] == receipt.charged_minor <= price
                case ("view", campaign, day, n, price):
                    seen = impression(f"{n} {price}", price, budgeted(campaign, day))
                    (shown,) = ledger.charge_impressions([seen], at_us=NOW)
                    accrued[campaign] += 0 if shown.is_duplicate else shown.charged_thousandths
                case ("credit", n, day):
                    for click_id in [c for c in charged if c.partition(":")[0].endswith(f"3{n}")]:
                        bad = InvalidClick(click_id=click_id, finding_id="f", reason="bot")
                        ledger.credit([bad], today=day, at_us=NOW)
                        credited.add(click_id)
            assert ledger.balance("A") >= 0
        assert ledger.check() == []
        total = Fraction(sum(deposits.values()))
        for campaign, (budget_day, budget_total) in BUDGETS.items():
            settled = accrued[campaign] // 1000
            clicks = sum(
                amount
                for c, (of, amount) in charged.items()
                if of == campaign and c not in credited
            )
            assert ledger.spent_total(campaign) == clicks + settled
            assert budget_total is None or clicks + settled <= budget_total
            for day in (DAY, NEXT_DAY):
                assert budget_day is None or ledger.spent(campaign, day) <= budget_day
            total -= clicks + settled
        assert ledger.balance("A") == total
        assert ledger.statement("A", "2026-12").closing_minor == total
        ledger.close()


def budgeted(campaign: str, day: str) -> CampaignDay:
    of_day, of_all = BUDGETS[campaign]
    return on(campaign, day, budget_day_minor=of_day, budget_total_minor=of_all)
