"""A restore drill: a backup taken while events pour in, brought back, served."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.serve.servers import Server, connection
from tests.waiting import wait_until
from typer.testing import CliRunner

from baihuo.cli.app import app
from baihuo.core import ShopPaths
from baihuo.events import EventLog

_QUERIES = ("phone", "电水壶", "lamp for a desk", "backpack rain")


class Writer(threading.Thread):
    """Posts events until it is told to stop; knows those that the server acknowledged."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self.url, self.acknowledged, self.ends = url, list[str](), threading.Event()

    def run(self) -> None:
        with connection(self.url) as client:
            for n in range(1_000_000):
                if self.ends.is_set():
                    return
                names = [f"drill-{n}-{i}" for i in range(5)]
                events = [
                    {
                        "event_id": name,
                        "event_type": "search",  # of no product: no page depends on it
                        "visitor_id": f"v{n}",
                        "query_text": "phone",
                        "occurred_at_us": 1_700_000_000_000_000 + n,
                    }
                    for name in names
                ]
                answer = client.post("/v1/events", json={"events": events})
                assert answer.status_code == 200, answer.text
                self.acknowledged += names
                time.sleep(0.03)  # or it would be the test that keeps the cores busy


def command(*words: str) -> str:
    done = CliRunner().invoke(app, words)
    assert done.exception is None, done.output
    return done.stdout


def pages(server: Server) -> list[Any]:
    """What is found for each query and its score, in a fixed order: by relevance, exploration swaps neighbours."""
    found = []
    with connection(server.url) as client:
        for query in _QUERIES:
            asked = {"q": query, "visitor_id": "new"}
            page = client.get("/v1/search", params=asked).raise_for_status().json()
            by_price = {**asked, "sort": "price_asc"}
            cheap = client.get("/v1/search", params=by_price).raise_for_status().json()
            scores = {r["product_id"]: round(r["score"], 6) for r in page["results"]}
            prices = [(r["product_id"], r["product"]["price_minor"]) for r in cheap["results"]]
            found.append((page["total"], page["facets"], scores, prices))
    return found


@pytest.mark.slow(reason="two servers, and a backup under load")
def test_a_backup_under_load_comes_back_with_every_acknowledged_event_and_the_same_pages(
    shop: Path, tmp_path: Path, serve: Callable[..., Any]
) -> None:
    server = serve(shop, workers=1)
    writer = Writer(server.url)
    writer.start()
    wait_until(lambda: len(writer.acknowledged) >= 100)
    before = {*writer.acknowledged}
    command("backup", str(tmp_path / "backups"), "--shop", str(shop))
    after = len(writer.acknowledged)
    wait_until(lambda: len(writer.acknowledged) > after)  # nobody was held up for good
    writer.ends.set()
    writer.join(60)
    shown = pages(server)
    assert server.stop() == 0

    restored = tmp_path / "restored"
    command("restore", str(tmp_path / "backups"), "--shop", str(restored))
    state = json.loads(command("status", "--shop", str(restored), "--json"))
    assert state["live"]["bundle"]["bundle_id"] == (shop / "first.bundle").read_text()
    assert not state["problems"]

    log = EventLog(ShopPaths(restored).log)
    found = [event.event_id for _, event in log.tail(0, 1_000_000)]
    log.close()
    assert len(found) == len({*found})
    assert before <= {*found}
    assert found == [f"drill-{n}-{i}" for n in range(len(found) // 5) for i in range(5)]

    again = serve(restored, workers=1)
    assert pages(again) == shown
    assert all(total > 3 for total, *_ in shown)
