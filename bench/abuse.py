"""What anonymous requests that are made to hurt do to a worker.

    python bench/abuse.py                    # the sample shop
    python bench/abuse.py --shop shop        # a shop that is there already

Each attack runs alone, beside a process that asks for the health of the server a hundred times a second and opens a new connection four
times a second: requests beyond every limit, the costliest that are taken (one by one, then 16 at a time), and connections that are
slow, silent or greedy. Nothing leaves the machine.

A line an attack: ``block_s`` (the longest that health took to answer, on a kept or a new connection), ``busy_s`` (the most
CPU time that the event loop used during such a wait: what is left of the block on a machine of its own), ``peak_mb``, ``statuses``. The last line has
the bars: ``longest_block_s`` at most 0.5, ``peak_ratio`` (peak over the memory of the idle worker) at most 2, ``n_5xx`` 0 (503 and 507 with
Retry-After are honest, and not counted).
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import httpx

from suites.abuse.memory import memory_mb, watched
from suites.abuse.requests import ALLOWED, TOO_LARGE, Attack
from suites.abuse.sockets import SLOW
from suites.overload.callers import closed_loop
from suites.overload.probing import health
from suites.serve.learned import sample_shop
from suites.serve.pages import paths, visitors
from suites.serve.worker import SERVE_WITH_SETTINGS, served
from suites.shared.measure import emit

_HONEST = (503, 507)


def main() -> None:
    ask = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    ask.add_argument("--shop", type=Path, help="a shop's folder, instead of one that is made")
    ask.add_argument("--products", type=int, default=3_000, help="of the sample shop")
    ask.add_argument("--events", type=int, default=60_000, help="of the sample shop")
    ask.add_argument("--seconds", type=float, default=6.0, help="of each attack by connections")
    ask.add_argument("--seed", type=int, default=7)
    arguments = ask.parse_args()
    with tempfile.TemporaryDirectory(prefix="baihuo-bench-") as folder:
        shop = arguments.shop
        if shop is None:
            sizes = {"n_products": arguments.products, "n_events": arguments.events}
            shop = sample_shop(Path(folder), **sizes, seed=arguments.seed).root
        with served(shop, SERVE_WITH_SETTINGS) as (port, pid):
            asked = paths(shop, "search", visitors(shop, seed=arguments.seed), seed=arguments.seed)
            asyncio.run(
                closed_loop(port, pid, asked, n=2, seconds=5.0)
            )  # warm: every cache has its size
            _measure(_Server(port, pid), arguments.seconds)


class _Server:
    """A worker under attack, and what was seen of it."""

    def __init__(self, port: int, pid: int) -> None:
        self.port, self._pid = port, pid
        self.idle_mb = memory_mb(pid)
        self.block_s = self.busy_s = self.peak_mb = 0.0
        self.statuses = Counter[str]()

    def attack(self, name: str, attack: Awaitable[Counter[str] | None]) -> None:
        async def run() -> Counter[str] | None:
            return await attack

        with (
            health(self.port, self._pid, at_most_s=300, every_ms=10) as found,
            watched(self._pid) as peak,
        ):
            statuses = asyncio.run(run()) or Counter()
        block_s, busy_s = max(found.kept + found.new), max(found.busy)
        emit(attack=name, block_s=block_s, busy_s=busy_s, peak_mb=peak.mb, statuses=dict(statuses))
        self.block_s, self.busy_s = max(self.block_s, block_s), max(self.busy_s, busy_s)
        self.peak_mb = max(self.peak_mb, peak.mb)
        self.statuses += statuses


def _measure(server: _Server, seconds: float) -> None:
    for one in (*TOO_LARGE, *ALLOWED):
        server.attack(one[0], _send(server.port, [one], n_callers=1))
    server.attack(
        "all beyond the limits, 16 at a time", _send(server.port, TOO_LARGE, n_callers=16)
    )
    server.attack("all within the limits, 16 at a time", _send(server.port, ALLOWED, n_callers=16))
    server.attack("chat messages of 20,000 slow characters", _chat(server.port, n=5))
    for slow in SLOW:
        server.attack(str(slow.__doc__).strip("."), _quietly(slow, server.port, seconds))
    emit(
        attack="bars",
        longest_block_s=server.block_s,
        longest_busy_s=server.busy_s,
        peak_ratio=server.peak_mb / server.idle_mb,
        n_5xx=sum(
            n
            for status, n in server.statuses.items()
            if status.isdigit() and int(status) >= 500 and int(status) not in _HONEST
        ),
        idle_mb=server.idle_mb,
        peak_mb=server.peak_mb,
        n_unanswered=sum(n for status, n in server.statuses.items() if not status.isdigit()),
    )


async def _send(port: int, attacks: Sequence[Attack], *, n_callers: int) -> Counter[str]:
    """Each attack by each caller; the statuses that came back."""
    statuses = Counter[str]()
    bodies = [(method, path, body()) for _, method, path, body in attacks]
    headers = {"content-type": "application/json"}

    async def caller() -> None:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=120) as client:
            for method, path, body in bodies:
                try:
                    answer = await client.request(method, path, content=body, headers=headers)
                    statuses[str(answer.status_code)] += 1
                except httpx.HTTPError as error:  # cut off while it was still sending
                    statuses[type(error).__name__] += 1

    await asyncio.gather(*(caller() for _ in range(n_callers)))
    return statuses


async def _chat(port: int, *, n: int) -> Counter[str]:
    """Slow messages of one conversation; the statuses that came back."""
    begin = "/v1/assist/conversations"
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=120) as client:
        begun = await client.post(begin, json={})
        if begun.status_code != 201:
            return Counter([str(begun.status_code)])
        path = f"{begin}/{begun.json()['conversation_id']}/messages"
        answers = [await client.post(path, json={"text": "a-" * 10_000}) for _ in range(n)]
    return Counter(str(answer.status_code) for answer in answers)


async def _quietly(
    slow: Callable[[int, float], Awaitable[None]], port: int, seconds: float
) -> Counter[str] | None:
    await slow(port, seconds)
    return None


if __name__ == "__main__":
    main()
