"""The console in a real browser, with and without scripts, by keyboard alone, in both languages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tests.serve.browser.conftest import CHROMIUM, Shopper, Store
from tests.serve.people import PASSWORD, accounts_of, make_account

from baihuo.access import Role
from baihuo.serve.ids import now_us

pytestmark = pytest.mark.skipif(
    not CHROMIUM.exists(), reason="needs Debian's chromium: apt-get install chromium"
)


@pytest.fixture(scope="module")
def staffed(store: Store) -> Iterator[Store]:
    for name, role in (("ann", Role.ENGINEER), ("bob", Role.VIEWER)):
        make_account(store.folder, name, role)
    yield store
    for account in accounts_of(store.folder).all_accounts():
        accounts_of(store.folder).delete(account.name)


def test_an_engineer_logs_in_by_keyboard_looks_around_and_logs_out(
    staffed: Store, shopper: Callable[..., Shopper]
) -> None:
    person = shopper("zh")
    page = person.page
    person.go("/console")
    assert page.evaluate("document.activeElement.id") == "name"
    page.keyboard.type("ann")
    page.keyboard.press("Tab")
    page.keyboard.type("not my password")
    page.keyboard.press("Enter")
    page.wait_for_selector("[role=alert]")
    assert "账号或密码不正确" in page.text_content("[role=alert]")
    person.complaints.clear()  # the browser complains of the 401
    assert page.evaluate("document.activeElement.id") == "password"  # the name stays
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("#audit-heading")
    assert "你好，ann" in page.text_content("h1")
    assert not page.evaluate("document.cookie.includes('baihuo-session')")
    page.click('nav a[href="/console/accounts"]')
    assert "bob" in page.text_content("table")
    page.click(".who button")
    page.wait_for_selector("#password")
    person.go("/console/accounts")
    page.wait_for_selector("#password")
    assert "next=%2Fconsole%2Faccounts" in page.url


def test_without_scripts_somebody_who_was_invited_sets_a_password_and_ends_another_session(
    staffed: Store, browser: Any
) -> None:
    accounts_of(staffed.folder).create("carol", Role.MERCHANDISER, at_us=now_us())
    token = accounts_of(staffed.folder).invite("carol", at_us=now_us())
    contexts = [browser.new_context(java_script_enabled=False) for _ in range(2)]
    first, second = (context.new_page() for context in contexts)
    first.goto(f"{staffed.url}/console/invite?token={token}")
    first.fill("#new", PASSWORD)
    first.fill("#again", PASSWORD)
    first.click("form button")
    first.wait_for_selector("[role=status]")
    for page in (first, second):
        page.goto(f"{staffed.url}/console/login")
        page.fill("#name", "carol")
        page.fill("#password", PASSWORD)
        page.click("main form button")
        page.wait_for_selector("#release-heading")
    first.click('nav a[href="/console/account"]')
    first.click(".rows form button")
    first.wait_for_selector("text=this browser")
    second.goto(f"{staffed.url}/console")
    second.wait_for_selector("#password")
    for context in contexts:
        context.close()


def test_every_field_has_a_label_every_page_one_heading_and_a_narrow_screen_needs_no_scrolling(
    staffed: Store, shopper: Callable[..., Shopper]
) -> None:
    person = shopper("zh", width=360, height=740)
    person.go("/console/login")
    for path in (
        "/console/login",
        *("/console", "/console/account", "/console/accounts", "/console/ads"),
    ):
        person.go(path)
        if path == "/console/login":
            person.page.fill("#name", "ann")
            person.page.fill("#password", PASSWORD)
        assert person.page.evaluate("document.querySelectorAll('h1').length") == 1
        unlabelled = person.page.evaluate(
            "[...document.querySelectorAll('input:not([type=hidden], [hidden])')]"
            ".filter(i => !i.labels.length && !i.ariaLabel).map(i => i.id)"
        )
        assert unlabelled == []
        wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert person.page.evaluate(wide) == 0
        if path == "/console/login":
            person.page.click("main form button")
            person.page.wait_for_selector("#release-heading")


def test_another_site_cannot_log_anybody_out(
    staffed: Store, shopper: Callable[..., Shopper]
) -> None:
    """With the token and all: the cookie does not come along (``SameSite``), so the form finds nobody to log out."""
    person = shopper("en")
    person.go("/console/login")
    person.page.fill("#name", "bob")
    person.page.fill("#password", PASSWORD)
    person.page.click("main form button")
    person.page.wait_for_selector("#release-heading")
    csrf = person.page.get_attribute('.who input[name="csrf"]', "value")
    elsewhere = staffed.url.replace("127.0.0.1", "localhost")  # another site to the browser
    person.page.goto(f"{elsewhere}/healthz")
    form = (
        f"const f = document.createElement('form'); f.method = 'post'; f.action = '{staffed.url}/console/logout';"
        f"f.innerHTML = '<input name=csrf value={csrf}>'; document.body.append(f); f.submit()"
    )
    with person.page.expect_navigation():
        person.page.evaluate(form)
    person.fetched.clear()  # localhost is ours, too
    person.complaints.clear()  # that page has no icon
    person.go("/console")
    assert "Hello, bob" in person.page.text_content("h1")
