"""Accounts: passwords as hashes, links that invite, sessions that end."""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from baihuo.access import (
    ROLES,
    AccountsFile,
    AccountStore,
    Passwords,
    Role,
    Scope,
    SessionStore,
    WeakPassword,
    require_good_password,
    scopes_of,
)
from baihuo.core import BadInput, Conflict, NotFound

NOW = 1_800_000_000_000_000
MINUTE, HOUR, DAY = 60_000_000, 3_600_000_000, 86_400_000_000
IDLE, MOST = 30 * MINUTE, 12 * HOUR
CHEAP = PasswordHasher(
    time_cost=1, memory_cost=8, parallelism=1
)  # the algorithm, without its price
GOOD = "copper lantern drifts north"


@pytest.fixture
def file(tmp_path: Path) -> Iterator[AccountsFile]:
    opened = AccountsFile(tmp_path / "accounts.sqlite")
    yield opened
    opened.close()


@pytest.fixture
def accounts(file: AccountsFile) -> AccountStore:
    return AccountStore(file)


@pytest.fixture
def sessions(file: AccountsFile) -> SessionStore:
    return SessionStore(file, idle_us=IDLE, most_us=MOST)


def everything_in(path: Path) -> str:
    """What anybody finds who takes the file away."""
    with sqlite3.connect(path) as db:
        return "\n".join(db.iterdump())


def test_no_file_holds_a_password_or_a_token_and_nobody_else_may_read_it(
    tmp_path: Path, accounts: AccountStore, sessions: SessionStore
) -> None:
    ann = accounts.create("ann", Role.VIEWER, at_us=NOW, password_hash=Passwords().hash(GOOD))
    token = sessions.start(ann, at_us=NOW, address="203.0.113.7", agent="Firefox")
    link = accounts.invite("ann", at_us=NOW)
    kept = everything_in(tmp_path / "accounts.sqlite")
    assert "$argon2id$" in kept
    assert not any(secret in kept for secret in (GOOD, token, link))
    for path in tmp_path.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_parameters_of_a_hash_are_at_least_those_that_owasp_asks_for() -> None:
    """OWASP, Password Storage: argon2id with 19 MiB, two passes and one lane, or more."""
    _, kind, _, parameters, *_ = Passwords().hash(GOOD).split("$")
    values = dict(part.split("=") for part in parameters.split(","))
    assert kind == "argon2id"
    assert int(values["m"]) >= 19 * 1024
    assert int(values["t"]) >= 2


def test_a_password_matches_its_own_hash_alone_and_nobody_has_one() -> None:
    passwords = Passwords(CHEAP)
    kept = passwords.hash(GOOD)
    assert kept != passwords.hash(GOOD)
    assert passwords.matches(kept, GOOD)
    assert not passwords.matches(kept, GOOD + " ")
    assert not passwords.matches(None, GOOD)
    assert not passwords.matches("no hash at all", GOOD)


def test_a_password_is_the_same_however_a_keyboard_composes_it() -> None:
    passwords = Passwords(CHEAP)
    assert passwords.matches(
        passwords.hash("caf\u00e9 lantern drifts"), "cafe\u0301 lantern drifts"
    )


def test_a_hash_of_other_parameters_is_compared_and_known_as_outdated() -> None:
    older, today = (
        Passwords(CHEAP),
        Passwords(PasswordHasher(time_cost=2, memory_cost=16, parallelism=1)),
    )
    kept = older.hash(GOOD)
    assert today.matches(kept, GOOD)
    assert today.is_outdated(kept)
    assert not today.is_outdated(today.hash(GOOD))


@pytest.mark.parametrize(
    "password",
    [
        "short",
        "fourteen chars",
        "x" * 257,
        "aaaaaaaaaaaaaaaaaaaa",
        "passwordpassword",
        "abcabcabcabcabcabcabc",
        "1234567890123456",
        "9876543210987654",
        "qwertyuiopasdfghjkl",
        "abcdefghijklmnopq",
        "my name is Ann.Lee, hello there",
    ],
)
def test_a_password_that_is_guessed_first_is_refused(password: str) -> None:
    with pytest.raises(WeakPassword, match="four or five words"):
        require_good_password(password, name="ann.lee")


@pytest.mark.parametrize(
    "password",
    [GOOD, "四五个互不相关的词语连在一起就好了", "uT5#kk2!vPq09-zR", "no digits are asked for"],
)
def test_a_long_password_needs_no_mixture_of_characters(password: str) -> None:
    require_good_password(password, name="ann.lee")


def test_every_role_has_scopes_and_a_description() -> None:
    assert set(ROLES) == set(Role)
    assert Scope.MERCHANDISER not in scopes_of(Role.VIEWER)
    assert not scopes_of(Role.DESK) & {Scope.MERCHANDISER, Scope.CATALOGUE, Scope.ADMIN}


def test_names_are_plain_and_there_once(accounts: AccountStore) -> None:
    accounts.create("ann", Role.VIEWER, at_us=NOW)
    with pytest.raises(Conflict, match="accounts password ann"):
        accounts.create("ann", Role.ENGINEER, at_us=NOW)
    for bad in ("", "Ann", "an n", "../ann", "x" * 65, "安"):
        with pytest.raises(BadInput, match="lower-case"):
            accounts.create(bad, Role.VIEWER, at_us=NOW)
    for change in (accounts.enable, accounts.delete):
        with pytest.raises(NotFound, match="accounts list"):
            change("bob")


