"""Text checks on events: what shoppers typed and where they came from."""

from __future__ import annotations

from typing import Any

import pytest

from baihuo.core import Product
from baihuo.quality.checks.text.stock_characters import is_lost

REPAIRED = {
    "CafÃ© crÃ¨me": "Café crème",
    "æ\x89\x8bæ\x9c\xba å£³": "手机 壳",
    "ÊÖ»ú¿Ç": "手机壳",
    "<b>red</b> shoes": "red shoes",
    "shoes &amp; bags": "shoes & bags",
    "<script>alert(1)</script>": None,
    "\ufeffusb\u200b cable": "usb cable",
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
        "™ ® °",
        "smörgåsbord",
    ),
]


@pytest.mark.parametrize("field", ["query_text", "text", "referrer"])
def test_texts_of_events_are_repaired_noted_or_left(event: Any, cleaned: Any, field: str) -> None:
    texts = [*REPAIRED, *LOST, *KEPT]
    rows = [event("click", i, visitor_id=f"v{i}", **{field: text}) for i, text in enumerate(texts)]
    run = cleaned(rows)
    after = [r[field] for r in run.rows("events")]
    assert after == [*REPAIRED.values(), *LOST, *KEPT]
    found = {(row, check, action) for row, check, action in run.found() if "text" in check}
    n_repaired, n_lost = len(REPAIRED), len(LOST)
    assert found == {
        *((f"0:{i}", "damaged_text", "repair") for i in range(1, n_repaired + 1)),
        *(
            (f"0:{i}", "unreadable_text", "note")
            for i in range(n_repaired + 1, n_repaired + n_lost + 1)
        ),
    }
    assert run.details()["0:1", "damaged_text"]["kinds"] == ["damaged_encoding"]


def test_personal_data_in_a_referrer_is_masked(event: Any, cleaned: Any) -> None:
    rows = [
        event("click", referrer="mail.example?to=anna@example.com"),
        event("click", 9, referrer="google"),
    ]
    assert [r["referrer"] for r in cleaned(rows).rows("events")] == [
        "mail.example?to=⟨email⟩",
        "google",
    ]


@pytest.mark.parametrize("text", ["???? Pro Max", "手机???壳", "Case ???? black", "?? ?? ??"])
def test_a_listing_does_not_ask(text: str, cleaned: Any) -> None:
    assert is_lost(text, is_listing=True)
    run = cleaned([], [Product(product_id="p1", title_en=text)])
    assert ("0:1", "unreadable_characters", "note") in run.found()
    assert [r["title_en"] or r["title_zh"] for r in run.rows("products")] == [text]


@pytest.mark.parametrize("text", LOST)
def test_a_listing_of_lost_letters_is_noted_as_it_came(text: str, cleaned: Any) -> None:
    run = cleaned([], [Product(product_id="p1", title_en=text)])
    assert [r["title_en"] or r["title_zh"] for r in run.rows("products")] == [text]
    assert ("0:1", "unreadable_characters", "note") in run.found()
