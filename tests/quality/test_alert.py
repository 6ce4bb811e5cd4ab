"""Whoever wants to know is told, and a run never waits for them."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from baihuo.cli.app import app
from baihuo.quality import QualityRules
from baihuo.quality.report.alert import alert, longest_seconds
from baihuo.quality.report.settings import AlertRules

pytestmark = pytest.mark.checks("schema")


@dataclass
class Hook:
    """A receiver on this machine that answers with ``codes``, one after the other."""

    url: str = ""
    codes: list[int] = field(default_factory=list)
    delay_s: float = 0.0
    bodies: list[dict[str, Any]] = field(default_factory=list)


@pytest.fixture
def hook() -> Iterator[Hook]:
    told = Hook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            told.bodies.append(json.loads(body))
            time.sleep(told.delay_s)
            self.send_response(told.codes.pop(0) if told.codes else 200)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    told.url = f"http://127.0.0.1:{server.server_port}/secret"
    yield told
    server.shutdown()
    server.server_close()


@pytest.fixture
def stopped(event: Callable[..., Any], cleaned: Callable[..., Any]) -> Any:
    """A report that stops training."""
    events = [event("dwell", i, dwell_ms=-1) for i in range(4)] + [event("click", 60)]
    return cleaned(events, rules=QualityRules(owner="data@shop")).report


def sent(report: Any, **rules: Any) -> None:
    thread = alert(report, AlertRules(**rules), where="2-clean")
    assert thread is not None
    thread.join(20)
    assert not thread.is_alive()


def test_a_stopped_run_tells_the_webhook_what_and_whom_to_ask(
    hook: Hook, event: Callable[..., Any], cleaned: Callable[..., Any]
) -> None:
    rules = QualityRules.model_validate(
        {"alerts": {"webhook": hook.url}, "schema": {"owner": "events team"}, "owner": "data@shop"}
    )
    cleaned([event("dwell", i, dwell_ms=-1) for i in range(4)] + [event("click", 60)], rules=rules)
    deadline = time.monotonic() + 60
    while not hook.bodies and time.monotonic() < deadline:
        time.sleep(0.01)
    [body] = hook.bodies
    assert (body["verdict"], body["owner"]) == ("stop", "data@shop")
    assert "events team" in body["owners"]
    assert any("schema touched" in words for words in body["stops"])
    cleaned([event("click", i * 60) for i in range(3)], rules=rules)
    time.sleep(0.1)
    assert len(hook.bodies) == 1  # nothing to tell


def test_a_receiver_that_is_busy_is_asked_again_and_one_that_refuses_is_not(
    hook: Hook, stopped: Any, caplog: pytest.LogCaptureFixture
) -> None:
    hook.codes = [503, 429, 200]
    sent(stopped, webhook=hook.url, retries=2)
    assert len(hook.bodies) == 3
    hook.bodies.clear()
    hook.codes = [403]
    with caplog.at_level(logging.WARNING):
        sent(stopped, webhook=hook.url, retries=2)
    assert len(hook.bodies) == 1
    assert "HTTP 403" in caplog.text
    assert "secret" not in caplog.text


def test_a_receiver_that_is_slow_or_away_holds_up_nobody(
    hook: Hook, stopped: Any, caplog: pytest.LogCaptureFixture
) -> None:
    hook.delay_s = 5
    rules = AlertRules(webhook=hook.url, timeout_seconds=0.1, retries=1)
    started = time.monotonic()
    thread = alert(stopped, rules, where="x")
    assert time.monotonic() - started < 4  # sooner than the receiver, on a busy machine too
    assert thread is not None
    thread.join(longest_seconds(rules) + 1)
    assert not thread.is_alive()
    sent(stopped, webhook="http://127.0.0.1:9/", timeout_seconds=0.2, retries=0)
    assert "was not delivered" in caplog.text


@pytest.mark.parametrize(
    ("kind", "words_at"),
    [("slack", ["text"]), ("feishu", ["content", "text"]), ("dingtalk", ["text", "content"])],
)
def test_each_kind_of_receiver_reads_its_own_words(
    hook: Hook, stopped: Any, kind: str, words_at: list[str]
) -> None:
    sent(stopped, webhook=hook.url, format=kind)
    said: Any = hook.bodies[0]
    for name in words_at:
        said = said[name]
    assert said.startswith("baihuo data quality: stop (2-clean)")


def test_only_what_was_asked_for_is_told(stopped: Any) -> None:
    assert alert(stopped, AlertRules(), where="x") is None
    with pytest.raises(ValueError, match="webhook"):
        AlertRules(webhook="ftp://x")


def test_a_check_of_files_without_alerts_sends_none(tmp_path: Path, hook: Hook) -> None:
    (tmp_path / "e.csv").write_text(
        "event_id,event_type,visitor_id,time\n" + "a,,v,2025-01-01\n" * 9
    )
    rules = tmp_path / "quality.yaml"
    rules.write_text(f"alerts: {{webhook: {hook.url}, least: warn}}\nmax_quarantined: 0.0\n")
    files = ["--events", str(tmp_path / "e.csv"), "--rules", str(rules)]
    for n, extra in enumerate(([], ["--no-alerts"])):
        CliRunner().invoke(app, ["check", *files, "--out", str(tmp_path / f"out{n}"), *extra])
        assert (tmp_path / f"out{n}" / "report.json").exists()
        assert len(hook.bodies) == 1
    of_shop = CliRunner().invoke(app, ["check", "--shop", str(tmp_path / "shop"), "--no-alerts"])
    assert "files alone" in str(of_shop.exception)
