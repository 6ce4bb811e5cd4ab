"""Keys: made, shown once, replaced, revoked; what a server believes of them."""

from __future__ import annotations

import hashlib
import sqlite3
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baihuo.access import KeyRing, KeyStore, Scope
from baihuo.core import BadInput, Conflict, NotFound

NOW = 1_800_000_000_000_000
HOUR, DAY = 3_600_000_000, 86_400_000_000


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "keys.sqlite"


def test_a_key_opens_what_its_scopes_name_and_nothing_else(file: Path) -> None:
    token = KeyStore(file).create("erp", [Scope.CATALOGUE], at_us=NOW).token
    key = KeyRing(file).find(token, at_us=NOW)
    assert key is not None
    assert [scope for scope in Scope if key.allows(scope)] == [Scope.CATALOGUE]


def test_admin_opens_everything(file: Path) -> None:
    token = KeyStore(file).create("boss", [Scope.ADMIN], at_us=NOW).token
    key = KeyRing(file).find(token, at_us=NOW)
    assert key is not None
    assert all(key.allows(scope) for scope in Scope)


def test_no_file_holds_the_secret_and_nobody_else_may_read_it(file: Path) -> None:
    store = KeyStore(file)
    secret = store.create("erp", [Scope.ADMIN], at_us=NOW).token.split("_", 2)[2]
    for one in file.parent.iterdir():
        assert secret.encode() not in one.read_bytes()
        assert stat.S_IMODE(one.stat().st_mode) == 0o600, one.name
    assert (
        hashlib.sha256(secret.encode()).digest() in file.with_name(file.name + "-wal").read_bytes()
    )


def test_a_file_that_others_could_read_is_closed_to_them(file: Path) -> None:
    KeyStore(file).close()
    file.chmod(0o644)
    KeyStore(file).close()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@given(st.text(max_size=60))
def test_no_other_text_is_a_key(text: str) -> None:
    assert RING.find(text, at_us=NOW) is None


@given(st.data())
def test_a_token_with_one_character_changed_is_no_key(data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(TOKEN) - 1))
    character = data.draw(st.characters(min_codepoint=33, max_codepoint=126))
    changed = TOKEN[:place] + character + TOKEN[place + 1 :]
    assert (RING.find(changed, at_us=NOW) is not None) == (changed == TOKEN)


def test_an_expired_key_opens_nothing(file: Path) -> None:
    token = KeyStore(file).create("erp", [Scope.EVENTS], at_us=NOW, expires_at_us=NOW + DAY).token
    ring = KeyRing(file)
    assert ring.find(token, at_us=NOW + DAY - 1) is not None
    assert ring.find(token, at_us=NOW + DAY) is None


def test_a_key_that_another_process_revokes_opens_nothing_from_then_on(file: Path) -> None:
    store, ring = KeyStore(file), KeyRing(file)
    token = store.create("erp", [Scope.EVENTS], at_us=NOW).token
    assert ring.find(token, at_us=NOW) is not None
    store.revoke("erp", at_us=NOW + 1)
    assert ring.find(token, at_us=NOW + 2) is None


def test_rotating_leaves_the_old_key_valid_for_the_grace(file: Path) -> None:
    store, ring = KeyStore(file), KeyRing(file)
    old = store.create("erp", [Scope.EVENTS, Scope.SEARCH], at_us=NOW).token
    new = store.rotate("erp", at_us=NOW + DAY, grace_us=HOUR)
    assert new.token != old
    assert new.key.scopes == {Scope.EVENTS, Scope.SEARCH}
    assert ring.find(old, at_us=NOW + DAY + HOUR - 1) is not None
    assert ring.find(old, at_us=NOW + DAY + HOUR) is None
    assert ring.find(new.token, at_us=NOW + 900 * DAY) is not None


def test_rotating_never_makes_an_old_key_live_longer(file: Path) -> None:
    store, ring = KeyStore(file), KeyRing(file)
    old = store.create("erp", [Scope.EVENTS], at_us=NOW, expires_at_us=NOW + HOUR).token
    store.rotate("erp", at_us=NOW, grace_us=DAY)
    assert ring.find(old, at_us=NOW + HOUR) is None


