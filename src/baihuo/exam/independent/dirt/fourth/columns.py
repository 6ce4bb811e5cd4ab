"""Who, when and which thing: single cells that their page, visit or catalogue contradicts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from baihuo.exam.independent.dirt.fourth.common import (
    LEFT,
    Rows,
    cell,
    keys,
    kind,
    on_page,
    one_of,
    page_rows,
    pick,
)
from baihuo.exam.independent.dirt.fourth.pages import is_shown
from baihuo.exam.independent.dirt.second.common import AT, FIXED, READ_OR_FIXED, of, only
from baihuo.exam.independent.kinds import Bed, Kind
from baihuo.exam.independent.rows import ANY, Row
from baihuo.exam.independent.visits import DAY, HOUR

on_page(
    "visitor_in_capitals",
    "a visitor in capitals, in small letters everywhere else in the visit",
    "click",
    "visitor_id",
    lambda bed, row, rows: row.values["visitor_id"].upper(),
    fit=is_shown,
    actions=READ_OR_FIXED,
)


on_page(
    "visitor_with_prefix",
    "a system's prefix before the id that the rest of the visit has",
    "click",
    "visitor_id",
    lambda bed, row, rows: bed.rng.choice(["anon:", "user_"]) + row.values["visitor_id"],
    fit=is_shown,
    actions=FIXED,
)


on_page(
    "visitor_zero_guid",
    "an id of zeros in visits of thirty people",
    "click",
    "visitor_id",
    lambda bed, row, rows: "00000000-0000-0000-0000-000000000000",
    fit=is_shown,
    actions=FIXED,
)


def other_visit(bed: Bed, row: Row, rows: Rows) -> Any:
    """A visit of another visitor, of another day."""
    return one_of(
        bed,
        [
            r.values["session_id"]
            for r in bed.shop.events
            if not bed.has_dirt([r])
            and r.values["visitor_id"] != row.values["visitor_id"]
            and abs(r.values[AT] - row.values[AT]) > 2 * DAY
        ],
    )


on_page(
    "session_of_another_visitor",
    "a visit of another visitor and another day, on one row of a page",
    "click",
    "session_id",
    other_visit,
    fit=is_shown,
    actions=FIXED,
    group="visit",
    apart="personal_data",  # merged_session may send the row home, which is right
)


on_page(
    "time_cut_to_the_day",
    "midnight to the microsecond, hours before its own page",
    "click",
    AT,
    lambda bed, row, rows: row.values[AT] // DAY * DAY,
    fit=lambda row, rows: is_shown(row, rows) and row.values[AT] % DAY > 3 * HOUR,
    actions=FIXED,
)


on_page(
    "time_in_twelve_hours",
    "two at night for two in the afternoon, twelve hours before its own page",
    "click",
    AT,
    lambda bed, row, rows: row.values[AT] - 12 * HOUR,
    fit=lambda row, rows: is_shown(row, rows) and row.values[AT] % DAY >= 13 * HOUR,
    actions=FIXED,
)


def turned(at: int) -> int | None:
    """The time with its day as the month, where that is another date.

    >>> turned(1_741_132_800_000_000), turned(1_742_515_200_000_000)  # 5 and 21 March
    (1746230400000000, None)
    """
    date = datetime.fromtimestamp(at // 1_000_000, tz=UTC)
    if date.day > 12 or date.day == date.month:
        return None
    other = date.replace(month=date.day, day=date.month)
    return at + int((other - date).total_seconds()) * 1_000_000


on_page(
    "day_and_month_swapped",
    "the fifth of March as the third of May, months from its own page",
    "click",
    AT,
    lambda bed, row, rows: turned(row.values[AT]),
    fit=lambda row, rows: is_shown(row, rows) and turned(row.values[AT]) is not None,
    actions=FIXED,
)


@kind("event_id_of_another_event", "two events of two visitors under one id", actions=FIXED)
def event_id_of_another_event(bed: Bed, own: Kind) -> None:
    others = bed.take(own.table, own.cases + 5, of("impression"))
    for click, rows in page_rows(bed, own.cases, "click", "event_id", fit=is_shown):
        visitor = click.values["visitor_id"]
        other = next((r for r in others if r.values["visitor_id"] != visitor), None)
        if other is not None:
            others.remove(other)
            click.values["event_id"] = other.values["event_id"]
            bed.case(own, [click, other], field="event_id", clean=ANY, related=keys(rows))


on_page(
    "product_id_is_url",
    "the address of a product's page for its id",
    "click",
    "product_id",
    lambda bed, row, rows: f"https://shop.example.com/p/{row.values['product_id']}?src=home",
    fit=is_shown,
    actions=READ_OR_FIXED,
)


on_page(
    "product_id_number_alone",
    "the number of an id alone; the page's other rows have all of it",
    "click",
    "product_id",
    lambda bed, row, rows: row.values["product_id"][1:],
    fit=lambda row, rows: is_shown(row, rows) and row.values["product_id"][1:].isdigit(),
    actions=READ_OR_FIXED,
)


def two_ids(bed: Bed, row: Row, rows: Rows) -> str | None:
    own = row.values["product_id"]
    others = {r.values["product_id"] for r in only(rows, "impression")} - {own}
    return f"{own},{one_of(bed, sorted(others))}" if others else None


on_page(
    "product_id_of_two",
    "two ids of the catalogue with a comma between",
    "click",
    "product_id",
    two_ids,
    fit=is_shown,
    actions=FIXED,
)


on_page(
    "country_code_wrong_form",
    "three letters for a country that has two everywhere else",
    "impression",
    "country",
    lambda bed, row, rows: "CHN",
    fit=lambda row, rows: row.values["country"] == "CN",
    actions=READ_OR_FIXED,
)


@kind(
    "region_of_another_country",
    "a region of one country beside another country (ISO 3166-2 begins with the country)",
    actions=FIXED,
)
def region_of_another_country(bed: Bed, own: Kind) -> None:
    for row in bed.take(own.table, own.cases, lambda v: v.get("country") == "CN"):
        row.values["region"] = bed.rng.choice(["US-CA", "DE-BY", "GB-SCT"])
        bed.case(own, [row], field="region", clean=None)


@kind("referrer_macro_left", "an advertiser's macro that nobody filled in", actions=LEFT)
def referrer_macro_left(bed: Bed, own: Kind) -> None:
    macros = pick(
        "{{campaign.source}}", "__CAMPAIGN_ID__", "${utm_source}", "%%SITE%%", "[CLICK_SOURCE]"
    )
    for row in bed.take(own.table, own.cases, of("search")):
        row.values["referrer"] = macros(bed.rng, None)
        bed.case(own, [row], field="referrer", clean=None)


cell(
    "consent_refused_in_other_words",
    "a refusal in other words: the row may not be kept",
    "consent_analytics",
    lambda rng, v: rng.choice(["no", "0", "false", "拒绝", "opt-out", "DENIED"]),
    is_fit=of("search"),
    actions="quarantine erase withhold",
)
