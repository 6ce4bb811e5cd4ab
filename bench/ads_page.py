"""CPU of pages with ads beside the same pages without, in one worker on a released shop with campaigns; a JSON line a surface.

Pages of visitors with a history, the judged searches of ``bench/judged.py`` and products of the shop, in turns of ``--pages`` with and
without ads. ``ratio``: of the medians of the turns, CPU of the thread that makes them; ``ads``: on a page, mean; ``changed``: pages whose
products, order, total or facets the ads changed. The shop is copied: nothing is added to it.

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
from suites.judged.catalogue import Catalogue
from suites.judged.pooled import LANGUAGES
from suites.judged.writing import write_queries
from suites.shared.measure import emit

_VISITORS = """SELECT visitor_id AS value FROM events WHERE event_type IN ('click', 'purchase')
    GROUP BY 1 HAVING count(*) > 5 ORDER BY hash(visitor_id) LIMIT 60"""


def main() -> None:
    """Copy the shop, open a worker, and take turns."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shop", type=Path, required=True, help="A released shop with ads.")
    parser.add_argument("--pages", type=int, default=120, help="Of a turn.")
    parser.add_argument("--turns", type=int, default=4)
    parser.add_argument("--seed", type=int, default=5309, help="Of the searches.")
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
        _compare(worker, ShopPaths(shop), arguments)
        worker.close()


def _compare(worker: Worker, paths: ShopPaths, arguments: argparse.Namespace) -> None:
    n_pages, n_turns = arguments.pages, arguments.turns
    found = DuckTables().sql(_VISITORS, events=paths.clean_events)
    visitors = found.column("value").to_pylist()
    catalogue = Catalogue.read(paths.clean_products)
    searches = [
        judged.text
        for language in LANGUAGES
        for judged in write_queries(catalogue, language=language, seed=arguments.seed)
    ]
    products = list(worker.state().generation.row_of)[: 10 * n_pages : 10]
    begin: Any = worker.ads.begin
    for surface in Surface:
        of_turns: dict[bool, list[float]] = {True: [], False: []}
        n_ads = n_changed = 0
        organic: dict[str, object] = {}
        for turn in range(n_turns):
            at_us = now_us()
            for has_ads in (True, False):
                worker.ads.begin = begin if has_ads else lambda *_, **__: None  # type: ignore[method-assign]
                began = time.thread_time()
                for i in range(n_pages):
                    query = Query(
                        query_id=f"{surface}-{turn}-{i}",
                        surface=surface,
                        visitor_id=visitors[i % len(visitors)],
                        at_us=at_us,
                        query_text=searches[i % len(searches)] if surface is Surface.SEARCH else "",
                        product_id=products[i % len(products)]
                        if surface is Surface.SIMILAR
                        else None,
                    )
                    answered = worker.answer(query, is_continued=False)
                    n_ads += len(answered.ads)
                    page = answered.served.page
                    is_as = ([p.product_id for p in page.placed], page.total, page.facets)
                    n_changed += organic.setdefault(query.query_id, is_as) != is_as
                of_turns[has_ads].append((time.thread_time() - began) * 1e3 / n_pages)
        with_ads, without = (statistics.median(of_turns[has_ads]) for has_ads in (True, False))
        emit(
            bench="ads_page",
            surface=str(surface),
            ms_with=with_ads,
            ms_without=without,
            ratio=with_ads / without,
            ads=n_ads / (n_pages * n_turns),
            changed=n_changed,
            pages=n_pages * n_turns,
        )


if __name__ == "__main__":
    main()
