"""How often somebody may try to log in."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from baihuo.access import AccountsFile, AccountStore, LoginLimits, Role

NOW = 1_800_000_000_000_000
SECOND, HOUR = 1_000_000, 3_600_000_000
HOME, STRANGER = "198.51.100.1", "203.0.113.7"


@pytest.fixture
def file(tmp_path: Path) -> Iterator[AccountsFile]:
    opened = AccountsFile(tmp_path / "accounts.sqlite")
    AccountStore(opened).create("ann", Role.VIEWER, at_us=NOW, password_hash="hash")
    yield opened
    opened.close()


@pytest.fixture
def limits(file: AccountsFile) -> LoginLimits:
    return LoginLimits(file)


def guesses(limits: LoginLimits, name: str, address: str, *, seconds: int, at_us: int = NOW) -> int:
    """How many guesses get through of one that never stops."""
    return sum(
        limits.attempt(name, address, at_us=at_us + n * SECOND // 10) == 0
        for n in range(10 * seconds)
    )


def test_the_wait_doubles_after_five_failures(limits: LoginLimits) -> None:
    assert [limits.attempt("ann", STRANGER, at_us=NOW) for _ in range(5)] == [0.0] * 5
    waits, at_us = [], NOW
    for _ in range(6):
        waits.append(limits.attempt("ann", STRANGER, at_us=at_us))
        at_us += int(waits[-1] * SECOND)
        assert limits.attempt("ann", STRANGER, at_us=at_us) == 0
    assert waits == [1, 2, 4, 8, 16, 32]


def test_an_hour_of_guessing_from_one_address_is_a_handful(limits: LoginLimits) -> None:
    assert guesses(limits, "ann", STRANGER, seconds=3_600) < 20


def test_one_that_is_no_account_waits_like_one_that_is(limits: LoginLimits) -> None:
    """Else the waits would say who has an account."""
    assert guesses(limits, "ann", STRANGER, seconds=60) == guesses(
        limits, "nobody", HOME, seconds=60
    )


def test_names_tried_from_one_address_are_limited_together(limits: LoginLimits) -> None:
    passed = sum(limits.attempt(f"name{n}", STRANGER, at_us=NOW) == 0 for n in range(100))
    assert passed == 30
    assert limits.attempt("ann", HOME, at_us=NOW) == 0


def test_a_stranger_with_many_addresses_cannot_keep_somebody_out(
    file: AccountsFile, limits: LoginLimits
) -> None:
    account = AccountStore(file).find("ann")
    assert account is not None
    limits.attempt("ann", HOME, at_us=NOW)
    limits.succeeded(account[0].account_id, "ann", HOME, at_us=NOW)
    passed = sum(limits.attempt("ann", f"203.0.113.{n}", at_us=NOW) == 0 for n in range(200))
    assert passed == 20  # after which guessing from anywhere waits
    assert 0 < limits.attempt("ann", "192.0.2.1", at_us=NOW) <= 60
    assert limits.attempt("ann", HOME, at_us=NOW) == 0  # where the person was before


def test_a_success_forgives_what_was_mistyped_before(
    file: AccountsFile, limits: LoginLimits
) -> None:
    account = AccountStore(file).find("ann")
    assert account is not None
    for _ in range(4):
        for _ in range(4):
            assert limits.attempt("ann", HOME, at_us=NOW) == 0
        limits.succeeded(account[0].account_id, "ann", HOME, at_us=NOW)
    assert limits.attempt("ann", HOME, at_us=NOW) == 0


def test_waits_end_an_hour_after_the_last_failure_and_no_clock_makes_them_longer(
    limits: LoginLimits,
) -> None:
    for n in range(14):
        limits.attempt("ann", STRANGER, at_us=NOW + n * HOUR // 4)
    late = NOW + 14 * HOUR // 4
    assert limits.attempt("ann", STRANGER, at_us=late - 400 * 24 * HOUR) <= 900
    assert limits.attempt("ann", STRANGER, at_us=late + HOUR) == 0


def test_nothing_typed_into_the_field_of_the_name_is_kept(
    tmp_path: Path, limits: LoginLimits
) -> None:
    """People type their password there."""
    limits.attempt("copper lantern drifts north", STRANGER, at_us=NOW)
    with sqlite3.connect(tmp_path / "accounts.sqlite") as db:
        kept = "\n".join(db.iterdump())
    assert "copper" not in kept
    assert STRANGER not in kept
