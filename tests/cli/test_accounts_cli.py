"""``baihuo accounts``, as an operator types it."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from typer.testing import CliRunner, Result

from baihuo import flow
from baihuo.access import AccountsFile, AccountStore, Passwords, WeakPassword
from baihuo.cli.app import app
from baihuo.core import BadInput, Conflict, NotFound, ShopPaths
from baihuo.settings import Shop

GOOD, OTHER = "copper lantern drifts north", "seven quiet harbours wait"


def run(shop: Path, *words: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(app, ["accounts", *words, "--shop", str(shop)], input=typed)


def printed(result: Result) -> str:
    assert result.exception is None, result.output
    return result.stdout.strip()


def listed(shop: Path) -> dict[str, tuple[str, str]]:
    rows = map(json.loads, printed(run(shop, "list", "--json")).splitlines())
    return {row["name"]: (row["role"], row["state"]) for row in rows}


def has_password(shop: Path, name: str, password: str) -> bool:
    found = AccountStore(AccountsFile(ShopPaths(shop).accounts_file)).find(name)
    assert found is not None
    return Passwords().matches(found[1], password)


def test_a_password_is_asked_for_twice_and_not_shown(tmp_path: Path) -> None:
    made = run(tmp_path, "create", "ann", "--role", "engineer", typed=f"{GOOD}\n{GOOD}\n")
    assert printed(made) == ""
    assert GOOD not in made.output
    assert has_password(tmp_path, "ann", GOOD)
    differs = run(tmp_path, "password", "ann", typed=f"{OTHER}\n{GOOD}\n{OTHER}\n{OTHER}\n")
    assert differs.exception is None  # asked for again
    assert has_password(tmp_path, "ann", OTHER)


def test_an_account_is_made_listed_changed_disabled_and_deleted(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text(f"{GOOD}\nanother line\n")
    printed(run(tmp_path, "create", "ann", "--role", "viewer", "--password-file", str(file)))
    assert has_password(tmp_path, "ann", GOOD)
    printed(run(tmp_path, "create", "bob", "--role", "desk", "--password-file", "-", typed=GOOD))
    assert has_password(tmp_path, "bob", GOOD)
    printed(run(tmp_path, "role", "ann", "engineer"))
    printed(run(tmp_path, "disable", "bob"))
    assert listed(tmp_path) == {"ann": ("engineer", "active"), "bob": ("desk", "disabled")}
    assert "engineer" in printed(run(tmp_path, "list"))
    printed(run(tmp_path, "disable", "bob", "--undo"))
    assert listed(tmp_path)["bob"] == ("desk", "active")
    printed(run(tmp_path, "delete", "bob"))
    assert set(listed(tmp_path)) == {"ann"}
    actions = [(e.action, e.subject) for e in flow.audit_entries(Shop(tmp_path))]
    assert actions == [
        ("account.create", "ann"),
        ("account.create", "bob"),
        ("account.role", "ann"),
        ("account.disable", "bob"),
        ("account.enable", "bob"),
        ("account.delete", "bob"),
    ]


def test_who_is_invited_gets_a_link_of_the_servers_address(tmp_path: Path) -> None:
    Shop(tmp_path).settings_file.write_text("serve: {port: 8123}\n")
    link = printed(run(tmp_path, "create", "ann", "--role", "viewer", "--invite"))
    assert link.startswith("http://127.0.0.1:8123/console/invite?token=")
    assert listed(tmp_path)["ann"] == ("viewer", "invited")
    site = "https://shop.example.com/"
    link = printed(run(tmp_path, "password", "ann", "--invite", "--url", site))
    assert link.startswith("https://shop.example.com/console/invite?token=")
    (token,) = parse_qs(urlsplit(link).query)["token"]
    accounts = AccountStore(AccountsFile(ShopPaths(tmp_path).accounts_file))
    assert accounts.invited(token, at_us=flow.now_us()) is not None
    assert all(token not in str(e) for e in flow.audit_entries(Shop(tmp_path)))


@pytest.mark.parametrize(
    ("words", "error", "match"),
    [
        (("create", "ann", "--role", "boss"), BadInput, "merchandiser"),
        (("create", "A N N", "--role", "viewer"), BadInput, "lower-case"),
        (("create", "there", "--role", "viewer", "--invite"), Conflict, "accounts password there"),
        (("create", "ann", "--role", "viewer", "--password-file", "none"), BadInput, "none"),
        (("create", "ann", "--role", "viewer", "--password-file", "-"), BadInput, "first line"),
        (("create", "ann", "--role", "viewer", "--url", "https://x"), BadInput, "--invite"),
        (("password", "there", "--invite", "--url", "shop"), BadInput, "https://"),
        (("password", "there", "--invite", "--password-file", "-"), BadInput, "exclude"),
        (("role", "nobody", "viewer"), NotFound, "accounts list"),
        (("role", "there", "boss"), BadInput, "viewer"),
        (("disable", "nobody"), NotFound, "nobody"),
        (("delete", "nobody"), NotFound, "nobody"),
    ],
)
def test_bad_words_get_an_error_with_a_fix(
    tmp_path: Path, words: tuple[str, ...], error: type[Exception], match: str
) -> None:
    printed(run(tmp_path, "create", "there", "--role", "viewer", "--invite"))
    result = run(tmp_path, *words, typed="")
    assert isinstance(result.exception, error), result.output
    assert match in str(result.exception)
    assert set(listed(tmp_path)) == {"there"}


def test_a_weak_password_makes_no_account(tmp_path: Path) -> None:
    made = run(tmp_path, "create", "ann", "--role", "viewer", "--password-file", "-", typed="short")
    assert isinstance(made.exception, WeakPassword)
    assert listed(tmp_path) == {}


def test_looking_at_a_mistyped_folder_makes_no_shop_of_it(tmp_path: Path) -> None:
    folder = tmp_path / "typo"
    assert run(folder, "list").exception is None
    for words in (("delete", "ann"), ("role", "ann", "viewer"), ("password", "ann", "--invite")):
        assert isinstance(run(folder, *words).exception, NotFound)
    assert not folder.exists()


def test_serve_says_what_to_type_while_there_is_no_account(tmp_path: Path) -> None:
    from baihuo.flow.serving import missing

    shop = Shop(tmp_path)
    assert any("baihuo accounts create" in line for line in missing(shop, "127.0.0.1"))
    printed(run(tmp_path, "create", "ann", "--role", "viewer", "--invite"))
    assert not any("accounts" in line for line in missing(shop, "127.0.0.1"))
