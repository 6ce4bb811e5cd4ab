"""The simulation's people on the pages of a running shop, over HTTP: what they see and click is sent to it."""

from __future__ import annotations

import json
import urllib.request
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import numpy as np

from baihuo.simulate.placing import Placed
from baihuo.simulate.visits import PAGE_SIZE, Visits
from baihuo.simulate.words_typed import typo

_PATHS = {"search": "search", "home": "recommend/home", "similar": "recommend/similar"}
_MOST_A_BATCH = 500


@dataclass(eq=False)
class Site:
    """A running shop."""

    port: int
    key: str  # of the team
    n_by_surface: Counter[tuple[str, str, bool]] = field(default_factory=Counter)
    """What was seen, clicked or placed, on which surface, of new products or not."""

    def get(self, path: str, **asked: str) -> dict[str, Any]:
        """A page."""
        address = f"http://127.0.0.1:{self.port}/v1/{path}?{urlencode(asked)}"
        with urllib.request.urlopen(address, timeout=120) as response:
            page: dict[str, Any] = json.load(response)
        return page

    def post(self, path: str, **body: Any) -> dict[str, Any]:
        """Rows; the shop must keep all of them."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/v1/{path}",
            data=json.dumps(body).encode(),
            headers={
                "Content-Type": "application/json",
                "Authorization": f"Bearer {self.key}",
            },
        )
        with urllib.request.urlopen(request, timeout=120) as response:
            answer: dict[str, Any] = json.load(response)
        return answer


@dataclass(eq=False)
class LiveVisits(Visits):
    """Visits whose pages come from :attr:`site`, in its order."""

    site: Site = field(default_factory=lambda: Site(0, ""))
    row_of: dict[str, int] = field(default_factory=dict)
    is_new: frozenset[int] = frozenset()  # rows

    def _page(self, s: Any, surface: str, looked_at: int = -1) -> None:
        shared: dict[str, Any] = {"surface": surface}
        asked = {"visitor_id": s.visitor_id, "page_size": str(PAGE_SIZE[surface])}
        if surface == "search":
            text = typo(s.intent.text, s.intent.language, self.rng)
            shared["query_text"] = asked["q"] = text
        elif surface == "similar":
            asked["product_id"] = self.shelf.listings[looked_at].product.product_id
        answer = self.site.get(_PATHS[surface], **asked)
        shared["query_id"] = answer["query_id"]
        if surface == "search":
            self.emit(self._event(s, "search", s.now_us, **shared), None)
        placed = [one["product_id"] for one in answer["results"]]
        rows = [self.row_of[product_id] for product_id in placed if product_id in self.row_of]
        self._count("placed", surface, rows)
        depth = self.rng.choice((6, 8, 12, 18, 24) if surface != "similar" else (3, 4, 6, 8, 12))
        self._count("seen", surface, rows[:depth])
        page = Placed(np.array(rows, np.int64), [None] * len(rows))
        self._look(s, surface, page, depth, shared)

    def _click(self, s: Any, surface: str, row: int, where: dict[str, Any], liked: float) -> None:
        self._count("clicked", surface, [row])
        super()._click(s, surface, row, where, liked)

    def _count(self, what: str, surface: str, rows: Sequence[int]) -> None:
        for row in rows:
            self.site.n_by_surface[what, surface, row in self.is_new] += 1


@dataclass
class Sent:
    """Events on their way to the shop, in order."""

    waiting: list[dict[str, Any]] = field(default_factory=list)

    def emit(self, event: dict[str, Any], truth: Any) -> None:
        """As visits hand them over; the shop's clock is now."""
        del truth
        kept = {k: v for k, v in event.items() if k not in ("occurred_at_us", "received_at_us")}
        self.waiting.append(kept)

    def send(self, site: Site) -> None:
        """All of them."""
        while self.waiting:
            batch, self.waiting = self.waiting[:_MOST_A_BATCH], self.waiting[_MOST_A_BATCH:]
            site.post("events", events=batch)
