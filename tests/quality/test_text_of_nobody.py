"""Texts that no visitor wrote: reviews, searches and referrers."""

from __future__ import annotations

from typing import Any

import pytest

from baihuo.quality.checks.text.nobody.judge import judge

pytestmark = pytest.mark.checks(
    "damaged_text", "text_of_nobody", "odd_referrer", "query_against_page"
)

WITHHELD = [
    "此用户没有填写评价。",
    "系统默认好评！",
    "The customer left a rating without a comment.",
    "No review text provided",
    "[图片]",
    "[图片][图片] [视频]",
    "2025-03-01 10:00:00",
    "d41d8cd98f00b204e9800998ecf8427e",
    "Write your review here...",
    "The customer didn't leave a comment",
]
NOTED = [
    "质量很好[卖家回复] 感谢您的支持，期待您再次光临！",
    "Fits well. Seller reply: Thank you for your order!",
    "很好，推荐。【商家回复】亲，谢谢好评~",
    "房间干净。宾馆反馈 2008年8月5日 ： 感谢您的评价",
    "澳门新葡京娱乐城 www.9988.example 注册就送88元",
    "Earn $500 a day from home, visit http://easy-cash.example/?ref=31 now",
    "加微信⟨messenger⟩领红包",
    "Cheap followers and likes at www.smm.example, 50% off today",
    "Dear {{customer_name}}, thank you.",
    "亲爱的${nickname}，评价如下：",
    '{"stars": 5, "body": "很好", "anonymous": false}',
    "{'stars': 5, 'body': 'nice'}",
    'It is good.","4","2025-03-25 10:40:00","published',
    "Good\t5\t2025-03-25 10:40",
    "It fits me very well, I like it. It fits me very well, I like it.",
    "质量非常好推荐购买\n质量非常好推荐购买",
    "As an AI language model, I cannot taste food.",
    "java.lang.NullPointerException at A.b(A.java:12)",
    "asdfasdf",
    "Nice. Sent from my iPhone",
    "给亲带来的不便敬请谅解",
    "亲，发货慢了抱歉，本店为您补发",
    "很抱歉未能让您满意，请联系我们的售后客服处理",
    "Hi {{BUYER_NAME}}",
    "I asked for a manual and they sent a .pdf",
    "Very nice, see IMG_2030.jpg",
]
WRITTEN = [
    "很好很好很好很好很好很好很好很好很好",
    "good good good good good good good",
    "No comment needed, it is great.",
    "I use it [every day] (twice)",
    "Size: M, fits me; price/quality ok",
    "This review is about the red one.",
    "手机系统默认为英文，要自己改",
    "平板系统自动为我更新，很方便",
    "分享一下使用感受：很好用",
    "说说使用感受，不错",
    "Customer service did not reply to my message",
    "User manual has no description",
    "The content was nicely translated and easy to read",
    "The message was hidden in the box",
    "Automatically rated it five stars because I forgot",
    "By default it is loud",
    "亲，东西收到了，很好",
    "亲的态度很好",
    "压力测试通过，很好",
    "tested twice, good",
    "比 www.jd.com 便宜",
    "9/10",
]
QUERIES_WITHHELD = [
    "YWxvZSBoYW5kIGNyZWFt",
    "57qi6Imy6L+e6KGj6KOZ",
    "Search products...",
    "请输入关键词",
    "Search brands & products…",
    "Search entire store here...",
    "How can we help you today?",
    "搜索您感兴趣的商品",
    "[REDACTED]",
    "<masked>",
]
QUERIES_NOTED = [
    "hei'se'shuang'jian'bao",
    "黑色shuang'jian'b",
    "' OR 1=1 --",
    "1 UNION SELECT password FROM users",
    "2025-03-01 10:00:00 ERROR search failed",
    "GET /search?q=shoes HTTP/1.1",
    "vacuum+cleaner+bags",
    "leather+belt",
    "线上棋牌 首充送彩金 www.qp-77.net",
    "payday loan no checks visit our site loans4u.club",
    "压测脚本数据，请忽略",
    "cypress test user 7",
    "__KEYWORD__",
    "[SEARCH_TERM]",
    "x | cat /etc/passwd",
    "; ls -la",
    'title:"shoes"',
    "https://shop.example/p/1",
]
QUERIES_TYPED = [
    "rock'n'roll",
    "women's men's",
    "nike air max 90 size=42",
    "usb-c to usb-c",
    "Microsoft",
    "bora bora bora bora",
    "dog & cat bowl",
    "table tennis & ping pong",
    "t-shirt (red or blue)",
    "童装 3~5 岁",
    "KVR32S22S8/16-KVR32S22D8/32",
    "wd10ezex-00bn5a0-wd20efrx",
    "update kitchen set",
    "IC5KTGZ6TEFN",
    "vitamin d+k2",
    "ac+dc",
    "private label",
    "hidden camera",
    "stress test",
    "test kit",
    "search tools",
    "电报:abcd",
    "⟨resident_id:3f9a01bc⟩",
    "kettle ⟨resident_id:3f9a01bc⟩",
]
ODD = [
    "http://localhost:3000/cart",
    "http://127.0.0.1:8080/",
    "http://192.168.1.20/",
    "https://dev.shop.example/",
    "https://casino-bonus-888.example",
    "http://",
    "__ADGROUP_ID__",
    "[TRAFFIC_SOURCE]",
    "chrome-extension://abcdef/popup.html",
    "about:blank",
]
FINE = [
    "google",
    "newsletter",
    "https://shop.example/casino-table?utm_source=a&b=c",
    "https://de.shop.example/",
    "https://example.com/a(b)",
    "https://contest.example/",
]


