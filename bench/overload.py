"""What a worker does when more is asked for than it can answer.

    python bench/overload.py                    # the sample shop
    python bench/overload.py --shop shop        # a shop that is there already
    python bench/overload.py --seconds 5        # a quick look

In rounds (their waits are taken together), 4 callers find the most pages a second, then pages are asked for at half and at four times that rate, at random
moments that wait for no answer. Then 1, 8, 64 and 256 callers ask again as soon as they are answered; one that is refused with
``Retry-After`` waits as long as it says (``--impatient``: it does not). Every search is asked once; nothing is repeated, so nothing is
shared. Beside each phase another process asks for the health of the server 50 times a second.

A line a phase: ``goodput_per_s`` (pages with 200), ``p50_ms`` and ``p99_ms`` of these, ``n_refused``, ``n_failed``, ``health_p99_s`` (on a kept
connection; ``health_new_p99_s`` on new ones). On a machine that others use, what the clock says is also theirs. So each wait is measured a second
time, as the CPU time that the server's event loop used meanwhile (``busy_p99_ms``, ``health_busy_p99_s``), and a page as CPU time, refusals included
(``cpu_ms_a_page``).

The last line has the bars, by the clock and by CPU: goodput at four times the maximum over that maximum (at least 0.8; ``cpu_ratio``: of CPU a
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
from suites.overload.probing import Health, health
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
    ask.add_argument("--rounds", type=int, default=5, help="of maximum, half and four times")
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
    """A worker that runs, and the phases that it went through, by name."""

    def __init__(self, port: int, pid: int) -> None:
        self.port, self.pid = port, pid
        self._phases: dict[str, tuple[Outcomes, Health, list[float]]] = {}

    def phase(self, name: str, load: Coroutine[Any, Any, Outcomes]) -> Outcomes:
        """Run a load; a phase of the same name goes on."""
        before = cpu_s(self.pid)
        with health(self.port, self.pid, at_most_s=300) as found:
            outcomes = asyncio.run(load)
        known = self._phases.setdefault(name, (Outcomes(), Health(), []))
        known[0].add(outcomes)
        known[1].add(found)
        known[2].append(cpu_s(self.pid) - before)
        return outcomes

    def lines(self) -> dict[str, dict[str, float]]:
        """What was measured, by the name of the phase."""
        return {
            name: {
                **outcomes.line(),
                "cpu_ms_a_page": 1_000 * sum(spent_s) / max(1, len(outcomes.waits_s)),
                "health_p99_s": float(np.percentile(found.kept, 99)),
                "health_new_p99_s": float(np.percentile(found.new, 99)),
                "health_busy_p99_s": float(np.percentile(found.busy, 99)),
                "health_busy_max_s": max(found.busy),
            }
            for name, (outcomes, found, spent_s) in self._phases.items()
        }


def _asking(
    server: _Server, asked: Iterator[str], n: int, seconds: float, *, is_patient: bool = True
) -> Coroutine[Any, Any, Outcomes]:
    return closed_loop(server.port, server.pid, asked, n=n, seconds=seconds, is_patient=is_patient)


def _measure(server: _Server, asked: Iterator[str], arguments: argparse.Namespace) -> None:
    seconds, dice = arguments.seconds, np.random.default_rng(arguments.seed)
    asyncio.run(_asking(server, asked, 1, 3.0))  # warm
    for _ in range(arguments.rounds):
        _round(server, asked, seconds / arguments.rounds, dice)
    for n in _CALLERS:
        load = _asking(server, asked, n, seconds, is_patient=not arguments.impatient)
        server.phase(f"{n} callers", load)
    lines = server.lines()
    for name, line in lines.items():
        emit(phase=name, is_patient=not arguments.impatient, **line)
    most, half, over = (lines[name] for name in ("maximum", "half", "four times"))
    emit(
        phase="bars",
        goodput_ratio=over["goodput_per_s"] / most["goodput_per_s"],
        cpu_ratio=most["cpu_ms_a_page"] / over["cpu_ms_a_page"],
        p99_ratio=over["p99_ms"] / half["p99_ms"],
        busy_p99_ratio=over["busy_p99_ms"] / half["busy_p99_ms"],
        health_p99_s=max(line["health_p99_s"] for line in lines.values()),
        health_busy_p99_s=max(line["health_busy_p99_s"] for line in lines.values()),
        n_failed=sum(line["n_failed"] for line in lines.values()),
    )


def _round(
    server: _Server, asked: Iterator[str], seconds: float, dice: np.random.Generator
) -> None:
    """The maximum, half and four times one after the other: what else runs on the machine changes least between them."""
    most = server.phase("maximum", _asking(server, asked, 4, seconds)).line()["goodput_per_s"]
    if not most:
        raise SystemExit(
            "no page was answered with 200; in a shop that has keys, set serve.visitors: open in its shop.yaml first"
        )
    for name, times in (("half", 0.5), ("four times", 4.0)):
        load = open_loop(
            server.port, server.pid, asked, per_s=times * most, seconds=seconds, dice=dice
        )
        server.phase(name, load)


if __name__ == "__main__":
    main()