def test_a_link_sets_one_password_within_a_day(accounts: AccountStore) -> None:
    accounts.create("ann", Role.VIEWER, at_us=NOW)
    first, link = accounts.invite("ann", at_us=NOW), accounts.invite("ann", at_us=NOW)
    assert accounts.invited(first, at_us=NOW) is None  # a newer one was made
    assert accounts.invited(link, at_us=NOW + DAY) is None
    found = accounts.invited(link, at_us=NOW + DAY - 1)
    assert found is not None
    assert found.state == "invited"
    assert accounts.accept(link, "hash", at_us=NOW).state == "active"
    with pytest.raises(NotFound, match="used already"):
        accounts.accept(link, "another", at_us=NOW)
    kept = accounts.find("ann")
    assert kept is not None
    assert kept[1] == "hash"


def test_a_link_of_a_disabled_account_opens_nothing(accounts: AccountStore) -> None:
    accounts.create("ann", Role.VIEWER, at_us=NOW)
    accounts.disable("ann", at_us=NOW)
    link = accounts.invite("ann", at_us=NOW)
    assert accounts.invited(link, at_us=NOW) is None


def test_a_session_ends_when_it_rests_and_when_it_is_old(
    accounts: AccountStore, sessions: SessionStore
) -> None:
    ann = accounts.create("ann", Role.VIEWER, at_us=NOW, password_hash="hash")
    token = sessions.start(ann, at_us=NOW, address="203.0.113.7", agent="Firefox")
    assert sessions.find(token, at_us=NOW + IDLE) is None
    at_us = NOW
    while at_us < NOW + MOST - 20 * MINUTE:  # used every twenty minutes
        at_us += 20 * MINUTE
        if at_us < NOW + MOST:
            assert sessions.find(token, at_us=at_us) is not None
    assert sessions.find(token, at_us=NOW + MOST) is None
    assert sessions.find("another token", at_us=NOW) is None


def test_a_session_of_a_clock_that_was_far_ahead_is_not_believed(
    accounts: AccountStore, sessions: SessionStore
) -> None:
    ann = accounts.create("ann", Role.VIEWER, at_us=NOW, password_hash="hash")
    token = sessions.start(ann, at_us=NOW + 400 * DAY, address="-", agent="")
    assert sessions.find(token, at_us=NOW) is None


@pytest.mark.parametrize("what", ["disable", "delete", "password", "link"])
def test_whoever_loses_the_account_or_its_password_is_logged_out(
    what: str, file: AccountsFile, accounts: AccountStore, sessions: SessionStore
) -> None:
    ann = accounts.create("ann", Role.VIEWER, at_us=NOW, password_hash="hash")
    bob = accounts.create("bob", Role.VIEWER, at_us=NOW, password_hash="hash")
    token = sessions.start(ann, at_us=NOW, address="-", agent="")
    other = sessions.start(bob, at_us=NOW, address="-", agent="")
    if what == "disable":
        accounts.disable("ann", at_us=NOW)
        accounts.enable("ann")  # the old sessions do not come back
    elif what == "delete":
        accounts.delete("ann")
    elif what == "password":
        accounts.set_password("ann", "another")
    else:
        accounts.accept(accounts.invite("ann", at_us=NOW), "another", at_us=NOW)
    assert sessions.find(token, at_us=NOW) is None
    assert sessions.find(other, at_us=NOW) is not None


def test_a_role_counts_at_once_in_sessions_that_are_open(
    accounts: AccountStore, sessions: SessionStore
) -> None:
    ann = accounts.create("ann", Role.ENGINEER, at_us=NOW, password_hash="hash")
    token = sessions.start(ann, at_us=NOW, address="-", agent="")
    accounts.set_role("ann", Role.VIEWER)
    session = sessions.find(token, at_us=NOW)
    assert session is not None
    assert not session.account.allows(Scope.ADMIN)


def test_sessions_of_others_cannot_be_ended_and_an_account_has_a_bounded_number(
    accounts: AccountStore, sessions: SessionStore
) -> None:
    ann = accounts.create("ann", Role.VIEWER, at_us=NOW, password_hash="hash")
    bob = accounts.create("bob", Role.VIEWER, at_us=NOW, password_hash="hash")
    sessions.start(ann, at_us=NOW, address="-", agent="")
    anns = sessions.of_account(ann, at_us=NOW)
    with pytest.raises(NotFound):
        sessions.end(bob, anns[0].session_id)
    for n in range(40):
        sessions.start(ann, at_us=NOW + n, address="-", agent="x" * 5_000)
    kept = sessions.of_account(ann, at_us=NOW + 40)
    assert len(kept) == 20
    assert kept[0].created_at_us == NOW + 39  # newest first
    assert len(kept[0].agent) <= 200
    assert sessions.end_others(ann, kept[5].session_id) == 19


def test_rest_is_written_even_while_another_process_writes(
    tmp_path: Path, file: AccountsFile, accounts: AccountStore, sessions: SessionStore
) -> None:
    """A session is found in the event loop, which must wait for no other process."""
    ann = accounts.create("ann", Role.VIEWER, at_us=NOW, password_hash="hash")
    token = sessions.start(ann, at_us=NOW, address="-", agent="")
    other = sqlite3.connect(tmp_path / "accounts.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert sessions.find(token, at_us=NOW + 2 * MINUTE) is not None  # not written, and no wait
    other.execute("COMMIT")
    other.close()
    assert sessions.find(token, at_us=NOW + 2 * MINUTE) is not None
    assert sessions.of_account(ann, at_us=NOW)[0].seen_at_us == NOW + 2 * MINUTE
