"""Text checks on events: what shoppers typed and where they came from."""

from __future__ import annotations

import json
from typing import Any

import pytest

from baihuo.core import Product
from baihuo.quality.checks.text.mojibake import is_doubtful

pytestmark = pytest.mark.checks(
    "damaged_text", "unreadable_text", "damaged_encoding", "unreadable_characters", "personal_data"
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
LOST = (
    "锟斤拷手机|手机锟斤拷锟|烫烫烫烫|屯屯屯|嚙踝蕭嚙踝蕭|占쏙옙占쏙옙|пїЅпїЅ shoes|ï¿½ï¿½|caf�|□□□□|手□机 □□|"
    "?????|?? ??? ??"
).split("|")
KEPT = (
    "black\\red|¯\\_(ツ)_/¯|is it real???|what ??? really|а cyrillic а|c++ <t>|"
    "i <3 it|5 > 3|□10 mm|AT&T|x&y|手机壳 苹果|烫发器|naïve café|苹果??香味足|¿Dónde está?|"
    "C:\\users\\u77ed|\\u0000\\ud83d|чехол iPhone|10 μm α7|ｉｐｈｏｎｅ 壳|™ ® °|"
    "smörgåsbord"
).split("|")


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
    assert all(is_doubtful(text, is_listing=True) for text in asks)
    texts = [*asks, *LOST]
    run = cleaned([], [Product(product_id=f"p{n}", title_en=t) for n, t in enumerate(texts)])
    rows = sorted(run.rows("products"), key=lambda row: row["line"])
    assert [r["title_en"] or r["title_zh"] for r in rows] == texts
    noted = {row for row, *what in run.found() if what == ["unreadable_characters", "note"]}
    assert noted == {f"0:{n}" for n in range(1, len(texts) + 1)}


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


@pytest.mark.checks("half_typed_search")
def test_a_search_for_each_key_is_noted_and_a_narrower_one_later_is_not(
    event: Any, cleaned: Any
) -> None:
    typed = ["s", "sh", "sho", "shoes"]
    rows = [
        event("search", 0.2 * n, visitor_id="a", query_text=text) for n, text in enumerate(typed)
    ]
    rows += [
        event("search", 9, visitor_id="a", query_text="shoes red"),  # looked, and asked for less
        event("search", 0.3, visitor_id="b", query_text="shoes for children"),  # somebody else
        event("search", 20, visitor_id="c", query_text="hat"),
        event("search", 20.5, visitor_id="c", query_text="hat"),  # twice is no typing
        event("search", 40, visitor_id="d", query_text="羽"),
        event("search", 41, visitor_id="d", query_text="羽绒服"),
    ]
    found = {row for row, check, _ in cleaned(rows).found() if check == "half_typed_search"}
    assert found == {"0:1", "0:2", "0:3", "0:9"}


@pytest.mark.checks("damaged_text")
def test_damage_of_interests_is_repaired(event: Any, cleaned: Any) -> None:
    texts = ["Garden &amp; Tools | Toys", "Hi&#45;Fi", r"\u6bcd\u5a74", "R&D | <3", "R&B"]
    run = cleaned([event("click", 60 * i, interests=text) for i, text in enumerate(texts)])
    assert [r["interests"] for r in run.rows("events")] == [
        "Garden & Tools | Toys",
        "Hi-Fi",
        "母婴",
        *texts[3:],
    ]
    assert run.found() == {(f"0:{n}", "damaged_text", "repair") for n in (1, 2, 3)}
