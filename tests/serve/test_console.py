"""The console over HTTP: who gets in, who does not, and what each may see."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from fastapi.testclient import TestClient
from tests.serve.people import CHEAP, PASSWORD, Browser, accounts_of, csrf_in, make_account
from tests.serve.small_shop import copied

from baihuo.access import ConsoleSettings, Passwords, Role, read_entries, verify
from baihuo.core import ShopPaths
from baihuo.serve import ServeConfig, create_app
from baihuo.serve.console.layout import console_texts
from baihuo.serve.ids import now_us

_PAGES = ("/console", "/console/account", "/console/accounts")


@pytest.fixture(scope="module")
def shop(client: TestClient) -> Path:
    shop = Path(client.app.state.shop)  # type: ignore[attr-defined]
    for role in Role:
        make_account(shop, str(role), role)
    return shop


@pytest.fixture
def browser(client: TestClient, shop: Path) -> Browser:
    return Browser(client)


def entries_of(shop: Path, action: str) -> list[tuple[str, str]]:
    return [(e.actor, e.subject) for e in read_entries(ShopPaths(shop).audit_file, action=action)]


def test_there_is_no_console_until_there_is_an_account(built: Path, tmp_path: Path) -> None:
    with TestClient(create_app(copied(built, tmp_path), ServeConfig(seed=1))) as made:
        for path in (*_PAGES, "/console/login", "/console/invite?token=x"):
            assert made.get(path).status_code == 404
        assert made.post("/console/login").status_code == 404
        make_account(Path(made.app.state.shop), "ann", Role.VIEWER)  # type: ignore[attr-defined]
        assert made.get("/console/login").status_code == 200


def test_a_shop_may_do_without_a_console(built: Path, tmp_path: Path) -> None:
    shop, off = copied(built, tmp_path), ConsoleSettings(enabled=False)
    make_account(shop, "ann", Role.VIEWER)
    with TestClient(create_app(shop, ServeConfig(seed=1, console=off))) as made:
        assert made.get("/console/login").status_code == 404


def test_somebody_logs_in_goes_where_they_wanted_and_out_again(
    browser: Browser, shop: Path
) -> None:
    asked = browser.get("/console/account")
    assert (asked.status_code, asked.headers["location"]) == (
        303,
        "/console/login?next=%2Fconsole%2Faccount",
    )
    answer = browser.log_in("viewer", wanted="/console/account")
    assert (answer.status_code, answer.headers["location"]) == (303, "/console/account")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    page = browser.get("/console")
    assert "Hello, viewer" in page.text
    assert browser.get("/console/login").headers["location"] == "/console"
    token = browser.token
    assert browser.post("/console/logout", {"csrf": csrf_in(page)}).status_code == 303
    browser.take_token(token)  # a thief kept it
    assert browser.get("/console").headers["location"] == "/console/login"
    assert ("person viewer", "viewer") in entries_of(shop, "login")
    assert ("person viewer", "viewer") in entries_of(shop, "logout")


def test_names_are_typed_as_people_type_them(browser: Browser) -> None:
    assert browser.log_in("  Viewer ").status_code == 303


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_wrong_password_and_a_name_that_is_no_account_get_the_same_answer(
    client: TestClient, shop: Path, language: str
) -> None:
    accounts_of(shop).create(f"gone-{language}", Role.VIEWER, at_us=now_us(), password_hash="x")
    accounts_of(shop).disable(f"gone-{language}", at_us=now_us())
    accounts_of(shop).create(f"new-{language}", Role.VIEWER, at_us=now_us())
    answers = []
    for name in ("viewer", f"no-{language}", f"gone-{language}", f"new-{language}"):
        browser = Browser(client, language=language)
        answer = browser.log_in(name, "not the password of anybody")
        assert "baihuo-session" not in answer.headers.get("set-cookie", "")
        assert browser.get("/console").status_code == 303
        token = re.compile(r"[0-9a-f]{128}")
        answers.append((answer.status_code, token.sub("", answer.text).replace(name, "NAME")))
    assert len(set(answers)) == 1
    assert answers[0][0] == 401
    assert console_texts()[language]["error_WrongLogin"] in answers[0][1]


def test_an_unknown_name_takes_as_long_as_a_known_one(shop: Path) -> None:
    """The work is the same: argon2 runs once, with the same parameters."""
    runs: list[str] = []

    class Counted:
        """The hasher, and with which parameters it was asked."""

        def __init__(self) -> None:
            self._hasher = CHEAP

        def hash(self, text: str) -> str:
            return self._hasher.hash(text)

        def verify(self, kept: str, text: str) -> bool:
            runs.append(kept.rsplit("$", 2)[0])
            return self._hasher.verify(kept, text)

    passwords = Passwords(Counted())  # type: ignore[arg-type]
    kept = Passwords().hash(PASSWORD)
    for password_hash in (kept, None):
        assert not passwords.matches(password_hash, "wrong")
    assert len(runs) == 2
    assert runs[0] == runs[1]


def test_too_many_guesses_have_to_wait_and_are_one_entry_of_the_audit_log(
    client: TestClient, shop: Path
) -> None:
    browser, before = Browser(client), len(entries_of(shop, "login.refuse"))
    make_account(shop, "guessed", Role.VIEWER)
    statuses = [browser.log_in("guessed", f"guess {n}").status_code for n in range(8)]
    assert statuses[0] == 401
    assert statuses[-1] == 429
    answer = browser.log_in("guessed")  # the right one waits, too
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) >= 1
    assert len(entries_of(shop, "login.refuse")) <= before + 1
    assert verify(ShopPaths(shop).audit_file).seq > 0


def test_a_login_makes_a_new_token_and_ends_the_session_before(browser: Browser) -> None:
    """Session fixation: who put a token into the browser before does not share the session."""
    browser.take_token("chosen by somebody else")
    assert browser.logged_in("viewer").token != "chosen by somebody else"
    assert len(browser.token) >= 43  # 256 bits
    first = browser.token
    tab = Browser(browser.http)  # a form that was open before
    form = csrf_in(tab.get("/console/login"))
    tab.take_token(first)
    tab.post("/console/login", {"csrf": form, "name": "viewer", "password": PASSWORD})
    assert tab.token != first
    assert browser.get("/console").status_code == 303


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example.com"},
        {"Origin": "http://testserver.evil.example.com"},
        {"Origin": "http://testserver:8080"},
        {"Origin": "null"},
        {"Origin": "http://testserver", "Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_forms_of_other_sites_do_nothing_even_with_the_token(
    browser: Browser, headers: dict[str, str]
) -> None:
    login = {"csrf": csrf_in(browser.get("/console/login")), "name": "viewer", "password": PASSWORD}
    assert browser.post("/console/login", login, headers).status_code == 403
    browser.logged_in("viewer")
    answer = browser.post("/console/logout", {"csrf": browser.csrf}, headers)
    assert answer.status_code == 403
    assert "another site" in answer.text
    assert browser.get("/console").status_code == 200


@pytest.mark.parametrize("csrf", [None, "", "00", "0" * 64, "0" * 128, "0" * 1_000, "é"])
def test_forms_without_their_token_do_nothing(browser: Browser, csrf: str | None) -> None:
    form = {"other": "x"} if csrf is None else {"csrf": csrf}
    browser.get("/console/login")
    login = {**form, "name": "viewer", "password": PASSWORD}
    assert browser.post("/console/login", login).status_code == 403
    assert browser.post("/console/login", login, {}).status_code == 403  # an old browser
    browser.logged_in("viewer")
    assert browser.post("/console/logout", form).status_code == 403
    assert browser.get("/console").status_code == 200


def test_the_token_of_one_session_is_none_of_another(client: TestClient, shop: Path) -> None:
    ann, bob = Browser(client).logged_in("viewer"), Browser(client).logged_in("desk")
    assert ann.csrf != bob.csrf
    assert bob.post("/console/logout", {"csrf": ann.csrf}).status_code == 403


def test_the_token_has_other_characters_on_every_page(browser: Browser) -> None:
    """Proxies compress pages, which also show what is in their address: sizes must not say what a token is (BREACH)."""
    browser.logged_in("viewer")
    first, second = browser.csrf, browser.csrf
    assert sum(a == b for a, b in zip(first, second, strict=True)) < 32  # of 128, by chance 8
    for csrf in (first, second):  # both are good
        assert browser.post("/console/account/sessions/others/end", {"csrf": csrf}).is_redirect


def test_what_is_no_form_is_refused(browser: Browser) -> None:
    browser.logged_in("viewer")
    headers = {"Content-Type": "application/json", "Origin": "http://testserver"}
    answer = browser.http.post("/console/logout", content=b"{}", headers=headers)
    assert answer.status_code == 422
    headers["Content-Type"] = "application/x-www-form-urlencoded"
    for body in (b"csrf=%ff%fe", b"&".join(b"a=1" for _ in range(1_000))):
        answer = browser.http.post("/console/logout", content=body, headers=headers)
        assert answer.status_code == 422


@pytest.mark.parametrize(
    "wanted",
    [
        "//evil.example.com",
        "///evil.example.com",
        "\\\\evil.example.com",
        "/\\evil.example.com",
        "https://evil.example.com",
        "https:evil.example.com",
        "javascript:alert(1)",
        "%2F%2Fevil.example.com",
        "%5C%5Cevil.example.com",
        "/%2Fevil.example.com",
        "/console//evil.example.com",
        "/console/..//evil.example.com",
        "/console@evil.example.com",
        "/console.evil.example.com",
        "/console\r\nSet-Cookie: a=b",
        "/console\t/",
        "/consoleevil",
        " //evil.example.com",
        "/search?q=x",
        "/console?" + "a" * 1_000,
    ],
)
def test_a_login_leads_to_pages_of_the_console_only(
    client: TestClient, shop: Path, wanted: str
) -> None:
    browser = Browser(client)
    csrf = csrf_in(browser.http.get("/console/login", params={"next": wanted}))
    form = {"csrf": csrf, "name": "viewer", "password": PASSWORD, "next": wanted}
    assert browser.post("/console/login", form).headers["location"] == "/console"
    answer = browser.http.get("/console/login", params={"next": wanted})
    assert answer.headers["location"] == "/console"


def test_every_answer_runs_no_script_is_in_no_frame_and_is_kept_nowhere(
    client: TestClient, shop: Path
) -> None:
    engineer, stranger = Browser(client).logged_in("engineer"), Browser(client)
    answers = [engineer.get(path) for path in _PAGES]
    answers += [
        stranger.get("/console/login"),
        stranger.get("/console"),
        stranger.get("/console/invite?token=x"),
    ]
    answers += [stranger.post("/console/login", {}), engineer.post("/console/account/password", {})]
    for answer in answers:
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script-src" not in policy
        assert "frame-ancestors 'none'" in policy
        assert "form-action 'self'" in policy
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert not re.search(r"<script|\son\w+=|style=|javascript:", answer.text)


def test_what_was_typed_is_shown_as_text(browser: Browser) -> None:
    answer = browser.log_in('"><script>alert(1)</script>', "x")
    assert "<script" not in answer.text
    assert "&lt;script&gt;" in answer.text


def test_behind_tls_cookies_are_bound_to_the_host(client: TestClient, shop: Path) -> None:
    secure = TestClient(client.app, base_url="https://testserver")
    browser = Browser(secure)
    csrf = csrf_in(browser.get("/console/login"))
    form = {"csrf": csrf, "name": "viewer", "password": PASSWORD}
    downgraded = browser.post("/console/login", form, {"Origin": "http://testserver"})
    assert downgraded.status_code == 403
    answer = browser.post("/console/login", form, {"Origin": "https://testserver"})
    cookie = next(c for c in answer.headers.get_list("set-cookie") if "session" in c)
    assert cookie.startswith("__Host-baihuo-session=")
    assert "Secure" in cookie
    assert "Path=/" in cookie
    assert "Domain" not in cookie
    assert browser.get("/console").status_code == 200
    plain = Browser(secure)
    plain.take_token(browser.http.cookies["__Host-baihuo-session"])
    assert plain.get("/console").status_code == 303  # one that a plain page could have set


def test_sessions_are_listed_and_ended_by_their_person_alone(
    client: TestClient, shop: Path
) -> None:
    make_account(shop, "ann", Role.VIEWER)
    first, second, third = (Browser(client).logged_in("ann") for _ in range(3))
    page = first.get("/console/account")
    ids = re.findall(r"sessions/([0-9a-f]{12})/end", page.text)
    assert len(ids) == 2  # one's own has no button
    other = Browser(client).logged_in("desk")
    assert (
        other.post(f"/console/account/sessions/{ids[0]}/end", {"csrf": other.csrf}).status_code
        == 404
    )
    assert (
        first.post(f"/console/account/sessions/{ids[1]}/end", {"csrf": first.csrf}).status_code
        == 303
    )
    assert second.get("/console").status_code == 303
    assert third.get("/console").status_code == 200
    assert (
        first.post("/console/account/sessions/others/end", {"csrf": first.csrf}).status_code == 303
    )
    assert third.get("/console").status_code == 303
    assert first.get("/console").status_code == 200


def test_a_changed_password_keeps_this_browser_with_another_token_and_ends_all_others(
    client: TestClient, shop: Path
) -> None:
    make_account(shop, "eve", Role.VIEWER)
    here, there = Browser(client).logged_in("eve"), Browser(client).logged_in("eve")
    before = here.token
    new = "seven quiet harbours wait"

    def change(current: str, chosen: str, again: str) -> Any:
        form = {"csrf": here.csrf, "password": current, "new": chosen, "again": again}
        return here.post("/console/account/password", form)

    assert change("wrong", new, new).status_code == 401
    assert "differ" in change(PASSWORD, new, new + "!").text
    weak = change(PASSWORD, "too short", "too short")
    assert weak.status_code == 422
    assert "too short" in weak.text
    assert there.get("/console").status_code == 200
    assert change(PASSWORD, new, new).status_code == 303
    assert here.token != before
    assert here.get("/console").status_code == 200
    assert there.get("/console").status_code == 303
    assert Browser(client).log_in("eve").status_code == 401
    assert Browser(client).log_in("eve", new).status_code == 303
    assert ("person eve", "eve") in entries_of(shop, "account.password")


def test_a_link_is_looked_at_without_harm_and_used_once(client: TestClient, shop: Path) -> None:
    accounts_of(shop).create("guest", Role.VIEWER, at_us=now_us())
    token = accounts_of(shop).invite("guest", at_us=now_us())
    for _ in range(3):  # a mail program that follows links
        page = Browser(client).get(f"/console/invite?token={token}")
        assert page.status_code == 200
    browser = Browser(client)
    form = {"csrf": csrf_in(browser.get(f"/console/invite?token={token}")), "token": token}
    weak = browser.post("/console/invite", {**form, "new": "short", "again": "short"})
    assert weak.status_code == 422
    good = {**form, "new": PASSWORD, "again": PASSWORD}
    assert browser.post("/console/invite", {**good, "token": "another"}).status_code == 404
    assert browser.post("/console/invite", good).headers["location"].startswith("/console/login")
    assert browser.post("/console/invite", good).status_code == 404
    assert Browser(client).get(f"/console/invite?token={token}").status_code == 404
    assert browser.log_in("guest").status_code == 303


@pytest.mark.parametrize("role", list(Role))
def test_each_role_sees_what_it_is_for(client: TestClient, shop: Path, role: Role) -> None:
    browser = Browser(client).logged_in(str(role))
    page = browser.get("/console").text
    is_engineer = role is Role.ENGINEER
    assert "Products" in page
    assert ("Newest entries of the audit log" in page) == is_engineer
    assert ("/v1/labels/report" in page) == (role is not Role.DESK)
    answer = browser.get("/console/accounts")
    assert answer.status_code == (200 if is_engineer else 403)
    assert ("Last login" in answer.text) == is_engineer


def test_the_start_page_has_the_figures_of_the_server_and_the_release(
    client: TestClient, shop: Path
) -> None:
    assert client.get("/v1/search?q=phone").is_success
    page = Browser(client).logged_in("engineer").get("/console").text
    live = client.get("/readyz").json()
    assert live["bundle_id"][:16] in page
    n_pages = re.search(r"Pages served</dt><dd>([\d,]+)", page)
    assert n_pages is not None
    assert int(n_pages[1].replace(",", "")) >= 1
    assert re.search(r"Products</dt><dd>9\d</dd>", page)
    assert "login" in page  # of the audit log


def test_a_hash_of_an_earlier_version_is_made_again_at_the_next_login(
    client: TestClient, shop: Path
) -> None:
    earlier = PasswordHasher(time_cost=2, memory_cost=8, parallelism=1)
    make_account(shop, "old", Role.VIEWER, hasher=earlier)
    before = accounts_of(shop).find("old")
    Browser(client).logged_in("old")
    after = accounts_of(shop).find("old")
    assert before is not None
    assert after is not None
    assert before[1] is not None
    assert after[1] is not None
    assert Passwords().is_outdated(before[1])
    assert not Passwords().is_outdated(after[1])
    assert Passwords(CHEAP).matches(after[1], PASSWORD)


def test_every_language_has_every_text() -> None:
    texts = console_texts()
    assert set(texts["zh"]) == set(texts["en"])
    for key, text in texts["en"].items():
        assert set(re.findall(r"{\w+}", text)) == set(re.findall(r"{\w+}", texts["zh"][key])), key


def test_head_is_answered_as_get(browser: Browser) -> None:
    assert browser.http.head("/console").headers["location"] == "/console/login"
    answer = browser.http.head("/console/login")
    assert (answer.status_code, answer.text) == (200, "")


def test_all_workers_share_sessions_and_attempts(built: Path, tmp_path: Path) -> None:
    shop, config = copied(built, tmp_path), ServeConfig(seed=1)
    make_account(shop, "ann", Role.VIEWER)
    with TestClient(create_app(shop, config)) as one, TestClient(create_app(shop, config)) as other:
        first, second = Browser(one).logged_in("ann"), Browser(other)
        second.take_token(first.token)
        assert "Hello, ann" in second.get("/console").text
        assert second.post("/console/logout", {"csrf": second.csrf}).status_code == 303
        assert first.get("/console").status_code == 303
        accounts_of(shop).disable("ann", at_us=now_us())
        statuses = [
            Browser(app).log_in("ann", f"guess {n}").status_code
            for n in range(4)
            for app in (one, other)
        ]
        assert statuses[:5] == [401] * 5
        assert 429 in statuses[5:]
