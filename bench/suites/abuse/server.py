"""A server under attack: what each attack did to it, and the figures that have a bar."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ParamSpec

import httpx
import numpy as np

from baihuo.access import VisitorTokens
from baihuo.settings import Shop
from suites.abuse.memory import watched
from suites.abuse.requests import Attack
from suites.overload.probing import health
from suites.serve.pages import paths, visitors
from suites.shared.measure import emit

_HONEST = (503, 507)  # with Retry-After
_PROBE_MS = 10.0
P = ParamSpec("P")
STRANGER = "203.0.113.7"  # as a proxy on this machine names it


@dataclass
class Server:
    """A worker of a shop, and the worst of what was seen of it."""

    shop: Shop
    key: str  # of the shop's own server
    port: int
    pid: int
    seed: int
    figures: dict[str, float] = field(default_factory=dict)
    idle_mb: float = 1.0

    def pages(self, surface: str, tokens: Sequence[str] = ()) -> Iterator[str]:
        """Requests of visitors with these signed ids; without any, of shoppers whom the shop knows."""
        sign = VisitorTokens.of(self.shop.visitor_key_file).sign
        known = tokens or [sign(one) for one in visitors(self.shop.root, seed=self.seed)]
        return paths(self.shop.root, surface, list(known), seed=self.seed)

    def client(
        self, address: str | None = None, *, has_key: bool = False, cookie: str | None = None
    ) -> httpx.Client:
        """A client of this address, as the proxy names it; None: a client on this machine."""
        headers = {} if address is None else {"X-Forwarded-For": address}
        if has_key:
            headers["Authorization"] = f"Bearer {self.key}"
        if cookie is not None:
            headers["Cookie"] = f"visitor={cookie}"
        return httpx.Client(base_url=f"http://127.0.0.1:{self.port}", headers=headers, timeout=120)

    def cookie(self, address: str | None = None) -> str:
        """The signed id that the storefront gives to a browser without one."""
        with self.client(address) as client:
            return str(client.get("/").cookies["visitor"])

    def figure(self, **worst: float) -> None:
        """Figures for the bars; of several values of one the largest counts."""
        for name, value in worst.items():
            self.figures[name] = max(value, self.figures.get(name, value))

    def attack(
        self, name: str, run: Callable[P, Mapping[str, object]], *args: P.args, **kwargs: P.kwargs
    ) -> None:
        """Run an attack beside the probe of health, and print its line. What ``run`` returns is part of it; ``statuses`` are counted."""
        with (
            health(self.port, self.pid, at_most_s=300, every_ms=_PROBE_MS) as found,
            watched(self.pid) as peak,
        ):
            seen = run(*args, **kwargs)
        line = {
            "wait_s": max(found.kept + found.new),
            "block_s": max(found.held),
            "busy_s": max(found.busy),
            "health_s": percentile_of_moments(found.held),
            "peak_mb": peak.mb,
        }
        emit(attack=name, **line, **seen)
        statuses = seen.get("statuses")
        counted = statuses if isinstance(statuses, Mapping) else {}
        self.figure(
            longest_wait_s=line["wait_s"],
            longest_block_s=line["block_s"],
            longest_busy_s=line["busy_s"],
            longest_health_s=line["health_s"],
            peak_ratio=peak.mb / self.idle_mb,
        )
        numbers = {int(status): n for status, n in counted.items() if status.isdigit()}
        n_5xx = sum(n for status, n in numbers.items() if status >= 500 and status not in _HONEST)
        self.figures["n_5xx"] = self.figures.get("n_5xx", 0) + n_5xx


def percentile_of_moments(waits_s: Sequence[float]) -> float:
    """How long 99 of 100 questions would have waited, had they come every ten milliseconds: those that would have come during a wait, too."""
    every_s = _PROBE_MS / 1_000
    moments = [np.arange(wait, 0, -every_s) for wait in waits_s if wait > 0]
    return float(np.percentile(np.concatenate(moments), 99)) if moments else 0.0


def counted(attack: Coroutine[None, None, Counter[str] | None]) -> Mapping[str, object]:
    """Run an attack; its statuses."""
    return {"statuses": dict(asyncio.run(attack) or {})}


async def send(
    port: int,
    attacks: Sequence[Attack],
    *,
    n_callers: int,
    headers: Mapping[str, str] | None = None,
) -> Counter[str]:
    """Each attack by each caller; the statuses that came back."""
    statuses = Counter[str]()
    bodies = [(method, path, body()) for _, method, path, body in attacks]
    all_headers = {"content-type": "application/json", **(headers or {})}

    async def caller() -> None:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=120) as client:
            for method, path, body in bodies:
                try:
                    answer = await client.request(method, path, content=body, headers=all_headers)
                    statuses[str(answer.status_code)] += 1
                except httpx.HTTPError as error:  # cut off while it was still sending
                    statuses[type(error).__name__] += 1

    await asyncio.gather(*(caller() for _ in range(n_callers)))
    return statuses
