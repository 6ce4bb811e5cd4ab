"""Reads without a page: clients in a process of their own that ask for them without a pause, while a shopper asks for pages."""

from __future__ import annotations

import asyncio
import multiprocessing
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from itertools import cycle

import httpx

from baihuo.serve.traffic.settings import RateLimits
from suites.abuse.server import STRANGER, Server
from suites.overload.callers import Outcomes, closed_loop

_N_CLIENTS = 16
_RATES = RateLimits()  # of pages: reads are to have none that lets more through


def unrated_reads(server: Server, seconds: float) -> Mapping[str, object]:
    """Pages alone, then beside 16 clients of one address on the metrics, the API's document and the export of a visitor."""
    cookie = server.cookie(STRANGER)
    pages = server.pages("search")
    headers = {"X-Forwarded-For": STRANGER, "Cookie": f"visitor={cookie}"}
    reads = ("/metrics", "/openapi.json", f"/v1/visitors/{cookie}")
    alone = _pages(server, pages, seconds / 2)
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn) as attackers:
        attack = attackers.submit(_ask, server.port, reads, headers, seconds + 1.0)
        beside = _pages(server, pages, seconds)
        statuses = attack.result()
    line, line_alone = beside.line(), alone.line()
    n_rated = _RATES.address_burst + _RATES.address_per_s * (seconds + 1.0)
    server.figure(
        pages_p50_ratio=line["p50_ms"] / line_alone["p50_ms"],
        n_reads_beyond_rate=max(0.0, statuses.get("200", 0) - n_rated),
    )
    names = ("p50_ms", "p99_ms", "busy_p99_ms", "n_pages")
    before = {f"{name}_alone": line_alone[name] for name in names}
    return {"statuses": statuses, **{name: line[name] for name in names}, **before}


def _pages(server: Server, pages: Iterator[str], seconds: float) -> Outcomes:
    return asyncio.run(closed_loop(server.port, server.pid, pages, n=1, seconds=seconds))


def _ask(
    port: int, reads: tuple[str, ...], headers: Mapping[str, str], seconds: float
) -> dict[str, int]:
    """What came back, by status. Refusals are not waited for."""
    statuses, end = Counter[str](), time.monotonic() + seconds

    async def client(number: int) -> None:
        url = f"http://127.0.0.1:{port}"
        async with httpx.AsyncClient(base_url=url, headers=headers, timeout=60) as one:
            for path in cycle(reads[number % len(reads) :] + reads[: number % len(reads)]):
                if time.monotonic() > end:
                    break
                statuses[str((await one.get(path)).status_code)] += 1

    async def all_of_them() -> None:
        await asyncio.gather(*map(client, range(_N_CLIENTS)))

    asyncio.run(all_of_them())
    return dict(statuses)
