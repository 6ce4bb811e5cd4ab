"""Who writes: proven in the conversation, with few guesses and the same answer for wrong and unknown."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.assist.act.small_shop import BELIEVES, NOBODY, SmallShop, small_shop

from baihuo.assist import (
    AttemptLimits,
    Attempts,
    Batch,
    Identification,
    Identity,
    Outcome,
    Policy,
    Shopper,
)

HOUR_US = 3_600_000_000


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[SmallShop]:
    with small_shop(tmp_path, BELIEVES) as made:
        yield made


@pytest.fixture
def identification(shop: SmallShop, tmp_path: Path) -> Iterator[Identification]:
    attempts = Attempts(
        tmp_path / "attempts.sqlite", AttemptLimits(by_visitor=3, by_address=5, by_claim=4)
    )
    yield Identification(shop.orders, attempts, shop.tools.policy)
    attempts.close()


def says(
    identification: Identification,
    text: str,
    *,
    who: Identity = NOBODY,
    address: str = "10.0.0.1",
    at_us: int = 10 * HOUR_US,
    was_asked: bool = True,
) -> tuple[str | None, Outcome]:
    identity, outcome = identification.of_message(
        text, who, address=address, was_asked=was_asked, at_us=at_us
    )
    return identity.shopper_id, outcome


@pytest.mark.parametrize(
    "text",
    [
        "ada.park@example.com",
        "It's Ada.Park@Example.com.",
        "邮箱是ada.park@example.com，谢谢",
        "my name is Ada Park and my zip code is 62701",
        "Ada Park, 62701",
        "I'm ada park from 62701",
    ],
)
def test_a_shopper_is_proven_in_many_words(text: str, identification: Identification) -> None:
    assert says(identification, text) == ("ada_park", Outcome.PROVEN)


def test_what_a_message_says_of_its_author_counts_only_where_the_policy_believes_it(
    shop: SmallShop, tmp_path: Path
) -> None:
    attempts = Attempts(tmp_path / "attempts.sqlite", AttemptLimits(by_visitor=1))
    identification = Identification(shop.orders, attempts, Policy())
    for text in ("ada.park@example.com", "Ada Park, 62701", "Ada Park, 99999"):
        assert says(identification, text) == (None, Outcome.NOTHING_SAID)
    browser = Identity(visitor_id="v7", shopper_id="ada_park", proof="visitor_token")
    found, _ = identification.of_message(
        "the invoice to ada.park@example.com", browser, address="a", was_asked=True, at_us=1
    )
    assert found == browser  # the better proof stays
    attempts.close()


@pytest.mark.parametrize(
    "text",
    [
        "nobody@example.com",
        "Ada Park, 62702",
        "Ben Park, 62701",
        "ada.park@example.com.evil.com",
    ],
)
def test_wrong_and_unknown_are_the_same(text: str, identification: Identification) -> None:
    assert says(identification, text) == (None, Outcome.NOT_PROVEN)


@pytest.mark.parametrize(
    "text",
    [
        "where is my order #A1?",
        "ada_park",
        "my user id is ada_park",
        "ada.park@example.com or ben.ortiz@example.com",
        "Ada Park",
        "62701",
        "",
    ],
)
def test_what_names_nobody_is_no_attempt(text: str, identification: Identification) -> None:
    for _ in range(10):
        assert says(identification, text) == (None, Outcome.NOTHING_SAID)


def test_a_street_and_a_code_are_no_name_where_nobody_asked(identification: Identification) -> None:
    text = "Send it to New Street in Springfield, 62701"
    assert says(identification, text, was_asked=False) == (None, Outcome.NOTHING_SAID)


def test_a_chinese_name_has_its_family_name_first(
    shop: SmallShop, identification: Identification
) -> None:
    ada = shop.orders.shopper("ada_park")
    assert ada is not None
    wang = ada.model_copy(update={"shopper_id": "wang", "first_name": "小明", "last_name": "王"})
    ouyang = Shopper(shopper_id="ouyang", first_name="娜", last_name="欧阳", address=ada.address)
    shop.orders.add(Batch(shoppers=[wang, ouyang]))
    assert says(identification, "我叫王小明，邮编62701") == ("wang", Outcome.PROVEN)
    assert says(identification, "欧阳娜 62701") == ("ouyang", Outcome.PROVEN)


def test_guesses_are_few_for_a_visitor_and_even_a_right_one_is_not_looked_at(
    identification: Identification,
) -> None:
    for i in range(3):
        assert says(identification, f"guess{i}@example.com")[1] == Outcome.NOT_PROVEN
    assert says(identification, "ada.park@example.com") == (None, Outcome.TOO_MANY)
    later = 10 * HOUR_US + HOUR_US + 1
    assert says(identification, "ada.park@example.com", at_us=later)[1] == Outcome.PROVEN


def test_guesses_are_few_for_an_address_whatever_the_visitor(
    identification: Identification,
) -> None:
    for i in range(5):
        who = Identity(visitor_id=f"new-{i}")
        assert says(identification, f"guess{i}@example.com", who=who)[1] == Outcome.NOT_PROVEN
    who = Identity(visitor_id="new-9")
    assert says(identification, "x@example.com", who=who)[1] == Outcome.TOO_MANY
    assert (
        says(identification, "x@example.com", who=who, address="10.0.0.2")[1] == Outcome.NOT_PROVEN
    )


def test_guesses_at_one_name_are_few_from_anywhere(identification: Identification) -> None:
    for i in range(4):
        who = Identity(visitor_id=f"new-{i}")
        assert (
            says(identification, "Ada Park 99999", who=who, address=f"10.0.1.{i}")[1]
            == Outcome.NOT_PROVEN
        )
    who = Identity(visitor_id="new-9")
    assert (
        says(identification, "Ada Park 99999", who=who, address="10.0.1.9")[1] == Outcome.TOO_MANY
    )


def test_right_attempts_buy_no_wrong_ones(identification: Identification) -> None:
    for i in range(3):
        assert says(identification, "ben.ortiz@example.com")[1] == Outcome.PROVEN
        assert says(identification, f"guess{i}@example.com")[1] == Outcome.NOT_PROVEN
    assert says(identification, "ben.ortiz@example.com")[1] == Outcome.TOO_MANY


def test_attempts_are_kept_as_hashes_for_an_hour(
    identification: Identification, tmp_path: Path
) -> None:
    says(identification, "guess@example.com")
    data = b"".join(f.read_bytes() for f in tmp_path.glob("attempts.sqlite*"))
    assert b"guess@" not in data
    assert b"10.0.0.1" not in data


def test_a_browser_that_bought_is_known_by_its_token(
    shop: SmallShop, identification: Identification
) -> None:
    shop.orders.add(Batch(visitors=[("v7", "ada_park")]))
    found = identification.of_visitor("v7")
    assert (found.shopper_id, found.proof) == ("ada_park", "visitor_token")
    nobody = identification.of_visitor("v8")
    assert (nobody.shopper_id, nobody.proof) == (None, "visitor_token")
    # It may prove more, of the same shopper alone.
    assert says(identification, "ben.ortiz@example.com", who=found) == (
        "ada_park",
        Outcome.NOT_PROVEN,
    )
    assert says(identification, "ada.park@example.com", who=found) == ("ada_park", Outcome.PROVEN)


def test_a_server_names_only_shoppers_that_there_are(identification: Identification) -> None:
    assert identification.of_server("v1", "ada_park").proof == "server_key"
    assert identification.of_server("v1", "nobody").shopper_id is None
