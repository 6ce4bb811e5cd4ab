"""Which ids name a person by themselves: numbers in ids are everywhere, and few of them are somebody's."""

from __future__ import annotations

import random
import re
import uuid
from collections.abc import Callable

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from baihuo.privacy import Identities, is_personal_id
from baihuo.privacy.identities import PERSONAL_NUMBER, PLAIN_NUMBER

_KEY = b"key"
_PERSONAL = (
    "anna@mail.example",
    "shop:ANNA@mail.example",
    "账号 zhang＠qq．com",
    "anna%40mail.example",  # as an address of a page has it
    "anna (at) mail (dot) com",
    "li艾特qq点com",
    "13812345678",
    " １３８１２３４５６７８ ",
    "138-1234-5678",
    "+86 138-1234-5678",
    "8613812345678",
    "008613812345678",
    "user-13800138000",
    "wx_13800138000",
    "tel:+86 138 0013 8000",
    "s 13812345678",
    "用户13812345678",
    "手机：138 1234 5678",
    "0755-88889999",
    "(010) 88889999",
    "07700 900123",
    "+44 (0)7700 900123",
    "0044 7700 900123",
    "+49 1512 3456789",
    "(415) 555-2671",
    "1-415-555-2671",
    "11010519491231002X",
    "110105 19491231 002x",
    "id=11010519491231002X",
    "4111111111111111",
    "4111 1111 1111 1111",
    "card-4111-1111-1111-1111",
    "6222 0210 0111 6245 702",
)
_OTHERS = (
    "v-17",
    "",
    "1234567890",
    "019312345678-5f60718293a4b5c6d7e8",
    "550e8400-e29b-41d4-a716-446655440000",
    "A-2026-11-27-000123",
    "20261127-13812345678",  # a number with more than a word around it
    "order-13812345678-2",
    "13812345678.1700000000",
    "138-12345-678",  # grouped otherwise than people write it
    "1381-2345-678",
    "001234567890",  # padded with zeros
    "00000013812345678",
    "400-820-8820",  # a service number is nobody's
    "4111111111111112",  # another check digit
    "41111111-11111111",
    "411111 1111111111",
    "2221000000000009",
    "4111111111111111110",
    "378282246310005",
    "110105194912310021",
    "110105999912310020",
    "hmac-" + "13812345678" * 2 + "0123456789",
)
_USUAL: dict[str, Callable[[random.Random], str]] = {
    "UUID": lambda r: str(uuid.UUID(int=r.getrandbits(128), version=4)),
    "UUID without hyphens": lambda r: uuid.UUID(int=r.getrandbits(128), version=4).hex,
    "19 digits": lambda r: str(r.randrange(10**18, 10**19)),
    "18 digits": lambda r: str(r.randrange(10**17, 10**18)),
    "17 digits": lambda r: str(r.randrange(10**16, 10**17)),
    "GA client id": lambda r: f"{r.randrange(2**31)}.{r.randrange(1_500_000_000, 1_800_000_000)}",
    "GA cookie": lambda r: (
        f"GA1.2.{r.randrange(2**31)}.{r.randrange(1_500_000_000, 1_800_000_000)}"
    ),
    "Amazon order": lambda r: (
        f"{r.randrange(100, 1000)}-{r.randrange(10**7):07d}-{r.randrange(10**7):07d}"
    ),
    "process, client, number, address": lambda r: (
        f"{r.randrange(1, 1000)}-{r.randrange(4)}-{r.randrange(100)}-{r.randrange(10**14, 10**15)}"
    ),
    "milliseconds": lambda r: str(r.randrange(1_500_000_000_000, 1_800_000_000_000)),
    "microseconds": lambda r: str(r.randrange(1_500_000_000_000_000, 1_800_000_000_000_000)),
    "10 digits, padded": lambda r: f"{r.randrange(10**10):012d}",
    "a letter and 10 digits": lambda r: f"e{r.randrange(10**9, 10**10)}",
    "11 digits of no phone": lambda r: str(r.choice("12") + "0" + str(r.randrange(10**8, 10**9))),
    "16 digits": lambda r: str(r.randrange(7 * 10**15, 10**16)),
}


@pytest.mark.parametrize("given_", _PERSONAL)
def test_ids_that_are_personal_become_pseudonyms(given_: str) -> None:
    assert is_personal_id(given_)
    assert Identities(_KEY).of(given_).startswith("hmac-")


@pytest.mark.parametrize("given_", _OTHERS)
def test_ids_that_hold_other_numbers_stay(given_: str) -> None:
    assert not is_personal_id(given_)
    assert Identities(_KEY).of(given_) == given_


@pytest.mark.parametrize("kind", _USUAL)
def test_of_20_000_usual_ids_none_is_personal(kind: str) -> None:
    made = random.Random(1)
    ids = [_USUAL[kind](made) for _ in range(20_000)]
    assert [one for one in ids if is_personal_id(one)] == []


def test_a_column_has_the_same_ids_as_one_id_at_a_time() -> None:
    made = random.Random(2)
    ids = [*_PERSONAL, *_OTHERS, *(make(made) for make in _USUAL.values() for _ in range(200))]
    column = pa.chunked_array([[None, *ids], ids[::-1]], pa.string())
    stored = [Identities(_KEY).of(one) for one in ids]
    assert Identities(_KEY).column(column).to_pylist() == [None, *stored, *stored[::-1]]


@given(st.lists(st.text("0123456789０１ -+().．　\u00a0@aXx:_\n用\t", max_size=30), max_size=20))
def test_a_column_of_any_texts_is_read_as_they_are_one_by_one(ids: list[str]) -> None:
    ids = [*ids, *(f"{one}13812345678" for one in ids), *(f"13812345678{one}" for one in ids)]
    stored = [Identities(_KEY).of(one) for one in ids]
    assert Identities(_KEY).column(pa.chunked_array([ids], pa.string())).to_pylist() == stored


@pytest.mark.parametrize("kind", ["a letter and 10 digits", "milliseconds", "19 digits"])
def test_ids_that_are_numbers_of_a_shop_are_not_read_one_by_one(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Events of a shop are numbered beyond 100 million: each of a log's million ids took 17 µs then."""
    made = random.Random(3)
    ids = [_USUAL[kind](made) for _ in range(20_000)]
    looked_at: list[str] = []
    monkeypatch.setattr("baihuo.privacy.identities.is_personal_id", looked_at.append)
    Identities(_KEY).column(pa.chunked_array([ids], pa.string()))
    assert looked_at == []


@given(st.text("0123456789", min_size=1, max_size=20))
def test_plain_numbers_that_are_left_out_are_not_personal(number: str) -> None:
    for one in (number, f"1{number}", f"0086{number}", f"07{number}", f"110105{number}"):
        if re.search(PLAIN_NUMBER, one) and not re.search(PERSONAL_NUMBER, one):
            assert not is_personal_id(one)
