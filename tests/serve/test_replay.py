"""A row that came back from quarantine counts in running servers: once, at every worker, also when one is killed or the check was."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.quality.chosen import few_checks
from tests.serve.servers import Server, started
from tests.serve.small_shop import WITH_KEY, copied, events, products
from tests.serve.test_workers import count, metrics_of
from tests.waiting import wait_until

from baihuo import flow
from baihuo.core import ShopPaths
from baihuo.events import ServedLog
from baihuo.features import read_replay
from baihuo.flow import checking
from baihuo.settings import Shop

GROUPS = ("schema", "duplicates", "orphans", "sessions")


def checked(built: Path, folder: Path) -> Shop:
    """The small shop with its rows imported and checked, and released over them."""
    shop = Shop(copied(built, folder))
    shop.settings_file.write_text(json.dumps({"engine": {"threads": 1}}))
    few_checks(shop.rules_file, *GROUPS)
    rows: dict[str, list[Any]] = {"products": [*products()], "events": [*events()]}
    for name, made in rows.items():
        lines = [{n: getattr(row, n) for n in row.__dataclass_fields__} for row in made]
        texts = (
            json.dumps({n: v for n, v in line.items() if v not in (None, {}, ())}) for line in lines
        )
        (folder / f"{name}.jsonl").write_text("\n".join(texts) + "\n")
    flow.import_files(shop, [folder / "products.jsonl", folder / "events.jsonl"])
    assert flow.check(shop).stops == []
    return shop


@pytest.fixture(scope="module")
def server(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    shop = checked(built, tmp_path_factory.mktemp("replay"))
    server = started(shop.root, workers=2)
    server.shop = shop.root
    yield server
    assert server.stop() == 0


def own_check(shop: Shop, where: str) -> Path:
    """A check of the shop's own that takes some events."""
    file = shop.root / "checks" / "taken.sql"
    file.parent.mkdir(exist_ok=True)
    head = "-- table: events\n-- action: quarantine\n-- why: it is so\n-- fix: none\n"
    file.write_text(f"{head}SELECT import_id, line FROM events WHERE {where}\n")
    return file


def event(visitor: str, kind: str, product: str, **other: Any) -> dict[str, Any]:
    bought = {"price_minor": 900, "currency": "EUR", "quantity": 1} if kind == "purchase" else {}
    name = f"{visitor}-{kind}-{product}"
    return {
        "event_id": name,
        "event_type": kind,
        "visitor_id": visitor,
        "product_id": product,
        **bought,
        **other,
    }


def counted(client: httpx.Client, shop: Path, visitor: str) -> tuple[float, float]:
    """Purchases of a visitor, and those of product p2, by the features that a page was ranked with."""
    answer = client.get(f"/v1/search?q=backpack&page_size=50&visitor_id={visitor}").json()
    log = ServedLog(ShopPaths(shop).served_log)
    wait_until(lambda: log.get(answer["query_id"]) is not None)
    [page] = [p for _, p in log.since(0, limit=1_000_000) if p.query.query_id == answer["query_id"]]
    log.close()
    [row] = [n for n, placed in enumerate(page.page.placed) if placed.product_id == "p2"]
    values = dict(zip(page.feature_names, page.features[row].tolist(), strict=True))
    return values["visitor_purchases_90d"], values["own_purchases_365d"]


def fix(client: httpx.Client, row_id: str) -> httpx.Response:
    body = {"by": "ann", "why": "the till said so", "values": {"product_id": "p2"}}
    path = f"/v1/quality/quarantine/{row_id}/fix"
    return client.post(path, json=body, headers=WITH_KEY)


def row_in_quarantine(client: httpx.Client, visitor: str) -> str:
    found = client.get("/v1/quality/quarantine?check=unknown_product", headers=WITH_KEY).json()
    [row] = [r for r in found["rows"] if r["values"]["visitor_id"] == visitor]
    return str(row["row_id"])


def until_all_count(
    clients: list[httpx.Client], shop: Path, visitor: str, wanted: tuple[float, float]
) -> None:
    for client in clients:
        wait_until(lambda client=client: counted(client, shop, visitor) == wanted, every_s=0.3)  # type: ignore[misc]


def test_a_fixed_row_counts_once_at_every_worker_without_a_restart(server: Server) -> None:
    shop = Shop(server.shop)
    one, two = server.by_worker()
    bought = [event("zoe", "purchase", "gone-1"), event("zoe", "click", "p6")]
    assert one.post("/v1/events", json={"events": bought}).json()["n_new"] == 2
    until_all_count([one, two], shop.root, "zoe", (1, 0))  # of a product that nobody knows
    flow.check(shop)
    row_id = row_in_quarantine(two, "zoe")
    assert fix(two, row_id).status_code == 200
    assert fix(one, row_id).status_code == 409
    flow.check(shop)
    until_all_count([one, two], shop.root, "zoe", (1, 1))
    assert two.post("/v1/events", json={"events": [event("zoe", "purchase", "p2")]}).is_success
    until_all_count([one, two], shop.root, "zoe", (2, 2))  # what comes now counts on top
    assert count(metrics_of(one), "baihuo_replays_total") == 2  # once a worker


@pytest.mark.slow(reason="a worker is killed and another one takes its place")
def test_a_worker_that_is_killed_while_rows_come_back_counts_them_once(server: Server) -> None:
    shop = Shop(server.shop)
    one, two = server.by_worker()
    assert one.post("/v1/events", json={"events": [event("kim", "purchase", "gone-2")]}).is_success
    flow.check(shop)
    assert fix(two, row_in_quarantine(two, "kim")).status_code == 200
    victim = one.get("/readyz").json()["worker"]
    flow.check(shop)
    os.kill(victim, signal.SIGKILL)
    until_all_count(server.by_worker(), shop.root, "kim", (1, 1))


def test_a_row_that_a_rule_lets_in_counts_in_a_running_server(server: Server) -> None:
    shop = Shop(server.shop)
    one, two = server.by_worker()
    rule = own_check(shop, "visitor_id = 'lee'")
    assert one.post("/v1/events", json={"events": [event("lee", "purchase", "p2")]}).is_success
    flow.check(shop)  # a changed rule: servers start from the clean rows again, which lack this one
    until_all_count([one, two], shop.root, "lee", (0, 0))
    rule.unlink()
    flow.check(shop)
    until_all_count([one, two], shop.root, "lee", (1, 1))


def test_a_check_that_was_killed_before_it_asked_servers_asks_with_the_next(
    built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The state is made, and nobody was told: the next check tells them, of the same state."""
    shop = checked(built, tmp_path)
    before = read_replay(shop.replay_file)
    few_checks(shop.rules_file, *GROUPS, owner="ann")

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(checking, "write_replay", killed)
        with pytest.raises(KeyboardInterrupt):
            flow.check(shop)
    assert read_replay(shop.replay_file) == before
    [state] = shop.features.glob("state/*")
    made = (state / "meta.json").read_bytes()
    flow.check(shop)
    asked = read_replay(shop.replay_file)
    assert asked is not None
    assert asked != before
    assert (state / "meta.json").read_bytes() == made  # not made twice
    flow.check(shop)  # nothing came back since
    assert read_replay(shop.replay_file) == asked


def test_checks_that_stop_reach_no_server(built: Path, tmp_path: Path) -> None:
    shop = checked(built, tmp_path)
    before = read_replay(shop.replay_file)
    few_checks(shop.rules_file, *GROUPS, max_quarantined=0.0)
    own_check(shop, "event_type = 'click'")
    report = flow.check(shop)
    assert report.stops
    assert read_replay(shop.replay_file) == before
    assert before is not None
