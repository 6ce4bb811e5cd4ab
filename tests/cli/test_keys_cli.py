"""``baihuo keys`` and ``baihuo audit``, as an operator types them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from baihuo import flow
from baihuo.access import BrokenChain, KeyRing, Scope
from baihuo.cli.app import app
from baihuo.core import BadInput, NotFound, ShopPaths
from baihuo.settings import Shop


def run(shop: Path, *words: str) -> Result:
    return CliRunner().invoke(app, [*words, "--shop", str(shop)])


def printed(result: Result) -> str:
    assert result.exception is None, result.output
    return result.stdout.strip()


def test_a_key_is_made_listed_rotated_and_revoked(tmp_path: Path) -> None:
    token = printed(
        run(tmp_path, "keys", "create", "erp", "--scope", "catalogue", "--scope", "events")
    )
    ring = KeyRing(ShopPaths(tmp_path).keys_file)
    found = ring.find(token)
    assert found is not None
    assert found.scopes == {Scope.CATALOGUE, Scope.EVENTS}
    new = printed(run(tmp_path, "keys", "rotate", "erp", "--grace-hours", "0"))
    assert ring.find(token) is None
    assert ring.find(new) is not None
    rows = [json.loads(x) for x in printed(run(tmp_path, "keys", "list", "--json")).splitlines()]
    assert [(r["name"], r["state"]) for r in rows] == [("erp", "expired"), ("erp", "valid")]
    listed = run(tmp_path, "keys", "list").stdout
    assert "erp" in listed
    assert token not in listed
    assert new not in listed
    printed(run(tmp_path, "keys", "revoke", "erp"))
    assert ring.find(new) is None
    actions = [
        json.loads(x)["action"] for x in printed(run(tmp_path, "audit", "--json")).splitlines()
    ]
    assert actions == ["key.create", "key.rotate", "key.revoke"]


@pytest.mark.parametrize(
    ("words", "error", "match"),
    [
        (("keys", "create", "erp", "--scope", "everything"), BadInput, "merchandiser"),
        (("keys", "create", "E R P", "--scope", "admin"), BadInput, "lower-case"),
        (("keys", "revoke", "nobody"), NotFound, "keys list"),
        (("keys", "rotate", "nobody"), NotFound, "nobody"),
        (("audit", "--expect", "1:ab"), BadInput, "--verify"),
        (("audit", "--verify", "--expect", "1:ab"), BadInput, "SEQ:HASH"),
        (("quarantine", "key"), Exception, "keys create"),
    ],
)
def test_bad_words_get_an_error_with_a_fix(
    tmp_path: Path, words: tuple[str, ...], error: type[Exception], match: str
) -> None:
    result = run(tmp_path, *words)
    assert isinstance(result.exception, error)
    assert match in str(result.exception)


def test_looking_at_a_mistyped_folder_makes_no_shop_of_it(tmp_path: Path) -> None:
    folder = tmp_path / "typo"
    for words in (("keys", "list"), ("keys", "list", "--json"), ("audit",), ("audit", "--verify")):
        assert run(folder, *words).exception is None
    for words in (("keys", "revoke", "erp"), ("keys", "rotate", "erp")):
        assert isinstance(run(folder, *words).exception, NotFound)
    assert not folder.exists()


def test_the_audit_log_is_verified_by_its_head(tmp_path: Path) -> None:
    printed(run(tmp_path, "keys", "create", "erp", "--scope", "admin"))
    head = printed(run(tmp_path, "audit", "--verify"))
    printed(run(tmp_path, "keys", "revoke", "erp"))
    assert printed(run(tmp_path, "audit", "--verify", "--expect", head)).startswith("2:")
    ShopPaths(tmp_path).audit_file.unlink()
    result = run(tmp_path, "audit", "--verify", "--expect", head)
    assert isinstance(result.exception, BrokenChain)
    table = run(tmp_path, "audit")
    assert table.exception is None


def test_changed_settings_are_in_the_audit_log_once(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    flow.record_settings(shop)  # no file: nothing to say
    assert flow.audit_entries(shop) == []
    for text in ("name: A\n", "name: A\n", "name: B\n"):
        shop.settings_file.write_text(text)
        flow.record_settings(shop)
    entries = flow.audit_entries(shop)
    assert [(e.action, e.subject) for e in entries] == [("settings.change", "shop.yaml")] * 2


@pytest.mark.parametrize(
    ("host", "is_refused"),
    [
        ("127.0.0.1", False),
        ("127.8.9.1", False),
        ("::1", False),
        ("localhost", False),
        ("0.0.0.0", True),
        ("::", True),
        ("192.168.1.7", True),
        ("shop.example.com", True),
    ],
)
def test_a_server_that_others_reach_needs_a_key(
    tmp_path: Path, host: str, is_refused: bool
) -> None:
    shop = Shop(tmp_path)
    if is_refused:
        with pytest.raises(BadInput, match="keys create"):
            flow.require_keys_beyond_loopback(shop, host)
        flow.create_key(shop, "erp", [Scope.CATALOGUE])
    flow.require_keys_beyond_loopback(shop, host)
