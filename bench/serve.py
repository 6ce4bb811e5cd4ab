"""How fast one worker answers searches over the real catalogue, with distinct queries.

    python bench/serve.py --data ../shared/data/icecat

Builds a shop from the files, starts one worker, finds the most searches a second it can answer, and
then asks at half of that rate, at random moments that do not wait for answers (an open loop: a slow
answer delays no other request, so it cannot hide how long those wait). Every query is sent once. The
open loop runs several times, and the median of each figure over these rounds is reported.
``--shop`` measures a shop that is there already, with the models of its bundle.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import numpy as np

from suites.serve.load import Connections, closed_loop, open_loop
from suites.serve.shop import build_shop, distinct_queries
from suites.serve.worker import cpu_s, peak_mb, served
from suites.shared.measure import emit


def main() -> None:
    ask = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    ask.add_argument("--data", type=Path, help="folder of the icecat zips")
    ask.add_argument("--shop", type=Path, help="a shop's folder, instead of --data")
    ask.add_argument("--seconds", type=float, default=20.0, help="of each open loop")
    ask.add_argument("--rounds", type=int, default=3, help="open loops; the median is reported")
    ask.add_argument("--callers", type=int, default=4, help="callers that find the maximum")
    ask.add_argument("--seed", type=int, default=7)
    arguments = ask.parse_args()
    if (arguments.data is None) == (arguments.shop is None):
        ask.error("give --data or --shop")
    with tempfile.TemporaryDirectory(prefix="baihuo-bench-") as folder:
        shop = arguments.shop or Path(folder) / "shop"
        if arguments.data is not None:
            build_shop(arguments.data, shop, progress=_show)
        queries = distinct_queries(shop, seed=arguments.seed)
        with served(shop) as (port, pid):
            asyncio.run(_measure(port, pid, queries, arguments))


async def _measure(
    port: int, pid: int, queries: Iterator[str], arguments: argparse.Namespace
) -> None:
    connections = Connections(port)
    paths = (
        f"/v1/search?q={quote(query)}&visitor_id=v{i % 997}" for i, query in enumerate(queries)
    )
    await closed_loop(connections, paths, callers=1, seconds=3.0)  # warm
    per_s = max(
        [
            await closed_loop(connections, paths, callers=n, seconds=5.0)
            for n in (1, arguments.callers, 2 * arguments.callers)
        ]
    )
    dice = np.random.default_rng(arguments.seed)
    rounds: list[tuple[float, float, float, int]] = []
    for _ in range(arguments.rounds):
        cpu_before = cpu_s(pid)
        waits = await open_loop(connections, paths, per_s / 2, arguments.seconds, dice)
        p50, p99 = np.percentile(waits, [50, 99])
        cpu_ms = 1000 * (cpu_s(pid) - cpu_before) / len(waits)
        rounds.append((cpu_ms, float(p50), float(p99), len(waits)))
    connections.close()
    cpu_ms, p50_ms, p99_ms = (float(np.median([r[i] for r in rounds])) for i in range(3))
    emit(
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
