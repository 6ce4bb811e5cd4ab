"""Addresses and choices in shoppers' words; hostile texts cost no time."""

from __future__ import annotations

import time

import pytest

from baihuo.assist import Address
from baihuo.assist.act.addresses import read_address
from baihuo.assist.act.choosing import chosen, mentioned
from baihuo.assist.act.claims import claimed_email, claimed_names

BOISE = Address(line1="7 New Street", city="Boise", state="ID", country="USA", postal_code="83701")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("7 New Street, Boise, ID 83701, USA", BOISE),
        ("Please send it to 7 New Street, Boise, ID 83701, USA.", BOISE),
        (
            "my new address is 7 New Street, Flat 3, Boise, ID, 83701, USA",
            BOISE.model_copy(update={"line2": "Flat 3"}),
        ),
        (
            "10 High Street, London, N1 9GU, United Kingdom",
            Address(
                line1="10 High Street",
                city="London",
                country="United Kingdom",
                postal_code="N1 9GU",
            ),
        ),
        (
            "改到浙江省杭州市西湖区文三路1号，邮编310012",
            Address(
                line1="西湖区文三路1号",
                city="杭州市",
                state="浙江省",
                country="中国",
                postal_code="310012",
            ),
        ),
        (
            "收货地址改为北京市朝阳区建国路88号3层 100022",
            Address(
                line1="朝阳区建国路88号3层", city="北京市", country="中国", postal_code="100022"
            ),
        ),
    ],
)
def test_an_address_in_one_line_is_read(text: str, expected: Address) -> None:
    assert read_address(text) == expected


@pytest.mark.parametrize(
    "text",
    ["I moved", "7 New Street", "Boise, ID 83701, USA", "7 New Street, Boise", "杭州市西湖区", ""],
)
def test_half_an_address_is_asked_for(text: str) -> None:
    assert read_address(text) is None


def test_a_choice_is_a_name_a_number_or_words_of_one_alone() -> None:
    options = ["Lamp (white)", "Lamp (black)", "Shoe (42)"]
    assert chosen("Lamp (black)", options) == 1
    assert chosen("the second", options) == 1
    assert chosen("3", options) == 2
    assert chosen("第一个", options) == 0
    assert chosen("white please", options) == 0
    assert chosen("the lamp", options) is None  # two are
    assert chosen("9", options) is None
    assert chosen("", options) is None
    assert mentioned("the white lamp and the shoe", options) == [0, 2]
    assert mentioned("everything", options) == [0, 1, 2]
    assert mentioned("something", options) == []


@pytest.mark.parametrize(
    "text",
    [
        *("市号" * 1_000, "市" * 2_000, "a@" * 1_000, "a." * 1_000 + "@", "Aa " * 700 + "12345"),
        *(
            "1," * 1_000,
            " " * 2_000,
            "address to 1 " * 150,
            "😀" * 2_000,
            "my name is " * 200 + "12345",
        ),
    ],
    ids=range(10),
)
def test_a_text_that_was_made_to_be_slow_is_not(text: str) -> None:
    """An address of 60 characters without a bound took 0.8 s over a text of a turn's length."""
    started = time.process_time()
    read_address(text)
    claimed_email(text)
    claimed_names(text, was_asked=True)
    mentioned(text, ["Lamp (white)", "Shoe (42)"])
    assert time.process_time() - started < 0.25
