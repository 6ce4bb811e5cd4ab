"""The log of a server: one id for a request in its answer and in every line, and nothing of who asked or what was typed."""

from __future__ import annotations

import json
import logging
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from fastapi.testclient import TestClient
from tests.serve.small_shop import copied
from tests.waiting import wait_until_ready

from baihuo.monitor import LogSettings, set_up_log
from baihuo.serve import ServeConfig, create_app


@pytest.fixture
def logged(built: Path, tmp_path: Path) -> Iterator[tuple[TestClient, Path]]:
    """An application that logs into a file, and a route that fails."""
    file = tmp_path / "log"
    before, root = sys.stdout, logging.getLogger()
    handlers, level = root.handlers, root.level
    with file.open("w") as out:
        sys.stdout = out
        try:
            set_up_log(LogSettings())
            app = create_app(copied(built, tmp_path), ServeConfig(seed=1, log=LogSettings()))

            @app.get("/fails")
            async def fails() -> None:
                typed = "secret words"
                raise RuntimeError("something broke" if typed else "")

            with TestClient(app, raise_server_exceptions=False) as client:
                wait_until_ready(client)
                yield client, file
        finally:
            sys.stdout = before
            root.handlers, root.level = handlers, level
            structlog.reset_defaults()


def lines_of(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


def test_a_request_has_one_id_in_its_answer_and_in_the_log(
    logged: tuple[TestClient, Path],
) -> None:
    client, file = logged
    sent = client.get("/v1/search?q=lamp", headers={"X-Request-Id": "proxy-0123.4"})
    assert sent.headers["x-request-id"] == "proxy-0123.4"
    made = client.head("/search?q=lamp").headers["x-request-id"]
    for bad in ("short", "x" * 65, "with space in it", 'quote"quote"'):
        answer = client.get("/v1/nothing", headers={"X-Request-Id": bad})
        assert re.fullmatch("[0-9a-f]{16}", answer.headers["x-request-id"])
    by_id = {line["request_id"]: line for line in lines_of(file) if line["event"] == "request"}
    page = by_id["proxy-0123.4"]
    assert (page["method"], page["route"], page["status"]) == ("GET", "/v1/search", 200)
    assert page["bytes"] == len(sent.content)
    assert page["ms"] > 0
    assert page["wait_ms"] >= 0
    assert by_id[made]["method"] == "HEAD"
    assert by_id[made]["bytes"] == 0


def test_a_failure_is_found_by_the_id_of_its_answer(logged: tuple[TestClient, Path]) -> None:
    client, file = logged
    answer = client.get("/fails")
    assert answer.status_code == 500
    assert "X-Request-Id" in answer.json()["fix"]
    [line] = [x for x in lines_of(file) if x.get("request_id") == answer.headers["x-request-id"]]
    assert (line["level"], line["status"], line["route"]) == ("error", 500, "/fails")


def test_nothing_of_who_asks_or_what_was_typed_is_in_the_log(
    logged: tuple[TestClient, Path],
) -> None:
    client, file = logged
    secrets = ("ann@example.com", "visitor-77", "q-4711", "13800138000", "wrong-token")
    client.get("/v1/search", params={"q": secrets[0], "visitor_id": secrets[1]})
    client.get("/search", params={"q": secrets[3]}, headers={"Cookie": f"visitor={secrets[1]}"})
    client.post("/v1/events", json={"events": [{"event_type": "click", "visitor_id": secrets[1]}]})
    client.get("/v1/search", params={"query_id": secrets[2], "nothing": secrets[0]})
    client.get(f"/v1/{secrets[0]}/{secrets[1]}")
    client.get("/v1/labels/next", headers={"Authorization": f"Bearer {secrets[4]}"})
    text = file.read_text()
    assert text.count("\n") >= 6
    assert [s for s in (*secrets, "testclient", "127.0.0.1") if s in text] == []


def test_health_that_is_well_is_not_worth_a_line(logged: tuple[TestClient, Path]) -> None:
    client, file = logged
    assert client.get("/readyz").is_success
    assert client.get("/healthz").is_success
    health = [line for line in lines_of(file) if line.get("route") in ("/healthz", "/readyz")]
    assert {line["status"] for line in health} <= {503}  # before it was ready


_PRINT = """
import logging, sys
from baihuo.monitor import LogSettings, set_up_log
set_up_log(LogSettings(format=sys.argv[1], level="warning"))
logging.getLogger("baihuo.x").warning("slow: %s s", 3)
logging.getLogger("baihuo.x").info("not worth it")
def broken(password):
    return 1 / 0
try:
    broken("hunter2")
except ZeroDivisionError:
    logging.getLogger("uvicorn.error").exception("failed")
"""


@pytest.mark.parametrize("form", ["json", "console"])
def test_records_of_libraries_come_out_in_the_same_form_without_values_of_variables(
    form: str,
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _PRINT, form], capture_output=True, text=True, check=True
    )
    assert "hunter2" not in done.stdout
    assert "not worth it" not in done.stdout
    assert "ZeroDivisionError" in done.stdout
    assert "slow: 3 s" in done.stdout
    if form == "json":
        first, second = map(json.loads, done.stdout.splitlines())
        assert (first["event"], first["level"], first["logger"]) == (
            "slow: 3 s",
            "warning",
            "baihuo.x",
        )
        assert second["exception"][0]["exc_type"] == "ZeroDivisionError"
