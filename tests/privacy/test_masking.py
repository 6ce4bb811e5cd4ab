"""Personal data goes, everything else stays as it was."""

from __future__ import annotations

import csv
import gzip
import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from baihuo.privacy import Identities, column_mask, is_personal_id, is_suspect, mask

KEY = b"key"


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("打13812345678找我", ("phone",)),
        ("电话：１３８１２３４５６７８。", ("phone",)),
        ("+86 138-1234-5678", ("phone",)),
        ("call (415) 555-2671 or 415-555-2671", ("phone", "phone")),
        ("+1 415 555 2671", ("phone",)),
        ("07700 900123, +44 (0)7700 900123", ("phone", "phone")),
        ("+49 1512 3456789", ("phone",)),
        ("座机 010-12345678", ("phone",)),
        ("身份证11010519491231002X号", ("resident_id",)),
        ("卡 6222 0210 0111 6245 702", ("card",)),
        ("card 4111-1111-1111-1111.", ("card",)),
        ("amex 378282246310005", ("card",)),
        ("mail me: A.b+c@shop.example.co.uk!", ("email",)),
        ("邮箱zhang＠qq．com", ("email",)),
        ("a@b.com 13812345678", ("email", "phone")),
        ("no personal data", ()),
    ],
)
def test_each_kind_is_found(text: str, kinds: tuple[str, ...]) -> None:
    assert mask(text, KEY).kinds == kinds


@pytest.mark.parametrize(
    "text",
    [
        "iPhone 12 128GB 6.1 1234567890123",
        "EAN 0884420588030, 5901234123457",
        "批次20091201123456789",
        "2010-12-01 07:45:00",
        "192.168.100.100",
        "身份证110105194912310021",  # the checksum is wrong
        "11010519490231002X",  # no 31 February
        "4111 1111 1111 1112",
        "12012345678",  # no mobile starts with 12
        "X13812345678",
        "R2D2@home",
        "1 000 000 users, 10 000 000 views",
        "3.14159265358979",
        "1714566600123456",
        "￥1380.00 13812345.678",
    ],
)
def test_what_only_looks_like_it_stays(text: str) -> None:
    assert mask(text, KEY) == mask(text, KEY)
    assert mask(text, KEY).text == text


@pytest.mark.parametrize(
    "label",
    "款号 货号: 型号 商品编号： 条码 批号 书号 style style_no. style# model model: article_no SKU ISBN EAN "
    "item_no. part# ref_no. MPN P/N barcode".split(),
)
@pytest.mark.parametrize("number", ["13812345678", "415-555-2671", "4111111111111111"])
def test_a_number_of_goods_is_no_phone_and_no_card(label: str, number: str) -> None:
    text = f"{label}{number}" if label > "\x7f" else f"Dress {label.replace('_', ' ')} {number}"
    assert mask(text, KEY).text == text
    assert mask(f"{text}, phone 07700 900123", KEY).kinds == ("phone",)


@pytest.mark.parametrize(
    "text",
    [
        "thanks a lot 07700 900123",
        "ask for the model, call 07700 900123",
        "款号找我 13812345678",
        "my phone no. 415-555-2671",
        "联系方式13812345678",
    ],
)
def test_a_phone_near_such_a_word_is_a_phone(text: str) -> None:
    assert mask(text, KEY).kinds == ("phone",)


def test_one_number_has_one_pseudonym_however_it_is_written() -> None:
    ways = [
        "13812345678",
        "138 1234 5678",
        "138-1234-5678",
        "+8613812345678",
        "0086 138 1234 5678",
        "１３８１２３４５６７８",
    ]
    assert len({mask(w, KEY).text for w in ways}) == 1
    assert mask("13812345678", b"other").text != mask("13812345678", KEY).text
    assert mask("13912345678", KEY).text != mask("13812345678", KEY).text
    assert re.fullmatch(r"⟨phone:[0-9a-f]{8}⟩", mask("13812345678", KEY).text)


def test_a_key_is_needed() -> None:
    with pytest.raises(ValueError, match="key"):
        mask("text", b"")
    with pytest.raises(ValueError, match="key"):
        column_mask(b"")


def test_random_resident_ids_and_cards_are_all_found_and_a_changed_digit_is_not() -> None:
    shuffled = random.Random(7)
    weights = [2 ** (17 - i) % 11 for i in range(17)]  # GB 11643, from its formula
    for _ in range(300):
        body = f"{shuffled.choice([11, 31, 44, 51])}{shuffled.randrange(10**4):04}"
        body += f"19{shuffled.randrange(50, 99)}{shuffled.randrange(1, 13):02}{shuffled.randrange(1, 29):02}"
        body += f"{shuffled.randrange(1000):03}"
        total = sum(w * int(d) for w, d in zip(weights, body, strict=True))
        check = next(c for c in "0123456789X" if (total + (10 if c == "X" else int(c))) % 11 == 1)
        assert mask(f"id {body}{check}", KEY).kinds == ("resident_id",)
        wrong = "0" if check != "0" else "1"
        assert "resident_id" not in mask(f"id {body}{wrong}", KEY).kinds