def _found(run: Any, check: str) -> dict[str, str]:
    return {row: action for row, name, action in run.found() if name == check}


def test_reviews_of_nobody_are_withheld_or_noted(event: Any, cleaned: Any) -> None:
    texts = [*WITHHELD, *NOTED, *WRITTEN]
    run = cleaned(
        [event("review", 60 * i, visitor_id=f"v{i}", text=t, rating=5) for i, t in enumerate(texts)]
    )
    found = {
        texts[int(row[2:]) - 1]: action for row, action in _found(run, "text_of_nobody").items()
    }
    assert found == dict.fromkeys(WITHHELD, "repair") | dict.fromkeys(NOTED, "note")
    assert [r["text"] for r in run.rows("events")] == [*[None] * len(WITHHELD), *NOTED, *WRITTEN]
    assert (
        run.details()["0:1", "text_of_nobody"]["why"] == "what the shop writes where nobody wrote"
    )


def test_a_search_that_others_send_is_noted_where_it_was_pasted_twice(
    event: Any, cleaned: Any
) -> None:
    usual = ["desk lamp", "红茶", "bora", "so", "水", "毛巾"] * 4
    odd = [
        "desk lampdesk lamp",
        "红茶红茶",
        "boraboraboras",
        "soso",
        "水水",
        "青蛙青蛙",
        "毛巾毛巾",
        "毛巾毛巾",
        "毛巾毛巾",
    ]
    texts = [*usual, *odd]
    run = cleaned(
        [event("search", 60 * i, visitor_id=f"v{i}", query_text=t) for i, t in enumerate(texts)]
    )
    assert _found(run, "text_of_nobody") == {"0:25": "note", "0:26": "note"}


def test_what_would_lose_its_signs_in_a_repair_is_noted_and_left_whole(
    event: Any, cleaned: Any
) -> None:
    """An object's escapes were undone within it, and of a script in markup only the words around it were left."""
    texts = [
        '{"words": "\\u5f88\\u597d", "stars": 5}',
        '"><iframe src=//a.example>',
        "nice <svg/onload=alert(2)> hat",
        "<script>alert(1)</script>",
        "<b>nice</b>",
    ]
    kinds = ("query_text", "text", "referrer")
    run = cleaned(
        [event("click", 60 * i, **dict.fromkeys(kinds, text)) for i, text in enumerate(texts)]
    )
    for kind in kinds:
        assert [r[kind] for r in run.rows("events")] == [*texts[:3], None, "nice"]
    check = "odd_referrer" if kind == "referrer" else "text_of_nobody"
    assert set(_found(run, check)) == {"0:1", "0:2", "0:3", "0:4"}
    assert _found(run, "damaged_text") == {"0:4": "repair", "0:5": "repair"}
    assert run.details()["0:4", "damaged_text"]["new"] is None


