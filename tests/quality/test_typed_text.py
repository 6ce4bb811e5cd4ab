"""Text checks on events: what shoppers typed and where they came from."""

from __future__ import annotations

import json
from typing import Any

import pytest

from baihuo.core import Product
from baihuo.quality.checks.text.stock_characters import is_lost

pytestmark = pytest.mark.checks(
    "huge_value",
    "damaged_text",
    "unreadable_text",
    "damaged_encoding",
    "unreadable_characters",
    "personal_data",
)

REPAIRED = {
    "CafÃ© crÃ¨me": "Café crème",
    "æ\x89\x8bæ\x9c\xba å£³": "手机 壳",
    "ÊÖ»ú¿Ç": "手机壳",
    "<b>red</b> shoes": "red shoes",
    "shoes &amp; bags": "shoes & bags",
    "<script>alert(1)</script>": None,
    "\ufeffusb\u200b cable": "usb cable",
    r"\u77ed\u9774": "短靴",
    r"%u77ed%u9774 nike": "短靴 nike",
    "dоg food": "dog food",  # a Cyrillic о
    "cοffee beans": "coffee beans",  # a Greek ο
}
LOST = [
    *(
        "锟斤拷手机",
        "手机锟斤拷锟",
        "烫烫烫烫",
        "屯屯屯",
        "嚙踝蕭嚙踝蕭",
        "占쏙옙占쏙옙",
        "пїЅпїЅ shoes",
        "ï¿½ï¿½",
        "caf\ufffd",
        "□□□□",
        "手□机 □□",
    ),
    *(
        "¿¿ shoes",
        "縺ｮ縺ｫ譁",
        "ÿÿÿÿ",
        "?????",
        "?? ??? ??",
        "%EF%BF%BD",
        "&#65533;",
        "Ã¢â‚¬",
        "〓〓",
        "ni¿o",
    ),
]
KEPT = [
    *(
        "black\\red",
        "¯\\_(ツ)_/¯",
        "is it real???",
        "what ??? really",
        "а cyrillic а",
        "c++ <t>",
        "i <3 it",
        "5 > 3",
        "□10 mm",
        "AT&T",
        "x&y",
    ),
    *(
        "手机壳 苹果",
        "烫发器",
        "naïve café",
        "苹果??香味足",
        "¿Dónde está?",
        r"C:\users\u77ed",
        r"\u0000\ud83d",
        "чехол iPhone",
        "10 μm α7",
        "ｉｐｈｏｎｅ 壳",
        "™ ® °",
        "smörgåsbord",
    ),
]


def test_texts_of_events_are_repaired_noted_or_left(event: Any, cleaned: Any) -> None:
    texts = [*REPAIRED, *LOST, *KEPT]
    run = cleaned(
        [
            event("click", i, visitor_id=f"v{i}", query_text=text, text=text, referrer=text)
            for i, text in enumerate(texts)
        ]
    )
    rows, n_repaired = run.rows("events"), len(REPAIRED)
    for field in ("query_text", "text", "referrer"):
        assert [r[field] for r in rows] == [*REPAIRED.values(), *LOST, *KEPT]
    found = {(row, check, action) for row, check, action in run.found() if check.endswith("_text")}
    lost = range(n_repaired + 1, n_repaired + len(LOST) + 1)
    assert found == {
        *((f"0:{i}", "damaged_text", "repair") for i in range(1, n_repaired + 1)),
        *((f"0:{i}", "unreadable_text", "note") for i in lost),
    }
    of_first = [
        f for f in run.rows("findings") if (f["row_id"], f["check"]) == ("0:1", "damaged_text")
    ]
    details = [json.loads(f["detail"]) for f in of_first]
    assert {d["field"] for d in details} == {"query_text", "text", "referrer"}
    assert all(d["kinds"] == ["damaged_encoding"] for d in details)


def test_personal_data_in_a_referrer_is_masked(event: Any, cleaned: Any) -> None:
    rows = [
        event("click", referrer="mail.example?to=anna@example.com"),
        event("click", 9, referrer="google"),
    ]
    assert [r["referrer"] for r in cleaned(rows).rows("events")] == [
        "mail.example?to=⟨email⟩",
        "google",
    ]


@pytest.mark.checks("unreadable_characters")
def test_a_listing_of_lost_letters_is_noted_as_it_came_and_asks_nothing(cleaned: Any) -> None:
    asks = ["???? Pro Max", "手机???壳", "Case ???? black", "?? ?? ??"]
    assert all(is_lost(text, is_listing=True) for text in asks)
    texts = [*asks, *LOST]
    run = cleaned([], [Product(product_id=f"p{n}", title_en=t) for n, t in enumerate(texts)])
    rows = sorted(run.rows("products"), key=lambda row: row["line"])
    assert [r["title_en"] or r["title_zh"] for r in rows] == texts
    noted = {row for row, *what in run.found() if what == ["unreadable_characters", "note"]}
    assert noted == {f"0:{n}" for n in range(1, len(texts) + 1)}


@pytest.mark.checks("unreadable_text")
def test_a_search_of_lost_words_is_noted_and_a_question_is_not(event: Any, cleaned: Any) -> None:
    texts = ["黑色????", "????黑色", "有货吗????", "黑色??"]
    searches = [event("search", i, query_text=text) for i, text in enumerate(texts)]
    reviews = [event("review", 9, text="黑色????", rating=5)]  # a reviewer may ask so
    assert {f for f in cleaned([*searches, *reviews]).found() if f[1] == "unreadable_text"} == {
        ("0:1", "unreadable_text", "note"),
        ("0:2", "unreadable_text", "note"),
    }


@pytest.mark.checks("huge_value")
def test_a_page_that_was_pasted_into_a_search_is_left_out(event: Any, cleaned: Any) -> None:
    rows = [
        event("search", query_text="质量不错，物流很快 " * 120),
        event("search", 9, query_text="a" * 1_000),
        event("review", 20, text="很好 " * 600, rating=5),
    ]
    run = cleaned(rows)
    assert run.found() == {("0:1", "huge_value", "repair")}
    assert [len(r["query_text"] or "") for r in run.rows("events")] == [0, 1_000, 0]


def test_personal_data_in_the_parameters_of_an_address_is_masked(event: Any, cleaned: Any) -> None:
    addresses = [
        ("https://mail.shop.example/open?email=anna.47%40gmail.com&c=7", "email=⟨email⟩&c=7"),
        ("https://m.shop.example/p?phone=15874993322&src=sms", "phone=⟨phone⟩&src=sms"),
        ("https://m.shop.example/p?c=1&tel=%2B86138%200013%208000", "tel=⟨phone⟩"),
        ("https://shop.example/item?id=13900139000", "id=13900139000"),
        ("https://shop.example/13900139000.html", "13900139000.html"),
        ("https://shop.example/?q=50%40off", "50%40off"),
    ]
    run = cleaned([event("click", 60 * n, referrer=r) for n, (r, _) in enumerate(addresses)])
    for row, (_, masked) in zip(run.rows("events"), addresses, strict=True):
        assert row["referrer"].endswith(masked)
    assert {row for row, *_ in run.found()} == {
        f"0:{n}" for n, (_, masked) in enumerate(addresses, 1) if "⟨" in masked
    }
