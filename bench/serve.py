"""How fast one worker answers, with what a shop serves: click models, histories and features, over HTTP.

    python bench/serve.py                                  # the sample shop
    python bench/serve.py --data ../shared/data/icecat     # the real catalogue with a drawn history, and the sample shop
    python bench/serve.py --shop shop                      # a shop that is there already

Each shop is imported, checked, trained and released, then one worker serves it: the most searches a second that it can
answer are found, and then it is asked at half of that rate, at random moments that do not wait for answers (an open
loop: a slow answer delays no other request, so it cannot hide how long those wait). Every query is sent once. The open
loop runs several times, and the median of each figure over these rounds is reported.

Then two workers serve the shop, one with click models in the order of every page, one with them in none, and are asked for
the same pages in turns: ``cpu_ratio`` is the CPU time of a page with models over that of the same page without, for
searches, home pages and similar products, by visitors who have a history. ``--only-ratio`` measures this alone: on a machine that
others use, waits say nothing and CPU time still does.

``import_ratio`` is the CPU time of ``import baihuo.serve.app`` over that of the libraries below it.

``--without-history`` measures searches over the real catalogue alone, as a shop without any event serves them.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from suites.serve.compare import compare_pages
from suites.serve.learned import icecat_shop, sample_shop
from suites.serve.load import Connections, closed_loop, open_loop
from suites.serve.pages import paths, visitors
from suites.serve.shop import build_shop
from suites.serve.worker import SERVE_WITH_SETTINGS, cpu_s, import_cpu_s, peak_mb, served
from suites.shared.measure import emit


def main() -> None:
    ask = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    ask.add_argument("--data", type=Path, help="folder of the icecat zips")
    ask.add_argument("--shop", type=Path, help="a shop's folder, instead of shops that are made")
    ask.add_argument("--without-history", action="store_true", help="--data without events")
    ask.add_argument("--only-ratio", action="store_true", help="pages with and without models")
    ask.add_argument("--products", type=int, default=3_000, help="of the sample shop")
    ask.add_argument("--events", type=int, default=100_000, help="of each history")
    ask.add_argument("--seconds", type=float, default=20.0, help="of each open loop")
    ask.add_argument("--rounds", type=int, default=3, help="open loops; the median is reported")
    ask.add_argument("--callers", type=int, default=4, help="callers that find the maximum")
    ask.add_argument("--turns", type=int, default=5, help="with and without models")
    ask.add_argument("--pages", type=int, default=60, help="of a surface in a turn")
    ask.add_argument("--seed", type=int, default=7)
    ask.add_argument("--folder", type=Path, help="keep the shops here")
    arguments = ask.parse_args()
    if arguments.only_ratio and arguments.without_history:
        ask.error("--only-ratio needs a history: leave --without-history out")
    if arguments.without_history and arguments.data is None:
        ask.error("--without-history needs --data")
    with tempfile.TemporaryDirectory(prefix="baihuo-bench-") as folder:
        for name, shop in _shops(arguments, arguments.folder or Path(folder)):
            if not arguments.only_ratio:
                known = visitors(shop, seed=arguments.seed)
                with served(shop, SERVE_WITH_SETTINGS) as (port, pid):
                    asked = paths(shop, "search", known, seed=arguments.seed)
                    asyncio.run(_measure(name, port, pid, asked, arguments))
            if not arguments.without_history:
                compare_pages(
                    name,
                    shop,
                    turns=arguments.turns,
                    n_pages=arguments.pages,
                    seed=arguments.seed + 1,
                )
    if not arguments.only_ratio:
        _measure_imports()


def _measure_imports() -> None:
    libraries_s = import_cpu_s("fastapi, duckdb, pyarrow, onnxruntime")
    app_s = import_cpu_s("baihuo.serve.app")
    worker_s = import_cpu_s("baihuo.serve.app, baihuo.serve.lifespan")
    emit(import_ratio=app_s / libraries_s, app_s=app_s, worker_s=worker_s, libraries_s=libraries_s)


def _shops(arguments: argparse.Namespace, root: Path) -> Iterator[tuple[str, Path]]:
    """Names and folders; a shop is made when it is its turn."""
    sizes = {"n_events": arguments.events, "seed": arguments.seed, "progress": _show}
    if arguments.shop is not None:
        yield arguments.shop.name, arguments.shop
    elif arguments.without_history:
        build_shop(arguments.data, root / "shop", progress=_show)
        yield "icecat", root / "shop"
    else:
        if arguments.data is not None:
            yield "icecat", icecat_shop(arguments.data, root, **sizes).root
        yield "sample", sample_shop(root, n_products=arguments.products, **sizes).root


async def _measure(
    name: str, port: int, pid: int, asked: Iterator[str], arguments: argparse.Namespace
) -> None:
    connections = Connections(port)
    await closed_loop(connections, asked, callers=1, seconds=3.0)  # warm
    per_s = max(
        [
            await closed_loop(connections, asked, callers=n, seconds=5.0)
            for n in (1, arguments.callers, 2 * arguments.callers)
        ]
    )
    dice = np.random.default_rng(arguments.seed)
    rounds: list[tuple[float, float, float, int]] = []
    for _ in range(arguments.rounds):
        cpu_before = cpu_s(pid)
        waits = await open_loop(connections, asked, per_s / 2, arguments.seconds, dice)
        p50, p99 = np.percentile(waits, [50, 99])
        cpu_ms = 1000 * (cpu_s(pid) - cpu_before) / len(waits)
        rounds.append((cpu_ms, float(p50), float(p99), len(waits)))
    connections.close()
    cpu_ms, p50_ms, p99_ms = (float(np.median([r[i] for r in rounds])) for i in range(3))
    emit(
        shop=name,
        page="search",
        cpu_ms=cpu_ms,
        p50_ms=p50_ms,
        p99_ms=p99_ms,
        peak_mb=peak_mb(pid),
        max_per_s=per_s,
        asked_per_s=per_s / 2,
        n=sum(r[3] for r in rounds),
        n_failed=connections.n_failed,
        p99_ms_of_rounds=[round(r[2], 1) for r in rounds],
    )


def _show(what: str, n_done: int, n_total: int) -> None:
    print(f"{what} {n_done}/{n_total}", file=sys.stderr, end="\r")


if __name__ == "__main__":
    main()