@given(st.text())
def test_masking_again_changes_nothing_and_plain_text_is_untouched(text: str) -> None:
    once = mask(text, KEY)
    assert mask(once.text, KEY).text == once.text
    if not once.kinds:
        assert once.text == text


@given(st.lists(st.one_of(st.none(), st.text(), st.from_regex(r"1[3-9]\d{9}", fullmatch=True))))
def test_a_column_is_masked_as_its_texts_are(texts: Any) -> None:
    column = pa.chunked_array([pa.array(texts[:3], pa.string()), pa.array(texts[3:], pa.string())])
    expected = [None if t is None else mask(t, KEY).text for t in texts]
    assert column_mask(KEY)(column).to_pylist() == expected


def test_real_reviews_lose_their_numbers_and_little_else(
    shared_data: Callable[[str], Path],
) -> None:
    """48,782 shoppers' reviews: what is masked is what a simple look for long numbers finds."""
    path = shared_data("zh") / "shopping_reviews.csv.gz"
    with gzip.open(path, "rt", encoding="utf-8") as file:
        reviews = [row[-1] for row in csv.reader(file)]
    column = pa.chunked_array([pa.array(reviews, pa.string())])
    masked = column_mask(KEY)(column).to_pylist()
    changed = [(a, b) for a, b in zip(reviews, masked, strict=True) if a != b]
    assert len(changed) < 0.005 * len(reviews)
    mobile = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")
    assert not [
        b
        for b in masked
        if mobile.search(b) and not re.search(r"[A-Za-z.]1[3-9]\d{9}|1[3-9]\d{9}[A-Za-z]", b)
    ]
    for before, after in changed:
        kept = re.split(r"⟨\w+:[0-9a-f]{8}⟩", after)
        assert all(part in before for part in kept)


@pytest.mark.parametrize("code", ["001234567895", "007874201519", "00100456789", "001999456789"])
def test_the_length_of_a_code_makes_no_telephone_of_it(code: str) -> None:
    """A UPC of twelve digits, and codes of a shop that no numbering plan has; behind a label the first is one."""
    assert mask(f"blue mug {code}", KEY).kinds == ()
    assert mask("please call 001234567895", KEY).kinds == mask("call 0049 30 1234567", KEY).kinds
    for number in ("0012125551234", "004915123456789", "00447700900123"):
        assert mask(f"ring me {number}", KEY).kinds != ()


def test_a_product_code_that_starts_as_an_international_call_is_none() -> None:
    """A UPC of 12 digits padded to 13 or 14; one in eight EANs of the Icecat catalogue looks like this."""
    for code in ("0088698171769", "0065030884747", "00885911018784"):
        assert mask(f"ean {code}", KEY).kinds == ()
        assert mask(f"call {code}", KEY).kinds == ("phone",)
    assert mask("0088698171768", KEY).kinds == ("phone",)  # another check digit
    assert mask("0044 7700 900123", KEY).kinds == ("phone",)


def test_a_pseudonym_of_an_id_is_stable_and_stands_for_itself() -> None:
    plain, hidden = Identities(KEY), Identities(KEY, "hmac")
    for one in ("account-17", "anna@mail.example", "用户 17"):
        made = hidden.of(one)
        assert re.fullmatch(r"hmac-[0-9a-f]{32}", made)
        assert hidden.of(made) == plain.of(made) == made
        assert Identities(b"another", "hmac").of(one) != made
    assert plain.of("account-17") == "account-17"
    assert plain.of("anna@mail.example") == hidden.of("anna@mail.example")


@pytest.mark.parametrize(
    ("given", "is_personal"),
    [
        ("anna@mail.example", True),
        ("shop:ANNA@mail.example", True),
        ("13812345678", True),
        ("+86 138-1234-5678", True),
        ("11010519491231002X", True),
        ("4111111111111111", True),
        ("v-17", False),
        ("019312345678-5f60718293a4b5c6d7e8", False),
        ("550e8400-e29b-41d4-a716-446655440000", False),
        ("1234567890", False),
        ("A-2026-11-27-000123", False),
    ],
)
def test_which_ids_look_personal(given: str, is_personal: bool) -> None:
    assert is_personal_id(given) is is_personal
    column = pa.chunked_array([[given, None, "v-1"], [given]], pa.string())
    made = Identities(KEY).of(given)
    assert Identities(KEY).column(column).to_pylist() == [made, None, "v-1", made]


@given(st.text())
def test_a_text_that_is_not_suspect_holds_nothing(text: str) -> None:
    assert is_suspect(text) or not mask(text, KEY).kinds
