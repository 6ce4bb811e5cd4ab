"""Who, where and which thing: names that came out wrong."""

from __future__ import annotations

from baihuo.exam.independent.dirt.second.common import (
    FIXED,
    OUT,
    READ_OR_FIXED,
    of,
    only,
    pages,
    pick,
    to_one,
)
from baihuo.exam.independent.kinds import Bed, Kind, cell, kind


@kind("visitor_is_address", "visitors known by their IP address", actions=FIXED)
def visitor_is_address(bed: Bed, own: Kind) -> None:
    start = bed.rng.randrange(20, 200)
    to_one(bed, own, 4, lambda i: f"113.{start}.{17 * i + 3}.{201 - i}", column=None)


@kind("visitor_scientific", "ids that a spreadsheet rounded to one", actions=FIXED)
def visitor_scientific(bed: Bed, own: Kind) -> None:
    to_one(bed, own, 5, lambda i: "1.23457E+17")


@kind("visitor_is_staff", "what the shop's own testers did", actions=OUT)
def visitor_is_staff(bed: Bed, own: Kind) -> None:
    names = ["qa_test_03", "admin", "test-user", "selenium-runner"]
    to_one(bed, own, 4, lambda i: names[i], column=None)


@kind("visitor_upper", "one row of a visit with the visitor's id in capitals", actions=FIXED)
def visitor_upper(bed: Bed, own: Kind) -> None:
    for row in bed.take(own.table, own.cases, of("impression")):
        row.values["visitor_id"] = row.values["visitor_id"].upper()
        bed.case(own, [row])


cell(
    "visitor_cookie_rest",
    "the rest of a cookie behind the visitor's id",
    "visitor_id",
    lambda rng, v: f"{v}{rng.choice(['; path=/; secure', '; Max-Age=31536000', '; SameSite=Lax'])}",
    is_fit=of("impression"),
    actions=FIXED,
)


cell(
    "visitor_in_json",
    "the visitor's id still in its JSON",
    "visitor_id",
    lambda rng, v: f'{{"id":"{v}","t":{rng.randint(1, 9)}}}',
    is_fit=of("impression"),
    actions=FIXED,
)


cell(
    "visitor_quoted",
    "quotes of a CSV file around the visitor's id",
    "visitor_id",
    lambda rng, v: rng.choice([f'"{v}"', f"'{v}'", f'"""{v}"""']),
    is_fit=of("impression"),
    actions=READ_OR_FIXED,
)


@kind("visitor_session_swapped", "visitor and visit in each other's column", actions=FIXED)
def visitor_session_swapped(bed: Bed, own: Kind) -> None:
    for row in bed.take(own.table, own.cases, of("impression")):
        values = row.values
        clean = values["visitor_id"]
        values["visitor_id"], values["session_id"] = values["session_id"], clean
        bed.case(own, [row], field="visitor_id", clean=clean)


@kind("country_flips", "one row of a page from another continent", actions=FIXED)
def country_flips(bed: Bed, own: Kind) -> None:
    for rows in pages(bed, own.cases):
        row = only(rows, "impression")[1]
        clean = row.values["country"]
        row.values["country"] = bed.rng.choice(["BR", "ZA", "NO", "CA"])
        bed.case(own, [row], field="country", clean=clean)


cell(
    "platform_against_device",
    "an iPhone that runs Android, and the other way round",
    "device",
    lambda rng, v: {"iphone": "pixel", "pixel": "iphone"}[v],
    is_fit=lambda v: v["event_type"] == "impression" and v.get("device") in ("iphone", "pixel"),
    actions=FIXED,
)


cell(
    "country_as_name",
    "a country by its name or telephone code",
    "country",
    pick("China", "中国", "156", "+86", "CHN", "Mainland China"),
    is_fit=of("impression"),
    actions=READ_OR_FIXED,
)


cell(
    "language_as_name",
    "a language in words",
    "language",
    lambda rng, v: rng.choice(
        {"zh": ["简体中文", "Chinese (Simplified)", "中文"]}.get(v, ["English (UK)", "英语"])
    ),
    is_fit=of("impression"),
    actions=READ_OR_FIXED,
)


cell(
    "device_user_agent",
    "a browser's whole name as the device",
    "device",
    pick(
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/122.0 Safari/537.36",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_2 like Mac OS X) AppleWebKit/605.1.15 MicroMessenger/8.0",
    ),
    is_fit=of("impression"),
    actions=READ_OR_FIXED,
)


cell(
    "product_gid",
    "a product by its address in the shop's system",
    "product_id",
    lambda rng, v: f"gid://shopify/Product/{v}",
    is_fit=of("impression"),
    actions=READ_OR_FIXED,
)


@kind("product_several", "a whole cart's products in one cell", actions=FIXED)
def product_several(bed: Bed, own: Kind) -> None:
    for row in bed.take(own.table, own.cases, of("add_to_cart", "purchase")):
        others = [str(r.values["product_id"]) for r in bed.rng.sample(bed.sound_products(), 2)]
        clean = row.values["product_id"]
        row.values["product_id"] = bed.rng.choice([",", "|", ";"]).join([clean, *others])
        bed.case(own, [row], field="product_id", clean=clean)
