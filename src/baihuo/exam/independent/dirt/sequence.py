"""Orders, pages and visits that do not follow one another as they do in life."""

from __future__ import annotations

from typing import Any

from baihuo.exam.independent.kinds import READ, Bed, Kind, cell, kind
from baihuo.exam.independent.rows import EVENTS, Row
from baihuo.exam.independent.visits import SECOND

SEEN = "quarantine repair note withhold"
VIEWS = ("impression", "click", "dwell")
AT, GOT = "occurred_at_us", "received_at_us"


def of(sort: str) -> Any:
    return lambda values: values.get("event_type") == sort


def pair(values: dict[str, Any]) -> tuple[str, str]:
    return str(values.get("visitor_id")), str(values.get("product_id"))


def copy_of(bed: Bed, row: Row, later_us: int, **changes: Any) -> Row:
    """A new event like ``row``, later, with an id of its own."""
    values = row.values | {AT: row.values[AT] + later_us, GOT: row.values[GOT] + later_us}
    values |= {"event_id": f"x{bed.rng.getrandbits(40):010x}"} | changes
    return bed.add(EVENTS, values)


@kind(
    "purchase_without_view",
    "bought by somebody who never looked at it",
    actions=SEEN,
    checks="purchase_before_view",
)
def purchase_without_view(bed: Bed, own: Kind) -> None:
    bought = [pair(r.values) for r in bed.shop.events if r.values.get("event_type") == "purchase"]
    viewed = {pair(r.values) for r in bed.shop.events if r.values.get("event_type") in VIEWS}
    if sum(p in viewed for p in bought) < 0.5 * len(bought):
        return  # a till's log: nobody can tell who looked at what
    goods = [r for r in bed.shop.products if r.key not in bed.taken]
    seen = {pair(r.values) for r in bed.shop.events}
    for row in bed.take(EVENTS, own.cases, of("purchase")):
        visitor = str(row.values.get("visitor_id"))
        unseen = [r for r in goods if (visitor, str(r.values.get("product_id"))) not in seen]
        if not unseen:  # a small file, of which this visitor has seen every product
            continue
        other = bed.rng.choice(unseen).values
        changes = {k: other.get(k) for k in ("product_id", "price", "currency")}
        row.values |= changes | {"variant_id": None}
        bed.case(own, [row])


@kind(
    "cancel_without_purchase",
    "cancelled what was never bought",
    actions=SEEN,
    checks="cancel_without_purchase cancel_of_earlier_purchase",
)
def cancel_without_purchase(bed: Bed, own: Kind) -> None:
    bought = {pair(r.values) for r in bed.shop.events if r.values.get("event_type") == "purchase"}
    for row in bed.take(EVENTS, own.cases, lambda v: of("click")(v) and pair(v) not in bought):
        new = copy_of(
            bed,
            row,
            3600 * SECOND,
            event_type="cancel",
            quantity=1,
            order_id=None,
            query_id=None,
            position=None,
            surface=None,
        )
        bed.case(own, [new])


@kind(
    "cancel_too_many",
    "cancelled more than was bought",
    actions=SEEN,
    checks="cancel_of_more_than_bought",
)
def cancel_too_many(bed: Bed, own: Kind) -> None:
    for row in bed.take(EVENTS, own.cases, of("purchase")):
        n = row.values["quantity"] + bed.rng.randint(2, 9)
        new = copy_of(bed, row, 7200 * SECOND, event_type="cancel", quantity=n)
        bed.case(own, [new, row])


@kind(
    "order_line_again",
    "an order's line again, seconds later, under another id",
    actions="merge quarantine note",
)
def order_line_again(bed: Bed, own: Kind) -> None:
    for row in bed.take(EVENTS, own.cases, of("purchase")):
        new = copy_of(bed, row, bed.rng.randint(2, 9) * SECOND)
        bed.case(own, [new, row])


@kind(
    "order_twice_new_order",
    "the whole order again within a minute, under another order id",
    actions="merge quarantine note",
)
def order_twice_new_order(bed: Bed, own: Kind) -> None:
    for row in bed.take(EVENTS, own.cases, of("purchase")):
        order = f"{row.values['order_id']}b"
        new = copy_of(bed, row, bed.rng.randint(8, 40) * SECOND, order_id=order)
        bed.case(own, [new, row])


@kind("order_of_two", "one order id, two visitors", actions=SEEN)
def order_of_two(bed: Bed, own: Kind) -> None:
    rows = bed.take(EVENTS, 2 * own.cases, of("purchase"))
    for row, other in zip(rows[::2], rows[1::2], strict=False):
        if row.values["visitor_id"] == other.values["visitor_id"]:
            continue  # two orders of one person
        row.values["order_id"] = other.values["order_id"]
        bed.case(own, [row, other])


cell(
    "order_null_word",
    "a word for null as the order",
    "order_id",
    lambda rng, v: rng.choice(["null", "undefined", "N/A"]),
    is_fit=of("purchase"),
    actions=SEEN,
)
cell(
    "click_without_query",
    "a click that lost its search",
    "query_id",
    lambda rng, v: ...,
    is_fit=of("click"),
    actions=SEEN,
    checks="missing_query recovered_query",
)
cell(
    "click_of_unknown_query",
    "a click on a page that was never shown",
    "query_id",
    lambda rng, v: f"zz{v}",
    is_fit=of("click"),
    actions=SEEN,
    checks="missing_query recovered_query wrong_position click_before_impression",
)
cell(
    "click_wrong_position",
    "a click at another place than shown",
    "position",
    lambda rng, v: v + 3,
    is_fit=of("click"),
    actions=SEEN,
    checks="wrong_position",
)


