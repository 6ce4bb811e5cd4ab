"""CPU of pages with ads beside the same pages without, in one worker on a released shop with campaigns; a JSON line a surface.

Pages of visitors with a history, frequent searches and products of the shop, in turns of ``--pages`` with and without ads. ``ratio``: of
the medians of the turns, CPU of the thread that makes them; ``ads``: on a page, mean. The shop is copied: nothing is added to it.

    make demo ARGS=--once
    python bench/ads_page.py --shop shops/sample
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from baihuo.core import Query, ShopPaths, Surface, now_us
from baihuo.engine import DuckTables
from baihuo.monitor import Metrics
from baihuo.serve import ServeConfig
from baihuo.serve.worker.worker import Worker
from suites.shared.measure import emit

_VISITORS = """SELECT visitor_id AS value FROM events WHERE event_type IN ('click', 'purchase')
    GROUP BY 1 HAVING count(*) > 5 ORDER BY hash(visitor_id) LIMIT 60"""
_SEARCHES = """SELECT query_text AS value FROM events WHERE event_type = 'search' AND query_text <> ''
    GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 60"""


def main() -> None:
    """Copy the shop, open a worker, and take turns."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shop", type=Path, required=True, help="A released shop with ads.")
    parser.add_argument("--pages", type=int, default=60, help="Of a turn.")
    parser.add_argument("--turns", type=int, default=4)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-ads-page-") as name:
        shop = Path(name) / "shop"
        shutil.copytree(arguments.shop, shop, ignore=shutil.ignore_patterns("0-sample"))
        worker = Worker(shop, ServeConfig(seed=1), Metrics())
        worker.start()
        worker.wait_until_open(within_s=120)
        until = time.monotonic() + 20
        while not worker.ads.is_active and time.monotonic() < until:
            time.sleep(0.1)
        if not worker.ads.is_active:
            raise SystemExit(
                "the shop has no approved campaign: baihuo ads import, baihuo ads approve"
            )
        _compare(worker, ShopPaths(shop), arguments.pages, arguments.turns)
        worker.close()


def _compare(worker: Worker, paths: ShopPaths, n_pages: int, n_turns: int) -> None:
    tables, events = DuckTables(), paths.clean_events
    visitors, searches = (
        tables.sql(sql, events=events).column("value").to_pylist() for sql in (_VISITORS, _SEARCHES)
    )
    products = list(worker.state().generation.row_of)[: 10 * n_pages : 10]
    begin: Any = worker.ads.begin
    for surface in Surface:
        of_turns: dict[bool, list[float]] = {True: [], False: []}
        n_ads = 0
        for turn in range(n_turns):
            for has_ads in (True, False):
                worker.ads.begin = begin if has_ads else lambda *_, **__: None  # type: ignore[method-assign]
                began = time.thread_time()
                for i in range(n_pages):
                    query = Query(
                        query_id=f"{surface}-{turn}-{has_ads}-{i}",
                        surface=surface,
                        visitor_id=visitors[i % len(visitors)],
                        at_us=now_us(),
                        query_text=searches[i % len(searches)] if surface is Surface.SEARCH else "",
                        product_id=products[i % len(products)]
                        if surface is Surface.SIMILAR
                        else None,
                    )
                    n_ads += len(worker.answer(query, is_continued=False).ads)
                of_turns[has_ads].append((time.thread_time() - began) * 1e3 / n_pages)
        with_ads, without = (statistics.median(of_turns[has_ads]) for has_ads in (True, False))
        emit(
            bench="ads_page",
            surface=str(surface),
            ms_with=with_ads,
            ms_without=without,
            ratio=with_ads / without,
            ads=n_ads / (n_pages * n_turns),
        )


if __name__ == "__main__":
    main()