def test_names_are_unique_among_valid_keys(file: Path) -> None:
    store = KeyStore(file)
    store.create("erp", [Scope.EVENTS], at_us=NOW)
    with pytest.raises(Conflict, match="keys rotate erp"):
        store.create("erp", [Scope.EVENTS], at_us=NOW)
    store.revoke("erp", at_us=NOW)
    store.create("erp", [Scope.EVENTS], at_us=NOW + 1)
    assert len(store.all_keys()) == 2


@pytest.mark.parametrize("name", ["", "ERP", "a b", "-x", "ключ", "x" * 65, "a\nb"])
def test_a_bad_name_is_refused(file: Path, name: str) -> None:
    with pytest.raises(BadInput, match="lower-case letters"):
        KeyStore(file).create(name, [Scope.EVENTS], at_us=NOW)


def test_a_key_of_an_advertiser_names_it_and_opens_nothing_else(file: Path) -> None:
    store = KeyStore(file)
    scopes = [Scope.ADVERTISER]
    made = store.create("acme", scopes, at_us=NOW, advertiser_id="acme")
    key = KeyRing(file).find(made.token)
    assert key is not None
    assert key.advertiser_id == "acme"
    assert [scope for scope in Scope if key.allows(scope)] == scopes
    rotated = store.rotate("acme", at_us=NOW, grace_us=0)
    assert rotated.key.advertiser_id == "acme"
    assert {k.advertiser_id for k in store.all_keys()} == {"acme"}
    for others, of in ((scopes, None), ([Scope.EVENTS], "acme"), ([*scopes, Scope.EVENTS], "acme")):
        with pytest.raises(BadInput, match="belong together"):
            store.create("other", others, at_us=NOW, advertiser_id=of)


def test_a_key_without_scope_or_with_a_past_end_is_refused(file: Path) -> None:
    with pytest.raises(BadInput, match="scope"):
        KeyStore(file).create("erp", [], at_us=NOW)
    with pytest.raises(BadInput, match="expired"):
        KeyStore(file).create("erp", [Scope.EVENTS], at_us=NOW, expires_at_us=NOW)


def test_revoking_or_rotating_what_is_not_there_says_so(file: Path) -> None:
    with pytest.raises(NotFound, match="keys list"):
        KeyStore(file).revoke("erp", at_us=NOW)
    with pytest.raises(NotFound, match="erp"):
        KeyStore(file).rotate("erp", at_us=NOW, grace_us=0)


def test_the_last_use_is_remembered_to_the_minute(file: Path) -> None:
    store, ring = KeyStore(file), KeyRing(file)
    token = store.create("erp", [Scope.EVENTS], at_us=NOW).token
    for second in range(50):
        ring.find(token, at_us=NOW + second * 1_000_000)
    assert store.all_keys()[0].last_used_at_us == NOW
    ring.find(token, at_us=NOW + 61_000_000)
    assert store.all_keys()[0].last_used_at_us == NOW + 61_000_000


def test_the_key_of_an_earlier_version_stays_valid_and_its_file_is_gone(
    file: Path, tmp_path: Path
) -> None:
    old = tmp_path / "team.key"
    old.write_text("open sesame\n")
    ring = KeyRing(file)
    assert ring.adopt(old, at_us=NOW) is not None
    assert not old.exists()
    key = ring.find("open sesame", at_us=NOW)
    assert key is not None
    assert key.allows(Scope.CATALOGUE)
    assert key.allows(Scope.MERCHANDISER)
    assert not key.allows(Scope.EVENTS)
    KeyStore(file).revoke("team", at_us=NOW)
    assert ring.find("open sesame", at_us=NOW + 1) is None


def test_a_scope_of_a_newer_version_is_ignored(file: Path) -> None:
    token = KeyStore(file).create("erp", [Scope.EVENTS], at_us=NOW).token
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE keys SET scopes = 'events telepathy'")
    key = KeyRing(file).find(token, at_us=NOW)
    assert key is not None
    assert key.scopes == {Scope.EVENTS}


def _example(folder: Path) -> tuple[str, KeyRing]:
    token = KeyStore(folder / "keys.sqlite").create("erp", [Scope.ADMIN], at_us=NOW).token
    return token, KeyRing(folder / "keys.sqlite")


@pytest.fixture(scope="module", autouse=True)
def _one_key(tmp_path_factory: pytest.TempPathFactory) -> None:
    global TOKEN, RING
    TOKEN, RING = _example(tmp_path_factory.mktemp("keys"))


TOKEN: str
RING: KeyRing