def pages(bed: Bed, n: int, at_least: int) -> list[list[Row]]:
    """Impressions of pages without dirt."""
    found: dict[str, list[Row]] = {}
    for row in bed.shop.events:
        if row.values.get("event_type") == "impression" and row.values.get("query_id"):
            found.setdefault(str(row.values["query_id"]), []).append(row)
    free = [rows for rows in found.values() if len(rows) >= at_least and not bed.has_dirt(rows)]
    return bed.choose(free, n)


@kind(
    "page_position_shared",
    "two things at one place of a page",
    actions=SEEN,
    checks="shared_position",
)
def page_position_shared(bed: Bed, own: Kind) -> None:
    for rows in pages(bed, own.cases, 3):
        clean = rows[1].values["position"]
        rows[1].values["position"] = rows[0].values["position"]
        bed.case(own, [rows[1], rows[0]], field="position", clean=clean)


@kind(
    "page_from_zero",
    "a page that counts from 0",
    actions=SEEN,
    checks="zero_based_page bad_position",
)
def page_from_zero(bed: Bed, own: Kind) -> None:
    for rows in pages(bed, own.cases, 3):
        for row in rows:
            clean = row.values["position"]
            row.values["position"] = clean - 1
            bed.case(own, [row], field="position", clean=clean)


@kind(
    "ratings_contradict",
    "one star and five, within minutes",
    actions=f"{SEEN} merge",
    checks="contradictory_rating",
)
def ratings_contradict(bed: Bed, own: Kind) -> None:
    for row in bed.take(EVENTS, own.cases, lambda v: of("review")(v) and v["rating"] >= 4):
        new = copy_of(bed, row, 200 * SECOND, rating=1, text="no")
        bed.case(own, [new, row])


def visits(bed: Bed, n: int, at_least: int) -> list[list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in bed.shop.events:
        if row.values.get("session_id"):
            found.setdefault(str(row.values["session_id"]), []).append(row)
    return bed.choose([r for r in found.values() if len(r) >= at_least and not bed.has_dirt(r)], n)


@kind(
    "visit_in_pieces",
    "a visit id of its own for every event",
    actions=SEEN,
    checks="broken_session session_changed",
)
def visit_in_pieces(bed: Bed, own: Kind) -> None:
    for rows in visits(bed, own.cases, 6):
        for n, row in enumerate(rows):
            row.values["session_id"] = f"{row.values['session_id']}.{n}"
        bed.case(own, rows)


@kind(
    "visit_changes_id",
    "a visit id that changes in the middle",
    actions=SEEN,
    checks="session_changed broken_session",
)
def visit_changes_id(bed: Bed, own: Kind) -> None:
    for rows in visits(bed, own.cases, 8):
        for row in rows[len(rows) // 2 :]:
            row.values["session_id"] += "x"
        bed.case(own, rows)


@kind(
    "visit_of_all_visits",
    "one visit id for all visits of a visitor",
    actions=SEEN,
    checks="merged_session",
)
def visit_of_all_visits(bed: Bed, own: Kind) -> None:
    for rows in bed.take_visitors(own.cases, is_of_days):
        for row in rows:
            row.values["session_id"] = rows[0].values["session_id"]
        bed.case(own, rows)


def is_of_days(rows: list[Row]) -> bool:
    seen = [r for r in rows if r.values.get("event_type") == "impression"]
    ids = {r.values.get("session_id") for r in seen}
    return len(ids) >= 2 and rows[-1].values[AT] - rows[0].values[AT] > 86_400 * SECOND


@kind(
    "visit_of_two",
    "one visit id, two visitors",
    actions=SEEN,
    checks="merged_session session_changed",
)
def visit_of_two(bed: Bed, own: Kind) -> None:
    found = visits(bed, 2 * own.cases, 5)
    for rows, others in zip(found[::2], found[1::2], strict=False):
        for row in rows:
            row.values["session_id"] = others[0].values["session_id"]
        bed.case(own, [*rows, *others])


@kind(
    "visit_null_word",
    "a word for null as the visit of many",
    actions=SEEN,
    checks="null_word merged_session",
)
def visit_null_word(bed: Bed, own: Kind) -> None:
    for rows in visits(bed, own.cases, 5):
        for row in rows:
            row.values["session_id"] = "undefined"
        bed.case(own, rows)


@kind("consent_denied", "a visitor who refused", actions="quarantine erase withhold", cases=12)
def consent_denied(bed: Bed, own: Kind) -> None:
    for rows in bed.take_visitors(own.cases, lambda rows: len(rows) >= 8):
        for row in rows:
            row.values |= {"consent_analytics": "denied", "consent_personalization": "denied"}
            bed.case(own, [row])


@kind(
    "consent_word",
    "a consent that is neither yes nor no",
    actions=f"{READ} quarantine erase withhold note",
)
def consent_word(bed: Bed, own: Kind) -> None:
    for row in bed.take(EVENTS, own.cases, of("impression")):
        row.values["consent_analytics"] = bed.rng.choice(["maybe", "undefined", "1", "未知"])
        bed.case(own, [row], field="consent_analytics", clean="granted")
