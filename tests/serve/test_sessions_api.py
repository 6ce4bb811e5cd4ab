"""The JSON API by the session of somebody who is logged in, as pages of the console call it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.serve.people import OWN, Browser, make_account
from tests.serve.problems import problem_of
from tests.serve.small_shop import WITH_KEY

from baihuo.access import Role, read_entries
from baihuo.core import ShopPaths

_JUDGED = {"query_text": "phone", "product_id": "p1", "grade": 3}


@pytest.fixture(scope="module")
def shop(client: TestClient) -> Path:
    shop = Path(client.app.state.shop)  # type: ignore[attr-defined]
    for role in Role:
        make_account(shop, str(role), role)
    return shop


def headers(browser: Browser) -> dict[str, str]:
    return {**OWN, "X-CSRF-Token": browser.csrf}


def judge(browser: Browser, rater: str, **values: Any) -> Any:
    body = {"judgements": [{**_JUDGED, "rater": rater, **values}]}
    return browser.http.post("/v1/labels", json=body, headers=headers(browser))


@pytest.mark.parametrize(
    ("role", "method", "path", "status"),
    [
        (None, "GET", "/v1/labels/report", 401),
        (Role.VIEWER, "GET", "/v1/labels/report", 200),
        (Role.VIEWER, "GET", "/v1/labels/next?rater=viewer", 403),
        (Role.VIEWER, "GET", "/v1/quality/quarantine", 403),
        (Role.VIEWER, "POST", "/v1/labels", 403),
        (Role.VIEWER, "DELETE", "/v1/products/p90", 403),
        (Role.DESK, "GET", "/v1/labels/report", 403),
        (Role.DESK, "DELETE", "/v1/products/p90", 403),
        (Role.MERCHANDISER, "GET", "/v1/labels/report", 200),
        (Role.MERCHANDISER, "DELETE", "/v1/products/p90", 403),
        (Role.ENGINEER, "GET", "/v1/labels/report", 200),
        (Role.ENGINEER, "DELETE", "/v1/products/p91", 200),
    ],
)
def test_a_session_may_do_what_its_role_may(
    client: TestClient, shop: Path, role: Role | None, method: str, path: str, status: int
) -> None:
    browser = Browser(client)
    sent = dict(OWN) if role is None else headers(browser.logged_in(str(role)))
    answer = browser.http.request(method, path, headers=sent)
    assert answer.status_code == status, answer.text
    if status == 403:
        assert f"{role} has the role {role}" in answer.text
        assert "baihuo accounts role" in answer.text


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"X-CSRF-Token": "0" * 128},
        {**OWN, "X-CSRF-Token": ""},
        {"Sec-Fetch-Site": "cross-site", "with": "token"},
        {"Origin": "https://evil.example.com", "with": "token"},
    ],
)
def test_a_write_of_a_session_needs_its_token_and_our_own_page(
    client: TestClient, shop: Path, sent: dict[str, str]
) -> None:
    browser = Browser(client).logged_in("engineer")
    if sent.pop("with", None):
        sent = {**sent, "X-CSRF-Token": browser.csrf}
    problem_of(browser.http.delete("/v1/products/p92", headers=sent), 403)
    assert client.get("/v1/products/p92").status_code == 200


def test_pages_of_other_sites_read_nothing_by_a_session(client: TestClient, shop: Path) -> None:
    browser = Browser(client).logged_in("viewer")
    assert browser.get("/v1/labels/report").is_success  # typed, or by an old browser
    problem_of(browser.get("/v1/labels/report", **{"Sec-Fetch-Site": "cross-site"}), 403)
    problem_of(browser.get("/v1/labels/report", Origin="https://evil.example.com"), 403)


def test_people_judge_under_their_own_name_and_that_is_audited(
    client: TestClient, shop: Path
) -> None:
    browser = Browser(client).logged_in("merchandiser")
    refused = problem_of(judge(browser, "somebody else"), 403)
    assert "merchandiser is logged in" in refused["detail"]
    assert judge(browser, "merchandiser").is_success
    sent = headers(browser)
    problem_of(browser.http.get("/v1/labels/next?rater=ann", headers=sent), 403)
    by_key = {"judgements": [{**_JUDGED, "rater": "ann"}]}
    assert client.post("/v1/labels", json=by_key, headers=WITH_KEY).is_success
    entries = read_entries(ShopPaths(shop).audit_file, action="labels.record")
    assert [(e.actor, e.detail["n_new"]) for e in entries] == [
        ("person merchandiser", 1),
        ("key team", 1),
    ]


def test_people_decide_on_rows_under_their_own_name(client: TestClient, shop: Path) -> None:
    browser = Browser(client).logged_in("merchandiser")

    def decided_by(name: str) -> Any:
        body = {"rows": ["1:1"], "by": name, "why": "it is right"}
        return browser.http.post("/v1/quality/release", json=body, headers=headers(browser))

    assert "cannot decide as 'ann'" in problem_of(decided_by("ann"), 403)["detail"]
    missing = problem_of(decided_by("merchandiser"), 404)
    assert "'1:1' is not in quarantine" in missing["detail"]


def test_a_key_comes_before_a_session_and_a_wrong_key_is_not_healed_by_one(
    client: TestClient, shop: Path
) -> None:
    browser = Browser(client).logged_in("viewer")
    answer = browser.http.get("/v1/labels/next?rater=ann&n=1", headers=WITH_KEY)
    assert answer.is_success
    wrong = {"Authorization": "Bearer bh_0000000000_guess"}
    problem_of(browser.http.get("/v1/labels/report", headers=wrong), 401)


def test_an_engineer_who_shops_is_a_shopper_like_others(client: TestClient, shop: Path) -> None:
    """The storefront's scripts send events without the token: the session must neither help nor hinder them."""
    browser = Browser(client).logged_in("engineer")
    row = {"event_id": "by-engineer", "event_type": "click", "product_id": "p1"}
    browser.get("/")
    assert browser.http.post("/v1/events", json={"events": [row]}, headers=OWN).is_success


def test_a_session_that_ended_opens_nothing(client: TestClient, shop: Path) -> None:
    browser = Browser(client).logged_in("engineer")
    sent, token = headers(browser), browser.token
    browser.post("/console/logout", {"csrf": browser.csrf})
    browser.take_token(token)
    problem_of(browser.http.delete("/v1/products/p93", headers=sent), 401)
