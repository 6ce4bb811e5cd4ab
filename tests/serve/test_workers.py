"""Real processes on one shop: what one worker gets, the others know within a second."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from tests.serve.small_shop import WITH_KEY
from tests.waiting import slowness, wait_until

from baihuo import bundle
from baihuo.core import ShopPaths
from baihuo.events import EventLog, ServedLog


def until(seconds: float, is_so: Callable[[], bool]) -> float:
    """Wait until ``is_so``, for at most ``seconds`` of an ordinary machine."""
    return wait_until(is_so, within_s=seconds * slowness(), what="too late", every_s=0.01)


def ids(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [r["product_id"] for r in answer.json()["results"]]


def click(visitor: str, product: str, n: int = 0) -> dict[str, Any]:
    return {
        "event_id": f"{visitor}-{product}-{n}",
        "event_type": "click",
        "visitor_id": visitor,
        "product_id": product,
        "surface": "home",
    }


def test_a_click_at_one_worker_changes_that_visitors_page_at_the_other(pair: Any) -> None:
    one, two = pair.by_worker()
    home = "/v1/recommend/home?visitor_id=anna&page_size=12"
    kettles = {f"p{i}" for i in range(96) if i % 4 == 1}

    def n_kettles() -> int:
        """On five pages, since chance moves one or two on each."""
        return sum(len(kettles & set(ids(two.get(home)))) for _ in range(5))

    before, other = ids(two.get(home)), ids(two.get(home.replace("anna", "ben")))
    n_before = n_kettles()
    batch = {"events": [click("anna", f"p{i}") for i in (1, 5, 9)]}  # kettles
    assert one.post("/v1/events", json=batch).json()["n_new"] == 3

    def reasons() -> set[str]:
        return {r["reason"] for r in two.get(home).json()["results"]}

    until(1.0, lambda: bool(reasons() - {"popular", "explore", "new", "in_catalogue"}))
    after = ids(two.get(home))
    assert after != before
    assert n_kettles() > n_before
    # Others see no change but by the little chance that exploration gives to every page.
    assert len(set(ids(two.get(home.replace("anna", "ben")))) & set(other)) >= 9


def test_stock_and_price_change_at_every_worker_within_a_second(pair: Any) -> None:
    one, two = pair.by_worker()
    search = "/v1/search?q=kettle&in_stock=true&page_size=50"
    assert "p1" in ids(two.get(search))
    answer = one.patch("/v1/products/p1", json={"stock_units": 0}, headers=WITH_KEY)
    assert answer.json() == {"product_id": "p1", "price_minor": 1137, "stock_units": 0}
    until(1.0, lambda: "p1" not in ids(two.get(search)))
    until(1.0, lambda: two.get(search).json()["total"] == 23)  # not only the last look knows it
    one.patch("/v1/products/p5", json={"price_minor": 1}, headers=WITH_KEY)
    cheapest = "/v1/search?q=kettle&sort=price_asc"
    until(1.0, lambda: ids(two.get(cheapest))[0] == "p5")
    shown = two.get(cheapest).json()["results"][0]["product"]
    assert shown["price_minor"] == 1


def test_a_new_product_is_found_at_every_worker_within_a_second(pair: Any) -> None:
    one, two = pair.by_worker()
    new = {"product_id": "new", "title_en": "Zanzibar teapot", "category": ["Home", "Kitchen"]}
    answer = one.post("/v1/products", json={"products": [new]}, headers=WITH_KEY)
    assert answer.json()["n_new"] == 1
    until(1.0, lambda: "new" in ids(two.get("/v1/search?q=zanzibar")))
    until(1.0, lambda: "new" in ids(one.get("/v1/search?q=zanzibar")))


def test_page_two_at_another_worker_never_repeats_page_one(pair: Any) -> None:
    one, two = pair.by_worker()
    search = "/v1/search?q=backpack&visitor_id=anna&page_size=6"
    first = one.get(search).json()
    time.sleep(0.05)
    one.post("/v1/events", json={"events": [click("anna", f"p{i}") for i in (90, 94, 86)]})
    seen = [r["product_id"] for r in first["results"]]
    for page, client in ((2, two), (3, one), (4, two)):
        answer = client.get(f"{search}&page={page}&query_id={first['query_id']}")
        seen += ids(answer)
        assert answer.json()["query_id"] == first["query_id"]
        assert answer.json()["total"] == first["total"]
    assert len(seen) == len(set(seen)) == 24 == first["total"]


def metrics_of(client: httpx.Client) -> str:
    time.sleep(1.1)  # a worker reads them once a second
    return client.get("/metrics").text


def count(metrics: str, name: str, **labels: str) -> float:
    families = text_string_to_metric_families(metrics)
    return sum(
        s.value
        for f in families
        for s in f.samples
        if s.name == name and labels.items() <= s.labels.items()
    )


def test_counts_are_those_of_all_workers(pair: Any) -> None:
    one, two = pair.by_worker()
    searched = {"route": "/v1/search", "method": "GET"}

    def counts(client: httpx.Client) -> list[float]:
        metrics = metrics_of(client)
        return [
            count(metrics, "baihuo_events_total", outcome="new"),
            count(metrics, "baihuo_pages_total", surface="search"),
            count(metrics, "baihuo_http_requests_total", status="200", **searched),
            count(metrics, "baihuo_http_request_seconds_count", **searched),
        ]

    before = counts(one)
    for n, client in enumerate((one, two, two)):
        client.post("/v1/events", json={"events": [click("carl", "p1", n)]})
        client.get("/v1/search?q=lamp")
    for client in (one, two):
        assert counts(client) == [n + 3 for n in before]


def test_every_worker_forgets_a_visitor(pair: Any) -> None:
    workers = pair.by_worker()

    def like_what_was_viewed() -> list[bool]:
        pages = [w.get("/v1/recommend/home?visitor_id=erin").json()["results"] for w in workers]
        return ["like_what_you_viewed" in {r["reason"] for r in page} for page in pages]

    batch = {"events": [click("erin", "p5", n) for n in range(2)]}
    assert workers[0].post("/v1/events", json=batch).json()["n_new"] == 2
    until(20.0, lambda: all(like_what_was_viewed()))
    workers[0].delete("/v1/visitors/erin")
    until(20.0, lambda: not any(like_what_was_viewed()))


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="finds workers in /proc")
def test_a_worker_that_dies_is_replaced_and_its_counts_and_acknowledged_events_stay(
    pair: Any,
) -> None:
    one, two = pair.by_worker()
    before = count(metrics_of(two), "baihuo_events_total", outcome="new")
    acknowledged: list[str] = []
    n_failed, is_over = 0, threading.Event()

    def send() -> None:
        nonlocal n_failed
        for n in range(10_000):
            event = click("dora", "p1", n)
            try:
                one.post("/v1/events", json={"events": [event]}).raise_for_status()
                acknowledged.append(event["event_id"])
            except httpx.TransportError:
                n_failed += 1
            if is_over.wait(0.005):
                return

    sender = threading.Thread(target=send)
    sender.start()
    until(30.0, lambda: len(acknowledged) > 20)
    dead = one.get("/readyz").json()["worker"]
    others = children(pair.process.pid)
    os.kill(dead, signal.SIGKILL)
    until(60.0, lambda: bool(children(pair.process.pid) - others))
    for successor in children(pair.process.pid) - others:
        os.kill(successor, signal.SIGKILL)  # as soon as it is there: healthy ones serve on
    assert two.get("/healthz").is_success
    is_over.set()
    sender.join(timeout=60)
    assert not sender.is_alive()
    again = pair.by_worker()
    assert len(again) == 2
    # A kill may leave an event stored that was neither counted nor acknowledged.
    n_new = count(metrics_of(again[0]), "baihuo_events_total", outcome="new") - before
    assert len(acknowledged) <= n_new <= len(acknowledged) + n_failed
    log = EventLog(ShopPaths(pair.shop).log)
    kept = [e.event_id for _, e in log.tail(0, limit=1_000_000)]
    log.close()
    assert len(kept) == len(set(kept))
    assert set(acknowledged) <= set(kept)


def children(pid: int) -> set[int]:
    """Workers of a server: its children that serve."""
    found = set()
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # it has just ended
                if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes():
                    found.add(int(child))
    return found


def ready(client: httpx.Client) -> dict[str, Any]:
    answer: dict[str, Any] = client.get("/readyz").json()
    return answer


def test_a_release_that_cannot_be_opened_leaves_the_old_one_serving(pair: Any) -> None:
    workers = pair.by_worker()  # each follows releases for itself
    live = bundle.read_live(ShopPaths(pair.shop).bundles)
    assert live is not None
    bundle.set_live(ShopPaths(pair.shop).bundles, "0" * 16, live.index_id)
    until(20.0, lambda: all("0000" in (ready(w)["refused"] or "") for w in workers))
    for worker in workers:
        assert ready(worker)["bundle_id"] == live.bundle_id
        assert ids(worker.get("/v1/search?q=phone"))
    bundle.roll_back(ShopPaths(pair.shop).bundles)
    until(20.0, lambda: all(ready(w)["refused"] is None for w in workers))


def test_a_damaged_index_leaves_the_old_one_serving_until_it_is_whole(pair: Any) -> None:
    workers, paths = pair.by_worker(), ShopPaths(pair.shop)
    live = bundle.read_live(paths.bundles)
    assert live is not None
    newer = paths.index / "newer"
    shutil.copytree(paths.index / live.index_id, newer)
    file = newer / "title_en.weights.npy"
    whole = file.read_bytes()
    file.write_bytes(whole[:-3] + bytes([whole[-3] ^ 64]) + whole[-2:])
    bundle.set_live(paths.bundles, live.bundle_id, newer.name)
    changed = "title_en.weights.npy was changed"
    until(20.0, lambda: all(changed in (ready(w)["refused"] or "") for w in workers))
    for worker in workers:
        assert ready(worker)["index_id"] == live.index_id
        assert "baihuo index" in ready(worker)["refused"]
        assert ids(worker.get("/v1/search?q=phone"))
    file.write_bytes(whole)
    until(20.0, lambda: all(ready(w)["index_id"] == newer.name for w in workers))
    assert all(ready(w)["refused"] is None for w in workers)
    bundle.set_live(paths.bundles, live.bundle_id, live.index_id)
    until(20.0, lambda: all(ready(w)["index_id"] == live.index_id for w in workers))


@pytest.mark.slow(reason="what the processes of all tests above took is counted where they end")
def test_a_release_and_a_rollback_under_load_fail_no_request_and_a_stop_drops_none(
    pair: Any,
) -> None:
    """The last of the tests of the two workers, which it stops."""
    server, shop = pair, pair.shop
    log = ServedLog(ShopPaths(shop).served_log)
    n_before = len(log.since(0, limit=1_000_000))
    index_id = bundle.read_live(ShopPaths(shop).bundles).index_id  # type: ignore[union-attr]
    bundles = [(shop / f"{n}.bundle").read_text() for n in ("first", "second")]
    answers: list[tuple[float, int, str]] = []
    is_over = threading.Event()

    def shopper(number: int) -> None:
        client, n = server.client(), 0
        deadline = time.monotonic() + 180
        while not is_over.is_set():
            assert time.monotonic() < deadline, "the test did not end"
            n += 1
            answer = client.get(f"/v1/search?q=lamp {number} {n}&visitor_id=v{number}")
            known = answer.json().get("bundle_id", answer.text)
            answers.append((time.perf_counter(), answer.status_code, known))
            time.sleep(0.1)  # or it would be the test that keeps the cores busy

    def newest_are_of(wanted: str) -> bool:
        return {known for _, _, known in answers[-4:]} == {wanted}

    threads = [threading.Thread(target=shopper, args=(i,)) for i in range(2)]
    for thread in threads:
        thread.start()
    release = partial(bundle.set_live, ShopPaths(shop).bundles, bundles[1], index_id)
    roll_back = partial(bundle.roll_back, ShopPaths(shop).bundles)
    for change, bundle_id in ((release, bundles[1]), (roll_back, bundles[0])):
        time.sleep(0.5)
        change()
        until(60.0, partial(newest_are_of, bundle_id))
    is_over.set()
    for thread in threads:
        thread.join(timeout=60)
        assert not thread.is_alive()
    assert {status for _, status, _ in answers} == {200}
    assert {known for _, _, known in answers} == set(bundles)
    assert len(answers) > 20
    assert server.stop() == 0
    pages = log.since(0, limit=1_000_000)[n_before:]
    log.close()
    assert len(pages) == len(answers)  # every page that left is in the log, with its features
    assert all(len(s.features) == len(s.page.placed) for _, s in pages)
