"""Who, where and which thing: names that came out wrong."""

from __future__ import annotations

from baihuo.exam.independent.dirt.second.common import (
    FIXED,
    READ_OR_FIXED,
    of,
    only,
    pages,
    to_one,
)
from baihuo.exam.independent.kinds import Bed, Kind, cell, kind
from baihuo.exam.independent.rows import ANY
from baihuo.exam.independent.visits import DAY, START_US


@kind("visitor_md5_of_nothing", "the hash of an empty text as the id of many people", actions=FIXED)
def visitor_md5_of_nothing(bed: Bed, own: Kind) -> None:
    to_one(bed, own, 6, lambda i: "d41d8cd98f00b204e9800998ecf8427e")


@kind("visitor_user_agent", "the name of a browser as the id of many people", actions=FIXED)
def visitor_user_agent(bed: Bed, own: Kind) -> None:
    agent = "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 Chrome/122.0 Mobile"
    to_one(bed, own, 4, lambda i: agent)


@kind(
    "visit_constant",
    "a release that calls every visit 'app'",
    actions=FIXED,
    group="visits",
    cases=200,
)
def visit_constant(bed: Bed, own: Kind) -> None:
    day = START_US + bed.rng.randint(6, 20) * DAY
    for row in bed.shop.events:
        is_in = row.values.get("platform") == "ios" and day <= bed.arrived(row) < day + 2 * DAY
        if is_in and not bed.has_dirt([row]):
            bed.mark([row])
            row.values["session_id"] = "app"
            bed.case(own, [row], field="session_id", clean=ANY)


@kind("device_flips", "one row of a page from another kind of device", actions=FIXED)
def device_flips(bed: Bed, own: Kind) -> None:
    for rows in pages(bed, own.cases):
        row = only(rows, "impression")[1]
        clean = row.values["platform"]
        other = {
            "web": ("ios", "iphone"),
            "ios": ("android", "pixel"),
            "android": ("web", "desktop"),
        }
        row.values["platform"], row.values["device"] = other[clean]
        bed.case(own, [row], field="platform", clean=clean)


@kind("country_language_swapped", "country and language in each other's column", actions=FIXED)
def country_language_swapped(bed: Bed, own: Kind) -> None:
    for row in bed.take(own.table, own.cases, of("impression")):
        clean = row.values["country"]
        row.values["country"], row.values["language"] = row.values["language"], clean
        bed.case(own, [row], field="country", clean=clean)


@kind("columns_slipped", "cells that slipped one column to the right", actions=FIXED)
def columns_slipped(bed: Bed, own: Kind) -> None:
    names = ["session_id", "platform", "device", "country", "language"]
    for row in bed.take(own.table, own.cases, of("impression")):
        old = [row.values[n] for n in names]
        for name, value in zip(names, old[-1:] + old[:-1], strict=True):
            row.values[name] = value
        bed.case(own, [row], field="platform", clean=old[1])


cell(
    "product_letter_o",
    "zeros of a product's id read as the letter O",
    "product_id",
    lambda rng, v: v[0] + v[1:].replace("0", "O"),
    is_fit=lambda v: v["event_type"] == "impression" and "00" in str(v.get("product_id")),
    actions=FIXED,
)


cell(
    "product_no_prefix",
    "a product's number without its letter",
    "product_id",
    lambda rng, v: v[1:],
    is_fit=of("impression"),
    actions=READ_OR_FIXED,
)


cell(
    "product_in_list",
    "a list of one where a product's id belongs",
    "product_id",
    lambda rng, v: [v],
    is_fit=of("impression"),
    actions=READ_OR_FIXED,
)
