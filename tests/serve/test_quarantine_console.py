"""The quarantine in the console: who may, what it shows, and every decision with its reason in the audit log."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.serve.people import Browser, csrf_in, make_account
from tests.serve.test_quality_api import check, request
from tests.serve.test_quality_api import client as client  # a fixture, as the next
from tests.serve.test_quality_api import quarantined as quarantined

from baihuo import connect
from baihuo.access import Role, read_entries
from baihuo.core import ShopPaths
from baihuo.engine import DuckTables

ROW = "/console/quarantine/events/2-4"


@pytest.fixture
def carol(client: TestClient, tmp_path: Path) -> Browser:
    make_account(tmp_path, "carol", Role.MERCHANDISER)
    return Browser(client).logged_in("carol")


def send(browser: Browser, action: str, **typed: str) -> Any:
    page = browser.get(ROW)
    values = {
        n.removeprefix("v-"): v
        for n, v in re.findall(r'<input id="(v-[a-z_]+)"[^>]* value="([^"]*)"', page.text)
    }
    form = {f"v.{n}": v for n, v in values.items()}
    form |= {(n if n == "why" else f"v.{n}"): v for n, v in typed.items()}
    return browser.post(f"{ROW}/{action}", {"csrf": csrf_in(page), **form})


def actions(shop: Path) -> list[tuple[str, str, str]]:
    entries = read_entries(ShopPaths(shop).audit_file, action="quarantine")
    return [(e.actor, e.action, e.subject) for e in entries]


def test_the_list_counts_by_check_with_reasons_and_marks_the_field_at_fault(carol: Browser) -> None:
    page = carol.get("/console/quarantine").text
    assert "bad_quantity" in page
    assert "1 to decide" in page
    assert "<mark>quantity: 0</mark>" in page
    assert ROW in page
    row = carol.get(ROW).text
    assert re.search(r'field is-at-fault">\s*<label for="v-quantity"', row)
    assert row.count("is-at-fault") == 1


def test_a_preview_says_what_the_checks_say_and_sends_nothing(
    carol: Browser, client: TestClient
) -> None:
    right = send(carol, "preview", quantity="2").text
    assert "This row would be used" in right
    assert 'name="v.quantity" value="2"' in right  # what was typed stays
    wrong = send(carol, "preview", quantity="-3").text
    assert "A check would take this row again" in wrong
    assert "bad_quantity" in wrong
    unknown = send(carol, "preview", quantity="2", product_id="p9").text
    assert "unknown_product" in unknown
    refused = send(carol, "preview", quantity="two").text
    assert "The import would refuse this row" in refused
    assert request(client, "GET", "/quarantine/2:4").json()["waiting"] is None


def test_a_row_is_fixed_with_a_reason_once(
    carol: Browser, client: TestClient, tmp_path: Path
) -> None:
    without = send(carol, "fix", quantity="2")
    assert without.status_code == 422
    assert "no reason was given" in without.text
    assert 'name="v.quantity" value="2"' in without.text
    unread = send(carol, "fix", quantity="two", why="the till")
    assert unread.status_code == 422
    assert "nothing was changed" in unread.text
    answer = send(carol, "fix", quantity="2", why="the till")
    assert (answer.status_code, answer.headers["location"]) == (
        303,
        "/console/quarantine?check=bad_quantity&done=fix",
    )
    assert "The fixed row was sent in" in carol.get(answer.headers["location"]).text
    assert "sent in again as 3:1" in carol.get(ROW).text
    again = send(carol, "fix", quantity="2", why="the till")
    assert again.status_code == 409
    check(tmp_path)
    [story] = request(client, "GET", "/lineage/3:1").json()
    assert story["sent_in"]["set"] == {"quantity": {"old": 0, "new": "2"}}
    assert story["sent_in"]["by"] == "carol"
    assert actions(tmp_path) == [("person carol", "quarantine.fix", "2:4")]


def test_a_row_is_accepted_as_it_is(carol: Browser, tmp_path: Path, client: TestClient) -> None:
    assert send(carol, "release", why="it was a gift").status_code == 303
    check(tmp_path)
    [story] = request(client, "GET", "/lineage/3:1").json()
    assert story["now"] == "clean"
    assert actions(tmp_path) == [("person carol", "quarantine.release", "2:4")]


def test_a_rejected_row_leaves_the_list_stays_out_and_can_still_be_fixed(
    carol: Browser, client: TestClient, tmp_path: Path
) -> None:
    assert send(carol, "reject").status_code == 422
    assert send(carol, "reject", why="a test of the till").status_code == 303
    assert "0 to decide" in carol.get("/console/quarantine").text
    rejected = carol.get("/console/quarantine?state=rejected").text
    assert "rejected by carol: a test of the till" in rejected
    check(tmp_path)  # the decision outlives checks
    assert request(client, "GET", "/quarantine").json() == {"counts": [], "rows": []}
    [row] = request(client, "GET", "/quarantine", params={"state": "rejected"}).json()["rows"]
    assert row["rejected"]["why"] == "a test of the till"
    body = {"rows": ["2:4"], "by": "ann", "why": "again"}
    assert request(client, "POST", "/reject", json=body).status_code == 409
    assert send(carol, "fix", quantity="1", why="it was no test").status_code == 303
    assert [action for _, action, _ in actions(tmp_path)] == [
        "quarantine.reject",
        "quarantine.fix",
    ]


def test_only_who_may_decide_comes_in_and_no_other_site_decides(
    client: TestClient, carol: Browser, tmp_path: Path
) -> None:
    make_account(tmp_path, "vic", Role.VIEWER)
    viewer = Browser(client).logged_in("vic")
    for path in ("/console/quarantine", ROW):
        assert viewer.get(path).status_code == 403
        assert Browser(client).get(path).headers["location"].startswith("/console/login?next=")
    assert "/console/quarantine" not in viewer.get("/console").text
    form = {"why": "x", "v.quantity": "2"}
    assert carol.post(f"{ROW}/fix", form).status_code == 403
    assert actions(tmp_path) == []


def test_what_is_not_there_is_a_page(carol: Browser) -> None:
    for path in ("events/9-9", "products/2-4"):
        answer = carol.get(f"/console/quarantine/{path}")
        assert answer.status_code == 404
        assert "not in quarantine" in answer.text
    assert carol.get("/console/quarantine?check=%3Cscript%3E&after=x").status_code == 200


def test_hostile_values_are_text(client: TestClient, tmp_path: Path) -> None:
    """A visitor wrote the row: nothing in it is run, and no field name leaves the form."""
    make_account(tmp_path, "carol", Role.MERCHANDISER)
    (tmp_path / "h.csv").write_text(
        'event_id,event_type,visitor_id,product_id,time,query_text\n"<i>1</i>",gaze,"""><script>x</script>",p1,1750000000000000,{{7*7}}\n'
    )
    connect.import_files(
        [tmp_path / "h.csv"],
        raw=ShopPaths(tmp_path).raw,
        tables=DuckTables(threads=1),
        mask=lambda column: column,
    )
    browser = Browser(client).logged_in("carol")
    for path in ("/console/quarantine", "/console/quarantine/events/3-2"):
        page = browser.get(path).text
        assert "<script>" not in page
        assert "<i>1</i>" not in page
        assert "&lt;i&gt;1&lt;/i&gt;" in page


def test_the_api_previews(client: TestClient) -> None:
    seen = request(client, "POST", "/quarantine/2:4/preview", json={"values": {"quantity": "2"}})
    assert seen.json()["is_clean"] is True
    seen = request(client, "POST", "/quarantine/2:4/preview", json={})
    assert [one["check"] for one in seen.json()["findings"]] == ["bad_quantity"]
    wrong = request(client, "POST", "/quarantine/2:4/preview", json={"values": {"colour": "red"}})
    assert wrong.status_code == 422
    assert "colour" in wrong.text


def test_the_page_after_a_form_can_be_loaded_again(carol: Browser) -> None:
    """Its language links, and a browser that loads it anew, ask for the address of the form."""
    for action in ("preview", "fix"):
        answer = carol.get(f"{ROW}/{action}?language=zh")
        assert (answer.status_code, answer.headers["location"]) == (303, ROW)
    page = carol.get(ROW).text
    assert "2025-06-15 15:06:40 UTC" in page  # times as people read them, beside the numbers
