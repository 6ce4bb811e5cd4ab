"""What a worker does when more is asked for than it can answer.

    python bench/overload.py                    # the sample shop
    python bench/overload.py --shop shop        # a shop that is there already
    python bench/overload.py --seconds 5        # a quick look

First the most pages a second are found with 2, 4 and 8 callers, then pages are asked for at half and at four times that rate, at random
moments that wait for no answer. Then 1, 8, 64 and 256 callers ask again as soon as they are answered; one that is refused with
``Retry-After`` waits as long as it says (``--impatient``: it does not). Every search is asked once; nothing is repeated, so nothing is
shared. Beside each phase another process asks for the health of the server 50 times a second.

A line a phase: ``goodput_per_s`` (pages with 200), ``p50_ms`` and ``p99_ms`` of these, ``n_refused``, ``n_failed``, ``health_p99_s`` (on a kept
connection; ``health_new_p99_s`` on new ones). On a machine that others use, what the clock says is also theirs. So each wait is measured a second
time, as the CPU time that the server's event loop used meanwhile (``busy_p99_ms``, ``health_busy_p99_s``), and a page as CPU time, refusals included
(``cpu_ms_a_page``).

The last line has the bars, by the clock and by CPU: goodput at four times the maximum over the best of all phases (at least 0.8; ``cpu_ratio``: of CPU a
page), p99 of what is admitted then over that at half load (at most 4; ``busy_p99_ratio``), and the worst 99th percentile of health (at most
0.5 s).
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from suites.overload.callers import Outcomes, closed_loop, open_loop
from suites.overload.probing import health
from suites.serve.learned import sample_shop
from suites.serve.pages import paths, visitors
from suites.serve.worker import SERVE_WITH_SETTINGS, cpu_s, served
from suites.shared.measure import emit

_CALLERS = (1, 8, 64, 256)


def main() -> None:
    ask = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    ask.add_argument("--shop", type=Path, help="a shop's folder, instead of one that is made")
    ask.add_argument("--products", type=int, default=3_000, help="of the sample shop")
    ask.add_argument("--events", type=int, default=60_000, help="of the sample shop")
    ask.add_argument("--seconds", type=float, default=20.0, help="of each phase")
    ask.add_argument("--impatient", action="store_true", help="callers ignore Retry-After")
    ask.add_argument("--seed", type=int, default=7)
    arguments = ask.parse_args()
    with tempfile.TemporaryDirectory(prefix="baihuo-bench-") as folder:
        shop = arguments.shop
        if shop is None:
            shop = sample_shop(
                Path(folder),
                n_products=arguments.products,
                n_events=arguments.events,
                seed=arguments.seed,
            ).root
        with served(shop, SERVE_WITH_SETTINGS) as (port, pid):
            asked = paths(shop, "search", visitors(shop, seed=arguments.seed), seed=arguments.seed)
            _measure(_Server(port, pid), asked, arguments)


class _Server:
    """A worker that runs, and the phases that it went through."""

    def __init__(self, port: int, pid: int) -> None:
        self.port, self.pid = port, pid
        self.lines: dict[str, dict[str, float]] = {}

    def phase(
        self, name: str, load: Coroutine[Any, Any, Outcomes], **more: object
    ) -> dict[str, float]:
        before = cpu_s(self.pid)
        with health(self.port, self.pid, at_most_s=300) as found:
            outcomes = asyncio.run(load)
        line = outcomes.line()
        line["cpu_ms_a_page"] = 1_000 * (cpu_s(self.pid) - before) / max(1, len(outcomes.waits_s))
        line["health_p99_s"] = float(np.percentile(found.kept, 99))
        line["health_busy_p99_s"] = float(np.percentile(found.busy, 99))
        line["health_busy_max_s"] = max(found.busy)
        line["health_new_p99_s"] = float(np.percentile(found.new, 99))
        line["health_max_s"] = max(found.kept + found.new)
        emit(phase=name, **more, **line)
        self.lines[name] = line
        return line


def _asking(
    server: _Server, asked: Iterator[str], n: int, seconds: float, *, is_patient: bool = True
) -> Coroutine[Any, Any, Outcomes]:
    return closed_loop(server.port, server.pid, asked, n=n, seconds=seconds, is_patient=is_patient)


def _measure(server: _Server, asked: Iterator[str], arguments: argparse.Namespace) -> None:
    seconds, dice = arguments.seconds, np.random.default_rng(arguments.seed)
    asyncio.run(_asking(server, asked, 1, 3.0))  # warm
    most = 0.0
    for n in (2, 4, 8):
        line = server.phase(f"maximum, {n} callers", _asking(server, asked, n, seconds / 2))
        most = max(most, line["goodput_per_s"])
    for name, times in (("half", 0.5), ("four times", 4.0)):
        load = open_loop(
            server.port, server.pid, asked, per_s=times * most, seconds=seconds, dice=dice
        )
        server.phase(name, load, asked_per_s=times * most)
    is_patient = not arguments.impatient
    for n in _CALLERS:
        load = _asking(server, asked, n, seconds, is_patient=is_patient)
        server.phase(f"{n} callers", load, is_patient=is_patient)
    lines = server.lines
    most = max(line["goodput_per_s"] for line in lines.values())
    emit(
        phase="bars",
        cpu_ratio=min(line["cpu_ms_a_page"] for line in lines.values())
        / lines["four times"]["cpu_ms_a_page"],
        busy_p99_ratio=lines["four times"]["busy_p99_ms"] / lines["half"]["busy_p99_ms"],
        goodput_ratio=lines["four times"]["goodput_per_s"] / most,
        p99_ratio=lines["four times"]["p99_ms"] / lines["half"]["p99_ms"],
        health_p99_s=max(line["health_p99_s"] for line in lines.values()),
        health_busy_max_s=max(line["health_busy_max_s"] for line in lines.values()),
        health_busy_p99_s=max(line["health_busy_p99_s"] for line in lines.values()),
        n_failed=sum(line["n_failed"] for line in lines.values()),
    )


if __name__ == "__main__":
    main()
