"""Events about products that are not there, and hours that nobody sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from baihuo.exam.independent.kinds import READ, Bed, Kind, cell, kind
from baihuo.exam.independent.rows import EVENTS, PRODUCTS, Row
from baihuo.exam.independent.visits import DAY, HOUR

KNOWN = "resolved_product unknown_product"
MIN_VISITORS = 12  # who would have been there: of fewer, none at all may be chance
HOLE = "hole_in_log hole_in_slice hole_in_visitors drift strong_drift"


def click(values: dict[str, Any]) -> bool:
    return values.get("event_type") == "click"


cell(
    "product_unknown",
    "an event of a product that nobody sells",
    "product_id",
    lambda rng, v: f"ZZ{rng.randint(10**6, 10**7)}",
    is_fit=click,
    actions="quarantine note",
    checks="unknown_product",
)
cell(
    "product_small_letters",
    "a product's id in small letters",
    "product_id",
    lambda rng, v: v.lower(),
    is_fit=lambda v: click(v) and str(v["product_id"]).lower() != v["product_id"],
    actions=f"{READ} repair quarantine",
    checks=KNOWN,
)
cell(
    "product_with_blanks",
    "a product's id with blanks around it",
    "product_id",
    lambda rng, v: f" {v} ",
    is_fit=click,
    actions=f"{READ} repair quarantine",
    checks=KNOWN,
)
cell(
    "product_as_address",
    "a product's web address as its id",
    "product_id",
    lambda rng, v: f"https://shop.example.cn/item/{v}?src=app",
    is_fit=click,
    actions="repair quarantine",
    checks=KNOWN,
)
cell(
    "variant_unknown",
    "a size that the product does not have",
    "variant_id",
    lambda rng, v: f"{v}-XXXXL",
    actions="repair quarantine withhold note",
)


def name_by(bed: Bed, own: Kind, name: Callable[[dict[str, Any]], Any]) -> None:
    of = {
        str(r.values["product_id"]): name(r.values)
        for r in bed.shop.products
        if r.values.get("product_id")
    }
    n: dict[Any, int] = {}
    for said in of.values():
        n[said] = n.get(said, 0) + 1

    def is_fit(values: dict[str, Any]) -> bool:
        said = of.get(str(values.get("product_id")))
        return click(values) and said is not None and n[said] == 1

    for row in bed.take(EVENTS, own.cases, is_fit):
        clean = row.values["product_id"]
        row.values["product_id"] = of[str(clean)]
        bed.case(own, [row], field="product_id", clean=clean)


@kind("product_by_title", "a product named by its title", actions="repair quarantine", checks=KNOWN)
def product_by_title(bed: Bed, own: Kind) -> None:
    name_by(bed, own, lambda v: v.get("title_en"))


@kind(
    "product_by_code", "a product named by its bar code", actions="repair quarantine", checks=KNOWN
)
def product_by_code(bed: Bed, own: Kind) -> None:
    name_by(bed, own, lambda v: (v.get("codes") or [None])[0])


@kind(
    "product_by_variant",
    "a product named by its size's id",
    actions="repair quarantine",
    checks=KNOWN,
)
def product_by_variant(bed: Bed, own: Kind) -> None:
    name_by(bed, own, lambda v: (v.get("variants") or [{}])[0].get("variant_id"))


@kind(
    "product_taken_out",
    "products that left the catalogue while people still looked at them",
    actions="quarantine note",
    checks="unknown_product",
)
def product_taken_out(bed: Bed, own: Kind) -> None:
    busy = {str(r.values.get("product_id")) for r in bed.shop.events if r.key in bed.taken}
    gone = bed.take(PRODUCTS, 12, lambda v: str(v["product_id"]) not in busy)
    names = {str(r.values["product_id"]) for r in gone}
    bed.shop.products[:] = [r for r in bed.shop.products if r not in gone]
    for row in bed.shop.events:
        if str(row.values.get("product_id")) in names and row.key not in bed.taken:
            bed.case(own, [row])
            bed.mark([row])


def lose(
    bed: Bed, own: Kind, start_us: int, length_us: int, is_lost: Callable[[Row], bool]
) -> None:
    """Take out what was received in a stretch; it is found by a finding of that day.

    A real file with a few visitors a day has such hours by chance: nobody can tell, so nothing is planted.
    """
    end = start_us + length_us
    gone = [r for r in bed.shop.events if start_us <= bed.arrived(r) < end and is_lost(r)]
    visitors = {r.values.get("visitor_id") for r in gone}
    if bed.shop.is_real and len(visitors) < MIN_VISITORS:
        return
    keys = {r.key for r in gone}
    bed.shop.events[:] = [r for r in bed.shop.events if r.key not in keys]
    pairs = {(r.values.get("visitor_id"), r.values.get("product_id")) for r in gone}
    cancelled = tuple(
        r.key
        for r in bed.shop.events
        if r.values.get("event_type") == "cancel"
        and (r.values.get("visitor_id"), r.values.get("product_id")) in pairs
    )
    bed.case(own, [], span_us=(start_us, end), related=cancelled)


def a_day(bed: Bed) -> int:
    return bed.start_us + bed.rng.randint(9, max(9, bed.days - 6)) * DAY


@kind("lost_day", "a day that nobody sent", actions="note", checks=HOLE, group="hole", cases=1)
def lost_day(bed: Bed, own: Kind) -> None:
    lose(bed, own, a_day(bed), DAY, lambda row: True)


@kind(
    "lost_hours",
    "six hours of an evening that nobody sent",
    actions="note",
    checks=HOLE,
    group="hole",
    cases=1,
)
def lost_hours(bed: Bed, own: Kind) -> None:
    lose(bed, own, a_day(bed) + 9 * HOUR, 6 * HOUR, lambda row: True)


@kind(
    "lost_platform",
    "two days without the events of one platform",
    actions="note",
    checks=HOLE,
    group="hole",
    cases=1,
)
def lost_platform(bed: Bed, own: Kind) -> None:
    lose(bed, own, a_day(bed), 2 * DAY, lambda row: row.values.get("platform") == "ios")


@kind("lost_type", "two days without clicks", actions="note", checks=HOLE, group="hole", cases=1)
def lost_type(bed: Bed, own: Kind) -> None:
    lose(
        bed,
        own,
        a_day(bed),
        2 * DAY,
        lambda row: row.values.get("event_type") in ("click", "dwell"),
    )


@kind(
    "lost_visitors",
    "a day without two thirds of its visitors",
    actions="note",
    checks=HOLE,
    group="hole",
    cases=1,
)
def lost_visitors(bed: Bed, own: Kind) -> None:
    names = {str(r.values.get("visitor_id")) for r in bed.shop.events}
    gone = {n for n in sorted(names) if bed.rng.random() < 0.67}
    lose(bed, own, a_day(bed), DAY, lambda row: str(row.values.get("visitor_id")) in gone)
