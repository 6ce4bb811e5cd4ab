"""The CPU time of pages with click models beside that of the same pages without, asked in turns."""

from __future__ import annotations

import asyncio
import json
import statistics
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from suites.serve.learned import LEARNED, WITHOUT, ordered
from suites.serve.load import Connections
from suites.serve.pages import SURFACES, paths, visitors
from suites.serve.worker import SERVE_WITH_SETTINGS, cpu_s, served
from suites.shared.measure import emit


def compare_pages(name: str, shop: Path, *, turns: int, n_pages: int, seed: int) -> None:
    """A line a surface, and one of the mean page: ``cpu_ms`` of both and their ratio, the median of the turns."""
    known = visitors(shop, seed=seed)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="baihuo-bench-")))
        workers = {
            kind: stack.enter_context(
                served(ordered(shop, folder / kind, orders), SERVE_WITH_SETTINGS)
            )
            for kind, orders in (("with", LEARNED), ("without", WITHOUT))
        }
        total = dict.fromkeys(workers, 0.0)
        for surface in SURFACES:
            asked = paths(shop, surface, known, seed=seed)
            took, order = asyncio.run(_in_turns(workers, asked, turns, n_pages))
            middle = {kind: statistics.median(ms) for kind, ms in took.items()}
            total = {kind: total[kind] + middle[kind] for kind in total}
            pairs = zip(took["with"], took["without"], strict=True)
            emit(
                shop=name,
                page=surface,
                order=order["with"],
                order_without=order["without"],
                cpu_ms=middle["with"],
                cpu_ms_without=middle["without"],
                cpu_ratio=statistics.median(a / b for a, b in pairs),
                turns=turns,
                n=turns * n_pages,
            )
        n = len(SURFACES)
        emit(
            shop=name,
            page="mean",
            cpu_ms=total["with"] / n,
            cpu_ms_without=total["without"] / n,
            cpu_ratio=total["with"] / total["without"],
        )


async def _in_turns(
    workers: dict[str, tuple[int, int]], asked: Iterator[str], turns: int, n_pages: int
) -> tuple[dict[str, list[float]], dict[str, str]]:
    """Milliseconds of CPU a page in each turn, and what ordered the last page. The first turn is to warm up."""
    took: dict[str, list[float]] = {kind: [] for kind in workers}
    order: dict[str, str] = {}
    for turn in range(-1, turns):
        same = list(islice(asked, n_pages))
        for kind, (port, pid) in workers.items():
            connections, before = Connections(port), cpu_s(pid)
            for path in same:
                body = await connections.get(path)
            if turn >= 0:
                took[kind].append(1000 * (cpu_s(pid) - before) / n_pages)
            if connections.n_failed:
                raise SystemExit(f"{connections.n_failed} pages failed: {path}: {body[:300]!r}")
            order[kind] = str(json.loads(body).get("order", ""))
            connections.close()
    return took, order
