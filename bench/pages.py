"""CPU of a page, of this version and of another, in one run: searches, home pages, pages beside a product.

    git worktree add ../before COMMIT
    python bench/pages.py --shop SHOP --before ../before --before-shop ITS_SHOP

Both shops must be of the same products and visitors, each trained and released by its own version: a bundle may be read by the
version that wrote it only. One worker of each version serves at the same time; they are asked the same pages in turns, a block
of a surface each, the order of the two changing with every round. What is counted is the CPU time of the worker. Where the gate
of one version chose another order than that of the other, set `surfaces.home.order` and the like in both `shop.yaml`; a bundle
that orders by two models where the other has one costs more without any change of code (`order_by` of its `order.json`).

One JSON line a surface:

cpu_ms, before_cpu_ms   of a page, the median of the rounds
ratio                   of the two, the median of the rounds; `rounds` has that of each
n                       pages asked of each version
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from urllib.parse import urlencode

import numpy as np
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from suites.serve.load import Connections
from suites.serve.shop import distinct_queries
from suites.serve.worker import SERVE_WITH_SETTINGS, cpu_s, served
from suites.shared.measure import emit

SURFACES = ("search", "home", "home_of_newcomers", "similar")
FROM_TREE = "import sys; sys.path.insert(0, {src!r}); {serve}"


def main() -> None:
    ask = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    ask.add_argument("--shop", type=Path, required=True, help="served by this version")
    ask.add_argument("--before", type=Path, required=True, help="a checkout of the other version")
    ask.add_argument("--before-shop", type=Path, required=True, help="served by the other version")
    ask.add_argument("--pages", type=int, default=150, help="of a surface in a round")
    ask.add_argument("--rounds", type=int, default=5)
    ask.add_argument("--surfaces", default=",".join(SURFACES), help="with commas")
    ask.add_argument("--seed", type=int, default=7)
    arguments = ask.parse_args()
    src = str((arguments.before / "src").resolve())
    old = FROM_TREE.format(src=src, serve=SERVE_WITH_SETTINGS)
    paths = paths_of(arguments.shop, seed=arguments.seed)
    with (
        served(arguments.shop, SERVE_WITH_SETTINGS) as ours,
        served(arguments.before_shop, old) as before,
    ):
        for surface in arguments.surfaces.split(","):
            emit(**asyncio.run(_compared(surface, paths[surface], (ours, before), arguments)))


def paths_of(shop: Path, *, seed: int) -> dict[str, Iterator[str]]:
    """Requests by surface, in the order in which they are asked; no search is asked twice."""
    dice = np.random.default_rng(seed)
    events = ds.dataset(shop / "2-clean" / "events").to_table(
        columns=["visitor_id"], filter=pc.field("event_type") == "click"
    )
    visitors = sorted(set(events.column("visitor_id").to_pylist()))
    products = sorted(
        pq.read_table(shop / "2-clean" / "products.parquet", columns=["product_id"])
        .column("product_id")
        .to_pylist()
    )

    def drawn(path: str, ids: Mapping[str, Sequence[str]]) -> Iterator[str]:
        number = 0
        while True:
            number += 1
            given = {name: values[int(dice.integers(len(values)))] for name, values in ids.items()}
            given.setdefault("visitor_id", f"never-there-{number}")
            yield f"/v1/{path}?{urlencode(given)}"

    return {
        "search": (
            f"/v1/search?{urlencode({'q': query, 'visitor_id': visitors[i % len(visitors)]})}"
            for i, query in enumerate(distinct_queries(shop, seed=seed))
        ),
        "home": drawn("recommend/home", {"visitor_id": visitors}),
        "home_of_newcomers": drawn("recommend/home", {}),
        "similar": drawn("recommend/similar", {"visitor_id": visitors, "product_id": products}),
    }


async def _compared(
    surface: str,
    paths: Iterator[str],
    workers: tuple[tuple[int, int], tuple[int, int]],
    arguments: argparse.Namespace,
) -> dict[str, object]:
    """The line of one surface; the first round warms up and is not counted."""
    used = np.empty((arguments.rounds + 1, 2))
    for number in range(arguments.rounds + 1):
        block = list(islice(paths, arguments.pages))
        for which in (0, 1) if number % 2 else (1, 0):
            used[number, which] = await _cpu_ms(*workers[which], block)
    ratios = used[1:, 0] / used[1:, 1]
    ours, before = np.median(used[1:], axis=0).tolist()
    return {
        "surface": surface,
        "cpu_ms": round(ours, 2),
        "before_cpu_ms": round(before, 2),
        "ratio": round(float(np.median(ratios)), 3),
        "rounds": [round(r, 3) for r in ratios.tolist()],
        "n": arguments.pages * arguments.rounds,
    }


async def _cpu_ms(port: int, pid: int, paths: Sequence[str]) -> float:
    """CPU of the worker by page, one request after the other."""
    connections = Connections(port)
    before = cpu_s(pid)
    for path in paths:
        await connections.get(path)
    spent = cpu_s(pid) - before
    connections.close()
    if connections.n_failed:
        raise SystemExit(f"{connections.n_failed} of {len(paths)} pages failed, such as {paths[0]}")
    return 1000 * spent / len(paths)


if __name__ == "__main__":
    main()
