"""Words for null in ids and titles, as programs and people write them."""

from __future__ import annotations

from typing import Any

import pytest

from baihuo.core import Product

pytestmark = pytest.mark.checks(
    "no_visitor", "null_word", "no_title", "null_word_in_listing", "bad_currency"
)

IDS = (
    'null|NULL|None|nan|N/A|#N/A|undefined|unknown|nil|\\N|TBD|-1|(null)|<null>|"null"|'
    "'None'|[null]|(not set)|[object Object]|{}|[]|-|--|无|暂无|未知|待补充|「无」|（空）|test|"
    "测试|anonymous|游客|{{visitor_id}}|${user.id}|%s|"
    "00000000-0000-0000-0000-000000000000"
).split("|")
REAL_IDS = (
    "0|7|null-17|n|nana|tester|noneman|Нет|N12/A|test_77|wu无忌|0000001|"
    "d41d8cd98f00b204e9800998ecf8427f"
).split("|")
TITLES = (
    'null|N/A|None|undefined|NaN|-|---|?|??|…|test|untitled|[N/A]|"null"|{{title}}|'
    "无|暂无|待补充|（待补充）|测试|【测试】|标题"
).split("|")
REAL_TITLES = (
    "Null Object T-Shirt|Test tubes, 10 pieces|N95|None Such Mince|Nano|O|7 Up|1984|"
    "Unknown Pleasures LP|pregnancy test|测试仪|无线鼠标|无印良品 笔|水"
).split("|")


def test_an_id_that_is_a_word_for_null_is_none_and_one_that_only_has_it_stays(
    event: Any, cleaned: Any
) -> None:
    wrong = [event("click", 2 * i, visitor_id=word) for i, word in enumerate(IDS)]
    right = [event("click", 2 * i + 1, visitor_id=word) for i, word in enumerate(REAL_IDS)]
    run = cleaned([*wrong, *right])
    found = {
        row for row, check, action in run.found() if (check, action) == ("no_visitor", "quarantine")
    }
    assert found == {f"0:{line}" for line in range(1, len(wrong) + 1)}
    assert {r["visitor_id"] for r in run.rows("events")} == set(REAL_IDS)


def test_an_id_beside_the_point_is_left_out_and_the_row_stays(event: Any, cleaned: Any) -> None:
    fields = ("session_id", "query_id", "order_id", "variant_id")
    words = ("NULL", "s17", "无", "'None'", "{{id}}")
    run = cleaned(
        [
            event("click", 60 * n + i, visitor_id=f"v{n}.{i}", **{field: word})
            for n, field in enumerate(fields)
            for i, word in enumerate(words)
        ]
    )
    rows = iter(run.rows("events"))
    for n, field in enumerate(fields):
        assert [next(rows)[field] for _ in words] == [None, "s17", None, None, None]
        detail = {"field": field, "old": "无", "new": None}
        assert run.details()[f"0:{5 * n + 3}", "null_word"] == detail


def test_a_review_that_a_program_wrote_is_none_and_one_of_a_person_stays(
    event: Any, cleaned: Any
) -> None:
    written = ["{{review.text}}", "%REVIEW_TEXT%", "undefined", "NULL", "${text}"]
    written += ["[object Object]", "[object HTMLElement]"]
    meant = ["无", "none", "OK", "100% cotton, 100%", "a null result", "$20 well spent", "没有"]
    meant += ["object design is nice"]
    run = cleaned(
        [
            event("review", i, visitor_id=f"v{i}", text=text, rating=4.0)
            for i, text in enumerate([*written, *meant])
        ]
    )
    texts = [r["text"] for r in run.rows("events")]
    assert texts == [None] * len(written) + meant


def test_a_query_of_a_program_is_none_and_one_of_a_person_stays(event: Any, cleaned: Any) -> None:
    texts = "undefined|[object Object]|{{q}}|null|test|?|naan|none of the above|无印良品".split("|")
    rows = [
        event("search", i, visitor_id=f"v{i}", product_id=None, query_text=text)
        for i, text in enumerate(texts)
    ]
    kept = [r["query_text"] for r in cleaned(rows).rows("events")]
    assert kept == [None, None, None, None, *texts[4:]]


def test_a_title_that_is_a_word_for_null_or_a_test_is_none(cleaned: Any) -> None:
    titles = [*TITLES, *REAL_TITLES]
    run = cleaned([], [Product(product_id=f"p{i}", title_en=t) for i, t in enumerate(titles, 1)])
    found = {row for row, check, _ in run.found() if check == "no_title"}
    assert found == {f"0:{line}" for line in range(1, len(TITLES) + 1)}


def test_a_null_title_beside_a_real_one_and_a_null_brand_are_left_out(cleaned: Any) -> None:
    run = cleaned(
        [],
        [
            Product(product_id="p1", title_en="N/A", title_zh="无线蓝牙音箱 便携", brand="None"),
            Product(
                product_id="p2",
                title_en="Walnut cutting board",
                title_zh="待补充",
                brand="Nanoleaf",
            ),
        ],
    )
    assert [(r["title_en"], r["title_zh"], r["brand"]) for r in run.rows("products")] == [
        (None, "无线蓝牙音箱 便携", None),
        ("Walnut cutting board", None, "Nanoleaf"),
    ]
    assert {(row, check) for row, check, _ in run.found()} == {
        ("0:1", "null_word_in_listing"),
        ("0:2", "null_word_in_listing"),
    }


def test_a_currency_that_no_country_has_is_left_out_and_rmb_is_the_yuan(
    event: Any, cleaned: Any
) -> None:
    written = ["XYZ", "EURO", "ABC", "RMB", "Usd", "$", "BTC", "999", "EUR", "XOF"]
    rows = [
        event("click", i, visitor_id=f"v{i}", price_minor=100, currency=c)
        for i, c in enumerate(written)
    ]
    kept = [r["currency"] for r in cleaned(rows).rows("events")]
    assert kept == [None, None, None, "CNY", "USD", None, None, None, "EUR", "XOF"]


LABELS = ["country", "region", "language", "platform", "device"]


def test_a_label_that_says_nothing_is_left_out_unless_it_is_a_common_one(
    event: Any, cleaned: Any
) -> None:
    words = ["(not set)", "undefined", "未知", "N/A"]
    real = ["NA", "nan", "CN", "other"]  # Namibia, Min Nan
    labels = [*words, *real, *["CN"] * 80, *["unknown"] * 20]
    rows = [
        event("click", 60 * i, **dict.fromkeys(LABELS, label)) for i, label in enumerate(labels)
    ]
    run = cleaned(rows)
    found = {f for f in run.found() if f[1] == "null_word"}
    assert found == {(f"0:{i + 1}", "null_word", "repair") for i in range(len(words))}
    for field in LABELS:
        after = [r[field] for r in run.rows("events")]
        assert after == [*[None] * len(words), *real, *["CN"] * 80, *["unknown"] * 20]