def test_a_long_list_of_files_is_judged_at_once() -> None:
    """A pattern for it took four times as long for each name more: ten seconds at fifteen."""
    assert judge("x.jpg.png" * 200 + " .zzz", "typed") is None
    assert judge("x.jpg " * 200 + "b.zz", "query") is None


def test_searches_of_nobody_are_withheld_or_noted(event: Any, cleaned: Any) -> None:
    texts = [*QUERIES_WITHHELD, *QUERIES_NOTED, *QUERIES_TYPED]
    run = cleaned(
        [event("search", 60 * i, visitor_id=f"v{i}", query_text=t) for i, t in enumerate(texts)]
    )
    found = {
        texts[int(row[2:]) - 1]: action for row, action in _found(run, "text_of_nobody").items()
    }
    assert found == dict.fromkeys(QUERIES_WITHHELD, "repair") | dict.fromkeys(QUERIES_NOTED, "note")


def test_referrers_of_no_shopper_are_noted(event: Any, cleaned: Any) -> None:
    texts = [*ODD, *FINE]
    run = cleaned(
        [event("search", 60 * i, visitor_id=f"v{i}", referrer=t) for i, t in enumerate(texts)]
    )
    found = {texts[int(row[2:]) - 1] for row in _found(run, "odd_referrer")}
    assert found == set(ODD)


def test_a_search_without_its_words_takes_those_of_its_page(event: Any, cleaned: Any) -> None:
    def page(n: int, typed: str | None, shown: list[str | None]) -> list[Any]:
        one = {"query_id": f"q{n}", "visitor_id": f"v{n}", "surface": "search"}
        rows = [
            event("impression", 600 * n + 1, query_text=text, position=i + 1, **one)
            for i, text in enumerate(shown)
        ]
        return [event("search", 600 * n, query_text=typed, **one), *rows]

    pages = [page(n, "red dress", ["red dress"] * 3) for n in range(100)]
    pages += [
        page(100, None, ["blue hat"] * 3),
        page(101, "cmVkIGRyZXNz", ["red dress"] * 3),
        page(102, "red dress&page=2&sort=price", ["red dress"] * 3),
        page(103, "green hat", ["red dress"] * 3),
        page(104, None, ["red dress", "blue hat", "blue hat"]),
        page(105, "green hat", ["red dress", "green hat", "red dress"]),
        page(106, None, [None, None, None]),
        page(107, "c+e+serum", ["c e serum"] * 3),
        page(108, "bag s", ["bag+s"] * 3),
    ]
    run = cleaned([row for rows in pages for row in rows])
    searches = [r["query_text"] for r in run.rows("events") if r["event_type"] == "search"]
    assert searches[100:] == [
        "blue hat",
        "red dress",
        "red dress",
        "green hat",
        None,
        "green hat",
        None,
        "c e serum",
        "bag s",
    ]
    found = sorted(action for _, check, action in run.found() if check == "query_against_page")
    assert found == ["note", "note", *["repair"] * 4]


def test_a_shop_whose_pages_carry_other_words_than_were_typed_is_left(
    event: Any, cleaned: Any
) -> None:
    """In a log without any text of nobody, nothing was counted as other, so every search was noted."""
    rows = []
    for n in range(20):
        one = {"query_id": f"q{n}", "visitor_id": f"v{n}", "surface": "search"}
        rows.append(event("search", 600 * n, query_text="Red Dress", **one))
        rows += [
            event("impression", 600 * n + 1, query_text="red dress", position=i + 1, **one)
            for i in range(3)
        ]
    assert not _found(cleaned(rows), "query_against_page")
