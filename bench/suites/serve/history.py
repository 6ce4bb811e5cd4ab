"""A history over any catalogue: visitors with a taste search and look at home pages, click, and buy.

Only as true as a benchmark of speed needs: models and features get rows of every kind that a shop logs. What people want
is drawn from categories and titles; nothing is claimed of the quality of what is learned from it.
"""

from __future__ import annotations

import json
import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from baihuo.core import Product

SPAN_DAYS = 42
_SECOND_US, _DAY_US = 1_000_000, 86_400_000_000
_EVENTS_A_VISITOR = 60
_PLACES = 12
_WORDS = 3


def write_history(
    products: Sequence[Product], path: Path, *, n_events: int, until_us: int, seed: int
) -> None:
    """``n_events`` lines of events that end before ``until_us``, in the order of time."""
    visits = _Visits(products, random.Random(seed), max(20, n_events // _EVENTS_A_VISITOR))
    with path.open("w", encoding="utf-8") as file:
        start_us = until_us - SPAN_DAYS * _DAY_US
        for n, event in enumerate(islice(visits.events(), n_events)):
            at_us = start_us + (SPAN_DAYS * _DAY_US - 60 * _SECOND_US) * n // n_events
            file.write(json.dumps({**event, "occurred_at_us": at_us, "received_at_us": at_us}))
            file.write("\n")


class _Visits:
    def __init__(self, products: Sequence[Product], dice: random.Random, n_visitors: int) -> None:
        self._dice = dice
        by_kind: dict[str, list[Product]] = defaultdict(list)
        for product in products:
            by_kind[product.category[-1] if product.category else ""].append(product)
        self._shelves = [shelf for shelf in by_kind.values() if len(shelf) >= _PLACES]
        if not self._shelves:
            raise SystemExit(f"no category has {_PLACES} products")
        for shelf in self._shelves:
            dice.shuffle(shelf)  # the first are the popular ones
        sizes = [len(shelf) for shelf in self._shelves]
        self._tastes = [dice.choices(self._shelves, sizes, k=3) for _ in range(n_visitors)]

    def events(self) -> Iterator[dict[str, Any]]:
        """Without end, one visit after the other."""
        while True:
            visitor = min(int(self._dice.expovariate(3 / len(self._tastes))), len(self._tastes) - 1)
            session = self._dice.getrandbits(48)
            for _ in range(self._dice.randint(1, 3)):
                yield from self._page(visitor, f"s{session:012x}")

    def _page(self, visitor: int, session: str) -> Iterator[dict[str, Any]]:
        dice, shelf = self._dice, self._dice.choice(self._tastes[visitor])
        wanted = shelf[min(int(dice.expovariate(4 / len(shelf))), len(shelf) - 1)]
        placed = dice.sample(shelf, _PLACES)
        placed[dice.randrange(_PLACES)] = wanted
        is_search = dice.random() < 0.6
        page: dict[str, Any] = {
            "visitor_id": f"v{visitor:06d}",
            "session_id": session,
            "device": "desktop" if visitor % 3 else "phone",
            "platform": "web",
            "country": ("GB", "DE", "US")[visitor % 3],
            "query_id": f"q{dice.getrandbits(56):014x}",
            "surface": "search" if is_search else "home",
        }
        if is_search:
            words = wanted.title.split()
            start = dice.randrange(max(1, len(words) - _WORDS + 1))
            page["query_text"] = " ".join(words[start : start + _WORDS]).lower()
            yield self._event("search", page)
        clicked = []
        for position, product in enumerate(placed, start=1):
            where = {**page, "product_id": product.product_id, "position": position}
            yield self._event("impression", where)
            attraction = 0.45 if product is wanted else 0.08
            if dice.random() < attraction / position**0.5:
                clicked.append(where)
        for where in clicked:
            yield self._event("click", where)
            if dice.random() < 0.3:
                yield self._event("add_to_cart", {**where, "quantity": 1})
                if dice.random() < 0.6:
                    order = {"order_id": f"o{dice.getrandbits(44):011x}", "quantity": 1}
                    yield self._event("purchase", {**where, **order})

    def _event(self, event_type: str, more: dict[str, Any]) -> dict[str, Any]:
        return {
            "event_id": f"e{self._dice.getrandbits(56):014x}",
            "event_type": event_type,
            **more,
        }
