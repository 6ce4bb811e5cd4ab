"""Ids, types, numbers and words for null: cells that cannot be what they say."""

from __future__ import annotations

import random
from typing import Any

from baihuo.exam.independent.kinds import READ, Bed, Kind, cell, cells, kind
from baihuo.exam.independent.rows import ANY, EVENTS, PRODUCTS, Both

NOTHING = [
    "null",
    "None",
    "N/A",
    "undefined",
    "NaN",
    "nil",
    "(null)",
    "未知",
    "无",
    "#N/A",
    "-",
    "NULL",
]
OUT = "quarantine"
KEPT = "quarantine withhold repair note"


def one_of(*values: Any) -> Any:
    return lambda rng, _: rng.choice(values)


def of(*types: str) -> Any:
    return lambda values: values.get("event_type") in types


def both(sort: str, column: str) -> Any:
    return lambda values: values.get("event_type") == sort and values.get(column) is not None


cell(
    "event_type_unknown",
    "an event of a type that nobody knows",
    "event_type",
    one_of("hover", "page_leave", "xyz", "scroll_depth"),
    actions=OUT,
    checks="unknown_type",
)
cell(
    "event_type_spelt",
    "the type in capitals or with blanks",
    "event_type",
    lambda rng, v: rng.choice([v.upper(), f" {v}", f"{v} ", v.title()]),
    is_fit=of("click", "impression"),
    actions=f"{READ} {OUT} repair",
    checks="unknown_type",
)
cell(
    "event_type_empty",
    "an event without a type",
    "event_type",
    one_of("", None, ...),
    actions=OUT,
    checks="unknown_type no_event_type",
)
cells(
    {
        "visitor_missing": ("an event of nobody", "visitor_id", one_of("", None, "  ", ...)),
        "visitor_null_word": (
            "a word for null as the visitor",
            "visitor_id",
            lambda rng, _: rng.choice(NOTHING),
        ),
    },
    actions=OUT,
    checks="no_visitor",
)
cell(
    "visitor_zero",
    "a row of zeros as the visitor",
    "visitor_id",
    one_of("00000000-0000-0000-0000-000000000000", "0", "0000000000"),
    actions=f"{OUT} note",
    checks="no_visitor",
)
cell(
    "event_product_missing",
    "a click on no product",
    "product_id",
    one_of("", None, ...),
    is_fit=of("click"),
    actions=OUT,
    checks="no_product",
)
cell(
    "event_product_null_word",
    "a word for null as the product",
    "product_id",
    lambda rng, _: rng.choice(NOTHING),
    is_fit=of("click"),
    actions=OUT,
    checks="no_product unknown_product",
)
cell(
    "event_id_missing",
    "an event without an id",
    "event_id",
    lambda rng, _: Both(rng.choice(["", None]), ANY),
    is_fit=of("impression"),
    actions=f"{READ} {KEPT}",
    checks="no_event_id",
)
cell(
    "event_id_null_word",
    "a word for null as the event's id",
    "event_id",
    lambda rng, _: Both(rng.choice(NOTHING), ANY),
    is_fit=of("impression"),
    actions=f"{READ} {KEPT}",
    checks="no_event_id reused_id",
)
cells(
    {
        "position_negative": ("a place above the top of the page", "position", one_of(-1, -3)),
        "position_word": ("a place in words", "position", one_of("third", "第三", "top")),
    },
    actions=KEPT,
    checks="bad_position",
    is_fit=of("impression"),
)
cell(
    "position_million",
    "a place that no page has",
    "position",
    one_of(1_000_000, 4_294_967_295),
    actions=KEPT,
    checks="bad_position wrong_position",
    is_fit=of("impression"),
)
cells(
    {
        "quantity_negative": ("minus two pieces bought", "quantity", lambda rng, v: -v),
        "quantity_zero": ("nothing bought", "quantity", one_of(0)),
    },
    actions=KEPT,
    checks="bad_quantity",
    is_fit=of("purchase"),
)
cell(
    "quantity_absurd",
    "two billion pieces bought",
    "quantity",
    one_of(2_147_483_647, 99_999_999),
    actions=KEPT,
    checks="bad_quantity",
    is_fit=of("purchase", "add_to_cart"),
)
cell(
    "quantity_word",
    "a number of pieces in words",
    "quantity",
    one_of("two", "两件", "1-2"),
    actions=KEPT,
    checks="bad_quantity",
    is_fit=of("add_to_cart"),
)
cell(
    "rating_beyond",
    "eleven stars of five",
    "rating",
    one_of(11, 55, -3),
    actions=KEPT,
    checks="bad_rating",
)
cells(
    {
        "dwell_negative": ("minus four seconds on a page", "dwell_ms", lambda rng, v: -v),
        "dwell_weeks": ("five weeks on a page", "dwell_ms", lambda rng, v: v + 3_000_000_000),
    },
    actions=KEPT,
    checks="bad_dwell",
)
cell(
    "event_text_huge",
    "two million letters in a review",
    "text",
    lambda rng, v: v + " ha" * 60_000,
    actions=KEPT,
    checks="huge_value",
    cases=20,
)
cell(
    "query_null_word",
    "the shop's script searched for 'undefined'",
    "query_text",
    one_of("undefined", "null", "NaN", "[object Object]", "None"),
    is_fit=of("search"),
    actions=KEPT,
)
cells(
    {
        "listing_id_missing": ("a listing without an id", "product_id", one_of("", None, "  ")),
        "listing_id_null_word": (
            "a word for null as the listing's id",
            "product_id",
            lambda rng, _: rng.choice(NOTHING),
        ),
    },
    table=PRODUCTS,
    actions=OUT,
    checks="no_product_id",
)
cell(
    "stock_negative",
    "minus nine in stock",
    "stock_units",
    one_of(-1, -9, -300),
    table=PRODUCTS,
    actions=KEPT,
    checks="bad_stock",
    fine=(0,),
)
cell(
    "stock_word",
    "stock in words",
    "stock_units",
    one_of("many", "有货", "in stock"),
    table=PRODUCTS,
    actions=KEPT,
    checks="bad_stock",
)
cell(
    "stock_absurd",
    "a billion in stock",
    "stock_units",
    one_of(999_999_999, 123_456_789),
    table=PRODUCTS,
    actions=KEPT,
    checks="absurd_stock bad_stock",
)
cell(
    "attributes_broken",
    "attributes that are no JSON",
    "attributes",
    one_of('{"Colour": "red"', "Colour=red;Size=9", "[[["),
    table=PRODUCTS,
    actions=KEPT,
    checks="bad_attributes",
)
cell(
    "released_nowhere",
    "released in 1900, or in a thousand years",
    "released_at_us",
    one_of(-2_208_988_800_000_000, 32_503_680_000_000_000),
    table=PRODUCTS,
    actions=KEPT,
    checks="released_at_nowhere",
)
cell(
    "updated_in_future",
    "changed three years from now",
    "updated_at_us",
    lambda rng, v: v + 9 * 365 * 86_400_000_000,
    table=PRODUCTS,
    actions=KEPT,
    checks="updated_in_the_future",
)
cell(
    "description_huge",
    "half a million letters of description",
    "description_en",
    lambda rng, v: (v + " ") * (500_000 // (len(v) + 1) + 1),
    table=PRODUCTS,
    actions=KEPT,
    checks="huge_listing",
    cases=20,
)
cells(
    {
        "brand_null_word": (
            "a word for null as the brand",
            "brand",
            lambda rng, _: rng.choice(NOTHING),
        ),
        "category_null_word": (
            "a word for null as the category",
            "category",
            lambda rng, _: [rng.choice(NOTHING)],
        ),
    },
    table=PRODUCTS,
    actions=KEPT,
)


def both_titles(bed: Bed, own: Kind, value: Any) -> None:
    for row in bed.take(own.table, own.cases):
        clean = row.values["title_en"]
        for column in ("title_en", "title_zh"):
            row.values[column] = value(bed.rng)
        bed.case(own, [row], field="title_en", clean=clean)


@kind(
    "title_missing", "a listing without any title", table=PRODUCTS, actions=OUT, checks="no_title"
)
def title_missing(bed: Bed, own: Kind) -> None:
    both_titles(bed, own, lambda rng: rng.choice(["", None, "   "]))


@kind(
    "title_null_word",
    "a word for null as both titles",
    table=PRODUCTS,
    actions=OUT,
    checks="no_title",
)
def title_null_word(bed: Bed, own: Kind) -> None:
    both_titles(bed, own, lambda rng: rng.choice(NOTHING))


@kind(
    "title_marks_only",
    "a title of dots and dashes",
    table=PRODUCTS,
    actions=OUT,
    checks="no_title unreadable_characters",
)
def title_marks_only(bed: Bed, own: Kind) -> None:
    both_titles(bed, own, lambda rng: rng.choice(["...", "---", "***", "。。。", "/"]))


@kind(
    "title_test",
    "a listing left from a test",
    table=PRODUCTS,
    actions=f"{OUT} withhold note",
    checks="no_title null_word_in_listing",
)
def title_test(bed: Bed, own: Kind) -> None:
    both_titles(
        bed, own, lambda rng: rng.choice(["test", "TEST do not buy", "测试商品", "asdf", "待定"])
    )


def lines(bed: Bed, own: Kind, spoil: Any, is_fit: Any) -> None:
    for row in bed.take(own.table, own.cases, is_fit):
        column = "title_zh" if own.table == PRODUCTS else "query_text"
        row.raw = spoil(bed.rng, row.line())
        bed.case(own, [row], field=column, clean=row.values.get(column))


def has_chinese(values: dict[str, Any]) -> bool:
    text = str(values.get("query_text") or values.get("title_zh") or "")
    return any("一" <= letter <= "龥" for letter in text)


def cut(rng: random.Random, line: bytes) -> bytes:
    return line[: rng.randint(20, len(line) // 2)].decode("utf-8", "ignore").encode()


@kind("event_line_cut", "a line that ends in the middle", actions=OUT)
def event_line_cut(bed: Bed, own: Kind) -> None:
    lines(bed, own, cut, lambda _: True)


@kind("listing_line_cut", "a listing's line that ends in the middle", table=PRODUCTS, actions=OUT)
def listing_line_cut(bed: Bed, own: Kind) -> None:
    lines(bed, own, cut, lambda _: True)


@kind("event_line_gb18030", "thirty lines in another encoding", actions=f"{READ} {KEPT}")
def event_line_gb18030(bed: Bed, own: Kind) -> None:
    lines(bed, own, lambda _, line: line.decode().encode("gb18030"), has_chinese)


@kind(
    "listing_line_gb18030",
    "thirty listings in another encoding",
    table=PRODUCTS,
    actions=f"{READ} {KEPT}",
    checks="damaged_encoding",
)
def listing_line_gb18030(bed: Bed, own: Kind) -> None:
    lines(bed, own, lambda _, line: line.decode().encode("gb18030"), has_chinese)


@kind(
    "event_line_nul",
    "lines with bytes of zero between the letters",
    actions=f"{READ} {KEPT}",
    table=EVENTS,
)
def event_line_nul(bed: Bed, own: Kind) -> None:
    lines(bed, own, lambda _, line: line.decode().encode("utf-16-le"), lambda _: True)


@kind("event_line_list", "a line that is JSON but no object", actions=OUT)
def event_line_list(bed: Bed, own: Kind) -> None:
    lines(
        bed, own, lambda rng, _: rng.choice([b"[1, 2]", b'"click"', b"42", b"null"]), lambda _: True
    )
