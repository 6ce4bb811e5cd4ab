from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pyarrow as pa
import pytest

from baihuo.core import Event, Product
from baihuo.core.tables import TIMELY, events_to_table
from baihuo.quality import QualityRules
from baihuo.quality.checks.schema import checks as schema
from baihuo.quality.checks.traffic import checks as traffic
from baihuo.quality.registry import STEPS_BY_TABLE

pytestmark = pytest.mark.checks("traffic")

HOUR, DAY = 3_600, 86_400
PRODUCTS = [Product(product_id=f"p{i}", title_en=f"Thing {i}") for i in range(1_000)]

Make = Callable[..., Event]


@pytest.fixture
def shop(cleaned: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """What this step makes of events over a catalogue of a thousand products; others are left out."""
    monkeypatch.setitem(STEPS_BY_TABLE, "products", (schema.STEP,))
    monkeypatch.setitem(STEPS_BY_TABLE, "events", (traffic.STEP,))
    return lambda events, **other: cleaned(events, PRODUCTS, **other)


def timely(events: Sequence[Event]) -> pa.Table:
    """As the live log seals events whose senders proved when they happened."""
    return events_to_table(events).append_column(TIMELY, [[True] * len(events)])


def by(check: str, run: Any) -> set[int]:
    """The lines a check found."""
    return {int(f["row_id"].split(":")[1]) for f in run.rows("findings") if f["check"] == check}


def visits(event: Make, n: int = 120, *, seed: int = 1) -> list[Event]:
    """Ordinary people: a page, some clicks with the dwell their browser sends, a cart now and then."""
    return [e for i in range(n) for e in shopper(event, f"someone{i}", seed=seed * 1_000 + i)]


def shopper(
    event: Make,
    visitor: str,
    *,
    n_pages: int = 3,
    seed: int = 1,
    seconds: float = 0,
    dwells: bool = True,
    carts: float = 0.2,
    pause: float = 15,
    **other: Any,
) -> Iterator[Event]:
    """Somebody who reads: gaps between actions are short and long, as people's are."""
    rng = random.Random(seed)
    at = seconds + rng.random() * DAY
    for page in range(n_pages):
        query = f"{visitor}-{page}-{seed}"
        where = {"visitor_id": visitor, "query_id": query, **other}
        at += rng.lognormvariate(0, 1.2) * pause
        yield event("search", at, query_text="lamp", product_id=None, **where)
        seen = rng.sample(range(1_000), 8)
        for i, p in enumerate(seen):
            yield event(
                "impression", at + 0.1 * (i + 1), product_id=f"p{p}", position=i + 1, **where
            )
        for p in rng.sample(seen, rng.choice((1, 1, 2, 3))):
            at += 1 + rng.lognormvariate(0, 1) * pause / 3
            yield event("click", at, product_id=f"p{p}", **where)
            read = 1 + rng.lognormvariate(0, 1) * pause
            if dwells:
                yield event(
                    "dwell", at + read, product_id=f"p{p}", dwell_ms=int(read * 1000), **where
                )
            at += read
            if rng.random() < carts:
                yield event("add_to_cart", at + 1, product_id=f"p{p}", quantity=1, **where)


# --- floods -------------------------------------------------------------------------------------


def test_a_flood_goes_and_the_same_visitors_other_actions_stay(event: Make, shop: Any) -> None:
    sound = [event("click", s, product_id="p7") for s in (-3 * HOUR, -20, 60, 3 * HOUR)]
    flood = [event("click", i * 0.1, product_id=f"p{i}") for i in range(150)]
    run = shop([*sound, *flood])
    assert by("flood", run) == set(range(5, 155))
    detail = run.details()["0:5", "flood"]
    assert detail["acts"] == 150
    assert detail["per_second"] == pytest.approx(10, rel=0.05)


@pytest.mark.parametrize(
    ("why", "actions"),
    [
        (
            "a signed queue sent at once is many times of ours and of theirs, spread",
            lambda e: [
                e(
                    "click",
                    i * 20,
                    received_at_us=e("click", 9 * HOUR).received_at_us,
                    product_id=f"p{i}",
                )
                for i in range(300)
            ],
        ),
        (
            "an order has many lines",
            lambda e: [
                e("purchase", 0.001 * i, product_id=f"p{i}", order_id="o", quantity=1)
                for i in range(400)
            ],
        ),
        (
            "last month's order is put into the cart at once",
            lambda e: [
                e("add_to_cart", 0.002 * i, product_id=f"p{i}", quantity=1) for i in range(400)
            ],
        ),
        (
            "a long page is one action",
            lambda e: [
                e("impression", 0.01 * i, product_id=f"p{i}", query_id="q", position=i + 1)
                for i in range(500)
            ],
        ),
        (
            "99 are not enough",
            lambda e: [e("click", 0.05 * i, product_id=f"p{i}") for i in range(99)],
        ),
        (
            "quick, but a hand can",
            lambda e: [e("click", 0.6 * i, product_id=f"p{i}") for i in range(150)],
        ),
        (
            "many countries and platforms under one id are many people",
            lambda e: [
                e("click", i * 0.1, product_id=f"p{i}", country=("CN", "US", "DE", "GB")[i % 4])
                for i in range(150)
            ],
        ),
        (
            "a log of whole minutes says nothing about seconds",
            lambda e: [e("click", 60 * (i // 110), product_id=f"p{i}") for i in range(330)],
        ),
    ],
)
def test_what_is_many_but_no_flood(
    why: str, actions: Callable[[Make], list[Event]], event: Make, shop: Any
) -> None:
    assert by("flood", shop(timely(actions(event)))) == set(), why


def test_in_a_log_of_whole_minutes_a_flood_is_more_than_a_minute_holds(
    event: Make, shop: Any
) -> None:
    calm = [event("click", 60 * i, product_id=f"p{i}", visitor_id=f"v{i % 9}") for i in range(90)]
    flood = [event("click", 600, product_id=f"p{i}") for i in range(130)]
    assert by("flood", shop([*calm, *flood])) == set(range(91, 221))


# --- bots ---------------------------------------------------------------------------------------


def test_a_crawler_is_named_with_reasons_one_can_argue_with(event: Make, shop: Any) -> None:
    ordinary = visits(event)
    crawl = [event("click", i * 30, visitor_id="crawler", product_id=f"p{i}") for i in range(400)]
    run = shop([*ordinary, *crawl])
    assert by("bot", run) == set(range(len(ordinary) + 1, len(ordinary) + 401))
    detail = run.details()[f"0:{len(ordinary) + 1}", "bot"]
    assert detail["score"] > 0.95
    assert detail["reasons"]["even_gaps"] == 1
    assert detail["reasons"]["no_stays"] == 1
    assert (detail["clicks"], detail["dwells"], detail["products"]) == (400, 0, 400)

    unsure = QualityRules.model_validate({"traffic": {"bot_score": 1.0}})
    assert not shop([*ordinary, *crawl], rules=unsure).found()


PEOPLE: dict[str, dict[str, Any]] = {
    "keen": {"n_pages": 150},
    "keen and quick": {"n_pages": 150, "pause": 5},
    "looks only, for hours": {"n_pages": 150, "carts": 0},
    "blocks beacons": {"n_pages": 80, "dwells": False},
    "a desk that buys all day without a pause": {"n_pages": 500, "pause": 60, "carts": 0.7},
    "reads long": {"n_pages": 80, "pause": 90},
}


def test_people_of_all_kinds_are_no_bots(event: Make, shop: Any) -> None:
    events = visits(event)
    for who, how in PEOPLE.items():
        for seed in range(2):
            events += shopper(event, f"{who} {seed}", seed=seed, **how)
    run = shop(events)
    assert {(events[line - 1].visitor_id, "bot") for line in by("bot", run)} == set()
    assert by("flood", run) == set()


def test_an_id_that_many_people_share_is_not_taken_out(event: Make, shop: Any) -> None:
    guests: list[Event] = []
    for i in range(300):
        country = ("CN", "GB", "US", "DE", "SG")[i % 5]
        guests += shopper(event, "guest", seed=i, seconds=i * 300, country=country, n_pages=12)
    run = shop([*visits(event), *guests])
    assert by("bot", run) | by("flood", run) == set()


def test_a_log_of_purchases_alone_is_not_asked_for_bots(event: Make, shop: Any) -> None:
    lines = [
        event("purchase", i * 60, product_id=f"p{i}", order_id=f"o{i // 50}", quantity=6)
        for i in range(600)
    ]
    run = shop(lines)
    assert not by("bot", run) | by("flood", run) | by("crowd", run)
    assert any(line.startswith("crowd, bot: this log") for line in run.report.not_checked)


# --- crowds -------------------------------------------------------------------------------------


def test_coordinated_clicks_go_and_a_newsletters_visitors_stay(event: Make, shop: Any) -> None:
    ordinary = visits(event)
    loop = [event("click", i * 9, visitor_id=f"cookie{i}", product_id="p5") for i in range(150)]
    run = shop([*ordinary, *loop])
    assert by("crowd", run) == set(range(len(ordinary) + 1, len(ordinary) + 151))
    letter = [
        e
        for i in range(150)
        for e in (
            event("click", i * 9, visitor_id=f"reader{i}", product_id="p5"),
            event("dwell", i * 9 + 30, visitor_id=f"reader{i}", product_id="p5", dwell_ms=30_000),
        )
    ]
    assert by("crowd", shop([*ordinary, *letter])) == set()


def test_where_nobody_does_more_than_click_clicks_alone_are_not_odd(event: Make, shop: Any) -> None:
    clicks = [
        event("click", i * 60, visitor_id=f"v{i // 4}", product_id=f"p{i % 50}") for i in range(900)
    ]
    loop = [event("click", i * 9, visitor_id=f"cookie{i}", product_id="p5") for i in range(150)]
    assert by("crowd", shop([*clicks, *loop])) == set()


# --- ads ----------------------------------------------------------------------------------------


def ads(event: Make, n: int = 400, *, rate: float = 0.05, shown: bool = True) -> list[Event]:
    """Visitors who are shown three ads each and click as people do."""
    rng, made = random.Random(5), []
    for i in range(n):
        for k in range(3):
            ad = {"visitor_id": f"v{i}", "product_id": f"p{(i + k) % 40}"}
            if shown:
                made.append(event("ad_impression", i * 100 + k, **ad))
            if rng.random() < rate:
                made.append(event("ad_click", i * 100 + k + 9, **ad))
    return made


def test_sound_ad_traffic_is_left_alone(event: Make, shop: Any) -> None:
    assert shop(ads(event)).found() == set()


def test_an_ad_clicked_again_counts_once_until_it_is_shown_again(event: Make, shop: Any) -> None:
    sound = ads(event)
    seen = {"visitor_id": "x", "product_id": "p1"}
    its = [
        event("ad_impression", 0, **seen),
        event("ad_click", 5, **seen),
        event("ad_click", 15, **seen),
        event("ad_click", 300, **seen),
        event("ad_impression", 400, **seen),
        event("ad_click", 410, **seen),
        event("ad_click", 410 + 2 * HOUR, **seen),
    ]
    run = shop([*sound, *its])
    n = len(sound)
    assert {(line - n) for line in by("ad_click_again", run)} == {3, 4}
    assert run.details()[f"0:{n + 3}", "ad_click_again"]["seconds_later"] == 10


def test_an_ad_clicked_before_it_was_shown(event: Make, shop: Any) -> None:
    sound = ads(event)
    others = [
        event("ad_click", 50, visitor_id="x", product_id="p1"),
        event("ad_impression", 60, visitor_id="x", product_id="p1"),
    ]
    run = shop([*sound, *others])
    assert by("ad_click_not_shown", run) == {len(sound) + 1}
    blind = shop(ads(event, shown=False))
    assert blind.found() == set()
    assert any(line.startswith("ad_click_not_shown") for line in blind.report.not_checked)


# --- all ----------------------------------------------------------------------------------------


def test_the_order_of_the_rows_changes_nothing(event: Make, shop: Any) -> None:
    crawl = [event("click", i * 30, visitor_id="crawler", product_id=f"p{i}") for i in range(200)]
    flood = [event("click", i * 0.1, visitor_id="fast", product_id=f"p{i}") for i in range(150)]
    table = events_to_table([*visits(event, 40), *ads(event, 60), *crawl, *flood])
    order = list(range(table.num_rows))
    random.Random(3).shuffle(order)
    one, other = shop(table), shop(table.take(pa.array(order)))
    assert one.rows("findings") == other.rows("findings")
    assert {"flood", "bot"} <= {check for _, check, _ in one.found()}


def test_a_minutes_flood_that_says_it_took_days_is_found_by_when_it_came(
    event: Make, at: Callable[..., int], shop: Any
) -> None:
    rng, people = random.Random(7), visits(event)
    bots = [
        event(
            "click",
            -rng.random() * 13 * DAY,
            visitor_id=f"bot{i % 128}",
            product_id=f"p{rng.randrange(1_000)}",
            received_at_us=at(rng.random() * 60),
        )
        for i in range(128 * 66)
    ]
    live = events_to_table([*people, *bots])
    lines = set(range(len(people) + 1, live.num_rows + 1))
    found = shop(live)
    assert (by("bot", found) | by("flood", found)) == lines
    # of a log that was imported, and of senders who proved it, the times are as they say
    imported = live.set_column(live.column_names.index("import_id"), "import_id", [[3] * len(live)])
    for believed in (imported, timely([*people, *bots])):
        found = shop(believed)
        assert len(by("bot", found) | by("flood", found)) < len(lines) / 10


def test_what_searches_every_five_minutes_for_a_day_and_opens_nothing_is_a_bot(
    event: Make, shop: Any
) -> None:
    ordinary = visits(event)
    searches = [
        event("search", i * 300 + i % 3 / 50, visitor_id="monitor", product_id=None, query_text="x")
        for i in range(280)
    ]
    run = shop([*ordinary, *searches])
    assert by("bot", run) == set(range(len(ordinary) + 1, len(ordinary) + 281))
    assert run.details()[f"0:{len(ordinary) + 1}", "bot"]["reasons"]["no_rest"] == 1
    assert not by("bot", shop([*ordinary, *searches[:100]]))  # eight hours
