"""Visitors that are no people, and floods."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from baihuo.exam.independent.kinds import Bed, Kind, kind
from baihuo.exam.independent.rows import EVENTS, Row
from baihuo.exam.independent.visits import DAY, HOUR, SECOND

NAMED = "quarantine note"
BOT = "bot perhaps_bot flood"
Plant: TypeAlias = Callable[[Bed, Kind], None]


def web_kind(*said: str, **rest: Any) -> Callable[[Plant], Plant]:
    """A kind of what programs do on pages: a file of invoices alone knows no page, and stamps whole minutes."""

    def register(plant: Plant) -> Plant:
        def plant_where_clicks_are(bed: Bed, own: Kind) -> None:
            clicks_of = (r for r in bed.shop.events if r.values.get("event_type") == "click")
            if not bed.shop.is_real or any(True for _ in clicks_of):
                plant(bed, own)

        plant_where_clicks_are.__module__ = plant.__module__  # it says whose hand the kind is of
        return kind(*said, **rest)(plant_where_clicks_are)

    return register


def event(bed: Bed, visitor: str, at: int, sort: str, **more: Any) -> Row:
    values: dict[str, Any] = {
        "event_id": f"b{bed.rng.getrandbits(44):011x}",
        "event_type": sort,
        "visitor_id": visitor,
    }
    values |= {"session_id": f"{visitor}s", "occurred_at_us": at}
    values |= {"received_at_us": at + bed.rng.randint(100, 900) * 1000, "platform": "web"}
    values |= {"country": "CN", "language": "zh", "consent_analytics": "granted"}
    return bed.add(EVENTS, values | {"consent_personalization": "granted"} | more)


def start(bed: Bed) -> int:
    return (
        bed.start_us
        + bed.rng.randint(1, max(1, bed.days - 3)) * DAY
        + bed.rng.randint(2, 12) * HOUR
    )


def goods(bed: Bed, n: int) -> list[dict[str, Any]]:
    rows = [r.values for r in bed.shop.products if r.key not in bed.taken]
    return bed.rng.choices(rows, k=n)


def clicks(
    bed: Bed, own: Kind, name: str, gaps_us: list[int], *, sort: str = "click", **more: Any
) -> None:
    """A visitor that does one thing to things at random, with these pauses; each event is a case."""
    at = start(bed)
    for gap, product in zip(gaps_us, goods(bed, len(gaps_us)), strict=True):
        at += gap
        about = {"product_id": product["product_id"]} | more
        bed.case(own, [event(bed, name, at, sort, **about)])


@web_kind("bot_fast", "five pages a second", actions=NAMED, checks=BOT)
def bot_fast(bed: Bed, own: Kind) -> None:
    for n in range(4):
        clicks(bed, own, f"fast{n}", [bed.rng.randint(120, 300) * 1000 for _ in range(100)])


@web_kind(
    "bot_regular", "a page every twenty seconds to the millisecond", actions=NAMED, checks=BOT
)
def bot_regular(bed: Bed, own: Kind) -> None:
    clicks(bed, own, "clockwork", [20 * SECOND] * 400)


@web_kind(
    "bot_broad", "all products, a page every few seconds, never a stay", actions=NAMED, checks=BOT
)
def bot_broad(bed: Bed, own: Kind) -> None:
    clicks(bed, own, "crawler", [bed.rng.randint(2_000, 5_000) * 1000 for _ in range(500)])


@web_kind("bot_sleepless", "a page a minute, day and night", actions=NAMED, checks=BOT)
def bot_sleepless(bed: Bed, own: Kind) -> None:
    clicks(bed, own, "sleepless", [bed.rng.randint(45, 120) * SECOND for _ in range(700)])


@web_kind("bot_cart", "puts one thing into the cart again and again", actions=NAMED, checks=BOT)
def bot_cart(bed: Bed, own: Kind) -> None:
    for n in range(2):
        product = goods(bed, 1)[0]
        about = {k: product.get(k) for k in ("product_id", "price", "currency")} | {"quantity": 1}
        gaps = [bed.rng.randint(900, 2600) * 1000 for _ in range(120)]
        clicks(bed, own, f"hoarder{n}", gaps, sort="add_to_cart", **about)


@web_kind("bot_search", "a search a second", actions=NAMED, checks=BOT)
def bot_search(bed: Bed, own: Kind) -> None:
    for n in range(2):
        at = start(bed)
        for i in range(150):
            at += bed.rng.randint(700, 1400) * 1000
            row = event(
                bed,
                f"searcher{n}",
                at,
                "search",
                query_text=f"sku {bed.rng.randint(1, 9999)}",
                query_id=f"searcher{n}q{i}",
                surface="search",
            )
            bed.case(own, [row])


@web_kind(
    "flood_one_second", "eighty clicks on one thing within seconds", actions=NAMED, checks=BOT
)
def flood_one_second(bed: Bed, own: Kind) -> None:
    for n in range(4):
        product = goods(bed, 1)[0]["product_id"]
        gaps = [bed.rng.randint(10, 70) * 1000 for _ in range(80)]
        clicks(bed, own, f"hammer{n}", gaps, product_id=product)


@web_kind(
    "flood_reload", "a page that loads itself again every two seconds", actions=NAMED, checks=BOT
)
def flood_reload(bed: Bed, own: Kind) -> None:
    at, shown = start(bed), goods(bed, 5)
    for _ in range(80):
        at += 2 * SECOND + bed.rng.randint(0, 40_000)
        for place, product in enumerate(shown, 1):
            row = event(
                bed,
                "reload",
                at + place * 1000,
                "impression",
                product_id=product["product_id"],
                position=place,
                query_id="reloadq",
                surface="home",
            )
            bed.case(own, [row])


@kind("flood_of_a_person", "a person's button that fires sixty times", actions=NAMED, checks=BOT)
def flood_of_a_person(bed: Bed, own: Kind) -> None:
    for row in bed.take(EVENTS, 4, lambda v: v["event_type"] == "add_to_cart"):
        for n in range(60):
            values = row.values | {"event_id": f"{row.values['event_id']}f{n}"}
            for column in ("occurred_at_us", "received_at_us"):
                values[column] += (n + 1) * 45_000
            bed.case(own, [bed.add(EVENTS, values)], related=(row.key,))


@web_kind(
    "crowd_of_clickers",
    "sixty visitors who click one thing and nothing else",
    actions=NAMED,
    checks=f"crowd {BOT}",
)
def crowd_of_clickers(bed: Bed, own: Kind) -> None:
    product, at = goods(bed, 1)[0]["product_id"], start(bed)
    for n in range(60):
        when = at + bed.rng.randrange(HOUR)
        for i in range(3):
            row = event(bed, f"crowd{n}", when + i * 40 * SECOND, "click", product_id=product)
            bed.case(own, [row])


@web_kind("crowd_of_reviewers", "forty visitors with one review", actions=NAMED)
def crowd_of_reviewers(bed: Bed, own: Kind) -> None:
    product, at = goods(bed, 1)[0]["product_id"], start(bed)
    for n in range(40):
        row = event(
            bed,
            f"praise{n}",
            at + bed.rng.randrange(DAY),
            "review",
            product_id=product,
            rating=5,
            text="Best thing I ever bought, five stars, buy it now before it is gone!",
        )
        bed.case(own, [row])


def shown_and_clicked(bed: Bed) -> None:
    """Advertisements as a log without dirt has them: of one that holds none, nobody can say what was not shown."""
    for n in range(150):
        at = start(bed)
        for i, product in enumerate(goods(bed, 4)):
            about = {
                "product_id": product["product_id"],
                "query_id": f"ads{n}q",
                "position": i + 1,
                "surface": "home",
            }
            event(bed, f"ads{n}", at + i * 1000, "ad_impression", **about)
            if i == n % 4:
                event(bed, f"ads{n}", at + bed.rng.randint(5, 40) * SECOND, "ad_click", **about)


@web_kind(
    "ad_clicks_not_shown",
    "clicks on advertisements that nobody saw",
    actions=NAMED,
    checks="ad_click_not_shown ad_click_again ad_click_fraud",
)
def ad_clicks_not_shown(bed: Bed, own: Kind) -> None:
    shown_and_clicked(bed)
    for n in range(own.cases):
        product = goods(bed, 1)[0]["product_id"]
        row = event(
            bed, f"adless{n}", start(bed), "ad_click", product_id=product, query_id=f"adless{n}q"
        )
        bed.case(own, [row])


@web_kind(
    "ad_clicks_of_one",
    "one visitor, ninety clicks on one advertisement",
    actions=NAMED,
    checks=f"ad_click_fraud ad_click_again ad_click_not_shown {BOT}",
)
def ad_clicks_of_one(bed: Bed, own: Kind) -> None:
    product, at = goods(bed, 1)[0]["product_id"], start(bed)
    shown = event(
        bed, "adfan", at, "ad_impression", product_id=product, query_id="adfanq", position=1
    )
    for n in range(90):
        when = at + (n + 1) * 31 * SECOND + bed.rng.randrange(9 * SECOND)
        row = event(
            bed, "adfan", when, "ad_click", product_id=product, query_id="adfanq", position=1
        )
        bed.case(own, [row], related=(shown.key,))
