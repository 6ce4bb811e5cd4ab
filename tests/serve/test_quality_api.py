"""Quarantine over HTTP: with the key only, from the list to a clean row."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.quality.chosen import few_checks, only
from tests.serve.people import OWN, Browser, make_account

from baihuo import connect
from baihuo.access import Role, read_entries
from baihuo.core import ShopPaths
from baihuo.engine import DuckTables
from baihuo.quality import CleanOptions, Overrides, clean
from baihuo.serve import ServeConfig, create_app

AT_US = 1_750_000_000_000_000


GROUPS = ("schema", "orphans")


def check(shop: Path) -> None:
    clean(
        DuckTables(threads=1),
        events=connect.segments(ShopPaths(shop).raw, "events"),
        products=connect.segments(ShopPaths(shop).raw, "products"),
        out=ShopPaths(shop).clean,
        rules=only(*GROUPS),
        options=CleanOptions(overrides=Overrides.of(connect.imports(ShopPaths(shop).raw))),
    )


def make_quarantined(tmp_path: Path) -> None:
    """A shop whose event 2:4 bought nothing."""
    (tmp_path / "p.jsonl").write_text('{"product_id": "p1", "title": "One"}\n')
    rows: list[dict[str, Any]] = [
        {
            "event_id": f"e{i}",
            "event_type": "click",
            "visitor_id": "v",
            "product_id": "p1",
            "time": AT_US + i,
        }
        for i in range(3)
    ]
    rows.append({**rows[0], "event_id": "e3", "event_type": "purchase", "quantity": 0})
    (tmp_path / "e.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows))
    connect.import_files(
        [tmp_path / "p.jsonl", tmp_path / "e.jsonl"],
        raw=ShopPaths(tmp_path).raw,
        tables=DuckTables(threads=1),
        mask=lambda column: column,
    )
    few_checks(ShopPaths(tmp_path).rules_file, *GROUPS)  # of previews
    check(tmp_path)
    ShopPaths(tmp_path).team_key_file.write_text("open sesame\n")
    (tmp_path / "mask.key").write_bytes(b"k" * 32)


@pytest.fixture(scope="session")
def quarantined(made_once: Callable[..., Path]) -> Path:
    """That shop; who writes takes a copy."""
    return made_once("quarantined", make_quarantined)


@pytest.fixture
def client(quarantined: Path, tmp_path: Path) -> Iterator[TestClient]:
    """An application on that shop."""
    shutil.copytree(quarantined, tmp_path, dirs_exist_ok=True)
    with TestClient(create_app(tmp_path, ServeConfig(seed=1))) as made:
        yield made


def request(client: TestClient, method: str, path: str, **other: Any) -> Any:
    headers = {"Authorization": "Bearer open sesame"}
    return client.request(method, f"/v1/quality{path}", headers=headers, **other)


@pytest.mark.parametrize(
    "headers", [{}, {"Authorization": "Bearer guess"}, {"Authorization": "Basic b3BlbiBzZXNhbWU="}]
)
def test_without_the_key_nothing_is_answered(client: TestClient, headers: dict[str, str]) -> None:
    for path in ("/report", "/quarantine", "/quarantine/2:4", "/lineage/2:4"):
        answer = client.get(f"/v1/quality{path}", headers=headers)
        assert answer.status_code == 401
        assert "baihuo keys" in answer.json()["fix"]
    answer = client.post(
        "/v1/quality/release", headers=headers, json={"rows": ["2:4"], "by": "a", "why": "b"}
    )
    assert answer.status_code == 401


def test_a_shop_without_a_key_lets_nobody_in(client: TestClient, tmp_path: Path) -> None:
    ShopPaths(tmp_path).team_key_file.write_text("")
    assert client.get("/v1/quality/report", headers={"Authorization": "Bearer "}).status_code == 401


def test_a_row_goes_from_quarantine_to_clean_over_http(client: TestClient, tmp_path: Path) -> None:
    assert request(client, "GET", "/report").json()["tables"]["events"]["n_quarantined"] == 1
    page = request(client, "GET", "/quarantine").json()
    assert page["counts"] == [
        {"table": "events", "step": "schema", "check": "bad_quantity", "n": 1}
    ]
    assert [r["row_id"] for r in page["rows"]] == ["2:4"]
    assert request(client, "GET", "/quarantine/2:4").json()["values"]["quantity"] == 0
    decision = {"by": "ann", "why": "the till"}
    assert (
        request(
            client, "POST", "/quarantine/2:4/fix", json={**decision, "values": {"colour": "red"}}
        ).status_code
        == 422
    )
    corrected = request(
        client, "POST", "/quarantine/2:4/fix", json={**decision, "values": {"quantity": "2"}}
    )
    assert corrected.json() == {"rows": ["3:1"]}
    again = request(client, "POST", "/release", json={**decision, "rows": ["2:4"]})
    assert again.status_code == 409
    check(tmp_path)
    [story] = request(client, "GET", "/lineage/2:4").json()
    assert (story["now"], story["where"][:15]) == ("merged", "merged into 3:1")
    assert request(client, "GET", "/lineage/e3", params={"table": "products"}).status_code == 404


def test_what_is_not_there_is_a_problem_document(client: TestClient) -> None:
    for path in ("/quarantine/9:9", "/lineage/nobody"):
        answer = request(client, "GET", path)
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"
    assert request(client, "GET", "/quarantine/x").status_code == 422


def test_a_person_fixes_a_row_and_stands_in_the_audit_log(
    client: TestClient, tmp_path: Path
) -> None:
    make_account(tmp_path, "carol", Role.MERCHANDISER)
    browser = Browser(client).logged_in("carol")
    path, fixed = (
        "/v1/quality/quarantine/2:4/fix",
        {"values": {"quantity": "2"}, "why": "the till"},
    )
    headers = {**OWN, "X-CSRF-Token": browser.csrf}
    for by, status in (("ann", 403), ("carol", 200)):
        answer = browser.http.post(path, json={**fixed, "by": by}, headers=headers)
        assert answer.status_code == status, answer.text
    entries = read_entries(ShopPaths(tmp_path).audit_file, action="quarantine")
    assert [(e.actor, e.action, e.subject) for e in entries] == [
        ("person carol", "quarantine.fix", "2:4")
    ]
